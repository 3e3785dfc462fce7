"""Minibatches of frames (section 5.2), as quadratic forms of the coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.leastsquares.objective import by_time
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression

Array = NDArray[np.float64]


def minibatches(
    regression: Regression, coefficients: Array, count: int, residuals: int
) -> tuple[QuadraticModel, ...]:
    """The models of consecutive frames, so scaled that their mean is that of the whole.

    Parameters
    ----------
    regression : Regression
    coefficients : ndarray, shape (columns,)
    count : int
        How many minibatches; for one there is nothing to do.
    residuals : int
        In time, of the shortest trajectory.

    Raises
    ------
    InputError
        If there are fewer residuals than minibatches, or the loss is no sum over them.
    """
    if count == 1:
        return ()
    if count > residuals:
        raise InputError(f"the data gives {residuals} residuals in time for {count} minibatches: use fewer batches")
    parts = by_time(regression.loss, coefficients, count)
    if not parts:
        raise InputError("minibatches need constant coefficients: set batches to 1")
    return tuple(part.scaled(float(count)) for part in parts)
