"""The minimum of a loss over some of its columns.

The residual of a multistep scheme is linear in the coefficients.  For the L2 norm the Gram matrix
of the words holds the data, and a step or two of refinement with the exact gradient removes the
rounding errors of the Gram matrix; L1 and Huber repeat this with reweighted Gram matrices, each of
which majorises the loss, so that it never grows.  With stages the residual is not linear, and the
Gram matrix is that of Gauss and Newton.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.newton import ScaledInverse, newton_step, scaled_inverse
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import RESOLVED, Regression

Array = NDArray[np.float64]


ROUNDED = 1e-20
"""The same that the rounding of residuals hides."""

SHARPEST_WIDTH = 1e-4
"""Where the rounding of the L1 norm ends, relative to the mean absolute residual."""

MOST_HALVINGS = 12
"""Of a step that does not lower the loss."""

LINEAR_CHANGE, CHANGE = 1e-9, 1e-6
"""The steps end where the loss changes by less, relative to it; with stages and reweighting each step costs more."""


@dataclass(frozen=True)
class Minimum:
    """A minimum of a `Regression` over some of its columns.

    Parameters
    ----------
    coefficients : ndarray, shape (columns,)
        Zero outside the active columns, except for known ones.
    model : QuadraticModel
        There.
    passes : int
        Passes over the data.
    converged : bool
        Whether the last step was as small as rounding allows.
    inverse : ScaledInverse or None
        Of its Gram matrix over the active columns, where that was needed.
    """

    coefficients: Array
    model: QuadraticModel
    passes: int
    converged: bool
    inverse: ScaledInverse | None = None

    @property
    def loss(self) -> float:
        return self.model.loss


def minimise(
    regression: Regression, active: Sequence[int], start: Array | None = None, limit: int | None = None,
    accuracy: float = 0.0,
) -> Minimum:
    """The minimum of the loss over the active columns.

    Parameters
    ----------
    regression : Regression
    active : sequence of int
        The columns that may be used, known ones not among them.
    start : ndarray, optional
        Coefficients to start from; those of inactive columns are ignored.
    limit : int, optional
        At most so many steps: 6 for the L2 norm (20 where the residual is not linear), 200 for others.
    accuracy : float
        For the L2 norm: a step that would lower the loss by less than this part of it is not made; nor, with any
        accuracy above zero, one by less than rounding hides.

    Returns
    -------
    Minimum
    """
    coefficients = regression.start
    if start is not None:
        coefficients[list(active)] = start[list(active)]
    if regression.quadratic:
        most = limit or (6 if regression.linear else 20)
        return _minimise_quadratic(regression, active, coefficients, most, accuracy)
    return minimise_reweighted(
        regression, lambda model: newton_step(model.gram, model.gradient, active), coefficients,
        limit or 200, active)


def _minimise_quadratic(
    regression: Regression, active: Sequence[int], coefficients: Array, limit: int, accuracy: float
) -> Minimum:
    model = regression.evaluate(coefficients, active=active)
    inverse = scaled_inverse(model.gram, active)
    hidden = ROUNDED * regression.null if accuracy and regression.linear else 0.0
    for number in range(1, limit + 1):
        step = inverse.step(model.gradient)
        decrease = model.decrease(step)
        if decrease < max(accuracy * model.loss, hidden):
            return Minimum(coefficients, model, number, True, inverse)
        moved, found = take_step(regression, coefficients, step, model.loss, active)
        if not found.loss <= model.loss * (1.0 + 1e-12):
            return Minimum(coefficients, model, number + 1, True, inverse)
        coefficients, model = moved, found
        # The Gram matrix of a linear residual is the same everywhere.
        inverse = inverse if regression.linear else scaled_inverse(model.gram, active)
        if decrease <= 1e-10 * model.loss:
            return Minimum(coefficients, model, number + 1, True, inverse)
    return Minimum(coefficients, model, limit + 1, False, inverse)


def take_step(
    regression: Regression, coefficients: Array, step: Array, loss: float, active: Sequence[int] | None = None,
    width: float | None = None,
) -> tuple[Array, QuadraticModel]:
    """The coefficients after a step and the model there.

    Where the residual is not linear in the coefficients, a step that does not lower the loss is halved.

    Parameters
    ----------
    regression : Regression
    coefficients, step : ndarray, shape (columns,)
    loss : float
        Before the step.
    active : sequence of int, optional
        The columns whose derivatives are needed.
    width : float, optional
        The width of the norm, if not its own.
    """
    for _ in range(0 if regression.linear else MOST_HALVINGS):
        if regression.evaluate(coefficients + step, width, ()).loss <= loss * (1.0 + 1e-12):
            break
        step = 0.5 * step
    return coefficients + step, regression.evaluate(coefficients + step, width, active)


def minimise_reweighted(
    regression: Regression, step_at: Callable[[QuadraticModel], Array], coefficients: Array, limit: int,
    active: Sequence[int] | None = None, change: float = 1e-7,
) -> Minimum:
    """Iteratively reweighted least squares.

    The L1 norm is rounded off below a width that shrinks to `SHARPEST_WIDTH` of the mean residual.

    Parameters
    ----------
    regression : Regression
        Of another norm than L2.
    step_at : callable
        From the model at a point to the step from there that minimises their quadratic form.
    coefficients : ndarray, shape (columns,)
        To start from.
    limit : int
        At most so many steps.
    active : sequence of int, optional
        The columns whose derivatives are needed.
    change : float
        The steps end where the loss changes three times by less, relative to it.
    """
    norm = regression.loss.norm
    width = regression.loss.width
    if norm.sharp:
        width = regression.evaluate(coefficients, width, ()).loss
    model = regression.evaluate(coefficients, width, active)
    passes, still = 2, 0
    for _ in range(limit):
        moved, found = take_step(regression, coefficients, step_at(model), model.loss, active, width)
        passes += 1
        still = still + 1 if abs(model.loss - found.loss) <= change * found.loss else 0
        coefficients, model = moved, found
        narrowest = SHARPEST_WIDTH * found.loss
        # A loss that creeps down would narrow it again and again by nothing.
        if norm.sharp and width > 1.01 * narrowest:
            width, still = max(0.5 * width, narrowest, float(np.finfo(float).tiny)), 0
        if still >= 3:
            return Minimum(coefficients, model, passes, True)
    return Minimum(coefficients, model, passes, False)


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
