"""Least squares over the output layer of a network whose hidden units are products of a unit of t and a unit of x.

On a grid such a network, and any linear operator on it, is a sum of Kronecker products: its Gram matrix costs next to
nothing, and the best output layer is found exactly for every trial of the other parameters (variable projection).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]

RELATIVE_CHANGE = 1e-10
"""The minimiser ends when a step lowers the sum of squares by no more than this."""


NEGLIGIBLE = 1e-9
"""Directions that are smaller than the largest one by this are left out of a basis: their slopes are rounding."""


@dataclass(frozen=True)
class Product:
    """The map from the output layer A to sum_{m,k,q} T[n,m] X[j,k] M[p,q] A[m,k,q].

    Parameters
    ----------
    of_t : ndarray, shape (frames, units of t)
        T.
    of_x : ndarray, shape (positions, units of x)
        X.
    mixing : ndarray, shape (results, outputs)
        M.
    """

    of_t: Array
    of_x: Array
    mixing: Array

    def __call__(self, layer: Array) -> Array:
        """Values of shape (frames, positions, results)."""
        mixed = np.tensordot(self.of_x, layer @ self.mixing.T, axes=(1, 1))
        return np.tensordot(self.of_t, mixed, axes=(1, 1))

    def adjoint(self, values: Array) -> Array:
        """An output layer, shape (units of t, units of x, outputs)."""
        mixed = np.tensordot(self.of_x, values @ self.mixing, axes=(0, 1))
        return np.tensordot(self.of_t, mixed, axes=(0, 1))


Block = tuple[Product, ...]
"""A sum of products."""


def apply(blocks: Sequence[Block], layer: Array, shapes: Sequence[tuple[int, ...]]) -> Array:
    """All values of all blocks in one row.

    Parameters
    ----------
    blocks : sequence of Block
    layer : ndarray
    shapes : sequence of tuple
        Of the values of each block: one without products is zero.
    """
    return np.concatenate([
        sum_of([product(layer) for product in block] or [np.zeros(shape)]).ravel()
        for block, shape in zip(blocks, shapes, strict=True)])


def projected(blocks: Sequence[Block], sought: Array, changes: Sequence[Sequence[Block]]) -> tuple[Array, Array]:
    """r = B A - y for the output layer A of least |r|^2, and the Jacobian of r by Kaufman.

    Parameters
    ----------
    blocks : sequence of Block
        B.
    sought : ndarray
        y, in one row.
    changes : sequence of sequence of Block
        dB by each of the other parameters; a block without products is zero.
    """
    shape = (blocks[0][0].of_t.shape[1], blocks[0][0].of_x.shape[1], blocks[0][0].mixing.shape[1])
    results = [(block[0].of_t.shape[0], block[0].of_x.shape[0], block[0].mixing.shape[0]) for block in blocks]
    ends = np.cumsum([math.prod(result) for result in results])[:-1]

    def adjoint(row: Array) -> Array:
        parts = [part.reshape(result) for part, result in zip(np.split(row, ends), results, strict=True)]
        return sum_of([product.adjoint(part) for block, part in zip(blocks, parts, strict=True)
                       for product in block]).ravel()

    gram = sum_of([_gram(block) for block in blocks])
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    layer = cho_solve(factor, adjoint(sought)).reshape(shape)
    # The normal equations lose half of the digits: one step of refinement brings them back.
    layer += cho_solve(factor, adjoint(sought - apply(blocks, layer, results))).reshape(shape)
    columns = np.stack([apply(change, layer, results) for change in changes], axis=1)
    along = cho_solve(factor, np.stack([adjoint(column) for column in columns.T], axis=1))
    for number, layer_change in enumerate(along.T):
        columns[:, number] -= apply(blocks, layer_change.reshape(shape), results)
    return apply(blocks, layer, results) - sought, columns


def orthonormal(units: Array) -> tuple[Array, Array]:
    """An orthonormal basis of what units span, and the matrix that turns them into it.

    Parameters
    ----------
    units : ndarray, shape (points, units)
    """
    left, sizes, right = np.linalg.svd(units, full_matrices=False)
    kept = sizes > NEGLIGIBLE * sizes[0]
    return left[:, kept], right[kept].T / sizes[kept]


def sum_of(parts: Sequence[Array]) -> Array:
    """Their sum."""
    return np.asarray(sum(parts[1:], start=parts[0]))


def _gram(block: Block) -> Array:
    """B^T B, of the size of an output layer each way."""
    return sum_of([
        np.kron(np.kron(left.of_t.T @ right.of_t, left.of_x.T @ right.of_x), left.mixing.T @ right.mixing)
        for left in block for right in block])


def levenberg_marquardt(
    residual: Callable[[Array], tuple[Array, Array]], start: Array, steps: int
) -> tuple[Array, float]:
    """The parameters of least |r|^2, and that sum.

    Parameters
    ----------
    residual : callable
        Gives r and dr/dparameters.
    start : ndarray
    steps : int
        At most.
    """
    parameters, damping = start, 1e-2
    r, jacobian = residual(parameters)
    loss = float(r @ r)
    for _ in range(steps):
        gram, force = jacobian.T @ jacobian, jacobian.T @ r
        scale = np.diag(np.diag(gram) + 1e-12 * float(np.trace(gram)) / gram.shape[0])
        for _ in range(12):
            step = np.linalg.solve(gram + damping * scale, force)
            trial_r, trial_jacobian = residual(parameters - step)
            if float(trial_r @ trial_r) < loss:
                break
            damping *= 4.0
        else:
            return parameters, loss
        before = loss
        parameters, r, jacobian = parameters - step, trial_r, trial_jacobian
        loss, damping = float(r @ r), max(damping / 3.0, 1e-10)
        if before - loss <= RELATIVE_CHANGE * before:
            break
    return parameters, loss
