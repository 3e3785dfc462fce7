"""What white noise adds to the normal equations of the weak form, in the mean.

A word D^a N takes up D^a N'(u) n of noise n. Sums over the rows of products of two such terms are, in the mean,

    s^2 sum_p (sum_rows F_a F_b)(p) (N' N'^T)(p),

where F_a are the sums over points, so the first factor is a product of functions of single axes, and N'(u) acts at
every point of t and space by itself: it is found by applying it to one at each node of the axes that it mixes, as v.
Of words that are linear with coefficients at rest N' is the same at all times and for all test functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement
from itertools import product as choices

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, by_time, frame_ranges, values_of
from symdcrnn.weak_form.test_functions import AxisSums, Order

Array = NDArray[np.float64]

CHANGE = "noise_"
"""The field that derivatives of words act on."""

Reduced = dict[tuple[Order, Order], Array]
"""(N' N'^T) of all pairs of inner words, shape (points of axes with test functions, inners, inners), summed over t and
all other axes, by the orders of both words along t."""

Groups = dict[tuple[Order, Orders], list[tuple[int, int, float]]]
"""By the derivative along t and along other axes: inner words, the columns that take them, and how many times."""


def noise_gram(
    words: WeakWords, space: PhaseSpace, frames: FrameWindows, integrals: Sequence[Integrals],
    levels: Mapping[str, float], stencils: Stencils,
) -> list[Array]:
    """What noise adds to the products of all columns.

    Parameters
    ----------
    words : WeakWords
        Without derivatives that are left inside.
    space : PhaseSpace
    frames : FrameWindows
        Read once, or not at all where all words are linear.
    integrals : sequence of Integrals
    levels : mapping of str to float
        Standard deviations of the noise by field.
    stencils : Stencils

    Returns
    -------
    list of ndarray, shape (columns + 1, columns + 1)
        The left-hand side last.
    """
    found = np.zeros((len(integrals), words.columns + 1, words.columns + 1))
    groups = groups_of(words)
    names = sorted(levels)
    tangents = [Tangent.of(words, space.variables[name], integrals[0].grid) for name in names]
    times = list({id(one.time): one.time for one in integrals}.values())
    reduced = _reduced(tangents, frames, groups, integrals[0], times, stencils)
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, one in enumerate(integrals):
        alike.setdefault(tuple(id(sums) for sums in one.along.values()), []).append(number)
    place = {id(time): number for number, time in enumerate(times)}
    for name, of_field in zip(names, reduced, strict=True):
        for numbers in alike.values():
            _add(found, numbers, levels[name]**2, groups, integrals[numbers[0]],
                 [of_field[place[id(integrals[number].time)]] for number in numbers])
    return list(found)


def inners_of(words: WeakWords) -> list[Word]:
    """All inner words; the target is one of them."""
    return list(dict.fromkeys([Word((), words.target), *words.uses]))


def groups_of(words: WeakWords) -> Groups:
    """The inner words and columns of every derivative; the left-hand side is the last column."""
    numbers = {inner: number for number, inner in enumerate(inners_of(words))}
    found: Groups = {(1, ()): [(0, words.columns, 1.0)]}
    for inner, by_orders in words.uses.items():
        for order, in_space in by_time(by_orders).items():
            for orders, columns in in_space.items():
                found.setdefault((order, orders), []).extend(
                    (numbers[inner], column, factor) for column, factor in columns)
    return found


@dataclass(frozen=True, eq=False)
class Tangent:
    """N'(u) of all inner words by one field; the target is a word too.

    Parameters
    ----------
    change : Field
        What it acts on, the same at all times.
    probes : tuple of ndarray
        Changes.
    words : tuple of tuple of (float, Word)
        By inner word, N'(u) on the change as a linear combination; empty where it does not depend on the field.
    """

    change: Field
    probes: tuple[Array, ...]
    words: tuple[tuple[tuple[float, Word], ...], ...]

    @classmethod
    def of(cls, words: WeakWords, field: Field, grid: PhaseGrid) -> Tangent:
        """The derivatives by a field."""
        change = Field(CHANGE, tuple(axis for axis in field.axes if axis != "t"))
        inners = inners_of(words)
        found = tuple(tuple((float(chain.coefficient), chain.on(Word((), change)))
                            for chain in derivative(inner, field)) for inner in inners)
        taken = [inner for inner, parts in zip(inners, found, strict=True) if parts]
        return cls(change, tuple(_probes(grid, field, taken)), found)

    @cached_property
    def moving(self) -> list[int]:
        """The inner words whose derivative is another one at every time."""
        return [number for number, parts in enumerate(self.words) if any("t" in word.axes for _, word in parts)]

    @cached_property
    def still(self) -> list[int]:
        """Those whose derivative is the same at all times."""
        return [number for number, parts in enumerate(self.words) if parts and number not in self.moving]

    def placed(self, products: Array, first: Sequence[int], second: Sequence[int]) -> Array:
        """Products of some inner words among those of all."""
        found = np.zeros((*products.shape[:-2], len(self.words), len(self.words)))
        found[..., np.array(first)[:, None], np.array(second)] = products
        return found

    def values(
        self, chosen: Sequence[int], probe: Array, some: PhaseGrid, integrals: Integrals, stencils: Stencils
    ) -> Array:
        """N'(u) on a change at some frames, shape (axes of test functions, inners, frames, other axes)."""
        stacked = self.stacked(chosen, probe, some, integrals, stencils)
        kept = [place for place, axis in enumerate(integrals.grid.axes, start=2)
                if axis.name in integrals.along and axis.name in integrals.target.axes]
        moved = np.moveaxis(stacked, kept, range(len(kept)))
        return moved.reshape(*moved.shape[:len(kept) + 2], -1)

    def stacked(
        self, chosen: Sequence[int], probe: Array, some: PhaseGrid, integrals: Integrals, stencils: Stencils
    ) -> Array:
        """N'(u) on a change at some frames, shape (inners, frames, axes of the grid)."""
        there = replace(some, fields={**some.fields, CHANGE: probe},
                        field_axes={**some.field_axes, CHANGE: self.change.axes})
        found = []
        for number in chosen:
            parts = [factor * values_of(word, there, stencils) for factor, word in self.words[number]]
            found.append(sum(parts[1:], parts[0]))
        target, along = integrals.target.axes, integrals.along
        wide = [axis.size if axis.name in target and axis.name not in along else 1 for axis in integrals.grid.axes]
        shape = np.broadcast_shapes((1, *wide), *(one.shape for one in found))
        return np.stack([np.broadcast_to(one, shape) for one in found])


