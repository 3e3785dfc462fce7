"""What white noise adds to the normal equations where not all rows are kept.

Sums over the rows of products of two filters are then no product of functions of single axes any more,

    s^2 sum_p G_ab(p) (N' N'^T)(p),    G_ab(p) = sum_rows w^2 F_a F_b (p),

with a weight w of every row, but the filters of each row still are: G_ab is found by applying the products of filters
along every axis to the weights, axis by axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, frame_ranges
from symdcrnn.weak_form.noise.correlations import Correlations, correlation_matrix
from symdcrnn.weak_form.noise.gram import Groups, Tangent, groups_of, takers
from symdcrnn.weak_form.noise.precision import variance_name, variances_on
from symdcrnn.weak_form.test_functions import Order, Sums, along, times

Array = NDArray[np.float64]

Derivative = tuple[Order, Orders]
"""Orders along t, and along other axes."""


@dataclass(frozen=True, eq=False)
class _Plain:
    """A derivative without basis functions, as a part of one with them.

    Parameters
    ----------
    factor : float
    key : Derivative
    values : ndarray, shape (points of the axis of the basis or 1,)
        That it is multiplied by.
    """

    factor: float
    key: Derivative
    values: Array


def noise_gram_of_rows(
    words: WeakWords, space: PhaseSpace, frames: FrameWindows, integrals: Sequence[Integrals],
    levels: Mapping[str, float], stencils: Stencils, correlations: Correlations | None = None,
) -> list[Array]:
    """What noise adds to the products of all columns; other arguments and result as those of `noise_gram`.

    Frames are read once. N' is taken as the same at points that have noise in common.

    Parameters
    ----------
    correlations : mapping, optional
        Of the noise of neighbours.
    """
    groups = groups_of(words)
    grid, names = integrals[0].grid, sorted(levels)
    tangents = [Tangent.of(words, space.variables[name], grid) for name in names]
    parts = [_parts(words, groups, one) for one in integrals]
    used = [_inners_by_key(groups, one) for one in parts]
    sums = [[_empty(words, one, keys) for _ in tangents] for one, keys in zip(integrals, used, strict=True)]
    smeared = [[_smeared(one, (correlations or {}).get(name, {})) for name in names] for one in integrals]
    ranges = frame_ranges(grid)
    for (start, stop), some in zip(ranges, frames.runs(ranges), strict=True):
        touching = [place for place, one in enumerate(integrals) if one.time.touched(start, stop)]
        for number, tangent in enumerate(tangents):
            chosen = sorted([*tangent.still, *tangent.moving])
            if not chosen:
                continue
            values = [_deviation(names[number], probe, some)
                      * tangent.stacked(chosen, probe, some, integrals[0], stencils) for probe in tangent.probes]
            for place in touching:
                inners = {key: [chosen.index(inner) for inner in used[place][key] if inner in chosen]
                          for key in used[place]}
                weights = [(first, second, weight) for first, second, weight in _weights(
                    integrals[place], smeared[place][number], list(used[place]), start, stop)
                           if inners[first] and inners[second]]
                if weights:
                    _add_products(sums[place][number], values, inners, weights, start)
    own = [variance_name(name) in grid.functions for name in names]
    return [sum(((1.0 if alone else levels[name] ** 2) * _of_columns(words, groups, one, keys, tangent, products)
                 for name, alone, tangent, products in zip(names, own, tangents, of_fields, strict=True)),
                np.zeros((words.columns + 1,) * 2))
            for one, keys, of_fields in zip(parts, used, sums, strict=True)]


def _deviation(name: str, probe: Array, some: PhaseGrid) -> Array:
    """The standard deviations of a field where a probe is one, along the axes of the grid; one if all are the same."""
    variances = variances_on(name, some)
    if variances is None:
        return np.ones(())
    axes = [place for place, axis in enumerate(some.axes, start=1) if axis.name in some.field_axes[name]]
    for number, place in enumerate(axes):
        if probe.shape[number] > 1 and variances.shape[place] > 1:
            node = int(np.nonzero(probe)[number][0])
            variances = np.take(variances, [node], axis=place)
    return np.sqrt(variances)


@dataclass(frozen=True, eq=False)
class _Products:
    """Sums over points of products of N' of two lists of inner words, by point of the axis of the basis.

    Parameters
    ----------
    total : ndarray, shape (points or 1, inners, inners)
    place : int or None
        The axis of the basis among t and those of the grid.
    """

    total: Array
    place: int | None


def _parts(words: WeakWords, groups: Groups, integrals: Integrals) -> dict[Derivative, list[_Plain]]:
    """Every derivative as a combination of those without basis functions."""
    axis = None if words.multiplied is None else words.multiplied.axis
    one = np.ones(1)
    found: dict[Derivative, list[_Plain]] = {}
    for in_time, in_space in groups:
        if axis is None:
            found[in_time, in_space] = [_Plain(1.0, (in_time, in_space), one)]
            continue
        sums = integrals.time if axis == "t" else integrals.along[axis]
        order = in_time if axis == "t" else dict(in_space).get(axis, 0)
        rest = tuple((name, number) for name, number in in_space if name != axis)
        found[in_time, in_space] = [
            _Plain(factor, (plain, in_space) if axis == "t" else (in_time, _with(rest, axis, plain)), values)
            for factor, plain, values in sums.made_of.get(order, ((1.0, order, one),))]
    return found


def _with(orders: Orders, axis: str, order: Order) -> Orders:
    return orders if order == 0 else tuple(sorted((*orders, (axis, order))))


def _inners_by_key(groups: Groups, parts: Mapping[Derivative, Sequence[_Plain]]) -> dict[Derivative, list[int]]:
    """The inner words that each derivative without basis functions is taken of."""
    found: dict[Derivative, set[int]] = {}
    for key, users in groups.items():
        for part in parts[key]:
            found.setdefault(part.key, set()).update(inner for inner, _, _ in users)
    return {key: sorted(inners) for key, inners in found.items()}


def _empty(
    words: WeakWords, integrals: Integrals, used: Mapping[Derivative, list[int]]
) -> dict[tuple[Derivative, Derivative], _Products]:
    axis, place, points = None if words.multiplied is None else words.multiplied.axis, None, 1
    if axis == "t":
        place, points = 0, integrals.grid.frames
    elif axis is not None and axis in integrals.target.axes:
        place = 1 + [one.name for one in integrals.grid.axes].index(axis)
        points = integrals.grid.axis(axis).size
    count = 1 + max(inner for inners in used.values() for inner in inners)
    return {pair: _Products(np.zeros((points, count, count)), place)
            for pair in combinations_with_replacement(used, 2)}


Smeared = Mapping[tuple[str, Order], Sums]
"""By axis and order, sums over points times the correlation of the noise; none along axes where it is white."""


def _smeared(integrals: Integrals, correlations: Mapping[str, Array]) -> Smeared:
    found: dict[tuple[str, Order], Sums] = {}
    for name, values in correlations.items():
        sums = integrals.time if name == "t" else integrals.along.get(name)
        if sums is not None:
            axis = None if name == "t" else integrals.grid.axis(name)
            matrix = correlation_matrix(values, integrals.grid.frames if axis is None else axis.size,
                                        axis is not None and axis.periodic)
            found |= {(name, order): times(one, matrix) for order, one in sums.sums.items()}
    return found


def _weights(
    integrals: Integrals, smeared: Smeared, keys: Sequence[Derivative], start: int, stop: int
) -> Iterator[tuple[Derivative, Derivative, Array]]:
    """G_ab of all pairs at some frames, shape (frames, axes of the grid)."""
    time = integrals.time
    rows = time.touched(start, stop)
    kept = integrals.weights(rows.start, rows.stop)
    squares = np.ones((len(rows), *integrals.shape[1:])) if kept is None else kept**2
    in_space = dict[tuple[tuple[Order, Order], ...], Array]()
    for first, second in combinations_with_replacement(keys, 2):
        pairs = tuple((dict(first[1]).get(name, 0), dict(second[1]).get(name, 0))
                      for name, _ in _summed(integrals))
        if pairs not in in_space:
            values = squares
            for (name, place), (one, other) in zip(_summed(integrals), pairs, strict=True):
                sums = integrals.along[name].sums
                values = along(_product(sums[one], sums[other], smeared.get((name, one)),
                                        smeared.get((name, other))).T, values, place)
            in_space[pairs] = values
        matrix = _product(*(None if sums is None else sums[rows.start:rows.stop, start:stop] for sums in (
            time.sums[first[0]], time.sums[second[0]], smeared.get(("t", first[0])), smeared.get(("t", second[0])))))
        if matrix.nnz:
            there = in_space[pairs]
            flat = times(matrix.T, there.reshape(len(rows), -1))
            yield first, second, flat.reshape(stop - start, *there.shape[1:])


def _summed(integrals: Integrals) -> list[tuple[str, int]]:
    """The axes beside t with sums over their points, and their places."""
    return [(axis.name, place) for place, axis in enumerate(integrals.grid.axes, start=1)
            if axis.name in integrals.along and axis.name in integrals.target.axes]


def _product(first: Sums, second: Sums, first_smeared: Sums | None = None, second_smeared: Sums | None = None) -> Sums:
    """The product of two sums at every point, one of them times the correlation of the noise, in the mean of both."""
    if first_smeared is not None and second_smeared is not None:
        return 0.5 * (_product(first, second_smeared) + _product(first_smeared, second))
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first * second
    return scipy.sparse.csr_matrix(scipy.sparse.csr_matrix(first).multiply(second))


def _add_products(
    products: Mapping[tuple[Derivative, Derivative], _Products], values: Sequence[Array],
    inners: Mapping[Derivative, Sequence[int]], weights: Sequence[tuple[Derivative, Derivative, Array]], start: int
) -> None:
    """Add the products of N' of the inner words of two derivatives at some frames; the words are those of the field."""
    place = products[weights[0][:2]].place
    # What values do not depend on is summed over first.
    alone = tuple(axis for axis, size in enumerate(values[0].shape[1:]) if size == 1 and axis != place)
    reduced = [weight.sum(axis=alone, keepdims=True) for _, _, weight in weights]
    shape = np.broadcast_shapes(values[0].shape[1:], reduced[0].shape)
    flat = [_by_point(np.broadcast_to(weight, shape)[None], place)[:, 0] for weight in reduced]
    # The product of two words is the same for all derivatives of them, however many probes it is a sum over.
    taken: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for number, (first, second, _) in enumerate(weights):
        for row, one in enumerate(inners[first]):
            for column, other in enumerate(inners[second]):
                taken.setdefault((min(one, other), max(one, other)), []).append((number, row, column))
    for (one, other), places in taken.items():
        common = values[0][one] * values[0][other]
        for probed in values[1:]:
            common += probed[one] * probed[other]
        along_points = _by_point(np.broadcast_to(common, shape)[None], place)[:, 0]
        for number, row, column in places:
            first, second, weight = weights[number]
            points = slice(start, start + weight.shape[0]) if place == 0 else slice(None)
            products[first, second].total[points, row, column] += np.einsum("pm,pm->p", flat[number], along_points)


