"""Test functions of compact support, and the sums over points that integrals against them are.

Along every axis with derivatives, and along t, a test function is (1 - s^2)^p, |s| <= 1, where s is the distance from
its centre over its half width.  A derivative of the data is moved onto it,

    int phi D^a N dx = (-1)^a int (D^a phi) N dx,

and D^a phi is a polynomial, so there is no truncation error of a stencil.  On an even grid the trapezoid sum is
spectrally accurate, because phi vanishes at its ends with p - 1 derivatives; on an uneven one the weights are those
of the integral of a quintic spline through the points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]
Sums: TypeAlias = Any
"""A matrix of numpy, or a sparse one of scipy, which has no types."""

AROUND = 48
"""Points beyond both ends of a period: what a spline does at its own ends is less by half with every point."""

Order: TypeAlias = int | tuple[int, int]
"""Of a derivative that is moved onto a test function; with the number of the basis function that multiplies it."""

MARGIN = 4
"""p is the highest derivative on the test function plus this at least."""

LEAST_POWER = 8
"""p at least."""

MOST_DENSE, SPARSE = 2**22, 0.02
"""Matrices with more entries, or of which a smaller part is not zero, are stored as sparse ones."""

OVERLAP = 4
"""Centres are a half width over this apart."""


@dataclass(frozen=True)
class TestFunction:
    """phi = (1 - s^2)^power along one axis.

    Parameters
    ----------
    half_width : int
        In steps of the axis.
    power : int
    """

    __test__ = False

    half_width: int
    power: int

    @property
    def points(self) -> int:
        """How many points its support has."""
        return 2 * self.half_width + 1

    def values(self, s: Array, order: int) -> Array:
        """The derivative of that order by s; zero outside of the support."""
        coefficients = polynomial.polypow([1.0, 0.0, -1.0], self.power)
        inside = np.abs(s) < 1.0
        return np.where(inside, polynomial.polyval(np.where(inside, s, 0.0), polynomial.polyder(coefficients, order)),
                        0.0)

    def overlap(self, first: int, second: int, steps: int) -> float:
        """The normalised integral of two derivatives by s, one of them moved by a number of steps."""
        s = np.linspace(-1.0, 1.0, 40 * self.half_width + 1)
        product = self.values(s, first) * self.values(s - steps / self.half_width, second)
        return float(np.sum(product) / np.sqrt(np.sum(self.values(s, first)**2) * np.sum(self.values(s, second)**2)))


def power_for(order: int) -> int:
    """The power of a test function that takes derivatives up to an order."""
    return max(LEAST_POWER, order + MARGIN)


@dataclass(frozen=True, eq=False)
class AxisSums:
    """Sums over the points of one axis, for every centre of its test function.

    Parameters
    ----------
    centres : ndarray of int, shape (rows,)
        Indices of the points at the centres.
    starts : ndarray of int, shape (rows,)
        The first point that each reads; negative where it reads around a periodic axis.
    reach : int
        How many points each reads.
    sums : mapping of Order to matrix, shape (rows, points)
        By the order of the derivative; sparse where there are many points.
    made_of : mapping of Order to tuple of (float, int, ndarray), optional
        Sums that are others with each point times a value, as a linear combination.
    plain : mapping of (int, int) to ndarray, optional
        `diagonal` of all sums that those are made of.
    """

    centres: NDArray[np.int64]
    starts: NDArray[np.int64]
    reach: int
    sums: dict[Order, Sums]
    made_of: Mapping[Order, tuple[tuple[float, Order, Array], ...]] = field(default_factory=dict)
    plain: Mapping[tuple[Order, Order], Array] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return int(self.centres.size)

    def off(self, coordinate: Array) -> float:
        """How far the sums of a line against the derivative are from its slope, relative to that: the root mean square
        over the rows.

        Parameters
        ----------
        coordinate : ndarray, shape (points,)
        """
        line = coordinate - coordinate[coordinate.size // 2]
        sizes = np.asarray(self.sums[0].sum(axis=1)).reshape(-1)
        return float(np.sqrt(np.mean((self.sums[1] @ line / sizes - 1.0)**2)))

    def touched(self, start: int, stop: int) -> range:
        """The rows that read any of some points, along an axis that is not periodic."""
        return range(int(np.searchsorted(self.starts, start - self.reach, "right")),
                     int(np.searchsorted(self.starts, stop, "left")))

    def ended(self, stop: int) -> int:
        """How many rows read points before that one alone."""
        return int(np.searchsorted(self.starts, stop - self.reach, "right"))

    def part(self, order: Order, rows: range, start: int, stop: int) -> Sums | None:
        """The sums of some rows over some points, dense where they are not nearly empty; None where they are zero."""
        found = self.sums[order][rows.start:rows.stop, start:stop]
        if not found.nnz:
            return None
        return found.toarray() if found.nnz > SPARSE * found.shape[0] * found.shape[1] else found

    def between(self, first: int, stop: int) -> AxisSums:
        """Rows ``first`` to ``stop - 1``."""
        found = AxisSums(self.centres[first:stop], self.starts[first:stop], self.reach,
                         {order: one[first:stop] for order, one in self.sums.items()}, self.made_of)
        return replace(found, plain={pair: found._plain(*pair) for pair in self.plain})

    def diagonal(self, first: Order, second: Order) -> Array:
        """The sum over the rows of the product of two of the sums, at every point."""
        one = np.ones(1)
        return sum((factor * factor_ * values * values_ * self._plain(order, order_)
                    for factor, order, values in self.made_of.get(first, ((1.0, first, one),))
                    for factor_, order_, values_ in self.made_of.get(second, ((1.0, second, one),))), np.zeros(1))

    def _plain(self, first: Order, second: Order) -> Array:
        if (first, second) in self.plain:
            return self.plain[first, second]
        one, other = self.sums[first], self.sums[second]
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
            return np.asarray(np.einsum("rp,rp->p", one, other))
        return np.asarray(scipy.sparse.csr_matrix(one).multiply(other).sum(axis=0)).reshape(-1)


def along(matrix: Sums, values: Array, place: int) -> Array:
    """A matrix applied along one axis of an array; what does not depend on it is the same at every point."""
    if values.shape[place] == 1 and matrix.shape[1] > 1:
        shape = [1] * values.ndim
        shape[place] = matrix.shape[0]
        spread: Array = values * np.asarray(matrix.sum(axis=1)).reshape(shape)
        return spread
    if place == values.ndim - 1 and isinstance(matrix, np.ndarray):
        flat = times(values.reshape(-1, values.shape[-1]), matrix.T)
        return flat.reshape(*values.shape[:-1], matrix.shape[0])
    moved = np.moveaxis(values, place, 0)
    result = times(matrix, np.ascontiguousarray(moved).reshape(moved.shape[0], -1))
    wide: Array = np.moveaxis(result.reshape(matrix.shape[0], *moved.shape[1:]), 0, place)
    return wide


def times(first: Sums, second: Sums) -> Array:
    """A product of matrices, one of which is dense."""
    found: Array = first @ second
    return found


def centres_of(points: int, periodic: bool, function: TestFunction, stride: int) -> NDArray[np.int64]:
    """The points at the centres of a test function.

    Raises
    ------
    InputError
        If the support is longer than the axis.
    """
    m = function.half_width
    if function.points > points:
        raise InputError(f"a test function reads {function.points} points and the axis has {points}: give a half width "
                         f"of at most {(points - 1) // 2}")
    if periodic:
        return np.arange(0, points, stride)
    return np.arange(m + ((points - function.points) % stride) // 2, points - m, stride)


def axis_sums(
    coordinate: Array, period: float | None, function: TestFunction, orders: Sequence[int], stride: int,
    whole: bool = True,
) -> AxisSums:
    """The sums of an axis.

    Parameters
    ----------
    coordinate : ndarray, shape (points,)
    period : float or None
        The length of a periodic axis.
    function : TestFunction
    orders : sequence of int
        Of the derivatives that are moved onto the test function.
    stride : int
        Steps from one centre to the next.
    whole : bool
        Whether all points are summed at once; otherwise see `AxisSums.part`.

    Raises
    ------
    InputError
        If the support is longer than the axis.
    """
    points, m = coordinate.size, function.half_width
    centres = centres_of(points, period is not None, function, stride)
    offsets = np.arange(-m, m + 1)
    indices = (centres[:, None] + offsets) % points
    turns = (centres[:, None] + offsets) // points
    places = coordinate[indices] + (0.0 if period is None else period * turns)
    weights = _weights(coordinate, period)
    width = 0.5 * (places[:, -1] - places[:, 0])
    middle = 0.5 * (places[:, -1] + places[:, 0])
    s = (places - middle[:, None]) / width[:, None]
    found: dict[Order, Sums] = {}
    dense = whole and centres.size * points <= MOST_DENSE and function.points > SPARSE * points
    for order in sorted(set(orders)):
        values = (-1.0)**order * function.values(s, order) / width[:, None]**order * weights[indices]
        rows = np.repeat(np.arange(centres.size), offsets.size)
        matrix = scipy.sparse.csr_matrix((values.ravel(), (rows, indices.ravel())), shape=(centres.size, points))
        found[order] = matrix.toarray() if dense else matrix
    return AxisSums(centres, centres - m, function.points, found)


def _weights(coordinate: Array, period: float | None) -> Array:
    """Of an integral along the axis; what is near the ends is not read by functions that vanish there."""
    from scipy.interpolate import BSpline, make_interp_spline
    from scipy.sparse.linalg import spsolve

    points = coordinate.size
    steps = np.diff(coordinate)
    if np.ptp(steps) <= 1e-6 * float(np.mean(steps)):
        return np.full(points, (coordinate[-1] - coordinate[0]) / (points - 1))
    turns = range(0, 1) if period is None else range(-(AROUND // points + 1), AROUND // points + 2)
    wide = np.concatenate([coordinate + turn * (period or 0.0) for turn in turns])
    degree = min(5, wide.size - 1)
    knots = make_interp_spline(wide, np.zeros(wide.size), k=degree).t
    matrix = BSpline.design_matrix(wide, knots, degree)
    integrals = (knots[degree + 1:] - knots[:-degree - 1]) / (degree + 1)
    found: Array = spsolve(matrix.T.tocsc(), integrals)
    return found[-turns.start * points:(1 - turns.start) * points]