def _reduced(
    tangents: Sequence[Tangent], frames: FrameWindows, groups: Groups, integrals: Integrals,
    times: Sequence[AxisSums], stencils: Stencils,
) -> list[list[Reduced]]:
    """By field and by test function along t."""
    grid = integrals.grid
    orders = list(dict.fromkeys(order for order, _ in groups))
    weights = [{pair: weight for pair in combinations_with_replacement(orders, 2)
                if (weight := time.diagonal(*pair)).any()} for time in times]
    still = [[one.values(one.still, probe, grid.between(0, 1), integrals, stencils) for probe in one.probes]
             if one.still else [] for one in tangents]
    found: list[list[Reduced]] = []
    for tangent, values in zip(tangents, still, strict=True):
        product = sum((_product(one, one) for one in values), np.zeros(()))
        found.append([{pair: tangent.placed(weight.sum() * product, tangent.still, tangent.still)
                       for pair, weight in there.items()} if values else {} for there in weights])
    ranges = frame_ranges(grid) if any(one.moving for one in tangents) else []
    for (start, stop), some in zip(ranges, frames.runs(ranges), strict=True):
        for tangent, values, total in zip(tangents, still, found, strict=True):
            for number, probe in enumerate(tangent.probes if tangent.moving else ()):
                moving = tangent.values(tangent.moving, probe, some, integrals, stencils)
                for there, reduced in zip(weights, total, strict=True):
                    for pair, weight in there.items():
                        if weight[start:stop].any():
                            added = _with_moving(tangent, moving, values[number] if values else None,
                                                 weight[start:stop])
                            reduced[pair] = reduced[pair] + added if pair in reduced else added
    return found


