"""The columns of the weak form, a few rows at a time from frames that are read once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, by_time, frame_ranges, uses_of, values_of
from symdcrnn.weak_form.cores import SUMMED, applied, splits
from symdcrnn.weak_form.test_functions import Order, Sums, times

Array = NDArray[np.float64]

Means = Mapping[Word, Sequence[tuple[float, Word]]]
"""What stands in the place of a word so that noise does not change its mean: a linear combination of words."""


def weak_rows(
    words: WeakWords, frames: FrameWindows, integrals: Sequence[Integrals], stencils: Stencils,
    means: Means | None = None, wanted: Collection[int] | None = None,
) -> Iterator[tuple[int, int, Array]]:
    """All columns, some rows along t at a time, from frames that are read once.

    Parameters
    ----------
    words : WeakWords
    frames : FrameWindows
    integrals : sequence of Integrals
        With the same sums along t, so that values are computed once for all.
    stencils : Stencils
        Of derivatives that are left in words.
    means : mapping, optional
        By inner word, what is computed in its place.
    wanted : collection of int, optional
        Columns; others are zero.

    Yields
    ------
    (int, int, ndarray of shape (columns + 1, rows))
        The number of the integrals, the first row along t, and the columns in those rows, the left-hand side last.
        Rows that are left out are zero.
    """
    time, grid = integrals[0].time, integrals[0].grid
    uses = _by_core(words, integrals[0], wanted)
    # Sums along t that frames to come still add to.
    open_sums: dict[tuple[Word, Order], Array] = {}
    ranges = [one for one in frame_ranges(grid) if time.touched(*one)]
    for (start, stop), some in zip(ranges, frames.runs(ranges), strict=True):
        rows, ended = time.touched(start, stop), time.ended(stop)
        parts = {order: part for order in time.sums if (part := time.part(order, rows, start, stop)) is not None}
        sums: dict[tuple[Word, Order], Array] = {}
        for core, orders in uses.items():
            values: Array | None = None
            for order in orders:
                held = open_sums.pop((core, order), None)
                if order in parts:
                    if values is None:
                        values = _mean_values(core, some, stencils, means or {})
                    sums[core, order] = _onto(held, parts[order], values)
                elif held is not None:
                    sums[core, order] = _onto(held, np.zeros((len(rows), 1)), np.zeros((1, *held.shape[1:])))
        done = ended - rows.start
        open_sums = {key: one[done:] for key, one in sums.items() if one.shape[0] > done}
        for number, there in enumerate(integrals if done else ()):
            columns = np.zeros((words.columns + 1, done, *there.shape[1:]))
            for (core, order), summed in sums.items():
                for in_space, users in uses[core][order].items():
                    moved = there.in_space(summed[:done], in_space)
                    for letters, columns_of in users:
                        values = moved
                        if letters:
                            field = Field(SUMMED, core.axes)
                            values = applied([(1.0, Word(letters, field))], moved, field, grid, stencils)
                        for column, factor in columns_of:
                            columns[column] += factor * values
            weights = there.weights(rows.start, rows.start + done)
            if weights is not None:
                columns *= weights
            yield number, rows.start, columns.reshape(len(columns), -1)


Users = list[tuple[tuple[Operator, ...], Sequence[tuple[int, float]]]]
"""By letters on a core, which columns take it, and how many times."""


def _by_core(
    words: WeakWords, integrals: Integrals, wanted: Collection[int] | None
) -> dict[Word, dict[Order, dict[Orders, Users]]]:
    """Which columns take which derivatives of which core; the left-hand side is a column too."""
    target = Word((), words.target)
    uses = uses_of(words, wanted)
    split = splits([target, *uses], integrals.grid, integrals.along, words.target)
    found: dict[Word, dict[Order, dict[Orders, Users]]] = {}
    found.setdefault(split[target].core, {})[1] = {(): [(split[target].letters, [(words.columns, 1.0)])]}
    for inner, by_orders in uses.items():
        one = split[inner]
        for order, in_space in by_time(by_orders).items():
            there = found.setdefault(one.core, {}).setdefault(order, {})
            for orders, columns in in_space.items():
                there.setdefault(orders, []).append((one.letters, columns))
    return found


def weak_columns(
    words: WeakWords, frames: FrameWindows, integrals: Sequence[Integrals], stencils: Stencils,
    means: Means | None = None, wanted: Collection[int] | None = None,
) -> list[Array]:
    """All rows of `weak_rows`, shape (rows, columns + 1)."""
    found: list[list[Array]] = [[] for _ in integrals]
    for number, _, columns in weak_rows(words, frames, integrals, stencils, means, wanted):
        found[number].append(columns)
    return [np.ascontiguousarray(np.concatenate(parts, axis=1).T) for parts in found]


def _mean_values(inner: Word, some: PhaseGrid, stencils: Stencils, means: Means) -> Array:
    terms = means.get(inner) or ((1.0, inner),)
    values = terms[0][0] * values_of(terms[0][1], some, stencils)
    for number, word in terms[1:]:
        values = values + number * values_of(word, some, stencils)
    return values


def _onto(held: Array | None, part: Sums, values: Array) -> Array:
    """Values at some frames, summed along t and added to what is held of the first rows."""
    if values.shape[0] == 1:
        total = np.asarray(part.sum(axis=1)).reshape(-1, *(1,) * (values.ndim - 1)) * values
    else:
        total = times(part, values.reshape(values.shape[0], -1)).reshape(part.shape[0], *values.shape[1:])
    if held is not None:
        total[:held.shape[0]] += held
    return total
