"""How much of what fields do from frame to frame an equation explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from symdcrnn.changes import changes
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.model import Model


def explained(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None) -> dict[str, float]:
    """By equation, one minus the squares of what it leaves of changes from frame to frame over those of the changes.

    See `symdcrnn.changes.changes`.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    known : mapping, optional
        As that of `right_hand_side`.

    Returns
    -------
    dict of str to float
        1 where all is explained, 0 where no more is than by no equation, and less where it is worse than none.

    Raises
    ------
    InputError
        If the data does not have what an equation needs, or a field does not change in it.
    """
    found = {}
    for learned in model.equations:
        made = changes(model, trajectory, learned.target, known)
        inside = np.isfinite(made.left)
        size = float(np.sum(made.change[inside] ** 2))
        if not size > 0.0:
            raise InputError(f"the field {learned.target!r} does not change in this data where the equation has a "
                             "rate, so there is nothing to explain: give more frames or points")
        found[learned.target] = 1.0 - float(np.sum(made.left[inside] ** 2)) / size
    return found
