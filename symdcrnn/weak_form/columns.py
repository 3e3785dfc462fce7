"""The columns of the weak form: every word against every test function.

    int phi d_t u = sum_j c_j int phi W_j,    W_j = sum_k q_k D^(a_k) N_k(u)

The values of each N are computed once, a few frames at a time, and summed along t first; what is left is smaller than
the data by the distance of the centres and is then summed along the other axes for every derivative asked of it.  Of
test functions that reach beyond the frames at hand only the sums are held, so frames on disk are read once.
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
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.gaps.mask import Gaps, along_axis
from symdcrnn.weak_form.noise.precision import Precision
from symdcrnn.weak_form.test_functions import AxisSums, Order, along

Array = NDArray[np.float64]

AT_ONCE = 2**17
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
        The values of its fields are not asked for.
    target : Field
    time : AxisSums
        With the orders 0 and 1, sparse.
    along : mapping of str to AxisSums
        By axis with derivatives, to be averaged along, or that functions are of.
    gaps : Gaps, optional
        Where values are missing; rows that would read one are left out.
    precision : Precision, optional
        Of the values of the left-hand side, where each has a variance of its own.
    """

    grid: PhaseGrid
    target: Field
    time: AxisSums
    along: Mapping[str, AxisSums]
    gaps: Gaps | None = None
    precision: Precision | None = None

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Rows along t and along all axes of the grid; one along those that the target does not depend on."""
        return (self.time.rows, *(
            self.along[axis.name].rows if axis.name in self.along and axis.name in self.target.axes
            else axis.size if axis.name in self.target.axes else 1 for axis in self.grid.axes))

    @property
    def rows(self) -> int:
        """How many there are, those that are left out among them."""
        return int(np.prod(self.shape))

    def weights(self, first: int, stop: int) -> Array | None:
        """Of rows ``first`` to ``stop - 1`` along t: zero for those that are left out; None where all are one."""
        if self.gaps is None and self.precision is None:
            return None
        found = np.ones((stop - first, *self.shape[1:]))
        if self.precision is not None:
            found *= self.precision.of_rows(self.time, self.summed, first, stop)
        if self.gaps is not None:
            missing = self.gaps.in_time(self.time, first, stop)
            for place, sums in self.summed:
                missing = along_axis(missing, place, sums)
            found[missing] = 0.0
        return found

    @property
    def summed(self) -> list[tuple[int, AxisSums]]:
        """The axes beside t with sums over their points: their places, counted with t, and the sums."""
        return [(place, self.along[axis.name]) for place, axis in enumerate(self.grid.axes, start=1)
                if axis.name in self.along and axis.name in self.target.axes]

    @cached_property
    def kept(self) -> NDArray[np.int64]:
        """How many rows are kept, of those at every row along t."""
        each = self.rows // self.time.rows
        if self.gaps is None:
            return np.full(self.time.rows, each)
        step = max(1, AT_ONCE // each)
        parts = [self.weights(first, min(first + step, self.time.rows)) for first in range(0, self.time.rows, step)]
        return np.concatenate([np.count_nonzero(one, axis=tuple(range(1, one.ndim))) for one in parts
                               if one is not None])

    @property
    def middle(self) -> int:
        """The row along t from which on the second half of what is kept begins."""
        if self.gaps is None:
            return self.time.rows // 2
        return int(np.searchsorted(2 * np.cumsum(self.kept), self.kept.sum(), side="left")) + 1

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


def frame_ranges(grid: PhaseGrid, arrays: int = 1) -> list[tuple[int, int]]:
    """The first of the frames that are worked on together and the one after the last.

    They depend on the data alone, so that sums over them have the same bits wherever it is.

    Parameters
    ----------
    grid : PhaseGrid
        The values of its fields are not asked for.
    arrays : int
        How many words are held at a time.
    """
    points = int(np.prod([axis.size for axis in grid.axes]))
    each = max(1, AT_ONCE // max(points * arrays, 1))
    return [(first, min(first + each, grid.frames)) for first in range(0, grid.frames, each)]


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


def values_of(word: Word, some: PhaseGrid, stencils: Stencils) -> Array:
    """A word at all frames of a grid; one frame of what does not change in time."""
    return evaluate(word, some, stencils, range(some.frames if "t" in word.axes else 1))
