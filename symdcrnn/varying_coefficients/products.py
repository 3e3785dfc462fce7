"""The products of words times basis functions of x with each other, with the words and with the left-hand side.

Where the data is as it is, they are sums over x of what is summed over time and velocity at every point.  Where it is
smoothed in x, each word is multiplied by each basis function first and smoothed then, see `smoothing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.runtime import GridData
from symdcrnn.preprocess.frames import Block, BoundWords
from symdcrnn.preprocess.out_of_core import bound_to
from symdcrnn.preprocess.smoothing import smooth

Array = NDArray[np.float64]
Products = tuple[sparse.csc_matrix, Array, Array]
"""With each other, with the words, and minus that with the left-hand side; in the units of `normal_equations`."""


@dataclass(frozen=True)
class PointwiseSums:
    """Products at every x, summed over time and v, of the chosen columns with all columns and with the left-hand side.

    Parameters
    ----------
    spec : KernelSpec
        With one column per word.
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
        out = np.zeros((len(self.chosen), len(self.spec.program.columns) + 1, self.last - self.first))
        for values, left in _residuals(self.spec, block.data, self.first, self.last):
            for number, column in enumerate(self.chosen):
                out[number, :-1] += np.einsum("pvx,vx->px", values, values[column])
                out[number, -1] += np.einsum("vx,vx->x", left, values[column])
        return out


def products_by_point(
    words: BoundWords, chosen: Sequence[int], basis: sparse.csr_matrix, first: int, last: int
) -> Products:
    """The products without smoothing.

    Parameters
    ----------
    words : BoundWords
        Of the L2 norm, with one column per word.
    chosen : sequence of int
        The columns that are multiplied by functions.
    basis : csr_matrix, shape (points, size)
        The basis functions at the points from `first` to `last`.
    first, last : int
        The range of x.

    Returns
    -------
    csc_matrix, shape (unknowns, unknowns)
        With size unknowns for each of the chosen columns.
    ndarray, shape (unknowns, columns)
    ndarray, shape (unknowns,)
    """
    total = 2.0 / words.loss.points * words.sums(PointwiseSums(words.spec, tuple(chosen), first, last))
    with_columns, with_change = total[:, :-1], total[:, -1]
    by_basis = sparse.block_diag([basis] * len(chosen), format="csr")
    inner = sparse.bmat([
        [sparse.diags(with_columns[a, b]) for b in chosen] for a in range(len(chosen))
    ], format="csr")
    stiffness = (by_basis.T @ inner @ by_basis).tocsc()
    coupling = np.vstack([basis.T @ with_columns[a].T for a in range(len(chosen))])
    force = np.concatenate([-(basis.T @ with_change[a]) for a in range(len(chosen))])
    return stiffness, coupling, force


@dataclass(frozen=True)
class SmoothedSums:
    """Products of words that are multiplied by basis functions on the data as it is, and smoothed then, as one array.

    Parameters
    ----------
    spec : KernelSpec
        With one column per word.
    chosen : tuple of int
    profiles : ndarray, shape (size, 1, points of x)
        The basis functions.
    width : float
        Of the smoothing, in points of x.
    """

    spec: KernelSpec
    chosen: tuple[int, ...]
    profiles: Array
    width: float

    def __call__(self, block: Block) -> Array:
        """Shape (unknowns, unknowns + columns + 1): with each other, with all columns, with the left-hand side."""
        columns, unknowns = len(self.spec.program.columns), len(self.chosen) * self.profiles.shape[0]
        out = np.zeros((unknowns, unknowns + columns + 1))
        nx = self.profiles.shape[-1]
        rough = replace(block.data, fields={**block.data.fields, **block.raw.fields})
        pairs = zip(_residuals(self.spec, block.data, 0, nx), _residuals(self.spec, rough, 0, nx), strict=True)
        for (values, left), (sharp, _) in pairs:
            made = np.concatenate([smooth(self.profiles * sharp[column], self.width) for column in self.chosen])
            made = np.broadcast_to(made, (unknowns, *values.shape[1:])).reshape(unknowns, -1)
            out[:, :unknowns] += made @ made.T
            out[:, unknowns:-1] += made @ values.reshape(columns, -1).T
            out[:, -1] += made @ left.reshape(-1)
        return out


