"""The products of words times basis functions with each other, with the words and with the left-hand side.

They are sums at every point of the axis over all others; along time, at the frames that a residual reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.residuals.block import Block
from symdcrnn.preprocess.residuals.values import ColumnValues

Array = NDArray[np.float64]
Products = tuple[sparse.csc_matrix, Array, Array]
"""With each other, with the words, and minus that with the left-hand side; in the units of `normal_equations`."""


@dataclass(frozen=True)
class PointSums:
    """`ResidualValues.products` at every point of an axis, summed over all residuals.

    Parameters
    ----------
    values : ColumnValues
    chosen : tuple of int
    axis : str
    """

    values: ColumnValues
    chosen: tuple[int, ...]
    axis: str

    def __call__(self, block: Block) -> Array:
        """Shape (functions, functions * band + columns + 1, points)."""
        along, functions = self.values.along(self.axis), len(self.chosen)
        out = np.zeros((functions, functions * along.band + self.values.columns + 1, along.reached))
        for some in self.values.of(block, self.axis, self.chosen):
            out[..., some.place] += some.products()
        return out


def products_by_point(words: BoundWords, chosen: Sequence[int], basis: sparse.csr_matrix, axis: str) -> Products:
    """The products.

    Parameters
    ----------
    words : BoundWords
        Of the L2 norm, with one column per word.
    chosen : sequence of int
        The columns that are multiplied by functions.
    basis : csr_matrix, shape (points, size)
        The basis functions at the points that residuals reach.
    axis : str

    Returns
    -------
    csc_matrix, shape (unknowns, unknowns)
        With size unknowns for each of the chosen columns.
    ndarray, shape (unknowns, columns)
    ndarray, shape (unknowns,)
    """
    total = 2.0 / words.loss.points * words.sums(PointSums(words.values, tuple(chosen), axis))
    functions, band = len(chosen), words.values.along(axis).band
    with_columns, with_change = total[:, functions * band:-1], total[:, -1]
    by_basis = sparse.block_diag([basis] * functions, format="csr")
    inner = sparse.bmat([
        [_banded(total[a, b * band:(b + 1) * band], total[b, a * band:(a + 1) * band]) for b in range(functions)]
        for a in range(functions)
    ], format="csr")
    stiffness = (by_basis.T @ inner @ by_basis).tocsc()
    coupling = np.vstack([basis.T @ with_columns[a].T for a in range(functions)])
    force = np.concatenate([-(basis.T @ with_change[a]) for a in range(functions)])
    return stiffness, coupling, force


def _banded(above: Array, below: Array) -> sparse.dia_matrix:
    """The matrix whose diagonals above the main one, and transposed below it, are rows; entries past its ends zero."""
    band, points = above.shape
    used = range(min(band, points))
    upper = [above[k, :points - k] for k in used]
    lower = [below[k, :points - k] for k in used[1:]]
    return sparse.diags([*upper, *lower], [*used, *(-k for k in used[1:])])


@dataclass(frozen=True)
class FunctionLossSums:
    """The loss for given functions and its gradient by their values, as one array of sums over residuals.

    Parameters
    ----------
    values : ColumnValues
    chosen : tuple of int
        The columns that are multiplied by functions.
    axis : str
    known : ndarray, shape (columns,)
        Constant coefficients, times dt.
    functions : ndarray, shape (chosen, points)
        Times dt.
    """

    values: ColumnValues
    chosen: tuple[int, ...]
    axis: str
    known: Array
    functions: Array

    def __call__(self, block: Block) -> Array:
        loss, slope = 0.0, np.zeros(self.functions.shape)
        for some in self.values.of(block, self.axis, self.chosen):
            away = some.rest(self.known, self.functions[:, some.place])
            loss += float(np.sum(away**2))
            slope[:, some.place] -= some.onto(away)
        return np.concatenate([[loss], slope.reshape(-1)])


def loss_and_gradient(
    words: BoundWords, chosen: Sequence[int], basis: sparse.csr_matrix, axis: str, known: Array, unknowns: Array
) -> tuple[float, Array]:
    """The loss for given functions and its gradient by their unknowns, by a pass over the data.

    Parameters
    ----------
    words, chosen, basis, axis
        As those of `products_by_point`.
    known : ndarray, shape (columns,)
        Constant coefficients, times dt.
    unknowns : ndarray, shape (unknowns,)
        Times dt.
    """
    functions: Array = (basis @ unknowns.reshape(len(chosen), -1).T).T
    part = FunctionLossSums(words.values, tuple(chosen), axis, known, functions)
    found = words.sums(part)
    slope = found[1:].reshape(functions.shape)
    gradient = (basis.T @ slope.T).T.reshape(-1)
    return float(found[0]) / words.loss.points, 2.0 / words.loss.points * gradient
