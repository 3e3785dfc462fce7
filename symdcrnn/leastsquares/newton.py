"""Steps of Newton over some of the columns of a Gram matrix that rounding leaves nearly singular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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

    def cost_of(self, places: Sequence[int], coefficients: Array) -> float:
        """The same where several columns go together, by their places among the active ones."""
        chosen = list(places)
        sizes = (coefficients[list(self.active)] * self.scale)[chosen]
        block = self.inverse[np.ix_(chosen, chosen)]
        return float(sizes @ np.linalg.lstsq(block, sizes, rcond=None)[0])


def scaled_inverse(gram: Array, active: Sequence[int]) -> ScaledInverse:
    """The inverse of the active block of a Gram matrix, shape (columns, columns)."""
    chosen = np.array(active, dtype=np.intp)
    block = gram[chosen[:, None], chosen]
    scale = np.sqrt(block.diagonal())
    values, vectors = np.linalg.eigh(block / np.outer(scale, scale))
    floor = 8.0 * chosen.size * np.finfo(float).eps
    return ScaledInverse(tuple(active), (vectors / np.maximum(values, floor)) @ vectors.T, scale)
