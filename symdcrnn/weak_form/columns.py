"""The columns of the weak form: every word against every test function.

    int phi d_t u = sum_j c_j int phi W_j,    W_j = sum_k q_k D^(a_k) N_k(u)

The values of each N are computed once, a few frames at a time, and summed along t first; what is left is smaller than
the data by the distance of the centres and is then summed along the other axes for every derivative asked of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.relations.divergence_form import Part
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.test_functions import AxisSums, Order, Sums

Array = NDArray[np.float64]

AT_ONCE = 2**20
"""Values of a word that are worked on at a time, about."""

Orders = tuple[tuple[str, Order], ...]
"""By axis, t among them where a function of it multiplies."""


@dataclass(frozen=True)
class Multiplied:
    """Further columns: words times basis functions of an axis.

    Parameters
    ----------
    axis : str
    size : int
        How many basis functions there are.
    words : tuple of int
        The columns that they multiply, one after the other.
    """

    axis: str
    size: int
    words: tuple[int, ...]


@dataclass(frozen=True)
class WeakWords:
    """The words of an equation, taken apart for the weak form.

    Parameters
    ----------
    target : Field
    words : tuple of tuple of Part
        By column; the sum of the parts is the word.
    multiplied : Multiplied, optional
    """

    target: Field
    words: tuple[tuple[Part, ...], ...]
    multiplied: Multiplied | None = None

    @property
    def columns(self) -> int:
        """How many there are, those times basis functions among them."""
        more = self.multiplied
        return len(self.words) + (0 if more is None else more.size * len(more.words))

    @cached_property
    def uses(self) -> dict[Word, dict[Orders, list[tuple[int, float]]]]:
        """Which columns take which derivatives of which inner words, and how many times."""
        found: dict[Word, dict[Orders, list[tuple[int, float]]]] = {}
        for column, (word, function) in enumerate(self._columns()):
            for part in self.words[word]:
                orders = dict[str, Order](part.orders)
                if self.multiplied is not None and function is not None:
                    axis = self.multiplied.axis
                    orders[axis] = (dict(part.orders).get(axis, 0), function)
                key = tuple(sorted(orders.items()))
                found.setdefault(part.inner, {}).setdefault(key, []).append((column, float(part.coefficient)))
        return found

    def _columns(self) -> Iterator[tuple[int, int | None]]:
        """The word of every column, and the basis function that multiplies it."""
        yield from ((word, None) for word in range(len(self.words)))
        if self.multiplied is not None:
            for word in self.multiplied.words:
                yield from ((word, function) for function in range(self.multiplied.size))

    def highest(self, axis: str) -> int:
        """The highest derivative along an axis."""
        return max((dict(part.orders).get(axis, 0) for parts in self.words for part in parts), default=0)


@dataclass(frozen=True, eq=False)
class Integrals:
    """The sums of all axes, on one grid.

    Parameters
    ----------
    grid : PhaseGrid
    target : Field
    time : AxisSums
        With the orders 0 and 1.
    along : mapping of str to AxisSums
        By axis with derivatives, to be averaged along, or that functions are of.
    """

    grid: PhaseGrid
    target: Field
    time: AxisSums
    along: Mapping[str, AxisSums]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Rows along t and along all axes of the grid; one along those that the target does not depend on."""
        return (self.time.rows, *(
            self.along[axis.name].rows if axis.name in self.along and axis.name in self.target.axes
            else axis.size if axis.name in self.target.axes else 1 for axis in self.grid.axes))

    @property
    def rows(self) -> int:
        return int(np.prod(self.shape))

    def chunks(self) -> list[tuple[int, int, int, int]]:
        """First and last row along t, and the frames that they read, a few at a time."""
        points = int(np.prod([axis.size for axis in self.grid.axes if axis.name in self.target.axes]))
        stride = max(1, int(self.time.centres[1] - self.time.centres[0])) if self.time.rows > 1 else 1
        each = max(1, max(AT_ONCE // max(points, 1), 3 * self.time.reach) // stride)
        found = []
        for first in range(0, self.time.rows, each):
            stop = min(first + each, self.time.rows)
            found.append((first, stop, int(self.time.starts[first]), int(self.time.starts[stop - 1]) + self.time.reach))
        return found

    def reads(self, chunk: tuple[int, int, int, int], order: Order) -> bool:
        """Whether the frames of a chunk have a part in sums along t."""
        first, stop, start, end = chunk
        return not isinstance(order, tuple) or self.time.sums[order][first:stop, start:end].nnz > 0

    def in_time(self, values: Array, chunk: tuple[int, int, int, int], order: Order) -> Array:
        """Values at the frames of a chunk, summed along t."""
        first, stop, start, end = chunk
        part: Sums = self.time.sums[order][first:stop, start:end]
        if values.shape[0] == 1:
            return np.asarray(part.sum(axis=1)).reshape(-1, *(1,) * (values.ndim - 1)) * values
        return times(part, values.reshape(values.shape[0], -1)).reshape(stop - first, *values.shape[1:])

    def in_space(self, values: Array, orders: Orders) -> Array:
        """Values that are summed along t already, summed along all other axes; zero where they do not depend on one
        that a derivative is taken along."""
        for place, axis in enumerate(self.grid.axes, start=1):
            if axis.name not in self.along or axis.name not in self.target.axes:
                continue
            part = self.along[axis.name].sums[dict(orders).get(axis.name, 0)]
            values = along(part, values, place)
        return values

    def back_in_space(self, values: Array, orders: Orders) -> Array:
        """The adjoint of `in_space`."""
        for place, axis in enumerate(self.grid.axes, start=1):
            if axis.name in self.along and axis.name in self.target.axes:
                values = along(self.along[axis.name].sums[dict(orders).get(axis.name, 0)].T, values, place)
        return values


Value = TypeVar("Value")


def by_time(by_orders: Mapping[Orders, Value]) -> dict[Order, dict[Orders, Value]]:
    """By the order along t, and then by those along the other axes."""
    found: dict[Order, dict[Orders, Value]] = {}
    for orders, value in by_orders.items():
        rest = tuple((axis, order) for axis, order in orders if axis != "t")
        found.setdefault(dict(orders).get("t", 0), {})[rest] = value
    return found


def along(matrix: Sums, values: Array, place: int) -> Array:
    """A matrix applied along one axis of an array; what does not depend on it is the same at every point."""
    if values.shape[place] == 1 and matrix.shape[1] > 1:
        shape = [1] * values.ndim
        shape[place] = matrix.shape[0]
        spread: Array = values * np.asarray(matrix.sum(axis=1)).reshape(shape)
        return spread
    moved = np.moveaxis(values, place, 0)
    result = times(matrix, np.ascontiguousarray(moved).reshape(moved.shape[0], -1))
    wide: Array = np.moveaxis(result.reshape(matrix.shape[0], *moved.shape[1:]), 0, place)
    return wide


def times(matrix: Sums, values: Array) -> Array:
    """A matrix times a matrix of values."""
    found: Array = matrix @ values
    return found


Means = Mapping[Word, Sequence[tuple[float, Word]]]
"""What stands in the place of a word so that noise does not change its mean: a linear combination of words."""


def weak_columns(
    words: WeakWords, integrals: Sequence[Integrals], stencils: Stencils, means: Means | None = None,
    wanted: Collection[int] | None = None,
) -> list[Array]:
    """All columns, and the left-hand side as the last one.

    Parameters
    ----------
    words : WeakWords
    integrals : sequence of Integrals
        With the same sums along t, so that values are computed once for all.
    stencils : Stencils
        Of derivatives that are left in words.
    means : mapping, optional
        By inner word, what is computed in its place.
    wanted : collection of int, optional
        Columns; others are zero.

    Returns
    -------
    list of ndarray, shape (rows, columns + 1)
    """
    found = [np.zeros((words.columns + 1, *one.shape)) for one in integrals]
    grid = integrals[0].grid
    for chunk in integrals[0].chunks():
        first, stop, start, end = chunk
        frames = range(start, end)
        target = integrals[0].in_time(values_of(Word((), words.target), grid, stencils, frames), chunk, 1)
        for one, columns in zip(integrals, found, strict=True):
            columns[-1, first:stop] += one.in_space(target, ())
        for inner, by_orders in uses_of(words, wanted).items():
            terms = (means or {}).get(inner) or ((1.0, inner),)
            values = terms[0][0] * values_of(terms[0][1], grid, stencils, frames)
            for number, word in terms[1:]:
                values = values + number * values_of(word, grid, stencils, frames)
            for order, in_space in by_time(by_orders).items():
                if not integrals[0].reads(chunk, order):
                    continue
                summed = integrals[0].in_time(values, chunk, order)
                for one, columns in zip(integrals, found, strict=True):
                    for orders, uses in in_space.items():
                        done = one.in_space(summed, orders)
                        for column, number in uses:
                            columns[column, first:stop] += number * done
    return [np.ascontiguousarray(one.reshape(len(one), -1).T) for one in found]


def uses_of(
    words: WeakWords, wanted: Collection[int] | None
) -> Mapping[Word, Mapping[Orders, Sequence[tuple[int, float]]]]:
    """`WeakWords.uses` of some columns; of all where none are named."""
    if wanted is None:
        return words.uses
    found: dict[Word, dict[Orders, list[tuple[int, float]]]] = {}
    for inner, by_orders in words.uses.items():
        for orders, columns in by_orders.items():
            used = [(column, number) for column, number in columns if column in wanted]
            if used:
                found.setdefault(inner, {})[orders] = used
    return found


def values_of(word: Word, grid: PhaseGrid, stencils: Stencils, frames: range) -> Array:
    """A word at consecutive frames; one frame of what does not change in time."""
    if "t" not in word.axes:
        return evaluate(word, grid, stencils, frames[:1])
    return evaluate(word, grid.between(frames.start, frames.stop), stencils, range(len(frames)))
