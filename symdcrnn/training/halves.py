"""Errors that clean data has in common: how far its two halves in time disagree.

Cells of clean data scatter by rounding alone.  What solvers and schemes do to it is smooth, so resampling does not see
it, but it changes while the solution does: the first half of the time gives other coefficients than the second.  Where
words are nearly collinear they differ by as much as the words can stand in for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.runtime import GridData
from symdcrnn.training.errors_in_variables import on_data
from symdcrnn.training.regression import Regression, minimise

Array = NDArray[np.float64]

FEWEST = 4
"""Residuals in time that two halves need; fewer say nothing of how uncertain coefficients are."""


def between_halves(
    regression: Regression, data: Sequence[GridData], frames: int, chosen: Sequence[int]
) -> Array | None:
    """How much the coefficients of an equation differ between the first and the second half of the residuals.

    Parameters
    ----------
    regression : Regression
    data : sequence of GridData
        All trajectories, as the kernels read them.
    frames : int
        That a residual reads.
    chosen : sequence of int
        Columns of the equation.

    Returns
    -------
    ndarray, shape (chosen,), or None
        None where the loss is no sum over the frames, or a trajectory is too short.
    """
    if min(one.frames for one in data) - frames + 1 < FEWEST:
        return None
    middles = [(one.frames - frames + 1) // 2 for one in data]
    early = on_data(regression, [_frames(one, 0, m + frames - 1) for one, m in zip(data, middles, strict=True)])
    late = on_data(regression, [_frames(one, m, one.frames) for one, m in zip(data, middles, strict=True)])
    if early is None or late is None:
        return None
    found: Array = (minimise(late, chosen).coefficients - minimise(early, chosen).coefficients)[list(chosen)]
    return np.abs(found)


def _frames(data: GridData, first: int, last: int) -> GridData:
    return replace(data, fields={name: values[first:last] for name, values in data.fields.items()})
