"""The loss as a function of the coefficients of the words, and its minimum.

The residual of a multistep scheme is linear in the coefficients.  For the L2 norm the Gram matrix
of the words holds the data, and a step or two of refinement with the exact gradient removes the
rounding errors of the Gram matrix; L1 and Huber repeat this with reweighted Gram matrices, each of
which majorises the loss, so that it never grows.  With stages the residual is not linear, and the
Gram matrix is that of Gauss and Newton.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.kernels.stages import BoundStages
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.training.expansions import Pass, expanded
from symdcrnn.training.streamed import StreamedKernel

Array = NDArray[np.float64]


RESOLVED = 1e-19
"""Differences of losses, relative to the loss of no equation, that coefficients which are rounded do not tell."""

ROUNDED = 1e-20
"""The same that the rounding of residuals hides."""

SHARPEST_WIDTH = 1e-4
"""Where the rounding of the L1 norm ends, relative to the mean absolute residual."""


MOST_HALVINGS = 12
"""Of a step that does not lower the loss."""


class QuadraticForm(Protocol):
    """A loss that needs no pass over the data: of resamples, or with functions of x projected out."""

    @property
    def norm(self) -> Norm: ...

    @property
    def points(self) -> int: ...

    @property
    def width(self) -> float: ...

    @property
    def linear(self) -> bool: ...

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel: ...


@dataclass(frozen=True)
class Regression:
    """The mean loss of a residual as a function of the coefficients of its words.

    Parameters
    ----------
    kernel : BoundKernel, StreamedKernel, BoundStages or QuadraticForm
        Of kind ``normal_equations``, with stages, or what is known as a quadratic form.
    dt : float
        Spacing of the frames.
    fixed : ndarray, shape (columns,)
        Known coefficients, NaN where the coefficient is sought.
    penalty : ndarray, shape (columns, columns), optional
        A quadratic form 1/2 c^T P c that is added to the loss, such as that of eq. (4.15).
    whole : float, optional
        The loss of no equation at all, where functions of x were projected out of the kernel.
    passes : list of (ndarray, QuadraticModel)
        What passes over the data have found for a quadratic loss, so that most others are not needed.
    """

    kernel: BoundKernel | StreamedKernel | BoundStages | QuadraticForm
    dt: float
    fixed: Array
    penalty: Array | None = None
    whole: float | None = None
    passes: list[Pass] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def columns(self) -> int:
        return int(self.fixed.size)

    @property
    def quadratic(self) -> bool:
        return self.kernel.norm.quadratic

    @property
    def start(self) -> Array:
        """The coefficients with every sought one zero."""
        return np.nan_to_num(self.fixed, nan=0.0)

    @property
    def nothing(self) -> float:
        """The loss of no equation at all, but for known terms."""
        return self.equations(self.start, active=()).loss if self.whole is None else self.whole

    @property
    def sought(self) -> tuple[int, ...]:
        """The columns whose coefficient is not known."""
        return tuple(int(i) for i in np.flatnonzero(np.isnan(self.fixed)))

    @property
    def linear(self) -> bool:
        """Whether the residual is linear in the coefficients; that of a scheme with stages is not."""
        return self.kernel.linear

    def equations(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gram matrix by the coefficients themselves (not times dt).

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        width : float, optional
            The width of the norm, if not its own.
        active : sequence of int, optional
            The columns whose derivatives are needed; those of others may be left zero.
        """
        found = self._pass(self.dt * coefficients, width, active).pullback(np.full(coefficients.size, self.dt))
        if self.penalty is None:
            return found
        return found + QuadraticModel(0.0, np.zeros(coefficients.size), self.penalty).at(coefficients)

    def _pass(self, coefficients: Array, width: float | None, active: Sequence[int] | None) -> QuadraticModel:
        if not (self.quadratic and isinstance(self.kernel, BoundKernel | StreamedKernel)):
            return self.kernel.evaluate(coefficients, width, active)
        known = expanded(self.passes, coefficients)
        if known is None:
            known = self.kernel.evaluate(coefficients, width, active)
            self.passes.append((coefficients.copy(), known))
        return known


@dataclass(frozen=True)
class Minimum:
    """A minimum of a `Regression` over some of its columns.

    Parameters
    ----------
    coefficients : ndarray, shape (columns,)
        Zero outside the active columns, except for known ones.
    equations : QuadraticModel
        There.
    passes : int
        Passes over the data.
    converged : bool
        Whether the last step was as small as rounding allows.
    inverse : ScaledInverse or None
        Of its Gram matrix over the active columns, where that was needed.
    """

    coefficients: Array
    equations: QuadraticModel
    passes: int
    converged: bool
    inverse: ScaledInverse | None = None

    @property
    def loss(self) -> float:
        return self.equations.loss


def newton_step(gram: Array, gradient: Array, active: Sequence[int]) -> Array:
    """-gram^-1 gradient over the active columns, scaled to unit diagonal and kept definite.

    Parameters
    ----------
    gram : ndarray, shape (columns, columns)
    gradient : ndarray, shape (columns,)
    active : sequence of int

    Returns
    -------
    ndarray, shape (columns,)
        Zero outside the active columns.
    """
    return scaled_inverse(gram, active).step(gradient)


