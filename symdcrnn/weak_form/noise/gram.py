"""What white noise adds to the normal equations of the weak form, in the mean.

A word D^a N takes up D^a N'(u) n of noise n. Sums over the rows of products of two such terms are, in the mean,

    s^2 sum_p (sum_rows F_a F_b)(p) (N' N'^T)(p),

where F_a are the sums over points, so the first factor is a product of functions of single axes, and N'(u) acts at
every point of t and space by itself: it is found by applying it to one at each node of the axes that it mixes, as v.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from symdcrnn.weak_form.test_functions import Order

Array = NDArray[np.float64]

CHANGE = "noise_"
"""The field that derivatives of words act on."""

Reduced = dict[tuple[Order, Order], Array]
"""By the orders of both words along t."""

Terms = dict[Word, dict[Order, dict[Orders, list[tuple[int, float]]]]]
"""The columns that take an inner word, and how many times, by the order along t and by those along other axes."""


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
        With the same sums along t.
    levels : mapping of str to float
        Standard deviations of the noise by field.
    stencils : Stencils

    Returns
    -------
    list of ndarray, shape (columns + 1, columns + 1)
        The left-hand side last.
    """
    count = words.columns + 1
    found = [np.zeros((count, count)) for _ in integrals]
    terms = _terms(words)
    names = sorted(levels)
    tangents = [_Tangent.of(words, space.variables[name], integrals[0].grid) for name in names]
    for name, products in zip(names, _products(tangents, frames, terms, integrals[0], stencils), strict=True):
        for pair, reduced in products.items():
            for one, total in zip(integrals, found, strict=True):
                _add(total, levels[name]**2, terms, one, pair, reduced)
    return found


def _terms(words: WeakWords) -> Terms:
    """The columns that take an inner word; the left-hand side takes the target with the order of its derivative."""
    found: Terms = {inner: {**by_time(by_orders)} for inner, by_orders in words.uses.items()}
    found.setdefault(Word((), words.target), {})[1] = {(): [(words.columns, 1.0)]}
    return found


@dataclass(frozen=True, eq=False)
class _Tangent:
    """N'(u) of all inner words by one field; the target is a word too.

    Parameters
    ----------
    change : Field
        What it acts on, the same at all times.
    probes : tuple of ndarray
        Changes.
    words : mapping of Word to tuple of (float, Word)
        By inner word, N'(u) on the change as a linear combination.
    """

    change: Field
    probes: tuple[Array, ...]
    words: Mapping[Word, tuple[tuple[float, Word], ...]]

    @classmethod
    def of(cls, words: WeakWords, field: Field, grid: PhaseGrid) -> _Tangent:
        """The derivatives by a field."""
        change = Field(CHANGE, tuple(axis for axis in field.axes if axis != "t"))
        found = {}
        for inner in dict.fromkeys([Word((), words.target), *words.uses]):
            chains = derivative(inner, field)
            if chains:
                found[inner] = tuple((float(chain.coefficient), chain.on(Word((), change))) for chain in chains)
        return cls(change, tuple(_probes(grid, field, list(found))), found)

    @cached_property
    def moving(self) -> frozenset[Word]:
        """The inner words whose derivative is another one at every time."""
        return frozenset(inner for inner, parts in self.words.items() if any("t" in word.axes for _, word in parts))

    def values(self, probe: Array, some: PhaseGrid, stencils: Stencils, moving: bool) -> dict[Word, Array]:
        """N'(u) on a change at some frames, of those words whose derivative changes in time or of the others."""
        there = replace(some, fields={**some.fields, CHANGE: probe},
                        field_axes={**some.field_axes, CHANGE: self.change.axes})
        found = {}
        for inner, parts in self.words.items():
            if (inner in self.moving) == moving:
                values = [number * values_of(word, there, stencils) for number, word in parts]
                found[inner] = sum(values[1:], values[0])
        return found