def products_smoothed(
    words: BoundWords, chosen: Sequence[int], basis: sparse.csr_matrix, width: float
) -> Products:
    """The products of words that are multiplied by basis functions on the data as it is, and smoothed then.

    Parameters
    ----------
    words : BoundWords
        As those of `products_by_point`, on smoothed data that is periodic in x.
    chosen, basis
        As those of `products_by_point`, over all points.
    width : float
        Of the smoothing, in points of x.

    Returns
    -------
    Products
        As those of `products_by_point`.
    """
    unknowns = int(basis.shape[1]) * len(chosen)
    part = SmoothedSums(words.spec, tuple(chosen), basis.toarray().T[:, None, :], width)
    total = 2.0 / words.loss.points * words.sums(part)
    return sparse.csc_matrix(total[:, :unknowns]), total[:, unknowns:-1], -total[:, -1]


@dataclass(frozen=True)
class FunctionLossSums:
    """The loss for given functions of x and its gradient by their values, as one array of sums over residuals.

    Parameters
    ----------
    spec : KernelSpec
        With one column per word.
    chosen : tuple of int
        The columns that are multiplied by functions.
    known : ndarray, shape (columns,)
        Constant coefficients, times dt.
    functions : ndarray, shape (chosen, points of x)
        Times dt.
    first, last : int
        The range of x.
    """

    spec: KernelSpec
    chosen: tuple[int, ...]
    known: Array
    functions: Array
    first: int
    last: int

    def __call__(self, block: Block) -> Array:
        loss, slope = 0.0, np.zeros(self.functions.shape)
        for values, left in _residuals(self.spec, block.data, self.first, self.last):
            away = left - np.einsum("c,cvx->vx", self.known, values)
            for function, column in zip(self.functions, self.chosen, strict=True):
                away = away - function * values[column]
            loss += float(np.sum(away**2))
            for number, column in enumerate(self.chosen):
                slope[number] -= np.einsum("vx,vx->x", away, values[column])
        return np.concatenate([[loss], slope.reshape(-1)])


def loss_and_gradient(
    words: BoundWords, chosen: Sequence[int], basis: sparse.csr_matrix, known: Array, unknowns: Array
) -> tuple[float, Array]:
    """The loss for given functions and its gradient by their unknowns, by a pass over data that is not smoothed.

    Parameters
    ----------
    words, chosen, basis
        As those of `products_by_point`.
    known : ndarray, shape (columns,)
        Constant coefficients, times dt.
    unknowns : ndarray, shape (unknowns,)
        Times dt.
    """
    functions: Array = (basis @ unknowns.reshape(len(chosen), -1).T).T
    part = FunctionLossSums(words.spec, tuple(chosen), known, functions, *words.loss.fitted)
    found = words.sums(part)
    slope = found[1:].reshape(functions.shape)
    gradient = (basis.T @ slope.T).T.reshape(-1)
    return float(found[0]) / words.loss.points, 2.0 / words.loss.points * gradient


def _residuals(spec: KernelSpec, data: GridData, first: int, last: int) -> Iterator[tuple[Array, Array]]:
    """All columns, shape (columns, velocities, points), and the left-hand side of one residual after the other."""
    program = spec.program
    writer = bound_to(KernelSpec("columns", program, spec.norm, ("Each word by itself.",)), data)
    data = writer.data
    field = data.fields[program.target.field]
    columns = len(program.columns)
    velocities = data.v.size if program.target.layout.full else 1
    ones = np.ones(columns)
    buffer = np.zeros((columns, 1, *field.shape[1:]))
    for n in range(data.frames - program.frames + 1):
        frames = {name: values[n:n + program.frames] for name, values in data.fields.items()}
        replace(writer, data=replace(data, fields=frames)).fill(ones, buffer, first, last)
        values = buffer[..., first:last].reshape(columns, velocities, -1)
        change = sum(weight * field[n + k] for k, weight in enumerate(program.target.time_weights))
        yield values, np.asarray(change)[..., first:last].reshape(velocities, -1)