@dataclass(frozen=True)
class ScaledInverse:
    """The inverse of the active block of a Gram matrix in the scale where its diagonal is one.

    Parameters
    ----------
    active : tuple of int
        The columns.
    inverse : ndarray, shape (active, active)
        Directions below the rounding error of the Gram matrix are damped, not divided by.
    scale : ndarray, shape (active,)
        The square root of the diagonal.
    """

    active: tuple[int, ...]
    inverse: Array
    scale: Array

    def step(self, gradient: Array) -> Array:
        """-gram^-1 gradient over the active columns, shape (columns,), zero outside them."""
        chosen = list(self.active)
        step = np.zeros(gradient.size)
        step[chosen] = -(self.inverse @ (gradient[chosen] / self.scale)) / self.scale
        return step

    def costs(self, coefficients: Array) -> Array:
        """What twice the loss grows by, to second order, when one column goes and the others are fitted again."""
        costs: Array = (coefficients[list(self.active)] * self.scale) ** 2 / np.diag(self.inverse)
        return costs


def scaled_inverse(gram: Array, active: Sequence[int]) -> ScaledInverse:
    """The inverse of the active block of a Gram matrix, shape (columns, columns)."""
    chosen = np.array(active, dtype=np.intp)
    block = gram[chosen[:, None], chosen]
    scale = np.sqrt(block.diagonal())
    values, vectors = np.linalg.eigh(block / np.outer(scale, scale))
    floor = 8.0 * chosen.size * np.finfo(float).eps
    return ScaledInverse(tuple(active), (vectors / np.maximum(values, floor)) @ vectors.T, scale)


def with_huber_width(regression: Regression, active: Sequence[int]) -> Regression:
    """The regression with the width of a norm that needs one: 1.345 times the rms of the best L2 residual.

    That is Huber's tuning constant, at which 5 % of efficiency is given up on Gaussian errors.
    """
    norm, kernel = regression.kernel.norm, regression.kernel
    if norm.quadratic or norm.sharp or not isinstance(kernel, BoundKernel | BoundStages | StreamedKernel):
        return regression
    everything = 1e300
    coefficients = regression.start
    for _ in range(2):
        equations = regression.equations(coefficients, everything, active)
        coefficients = coefficients + newton_step(equations.gram, equations.gradient, active)
    rms = float(np.sqrt(2.0 * regression.equations(coefficients, everything, ()).loss))
    return replace(regression, kernel=replace(kernel, width=1.345 * rms))


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
        regression, lambda equations: newton_step(equations.gram, equations.gradient, active), coefficients,
        limit or 200, active)


def _minimise_quadratic(
    regression: Regression, active: Sequence[int], coefficients: Array, limit: int, accuracy: float
) -> Minimum:
    equations = regression.equations(coefficients, active=active)
    inverse = scaled_inverse(equations.gram, active)
    hidden = ROUNDED * regression.nothing if accuracy and regression.linear else 0.0
    for number in range(1, limit + 1):
        step = inverse.step(equations.gradient)
        decrease = equations.decrease(step)
        if decrease < max(accuracy * equations.loss, hidden):
            return Minimum(coefficients, equations, number, True, inverse)
        moved, found = take_step(regression, coefficients, step, equations.loss, active)
        if not found.loss <= equations.loss * (1.0 + 1e-12):
            return Minimum(coefficients, equations, number + 1, True, inverse)
        coefficients, equations = moved, found
        # The Gram matrix of a linear residual is the same everywhere.
        inverse = inverse if regression.linear else scaled_inverse(equations.gram, active)
        if decrease <= 1e-10 * equations.loss:
            return Minimum(coefficients, equations, number + 1, True, inverse)
    return Minimum(coefficients, equations, limit + 1, False, inverse)


def take_step(
    regression: Regression, coefficients: Array, step: Array, loss: float, active: Sequence[int] | None = None,
    width: float | None = None,
) -> tuple[Array, QuadraticModel]:
    """The coefficients after a step and the equations there.

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
        if regression.equations(coefficients + step, width, ()).loss <= loss * (1.0 + 1e-12):
            break
        step = 0.5 * step
    return coefficients + step, regression.equations(coefficients + step, width, active)


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
        From the equations at a point to the step from there that minimises their quadratic form.
    coefficients : ndarray, shape (columns,)
        To start from.
    limit : int
        At most so many steps.
    active : sequence of int, optional
        The columns whose derivatives are needed.
    change : float
        The steps end where the loss changes three times by less, relative to it.
    """
    norm = regression.kernel.norm
    width = regression.kernel.width
    if norm.sharp:
        width = regression.equations(coefficients, width, ()).loss
    equations = regression.equations(coefficients, width, active)
    passes, still = 2, 0
    for _ in range(limit):
        moved, found = take_step(regression, coefficients, step_at(equations), equations.loss, active, width)
        passes += 1
        still = still + 1 if abs(equations.loss - found.loss) <= change * found.loss else 0
        coefficients, equations = moved, found
        narrowest = SHARPEST_WIDTH * found.loss
        # A loss that creeps down would narrow it again and again by nothing.
        if norm.sharp and width > 1.01 * narrowest:
            width, still = max(0.5 * width, narrowest, float(np.finfo(float).tiny)), 0
        if still >= 3:
            return Minimum(coefficients, equations, passes, True)
    return Minimum(coefficients, equations, passes, False)
