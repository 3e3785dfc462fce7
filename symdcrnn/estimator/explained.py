"""How much of what fields do from frame to frame an equation explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.evaluation import right_hand_side
from symdcrnn.kernels.interpolation import LONGEST
from symdcrnn.model import Model
from symdcrnn.weak_record import WeakRecord

Array = NDArray[np.float64]


def explained(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None) -> dict[str, float]:
    """By equation, one minus the squares of what it leaves of changes from frame to frame over those of the changes.

    The change that an equation predicts is the integral of its rates, by polynomials in time through the frames
    around. Where it was found by the weak form, both are first averaged with test functions of its widths.

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
        change = np.diff(trajectory.array(learned.target), axis=0)
        left = change - _integrals(right_hand_side(model, trajectory, learned.target, known), trajectory.t)
        if learned.weak is not None:
            change, left = (_averaged(one, trajectory, learned.target, learned.weak) for one in (change, left))
        inside = np.isfinite(left)
        size = float(np.sum(change[inside] ** 2))
        if not size > 0.0:
            raise InputError(f"the field {learned.target!r} does not change in this data where the equation has a "
                             "rate, so there is nothing to explain: give more frames or points")
        found[learned.target] = 1.0 - float(np.sum(left[inside] ** 2)) / size
    return found


def _integrals(rates: Array, t: Array) -> Array:
    """Of rates from each frame to the next, shape (frames - 1, ...)."""
    frames = t.size
    used = min(frames, LONGEST)
    found = np.empty((frames - 1, *rates.shape[1:]))
    for n in range(frames - 1):
        first = min(max(n + 1 - used // 2, 0), frames - used)
        step = t[n + 1] - t[n]
        places = (t[first:first + used] - t[n]) / step
        # The integral of s^j from 0 to 1 is to be exact for every power.
        moments = 1.0 / np.arange(1.0, used + 1.0)
        weights = step * np.linalg.solve(np.vander(places, used, increasing=True).T, moments)
        found[n] = np.tensordot(weights, rates[first:first + used], axes=1)
    return found


def _averaged(values: Array, trajectory: Trajectory, target: str, weak: WeakRecord) -> Array:
    """Averages with the test functions of a weak form, where these lie inside the data."""
    periodic = {axis.name: axis.periodic for axis in trajectory.axes}
    for place, axis in enumerate(trajectory.axes_of(target)):
        size = values.shape[place]
        width = min(weak.half_widths.get(axis, 1), (size + 1) // 2)
        offsets = np.arange(1 - width, width)
        weights = (1.0 - (offsets / width) ** 2) ** weak.powers.get(axis, 1)
        weights /= weights.sum()
        around = periodic.get(axis, False)
        stop = size if around else size - 2 * (width - 1)
        moved = np.moveaxis(values, place, 0)
        total = np.zeros((stop, *moved.shape[1:]))
        for number, weight in enumerate(weights):
            total += weight * (np.roll(moved, width - 1 - number, axis=0) if around else moved[number:number + stop])
        values = np.moveaxis(total, 0, place)
    return values
