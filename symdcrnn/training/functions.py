"""Coefficients that are functions of x: sigma_S(x), sigma_A(x), G(x), or that of any word.

A function is a sum of basis functions of x, so the residual stays linear in all that is sought.  The sums over time and
velocity are made once for every point of x; what the functions can explain is then projected out, and what is left
is a regression over the constant coefficients that the choice of words works on as on any other.

A new basis is one new entry in `BASES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError, lookup
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.training.function_products import products_by_point, products_smoothed
from symdcrnn.training.problem import frames_needed
from symdcrnn.training.regression import newton_step
from symdcrnn.training.settings import FitSettings
from symdcrnn.training.streamed import StreamedKernel

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]

ROUNDING = 1e-16
"""Losses below this, relative to that of no equation, are rounding errors of the Gram matrix."""

CLEAN_KNOTS, MODEST_KNOTS = 100, 16
"""Of a spline where no number is asked for: noise, or as many functions as words, leave less to be told apart."""

CURVATURES = (1e-9, 1e3, 49)
"""Penalties on the curvature of functions under noise: the least, the largest, and how many are tried."""

DAMPING = 1e-13
"""Of directions in the space of functions that rounding hides, in the scale where the diagonal is one."""


@dataclass(frozen=True)
class FunctionSpace:
    """Functions of x to choose from.

    Parameters
    ----------
    basis : str
        A key of `BASES`.
    knots : int
        Of a spline, its ends among them.
    continuity : float
        gamma of (4.18), with the square in place of the absolute value, which keeps the problem linear; in units of
        the mean curvature of the loss.
    noisy : bool
        Whether the smoothest function is sought that explains noisy data, see `smoothest`.
    """

    basis: str = "spline"
    knots: int = CLEAN_KNOTS
    continuity: float = 0.0
    noisy: bool = False

    def __post_init__(self) -> None:
        lookup(BASES, self.basis, "basis")


def function_space(settings: FitSettings, weak: bool, everything: bool = False) -> FunctionSpace:
    """The functions that settings ask for.

    Parameters
    ----------
    settings : FitSettings
    weak : bool
        Whether the residual is a weak form, which is for noisy data.
    everything : bool
        Whether every coefficient is a function.
    """
    noisy = (weak or settings.smooth_x > 0.0) and settings.basis == "spline"
    automatic = MODEST_KNOTS if noisy or everything else CLEAN_KNOTS
    knots = settings.knots if isinstance(settings.knots, int) else automatic
    return FunctionSpace(settings.basis, knots, settings.continuity, noisy)


def _spline(x: Array, knots: int) -> sparse.csr_matrix:
    """Cubic B-splines over uniform knots, shape (points, knots + 2)."""
    from scipy import sparse
    from scipy.interpolate import BSpline

    inner = np.linspace(x[0], x[-1], knots)
    padded = np.concatenate([[x[0]] * 3, inner, [x[-1]] * 3])
    return sparse.csr_matrix(BSpline.design_matrix(x, padded, 3))


def _grid(x: Array, knots: int) -> sparse.csr_matrix:
    """One value per point, the paper's choice."""
    from scipy import sparse


    return sparse.identity(x.size, format="csr")


BASES: dict[str, Callable[[Array, int], sparse.csr_matrix]] = {"spline": _spline, "grid": _grid}


