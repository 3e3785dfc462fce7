"""What white noise adds to the normal equations of the weak form, in the mean.

A word D^a N takes up D^a N'(u) n of noise n. Sums over the rows of products of two such terms are, in the mean,

    s^2 sum_p (sum_rows F_a F_b)(p) (N' N'^T)(p),

where F_a are the sums over points, so the first factor is a product of functions of single axes, and N'(u) acts at
every point of t and space by itself: it is found by applying it to one at each node of the axes that it mixes, as v.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product as choices

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import Chain, derivative
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, by_time, values_of
from symdcrnn.weak_form.test_functions import Order

Array = NDArray[np.float64]

CHANGE = "noise_"
"""The field that derivatives of words act on."""

Reduced = dict[tuple[Order, Order], Array]
"""By the orders of both words along t."""

Terms = dict[Word, dict[Order, dict[Orders, list[tuple[int, float]]]]]
"""The columns that take an inner word, and how many times, by the order along t and by those along other axes."""

AT_ONCE = 2**21
"""Values of derivatives that are kept at a time, about."""


def noise_gram(
    words: WeakWords, space: PhaseSpace, integrals: Sequence[Integrals], levels: Mapping[str, float],
    stencils: Stencils,
) -> list[Array]:
    """What noise adds to the products of all columns.

    Parameters
    ----------
    words : WeakWords
        Without derivatives that are left inside.
    space : PhaseSpace
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
    for name, level in sorted(levels.items()):
        for pair, reduced in _products(words, space, integrals[0], name, stencils).items():
            for one, total in zip(integrals, found, strict=True):
                _add(total, level**2, terms, one, pair, reduced)
    return found


def _terms(words: WeakWords) -> Terms:
    """The columns that take an inner word; the left-hand side takes the target with the order of its derivative."""
    found: Terms = {inner: {**by_time(by_orders)} for inner, by_orders in words.uses.items()}
    found.setdefault(Word((), words.target), {})[1] = {(): [(words.columns, 1.0)]}
    return found


def _products(
    words: WeakWords, space: PhaseSpace, integrals: Integrals, name: str, stencils: Stencils
) -> dict[tuple[Word, Word], Reduced]:
    """(N' N'^T) of all pairs of inner words, summed over t and all axes without test functions; the target is a word
    too."""
    grid, field = integrals.grid, space.variables[name]
    target = Word((), words.target)
    chains = {inner: derivative(inner, field) for inner in dict.fromkeys([target, *words.uses])}
    chains = {inner: parts for inner, parts in chains.items() if parts}
    inners = list(chains)
    found: dict[tuple[Word, Word], Reduced] = {}
    orders = _terms(words)
    points = int(np.prod([axis.size for axis in grid.axes if axis.name in field.axes]))
    each = max(1, AT_ONCE // max(points * len(inners), 1))
    change = Field(CHANGE, field.axes)
    for first in range(0, grid.frames, each):
        frames = range(first, min(first + each, grid.frames))
        for probe in _probes(grid, field, inners):
            there = replace(grid, fields={**grid.fields, CHANGE: np.broadcast_to(probe, (grid.frames, *probe.shape))},
                            field_axes={**grid.field_axes, CHANGE: field.axes})
            moved = {inner: _moved(parts, change, there, stencils, frames) for inner, parts in chains.items()}
            for number, one in enumerate(inners):
                for other in inners[:number + 1]:
                    total = found.setdefault((one, other), {})
                    product = np.broadcast_to(moved[one] * moved[other],
                                              (len(frames), *np.broadcast(moved[one], moved[other]).shape[1:]))
                    for pair in choices(orders[other], orders[one]):
                        weight = integrals.time.diagonal(*pair)[frames.start:frames.stop]
                        if weight.any():
                            part = _summed(product, weight, integrals, words.target)
                            total[pair] = total[pair] + part if pair in total else part
    return found


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


def _moved(
    chains: Sequence[Chain], change: Field, grid: PhaseGrid, stencils: Stencils, frames: range
) -> Array:
    parts = [float(chain.coefficient) * values_of(chain.on(Word((), change)), grid, stencils, frames)
             for chain in chains]
    return sum(parts[1:], parts[0])


def _summed(values: Array, weight: Array, integrals: Integrals, target: Field) -> Array:
    """Over t with a weight at every frame, and over axes without test functions."""
    result = np.asarray(np.tensordot(weight, values, 1))
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
