"""Coefficients that are functions of x: sigma_S(x), sigma_A(x), G(x), or that of any word.

A function is a sum of basis functions of x, so the residual stays linear in all that is sought.  The sums over time and
velocity are made once for every point of x; what the functions can explain is then projected out, and what is left
is a regression over the constant coefficients that the choice of words works on as on any other.

A new basis is one new entry in `BASES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.interpolate import BSpline
from scipy.sparse.linalg import splu

from symdcrnn.errors import InputError, lookup
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel, NormalEquations
from symdcrnn.training.blocks import Block, block_sums
from symdcrnn.training.streamed import StreamedKernel, bound_to

Array = NDArray[np.float64]

ROUNDING = 1e-16
"""Losses below this, relative to that of no equation, are rounding errors of the Gram matrix."""

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
    """

    basis: str = "spline"
    knots: int = 100
    continuity: float = 0.0

    def __post_init__(self) -> None:
        lookup(BASES, self.basis, "basis")


def _spline(x: Array, knots: int) -> sparse.csr_matrix:
    """Cubic B-splines over uniform knots, shape (points, knots + 2)."""
    inner = np.linspace(x[0], x[-1], knots)
    padded = np.concatenate([[x[0]] * 3, inner, [x[-1]] * 3])
    return sparse.csr_matrix(BSpline.design_matrix(x, padded, 3))


def _grid(x: Array, knots: int) -> sparse.csr_matrix:
    """One value per point, the paper's choice."""
    return sparse.identity(x.size, format="csr")


BASES: dict[str, Callable[[Array, int], sparse.csr_matrix]] = {"spline": _spline, "grid": _grid}