@dataclass(frozen=True)
class ProjectedKernel:
    """A quadratic loss of constant coefficients, with the functions of x at their best for each of them.

    Parameters
    ----------
    model : QuadraticModel
        With all constants zero; its gradient is zero for the columns that are functions.
    whole : float
        The loss without functions.
    points : int
    norm : Norm
    functions : tuple of int
        The columns whose coefficient is a function.
    offset : ndarray, shape (functions, Nx)
        The functions with all constants zero, times dt.
    response : ndarray, shape (functions, Nx, columns)
        What a constant adds to them.
    width : float
        Of norms other than L2; not used.
    """

    model: QuadraticModel
    whole: float
    points: int
    norm: Norm
    functions: tuple[int, ...]
    offset: Array
    response: Array
    width: float = 1.0

    linear = True

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gram matrix.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt; those of functions are not read.
        width, active
            As those of `BoundKernel`.
        """
        return self.model.at(coefficients).bounded(ROUNDING * self.whole)

    def profiles(self, coefficients: Array) -> Array:
        """The functions at all points of x for given constants, shape (functions, Nx), all times dt."""
        found: Array = self.offset + self.response @ coefficients
        return found


@dataclass(frozen=True)
class Whole:
    """A regression before its functions are projected out.

    Parameters
    ----------
    constants : QuadraticModel
        Of the words with constant coefficients, all zero.
    stiffness : csc_matrix, shape (unknowns, unknowns)
    coupling : ndarray, shape (unknowns, columns)
    force : ndarray, shape (unknowns,)
        Gram matrix and gradient of the unknowns of the functions, see `function_products`.
    functions : tuple of int
    basis : csr_matrix, shape (points, size)
    space : FunctionSpace
    points : int
    independent : float
        Of the residuals, see `independent_part`.
    norm : Norm
    first, nx : int
        Where the basis begins, and all points of x.
    """

    constants: QuadraticModel
    stiffness: sparse.csc_matrix
    coupling: Array
    force: Array
    functions: tuple[int, ...]
    basis: sparse.csr_matrix
    space: FunctionSpace
    points: int
    independent: float
    norm: Norm
    first: int
    nx: int


def whole_regression(
    kernel: BoundKernel | StreamedKernel, functions: Sequence[int], space: FunctionSpace, raw: GridData | None = None,
    width: float = 0.0,
) -> Whole:
    """A regression with functions of x as further unknowns.

    Parameters
    ----------
    kernel : BoundKernel or StreamedKernel
        Of the L2 norm, with one column per word.
    functions : sequence of int
        The columns whose coefficient is a function.
    space : FunctionSpace
    raw : GridData, optional
        The data before it was smoothed in x.
    width : float
        Of the smoothing, in points of x.

    Raises
    ------
    InputError
        If there are more unknowns than residuals, or a value per point is asked of smoothed data.
    """
    chosen = tuple(functions)
    if width > 0.0 and space.basis == "grid":
        raise InputError("smoothed data does not tell a value per point of x: take the spline basis, or set smooth_x "
                         "to 0")
    program, data = kernel.kernel.spec.program, kernel.data
    columns = len(program.columns)
    first, last = kernel.fitted
    x: Array = data.dx * np.arange(first, last, dtype=np.float64)
    if space.basis == "spline" and space.knots > x.size:
        raise InputError(f"a spline with {space.knots} knots is more than the {x.size} points of x can tell: use fewer")
    basis = BASES[space.basis](x, space.knots)
    size = int(basis.shape[1])
    if kernel.points < 2 * (size * len(chosen) + columns):
        needed = frames_needed(kernel.points, data.frames, program.frames, 2 * (size * len(chosen) + columns))
        raise InputError(
            f"the data gives {kernel.points} equations for {size * len(chosen)} values of functions of x: give at "
            f"least {needed} frames, or use fewer knots"
        )
    constants = kernel.evaluate(np.zeros(columns))
    if width > 0.0 and raw is not None and isinstance(kernel, BoundKernel):
        products = products_smoothed(kernel, raw, chosen, basis, width)
    else:
        products = products_by_point(kernel, chosen, basis, first, last)
    independent = kernel.points * independent_part(program.target.time_weights, width)
    return Whole(constants, *products, chosen, basis, space, kernel.points, independent, kernel.norm, first, data.nx)


def project(whole: Whole) -> ProjectedKernel:
    """Project the functions of x out of a regression; of noisy data the smoothest ones, see `smoothest`.

    Parameters
    ----------
    whole : Whole
    """
    return smoothest(whole) if whole.space.noisy else without_functions(whole, 0.0)


def smoothest(whole: Whole) -> ProjectedKernel:
    """The projection with the largest penalty on curvature that noise cannot tell from none.

    Where the field is nearly zero its coefficient means little to the residual, and without a penalty the function
    would fit noise there.  On noise alone, so many unknowns lower the loss of so many independent residuals by the
    ratio of both: so much the penalised loss, with all words, may be above that without a penalty.

    Parameters
    ----------
    whole : Whole
    """

    def least(kernel: ProjectedKernel) -> float:
        gram, gradient = kernel.model.gram, kernel.model.gradient
        used = [column for column in range(gradient.size) if gram[column, column] > 0.0]
        return kernel.evaluate(newton_step(gram, gradient, used)).loss

    best = without_functions(whole, 0.0)
    allowed = (1.0 + whole.force.size / whole.independent) * least(best)
    for curvature in np.geomspace(*CURVATURES):
        found = without_functions(whole, float(curvature))
        if least(found) > allowed:
            break
        best = found
    return best


def independent_part(alpha: Sequence[float], width: float) -> float:
    """How many of the residuals count where white noise went through a weak form in time and smoothing in x.

    The sum of the squares of N values with autocorrelation rho scatters as that of N / sum rho^2 independent ones.

    Parameters
    ----------
    alpha : sequence of float
        Weights of the frames in the difference in time.
    width : float
        Of the smoothing, in points of x.
    """
    correlation = np.correlate(alpha, alpha, "full")
    in_time = float(np.sum((correlation / correlation.max()) ** 2))
    return 1.0 / (in_time * max(1.0, float(np.sqrt(2.0 * np.pi)) * width))


def without_functions(whole: Whole, curvature: float) -> ProjectedKernel:
    """The regression with the functions at their best.

    Parameters
    ----------
    whole : Whole
    curvature : float
        Weight of the squared second differences of the unknowns of each function, in units of the mean
        curvature of the loss.
    """
    # A fit without functions of x, and the start of every other, does without the time these take to import.
    from scipy import sparse
    from scipy.sparse.linalg import splu

    chosen, basis, stiffness = whole.functions, whole.basis, whole.stiffness
    constants, coupling, force = whole.constants, whole.coupling, whole.force
    size, columns = int(basis.shape[1]), coupling.shape[1]
    first, last = whole.first, whole.first + int(basis.shape[0])
    unit = float(stiffness.diagonal().mean())
    if whole.space.continuity > 0.0:
        jumps = np.diff(basis.toarray(), axis=0) if whole.space.basis != "grid" else None
        slope = sparse.csr_matrix(jumps) if jumps is not None else sparse.diags(
            [-1.0, 1.0], [0, 1], shape=(size - 1, size), format="csr")
        stiffness = stiffness + whole.space.continuity * unit * sparse.block_diag(
            [slope.T @ slope] * len(chosen), format="csc")
    if curvature > 0.0:
        bend = sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(size - 2, size), format="csr")
        stiffness = stiffness + curvature * unit * sparse.block_diag([bend.T @ bend] * len(chosen), format="csc")
    scale = np.sqrt(stiffness.diagonal())
    unseen = scale == 0.0
    scale = np.where(unseen, 1.0, scale)
    scaling = sparse.diags(1.0 / scale)
    factors = splu((scaling @ stiffness @ scaling + (DAMPING * sparse.identity(scale.size) + sparse.diags(
        unseen.astype(float)))).tocsc())

    def solve(right: Array) -> Array:
        divided = right.T / scale
        solved: Array = (factors.solve(np.ascontiguousarray(divided.T)).T / scale).T
        return solved

    offset, response = -solve(force), -solve(coupling)
    gram = constants.gram + coupling.T @ response
    gradient = constants.gradient + coupling.T @ offset
    nothing = constants.loss + 0.5 * float(force @ offset)
    for column in chosen:
        gradient[column] = 0.0
        gram[column, :] = gram[:, column] = 0.0
        response[:, column] = 0.0
    wide_offset = np.zeros((len(chosen), whole.nx))
    wide_response = np.zeros((len(chosen), whole.nx, columns))
    for number in range(len(chosen)):
        part = slice(number * size, (number + 1) * size)
        wide_offset[number, first:last] = basis @ offset[part]
        wide_response[number, first:last] = basis @ response[part]
    by_point = unseen.reshape(len(chosen), size) if size == last - first else None
    _extend(wide_offset, wide_response, first, last, by_point)
    model = QuadraticModel(max(nothing, ROUNDING * constants.loss), gradient, 0.5 * (gram + gram.T))
    return ProjectedKernel(model, constants.loss, whole.points, whole.norm, chosen, wide_offset, wide_response)


def _extend(offset: Array, response: Array, first: int, last: int, unseen: NDArray[np.bool_] | None) -> None:
    """Fill points that no equation reaches from their neighbours, linearly, in place."""
    nx = offset.shape[1]
    for number in range(offset.shape[0]):
        known = np.zeros(nx, dtype=bool)
        known[first:last] = True if unseen is None else ~unseen[number]
        where, missing = np.flatnonzero(known), np.flatnonzero(~known)
        if missing.size and where.size:
            offset[number, missing] = np.interp(missing, where, offset[number, where])
            for column in range(response.shape[2]):
                response[number, missing, column] = np.interp(missing, where, response[number, where, column])