def _with_moving(tangent: Tangent, moving: Array, still: Array | None, weight: Array) -> Array:
    """The products with words whose derivatives change in time, at some frames with a weight at each."""
    weighted = weight[:, None] * moving
    found = tangent.placed(_product(weighted, moving), tangent.moving, tangent.moving)
    if still is None:
        return found
    across = _product(weighted.sum(axis=-2, keepdims=True), still)
    return (found + tangent.placed(across, tangent.moving, tangent.still)
            + tangent.placed(np.swapaxes(across, -1, -2), tangent.still, tangent.moving))


def _product(first: Array, second: Array) -> Array:
    """Sums over all but the axes of test functions of products of all inners."""
    one, other = (each.reshape(*each.shape[:-2], -1) for each in (first, second))
    found: Array = one @ np.swapaxes(other, -1, -2)
    return found


def _add(
    totals: Array, numbers: Sequence[int], variance: float, groups: Groups, integrals: Integrals,
    reduced: Sequence[Reduced],
) -> None:
    """Add what a field adds to the products of all columns, under test functions that are the same in space."""
    taken = {key: (np.array(columns), matrix) for key, (columns, matrix) in takers(groups).items()}
    stacked: dict[tuple[Order, Order], tuple[NDArray[np.int64], Array]] = {}
    for first, second in combinations_with_replacement(groups, 2):
        pair = (first[0], second[0])
        if pair not in stacked:
            there = {number: products for number, one in zip(numbers, reduced, strict=True)
                     if (products := one.get(pair, one.get(pair[::-1]))) is not None}
            stacked[pair] = np.array(list(there), dtype=np.int64), np.stack(
                np.broadcast_arrays(*there.values()), axis=-3) if there else np.zeros(())
        shown, products = stacked[pair]
        if not shown.size:
            continue
        (columns, one), (columns_, other) = taken[first], taken[second]
        added = variance * (one @ _in_space(products, integrals, first[1], second[1]) @ other.T)
        places = shown[:, None, None]
        totals[places, columns[:, None], columns_] += added
        if first != second:
            totals[places, columns_[:, None], columns] += np.swapaxes(added, -1, -2)


def takers(groups: Groups) -> dict[tuple[Order, Orders], tuple[list[int], Array]]:
    """The columns that take a derivative, and how many times each of the inner words, shape (columns, inners)."""
    found = {}
    for key, users in groups.items():
        columns = sorted({column for _, column, _ in users})
        matrix = np.zeros((len(columns), 1 + max(inner for all_ in groups.values() for inner, _, _ in all_)))
        for inner, column, factor in users:
            matrix[columns.index(column), inner] += factor
        found[key] = (columns, matrix)
    return found


def _in_space(products: Array, integrals: Integrals, first: Orders, second: Orders) -> Array:
    """Products of inner words, summed along the axes of test functions, shape (.., inners, inners)."""
    for axis in integrals.grid.axes:
        if axis.name in integrals.along and axis.name in integrals.target.axes:
            weight = integrals.along[axis.name].diagonal(dict(first).get(axis.name, 0), dict(second).get(axis.name, 0))
            products = weight.sum() * products[0] if len(products) == 1 else np.tensordot(weight, products, 1)
    return products


def _probes(grid: PhaseGrid, field: Field, inners: Sequence[Word]) -> list[Array]:
    """Fields of one frame that are one at a node of the axes that words mix, and zero at all others.

    They have a length of one along the other axes, so what does not depend on these is computed once.
    """
    mixed = sorted({rule.axis for inner in inners for rule in rules_of(inner) if isinstance(rule, Quadrature)}
                   & set(field.axes))
    own = [axis for axis in grid.axes if axis.name in field.axes]
    found = []
    for nodes in choices(*(range(grid.axis(name).size) for name in mixed)):
        probe = np.zeros(tuple(axis.size if axis.name in mixed else 1 for axis in own))
        place = tuple(nodes[mixed.index(axis.name)] if axis.name in mixed else 0 for axis in own)
        probe[place] = 1.0
        found.append(probe)
    return found