@dataclass(frozen=True)
class ProjectedKernel:
    """A quadratic loss of constant coefficients, with the functions of x at their best for each of them.

    Parameters
    ----------
    nothing : float
        The loss with all constants zero and the functions at their best.
    whole : float
        That without functions.
    gradient : ndarray, shape (columns,)
        With all constants zero; zero for the columns that are functions.
    gram : ndarray, shape (columns, columns)
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

    nothing: float
    whole: float
    gradient: Array
    gram: Array
    points: int
    norm: Norm
    functions: tuple[int, ...]
    offset: Array
    response: Array
    width: float = 1.0

    linear = True

    def normal_equations(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> NormalEquations:
        """Loss, gradient and Gram matrix.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt; those of functions are not read.
        width, active
            As those of `BoundKernel`.
        """
        force = self.gram @ coefficients
        loss = self.nothing + float(coefficients @ (self.gradient + 0.5 * force))
        return NormalEquations(max(loss, ROUNDING * self.whole), self.gradient + force, self.gram)

    def profiles(self, coefficients: Array) -> Array:
        """The functions at all points of x for given constants, shape (functions, Nx), all times dt."""
        found: Array = self.offset + self.response @ coefficients
        return found


def project(kernel: BoundKernel | StreamedKernel, functions: Sequence[int], space: FunctionSpace) -> ProjectedKernel:
    """Project functions of x out of a regression.

    Parameters
    ----------
    kernel : BoundKernel or StreamedKernel
        Of the L2 norm, with one column per word.
    functions : sequence of int
        The columns whose coefficient is a function.
    space : FunctionSpace

    Raises
    ------
    InputError
        If there are more unknowns than residuals.
    """
    chosen = tuple(functions)
    program, data = kernel.kernel.spec.program, kernel.data
    columns = len(program.columns)
    first, last = kernel.fitted
    x: Array = data.dx * np.arange(first, last, dtype=np.float64)
    basis = BASES[space.basis](x, space.knots)
    size = int(basis.shape[1])
    if size > x.size + 2:
        raise InputError(f"a spline with {space.knots} knots is more than the {x.size} points of x can tell: use fewer")
    if kernel.points < 2 * (size * len(chosen) + columns):
        raise InputError(
            f"the data gives {kernel.points} equations for {size * len(chosen)} values of functions of x: give more "
            "frames or fewer knots"
        )
    constants = kernel.normal_equations(np.zeros(columns))
    with_columns, with_change = _pointwise(kernel, chosen, first, last)
    by_basis = sparse.block_diag([basis] * len(chosen), format="csr")
    inner = sparse.bmat([
        [sparse.diags(with_columns[a, b]) for b in chosen] for a in range(len(chosen))
    ], format="csr")
    stiffness = (by_basis.T @ inner @ by_basis).tocsc()
    coupling = np.vstack([basis.T @ with_columns[a].T for a in range(len(chosen))])
    force = np.concatenate([-(basis.T @ with_change[a]) for a in range(len(chosen))])
    if space.continuity > 0.0:
        jumps = np.diff(basis.toarray(), axis=0) if space.basis != "grid" else None
        slope = sparse.csr_matrix(jumps) if jumps is not None else sparse.diags(
            [-1.0, 1.0], [0, 1], shape=(size - 1, size), format="csr")
        weight = space.continuity * float(stiffness.diagonal().mean())
        stiffness = stiffness + weight * sparse.block_diag([slope.T @ slope] * len(chosen), format="csc")
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
    wide_offset = np.zeros((len(chosen), data.nx))
    wide_response = np.zeros((len(chosen), data.nx, columns))
    for number in range(len(chosen)):
        part = slice(number * size, (number + 1) * size)
        wide_offset[number, first:last] = basis @ offset[part]
        wide_response[number, first:last] = basis @ response[part]
    _extend(wide_offset, wide_response, first, last, unseen.reshape(len(chosen), size) if size == x.size else None)
    return ProjectedKernel(max(nothing, ROUNDING * constants.loss), constants.loss, gradient, 0.5 * (gram + gram.T),
                           kernel.points, kernel.norm, chosen, wide_offset, wide_response)


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


@dataclass(frozen=True)
class PointwiseSums:
    """Products at every x, summed over time and v, of the chosen columns with all columns and with the left-hand side.

    Parameters
    ----------
    spec : KernelSpec
        Of kind ``columns``.
    chosen : tuple of int
    first, last : int
        The range of x.
    """

    spec: KernelSpec
    chosen: tuple[int, ...]
    first: int
    last: int

    def __call__(self, block: Block) -> Array:
        """Shape (chosen, columns + 1, points of x), the left-hand side last."""
        program, first, last = self.spec.program, self.first, self.last
        writer = bound_to(self.spec, block.data)
        data = writer.data
        field = data.fields[program.target.field]
        columns = len(program.columns)
        out = np.zeros((len(self.chosen), columns + 1, last - first))
        velocities = data.v.size if program.target.layout.full else 1
        ones = np.ones(columns)
        buffer = np.zeros((columns, 1, *field.shape[1:]))
        for n in range(block.stop - block.first):
            frames = {name: values[n:n + program.frames] for name, values in data.fields.items()}
            replace(writer, data=replace(data, fields=frames)).fill(ones, buffer, first, last)
            values = buffer[..., first:last].reshape(columns, velocities, -1)
            change = sum(weight * field[n + k] for k, weight in enumerate(program.target.time_weights))
            left = np.asarray(change)[..., first:last].reshape(velocities, -1)
            for number, column in enumerate(self.chosen):
                out[number, :-1] += np.einsum("pvx,vx->px", values, values[column])
                out[number, -1] += np.einsum("vx,vx->x", left, values[column])
        return out


def _pointwise(
    kernel: BoundKernel | StreamedKernel, chosen: tuple[int, ...], first: int, last: int
) -> tuple[Array, Array]:
    """Mean products at every x of the chosen columns with all columns and with the left-hand side.

    Shapes (chosen, columns, points of x) and (chosen, points of x), in the units of `normal_equations`.
    """
    program, data = kernel.kernel.spec.program, kernel.data
    sums = PointwiseSums(KernelSpec("columns", program, kernel.norm, ("Each word by itself.",)), chosen, first, last)
    if isinstance(kernel, StreamedKernel):
        total = block_sums(kernel.data, program.frames, sums)
    else:
        total = sums(Block(kernel.data, 0, data.frames - program.frames + 1, True))
    unit = 2.0 / kernel.points
    return unit * total[:, :-1], unit * total[:, -1]