def _by_point(values: Array, place: int | None) -> Array:
    """Shape (points of an axis or 1, first axis, all others)."""
    if place is None:
        return values.reshape(1, values.shape[0], -1)
    moved = np.moveaxis(values, place + 1, 0)
    return moved.reshape(*moved.shape[:2], -1)


def _of_columns(
    words: WeakWords, groups: Groups, parts: Mapping[Derivative, Sequence[_Plain]],
    used: Mapping[Derivative, list[int]], tangent: Tangent, products: Mapping[tuple[Derivative, Derivative], _Products],
) -> Array:
    """What a field adds to the products of all columns, for noise of a variance of one."""
    total = np.zeros((words.columns + 1,) * 2)
    chosen = {*tangent.still, *tangent.moving}
    taken = {key: (np.array(columns, dtype=np.intp), matrix) for key, (columns, matrix) in takers(groups).items()}
    ready = {key: [(part, part.factor * matrix[:, [inner for inner in used[part.key] if inner in chosen]])
                   for part in parts[key]] for key, (_, matrix) in taken.items()}
    for first, second in combinations_with_replacement(groups, 2):
        columns, columns_ = taken[first][0], taken[second][0]
        added = np.zeros((columns.size, columns_.size))
        for left, one in ready[first]:
            for right, other in ready[second]:
                turned = (left.key, right.key) not in products
                there = _weighted(left.values * right.values, products[
                    (right.key, left.key) if turned else (left.key, right.key)].total)
                added += one @ (there.T if turned else there)[:one.shape[1], :other.shape[1]] @ other.T
        total[columns[:, None], columns_] += added
        if first != second:
            total[columns_[:, None], columns] += added.T
    return total


def _weighted(weights: Array, products: Array) -> Array:
    """Products of every point, each times its weight, in a sum; there may be one for all points."""
    if weights.size == 1 or len(products) == 1:
        return np.asarray(weights.sum() * products.sum(axis=0))
    return np.asarray((weights @ products.reshape(weights.size, -1)).reshape(products.shape[1:]))