def _products(
    tangents: Sequence[_Tangent], frames: FrameWindows, terms: Terms, integrals: Integrals, stencils: Stencils
) -> list[dict[tuple[Word, Word], Reduced]]:
    """(N' N'^T) of all pairs of inner words by field, summed over t and all axes without test functions."""
    grid = integrals.grid
    still = [[one.values(probe, grid.between(0, 1), stencils, False) for probe in one.probes] for one in tangents]
    found: list[dict[tuple[Word, Word], Reduced]] = [{} for _ in tangents]
    for values, total in zip(still, found, strict=True):
        for one in values:
            _add_products(total, one, one, terms, integrals, slice(None))
    ranges = frame_ranges(grid) if any(one.moving for one in tangents) else []
    for (start, stop), some in zip(ranges, frames.runs(ranges), strict=True):
        for tangent, values, total in zip(tangents, still, found, strict=True):
            for probe, resting in zip(tangent.probes, values, strict=True):
                moving = tangent.values(probe, some, stencils, True)
                _add_products(total, moving, {**resting, **moving}, terms, integrals, slice(start, stop))
    return found


def _add_products(
    total: dict[tuple[Word, Word], Reduced], first: Mapping[Word, Array], second: Mapping[Word, Array], terms: Terms,
    integrals: Integrals, frames: slice,
) -> None:
    """Add the products of each of the first with all of the second, once where both are among the first."""
    done = set()
    for one in first:
        done.add(one)
        for other in second:
            if other in first and other not in done:
                continue
            product, reduced = first[one] * second[other], total.setdefault((one, other), {})
            for pair in choices(terms[other], terms[one]):
                weight = integrals.time.diagonal(*pair)[frames]
                if weight.any():
                    part = _summed(product, weight, integrals)
                    reduced[pair] = reduced[pair] + part if pair in reduced else part


def _probes(grid: PhaseGrid, field: Field, inners: Sequence[Word]) -> list[Array]:
    """Fields of one frame that are one at a node of the axes that words mix, and zero at all others.

    They have a length of one along the other axes, so what does not depend on these is computed once.
    """
    mixed = sorted({rule.axis for inner in inners for rule in rules_of(inner) if isinstance(rule, Quadrature)}
                   & set(field.axes))
    own = [axis for axis in grid.axes if axis.name in field.axes]
    if not mixed:
        return [np.ones((1,) * len(own))]
    found = []
    for nodes in choices(*(range(grid.axis(name).size) for name in mixed)):
        probe = np.zeros(tuple(axis.size if axis.name in mixed else 1 for axis in own))
        place = tuple(nodes[mixed.index(axis.name)] if axis.name in mixed else 0 for axis in own)
        probe[place] = 1.0
        found.append(probe)
    return found


def _summed(values: Array, weight: Array, integrals: Integrals) -> Array:
    """Over t with a weight at every frame, and over axes without test functions."""
    target = integrals.target
    result = np.asarray(weight.sum() * values[0] if values.shape[0] == 1 else np.tensordot(weight, values, 1))
    for place, axis in enumerate(integrals.grid.axes):
        if axis.name not in integrals.along or axis.name not in target.axes:
            factor = axis.size if result.shape[place] == 1 and axis.name in target.axes else 1
            result = factor * result.sum(axis=place, keepdims=True)
    return result


def _add(
    total: Array, variance: float, terms: Terms, integrals: Integrals, pair: tuple[Word, Word], reduced: Reduced
) -> None:
    """Add what a pair of inner words adds to all columns."""
    one, other = pair
    for (a, b), values in reduced.items():
        for orders, uses in terms[other][a].items():
            for orders_, uses_ in terms[one][b].items():
                size = variance * _in_space(values, integrals, orders, orders_)
                for column, factor in uses:
                    for column_, factor_ in uses_:
                        total[column, column_] += factor * factor_ * size
                        if one != other:
                            total[column_, column] += factor * factor_ * size


def _in_space(values: Array, integrals: Integrals, first: Orders, second: Orders) -> float:
    for place, axis in enumerate(integrals.grid.axes):
        if axis.name in integrals.along and axis.name in integrals.target.axes:
            weight = integrals.along[axis.name].diagonal(dict(first).get(axis.name, 0),
                                                         dict(second).get(axis.name, 0))
            if not weight.any():
                return 0.0
            shape = [1] * values.ndim
            shape[place] = -1
            spread = np.broadcast_to(values, [*values.shape[:place], axis.size, *values.shape[place + 1:]])
            values = np.sum(spread * weight.reshape(shape), axis=place, keepdims=True)
    return float(values.reshape(()))
