"""Words evaluated in numpy on whole arrays, straight from their letters: slow, and obvious."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.difference_weights import even_weights, point_weights
from symdcrnn.kernels.ir.factors import function, spread
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name, pointwise_formula, stencil_formula
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.ir.scalar_source import evaluated
from symdcrnn.kernels.stencils import Stencils

Array = NDArray[np.float64]


Known = dict[Word, tuple[Array, frozenset[str]]]
"""Values of words on some data, and the axes that they depend on."""


def evaluate(
    word: Word, grid: PhaseGrid, stencils: Stencils, frames: Sequence[int], known: Known | None = None
) -> Array:
    """A word at some frames.

    Parameters
    ----------
    word : Word
    grid : PhaseGrid
    stencils : Stencils
    frames : sequence of int
    known : dict, optional
        What was found on the same data at the same frames, and where this and what it is made of is noted.

    Returns
    -------
    ndarray
        Axes (frame, axes of the grid), of length one along axes that the word does not depend on. Near the ends of an
        axis that is not periodic stencils lean inwards.

    Raises
    ------
    InputError
        If a function that is in it has no finite value somewhere.
    """
    return _valued(word, grid, stencils, frames, {} if known is None else known)[0]


def _valued(
    word: Word, grid: PhaseGrid, stencils: Stencils, frames: Sequence[int], known: Known
) -> tuple[Array, frozenset[str]]:
    if word in known:
        return known[word]
    if word.letters:
        value, inner = _valued(Word(word.letters[1:], word.base), grid, stencils, frames, known)
        depends = set(inner)
        for rule in reversed(word.letters[0].rules):
            value, depends = _applied(rule, value, depends, grid, stencils, frames)
    else:
        value, depends = _base(word, grid, stencils, frames, known), set(word.base.axes)
    known[word] = value, frozenset(depends)
    return known[word]


def _base(word: Word, grid: PhaseGrid, stencils: Stencils, frames: Sequence[int], known: Known) -> Array:
    base = word.base
    if isinstance(base, Field):
        if not base.name:
            return np.ones((len(frames), *(1 for _ in grid.axes)))
        return _expanded(grid.field_axes[base.name], grid.fields[base.name], grid, frames)
    if isinstance(base, Product):
        result = np.ones((1,) * (1 + len(grid.axes)))
        for factor in base.factors:
            result = result * _valued(factor, grid, stencils, frames, known)[0]
        return result
    assert isinstance(base, Function)
    arguments = {f"a{number}": _valued(argument, grid, stencils, frames, known)[0]
                 for number, argument in enumerate(base.arguments)}
    return _finite(str(Word((), base)), base.expression, arguments)


def _finite(text: str, expression: Any, arguments: dict[str, Array]) -> Array:
    """The value of a function."""
    with np.errstate(all="ignore"):
        found = evaluated(expression, arguments)
    if not np.all(np.isfinite(found)):
        raise not_finite(text)
    return found


def not_finite(text: str) -> InputError:
    """The error of a word that has no value at some points of the data."""
    return InputError(f"{text} is not a finite number at some points of this data: leave it out, or write one that is "
                      "finite wherever the fields are")


def _expanded(axes: tuple[str, ...], values: Array, grid: PhaseGrid, frames: Sequence[int]) -> Array:
    names = ("t", *(axis.name for axis in grid.axes))
    wide = spread(axes, values, names)
    if "t" not in axes:
        return np.broadcast_to(wide, (len(frames), *wide.shape[1:]))
    return wide if frames == range(wide.shape[0]) else wide[list(frames)]


def _applied(
    rule: Rule, value: Array, depends: set[str], grid: PhaseGrid, stencils: Stencils, frames: Sequence[int]
) -> tuple[Array, set[str]]:
    """A rule on a value, and the axes that the result depends on."""
    if isinstance(rule, Sum):
        parts = []
        for term in rule.terms:
            part, found = value, depends
            for one in reversed(term):
                part, found = _applied(one, part, found, grid, stencils, frames)
            parts.append((part, found))
        return sum((part for part, _ in parts), np.zeros(1)), set().union(*(found for _, found in parts))
    if isinstance(rule, Profile):
        return value * _expanded(*function(grid, rule.expression), grid, frames), depends | set(rule.axes)
    if isinstance(rule, Quadrature):
        return _quadrature(rule, value, depends, grid)
    if isinstance(rule, Pointwise):
        known = {name: _expanded(*function(grid, name), grid, frames) for name, _ in rule.known}
        return _finite(rule.expression, pointwise_formula(rule), {**known, "u": value}), depends | set(rule.axes)
    if rule.axis not in depends:
        return np.zeros_like(value), depends
    if rule.lean is None:
        return _difference(rule, central_offsets(stencils, rule), value, grid), depends
    sides = leaning_offsets(stencils, rule, rule.sides[0 if set(rule.lean_axes) & depends else 1])
    if sides[0] == sides[1]:
        return _difference(rule, sides[0], value, grid), depends | set(rule.lean_axes)
    right, left = (_difference(rule, offsets, value, grid) for offsets in sides)
    positive = _expanded(*function(grid, rule.lean), grid, frames[:1]) > 0.0
    return np.where(positive, right, left), depends | set(rule.lean_axes)


def _quadrature(rule: Quadrature, value: Array, depends: set[str], grid: PhaseGrid) -> tuple[Array, set[str]]:
    place = 1 + [axis.name for axis in grid.axes].index(rule.axis)
    n = grid.axis(rule.axis).size
    shape = list(value.shape)
    shape[place] = n
    moved = np.moveaxis(np.broadcast_to(value, shape), place, -1)
    name = kernel_name(rule)
    if name is None:
        if rule.axis not in depends:
            return value, depends
        return np.moveaxis((moved @ grid.weights(rule.axis))[..., None], -1, place), depends - {rule.axis}
    return np.moveaxis(moved @ grid.matrices[(rule.axis, name)].T, -1, place), depends | {rule.axis}


def _difference(rule: Stencil, offsets: tuple[int, ...], value: Array, grid: PhaseGrid) -> Array:
    axis = grid.axis(rule.axis)
    one = stencil_formula(rule, offsets, axis.spacing is not None)
    points, weights = point_weights(one, axis)
    place = 1 + [other.name for other in grid.axes].index(rule.axis)
    found = np.zeros_like(value)
    along, into = np.moveaxis(value, place, -1), np.moveaxis(found, place, -1)
    # Slices are several times faster than indices.
    if axis.periodic and axis.spacing is not None:
        reach, n = one.reach, axis.size
        wide = np.concatenate([along[..., n - reach:], along, along[..., :reach]], axis=-1)
        for offset, weight in zip(one.offsets, rule.sign * even_weights(one, axis.spacing), strict=True):
            into += weight * wide[..., reach + offset:reach + offset + n]
        return found
    weights = rule.sign * weights
    for tap in np.flatnonzero(np.any(weights, axis=0)):
        edges = [0, *(np.flatnonzero(np.diff(points[:, tap]) != 1) + 1), axis.size]
        for first, stop in pairwise(edges):
            start = points[first, tap]
            into[..., first:stop] += weights[first:stop, tap] * along[..., start:start + stop - first]
    return found
