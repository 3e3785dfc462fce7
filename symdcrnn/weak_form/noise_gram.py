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
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.preprocess.phase_frames import rules_of
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, values_of
from symdcrnn.weak_form.test_functions import Sums

Array = NDArray[np.float64]

CHANGE = "noise_"
"""The field that derivatives of words act on."""

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
    count = len(words.words) + 1
    found = [np.zeros((count, count)) for _ in integrals]
    for name, level in sorted(levels.items()):
        for pair, reduced in _products(words, space, integrals[0], name, stencils).items():
            for one, total in zip(integrals, found, strict=True):
                _add(total, level**2, words, one, pair, reduced)
    return found


def _products(
    words: WeakWords, space: PhaseSpace, integrals: Integrals, name: str, stencils: Stencils
) -> dict[tuple[Word, Word], Array]:
    """(N' N'^T) of all pairs of inner words, summed over t and all axes without test functions; the target is a word
    too."""
    grid, field = integrals.grid, space.variables[name]
    target = Word((), words.target)
    chains = {inner: derivative(inner, field) for inner in dict.fromkeys([target, *words.uses])}
    chains = {inner: parts for inner, parts in chains.items() if parts}
    inners = list(chains)
    found: dict[tuple[Word, Word], Array] = {}
    weights = {(a, b): _diagonal(integrals.time.sums[a], integrals.time.sums[b])
               for a, b in ((0, 0), (1, 0), (1, 1))}
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
                    order = (int(other == target), int(one == target))
                    part = _summed(moved[one] * moved[other], weights, order, frames, integrals, words.target)
                    key = (one, other)
                    found[key] = found[key] + part if key in found else part
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


def _summed(
    values: Array, weights: Mapping[tuple[int, int], Array], order: tuple[int, int], frames: range,
    integrals: Integrals, target: Field,
) -> Array:
    """Over t with the weights of each order of the time derivatives, and over axes without test functions.

    The target stands for two terms, itself under the time derivative and, where it is a word, itself.
    """
    found = []
    for a, b in choices(range(order[0] + 1), range(order[1] + 1)):
        weight = weights[(max(a, b), min(a, b))][frames.start:frames.stop]
        found.append(np.tensordot(weight, np.broadcast_to(values, (len(frames), *values.shape[1:])), 1))
    result = np.array(found)
    for place, axis in enumerate(integrals.grid.axes, start=1):
        if axis.name not in integrals.along or axis.name not in target.axes:
            factor = axis.size if result.shape[place] == 1 and axis.name in target.axes else 1
            result = factor * result.sum(axis=place, keepdims=True)
    return result


def _add(
    total: Array, variance: float, words: WeakWords, integrals: Integrals, pair: tuple[Word, Word], reduced: Array
) -> None:
    """Add what a pair of inner words adds to all columns."""
    one, other = pair
    target = Word((), words.target)
    number = 0
    for a, b in choices(range(int(other == target) + 1), range(int(one == target) + 1)):
        values, number = reduced[number], number + 1
        for orders, uses in _terms(words, other, a).items():
            for orders_, uses_ in _terms(words, one, b).items():
                size = variance * _in_space(values, integrals, orders, orders_, words.target)
                for column, factor in uses:
                    for column_, factor_ in uses_:
                        total[column, column_] += factor * factor_ * size
                        if one != other:
                            total[column_, column] += factor * factor_ * size


def _terms(words: WeakWords, inner: Word, derivative_in_time: int) -> Mapping[Orders, list[tuple[int, float]]]:
    """The columns that take an inner word; the left-hand side takes the target under the time derivative."""
    if derivative_in_time:
        return {(): [(len(words.words), 1.0)]}
    return words.uses.get(inner, {})


def _in_space(values: Array, integrals: Integrals, first: Orders, second: Orders, target: Field) -> float:
    for place, axis in enumerate(integrals.grid.axes):
        if axis.name in integrals.along and axis.name in target.axes:
            sums = integrals.along[axis.name].sums
            weight = _diagonal(sums[dict(first).get(axis.name, 0)], sums[dict(second).get(axis.name, 0)])
            shape = [1] * values.ndim
            shape[place] = -1
            spread = np.broadcast_to(values, [*values.shape[:place], axis.size, *values.shape[place + 1:]])
            values = np.sum(spread * weight.reshape(shape), axis=place, keepdims=True)
    return float(values.reshape(()))


def _diagonal(first: Sums, second: Sums) -> Array:
    """sum_rows F_a F_b at every point."""
    if isinstance(first, np.ndarray):
        return np.asarray(np.einsum("rp,rp->p", first, second))
    return np.asarray(first.multiply(second).sum(axis=0)).reshape(-1)
