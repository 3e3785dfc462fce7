"""Minibatches of frames (section 5.2), as quadratic forms of the coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.training.regression import Regression
from symdcrnn.training.streamed import StreamedKernel

Array = NDArray[np.float64]


def minibatches(regression: Regression, coefficients: Array, count: int) -> tuple[QuadraticModel, ...]:
    """The normal equations of consecutive frames, so scaled that their mean is that of the whole.

    Parameters
    ----------
    regression : Regression
    coefficients : ndarray, shape (columns,)
    count : int
        How many minibatches; for one there is nothing to do.

    Raises
    ------
    InputError
        If there are fewer residuals than minibatches, or the residual is not one multistep form of one trajectory.
    """
    if count == 1:
        return ()
    kernel = regression.kernel
    if not isinstance(kernel, BoundKernel | StreamedKernel) or regression.penalty is not None:
        raise InputError(
            "minibatches need one trajectory, a multistep scheme and constant coefficients: set batches to 1"
        )
    residuals = kernel.data.frames - kernel.kernel.spec.program.frames + 1
    if count > residuals:
        raise InputError(f"the data gives {residuals} residuals in time for {count} minibatches: use fewer batches")
    first, last = kernel.fitted
    unit = np.full(len(coefficients), regression.dt)
    sums = kernel.sums_by_time(unit * coefficients, first, last, count)
    return tuple(part.pullback(unit).scaled(count / kernel.points) for part in sums)
