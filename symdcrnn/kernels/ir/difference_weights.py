"""Weights of difference formulas: exact on even axes, by Fornberg's recursion at every point of uneven ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import GridAxis
from symdcrnn.kernels.stencils import stencil

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Formula:
    """A difference formula along an axis; its weights are numbers of the grid, not part of a kernel.

    Parameters
    ----------
    axis : str
    order : int
        Of the derivative.
    offsets : tuple of int
        Of the points that it reads, ascending.
    transposed : bool
        Whether its matrix is the transpose of that of the mirrored formula.
    """

    axis: str
    order: int
    offsets: tuple[int, ...]
    transposed: bool = False

    @property
    def reach(self) -> int:
        """How far from the point it reads."""
        return max(abs(offset) for offset in self.offsets)

    @property
    def mirrored(self) -> Formula:
        """The formula whose matrix is the transpose of this one."""
        return Formula(self.axis, self.order, tuple(-offset for offset in reversed(self.offsets)), not self.transposed)


def formula(axis: str, order: int, offsets: tuple[int, ...], even: bool) -> Formula:
    """A formula over the given points; on an even axis without those whose weight is zero.

    Parameters
    ----------
    axis : str
    order : int
    offsets : tuple of int
        Points that it may read, ascending.
    even : bool
        Whether the axis is evenly spaced.
    """
    return Formula(axis, order, stencil(offsets, order).offsets if even else offsets)


@lru_cache(maxsize=256)
def even_weights(one: Formula, spacing: float) -> Array:
    """The weights of a formula on evenly spaced points, shape (offsets,)."""
    if one.transposed:
        return np.array(even_weights(one.mirrored, spacing)[::-1])
    exact = stencil(one.offsets, one.order)
    found = dict(zip(exact.offsets, exact.coefficients, strict=True))
    return np.array([float(found.get(offset, 0)) for offset in one.offsets]) / spacing**one.order


@lru_cache(maxsize=256)
def point_weights(one: Formula, axis: GridAxis) -> tuple[NDArray[np.int64], Array]:
    """The points that a formula reads at every point of an axis, and their weights.

    At the ends of an axis that is not periodic the formula leans inwards, over as many points.

    Parameters
    ----------
    one : Formula
    axis : GridAxis

    Returns
    -------
    points : ndarray of int64, shape (n, taps)
        Indices; where fewer are read, some of weight zero.
    weights : ndarray, shape (n, taps)

    Raises
    ------
    InputError
        If the axis has fewer points than the formula.
    """
    if one.transposed:
        return _transposed(*point_weights(one.mirrored, axis))
    lowest, highest = min(one.offsets), max(one.offsets)
    taps = highest - lowest + 1
    n = axis.size
    if n < taps:
        raise InputError(f"axis {axis.name!r} has {n} points, but a stencil along it reads {taps}: give more points or "
                         "a stencil of lower order")
    centre = np.arange(n)[:, None]
    points = centre + np.arange(lowest, highest + 1)
    if axis.periodic:
        places = axis.coordinate[points % n] + axis.period * (points // n)
    else:
        points = points - np.maximum(points[:, -1:] - (n - 1), 0) - np.minimum(points[:, :1], 0)
        places = axis.coordinate[points]
    if axis.spacing is None:
        return (points % n).astype(np.int64), fornberg(axis.coordinate, places, one.order)
    weights = np.zeros((n, taps))
    weights[:, [offset - lowest for offset in one.offsets]] = even_weights(one, axis.spacing)
    ends = (points != centre + np.arange(lowest, highest + 1)).any(axis=1)
    if ends.any():
        weights[ends] = fornberg(axis.coordinate[ends], places[ends], one.order)
    return (points % n).astype(np.int64), weights


def _transposed(points: NDArray[np.int64], weights: Array) -> tuple[NDArray[np.int64], Array]:
    """What the transpose of a matrix reads, row by row."""
    n = len(points)
    matrix = np.zeros((n, n))
    np.add.at(matrix, (points, np.arange(n)[:, None]), weights)
    read = np.abs(matrix) > 0.0
    taps = int(read.sum(axis=1).max())
    chosen = np.argsort(~read, axis=1, kind="stable")[:, :taps]
    return chosen.astype(np.int64), np.take_along_axis(matrix, chosen, axis=1)


def line_weights(one: Formula, axis: GridAxis) -> Array:
    """The weights of a formula at its own offsets at every point; those of points beyond an end are of no meaning.

    Parameters
    ----------
    one : Formula
    axis : GridAxis

    Returns
    -------
    ndarray, shape (n, highest offset - lowest offset + 1)
    """
    if not one.transposed:
        return point_weights(one, axis)[1]
    lowest, highest = min(one.offsets), max(one.offsets)
    sources = (np.arange(axis.size)[:, None] + np.arange(lowest, highest + 1)) % axis.size
    # What is read at an offset stands, in the other formula, at the opposite one.
    mirrored = point_weights(one.mirrored, axis)[1][:, ::-1]
    return np.asarray(np.take_along_axis(mirrored, sources, axis=0))


def fornberg(place: Array, points: Array, order: int) -> Array:
    """The weights of the derivative at places, over any points around each (Fornberg, Math. Comp. 51, 1988).

    Parameters
    ----------
    place : ndarray, shape (m,)
    points : ndarray, shape (m, n)
        All different around a place.
    order : int
        Less than n.

    Returns
    -------
    ndarray, shape (m, n)
    """
    places, n = points.shape
    table = np.zeros((n, order + 1, places))
    table[0, 0] = 1.0
    before, product = points[:, 0] - place, np.ones(places)
    for i in range(1, n):
        highest = min(i, order)
        here, following = points[:, i] - place, np.ones(places)
        for j in range(i):
            distance = points[:, i] - points[:, j]
            following = following * distance
            if j == i - 1:
                for k in range(highest, 0, -1):
                    table[i, k] = product * (k * table[i - 1, k - 1] - before * table[i - 1, k]) / following
                table[i, 0] = -product * before * table[i - 1, 0] / following
            for k in range(highest, 0, -1):
                table[j, k] = (here * table[j, k] - k * table[j, k - 1]) / distance
            table[j, 0] = here * table[j, 0] / distance
        product, before = following, here
    return np.ascontiguousarray(table[:, order].T)
