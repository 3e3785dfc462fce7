"""The minimum of a loss over a linear space of coefficients, such as the linear hull of what networks reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.minimise import RESOLVED, Minimum, minimise_reweighted, take_step
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression

Array = NDArray[np.float64]

LINEAR_CHANGE, CHANGE = 1e-9, 1e-6
"""The steps end where the loss changes by less, relative to it; with stages and reweighting each step costs more."""


def minimise_over(regression: Regression, basis: Array, limit: int, near: Array | None = None) -> Minimum:
    """The minimum of the loss over the span of the basis plus the known coefficients.

    Parameters
    ----------
    regression : Regression
    basis : ndarray, shape (columns, dimension)
    limit : int
        At most so many Newton or reweighted steps.
    near : ndarray, shape (columns,), optional
        The start is what the span has nearest to this, else the known coefficients alone.
    """
    coefficients = regression.start
    if near is not None:
        coefficients = coefficients + basis @ np.linalg.lstsq(basis, near - coefficients, rcond=None)[0]
    everything = range(basis.shape[1])

    def step_at(model: QuadraticModel) -> Array:
        inside = model.pullback(basis)
        step: Array = basis @ newton_step(inside.gram, inside.gradient, everything)
        return step

    if regression.linear and not regression.quadratic:
        return minimise_reweighted(regression, step_at, coefficients, limit, change=CHANGE)
    resolved = RESOLVED * regression.null if regression.linear else 0.0
    model = regression.evaluate(coefficients)
    for number in range(1, limit + 1):
        moved, found = take_step(regression, coefficients, step_at(model), model.loss)
        if not found.loss <= model.loss * (1.0 + 1e-12) and regression.quadratic:
            return Minimum(coefficients, model, number + 1, True)
        change = abs(model.loss - found.loss)
        small = change <= max((LINEAR_CHANGE if regression.linear else CHANGE) * found.loss, resolved)
        coefficients, model = moved, found
        if small:
            return Minimum(coefficients, model, number + 1, True)
    return Minimum(coefficients, model, limit + 1, False)
