"""Words evaluated in numpy on whole arrays, straight from their letters: slow, and obvious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Sum
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.factors import function, spread
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name, pointwise_formula
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.ir.scalar_source import evaluated
from symdcrnn.kernels.runtime.differences import difference
from symdcrnn.kernels.stencils import Stencils

Array = NDArray[np.float64]


Valued = tuple[Array, frozenset[str]]
"""The value of a word on some data, and the axes that it depends on."""

Known = dict[Word, Valued]


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


Steps = tuple[tuple[Word, tuple[int, ...]], ...]
"""Words and all that they are made of, each with the places of what it is made of, which are before it."""


def steps_of(words: Sequence[Word]) -> Steps:
    """Words and all that they are made of, each once, in an order in which few values are needed at a time."""
    bases = {base: place for place, base in enumerate(dict.fromkeys(word.base for word in words))}
    places: dict[Word, int] = {}
    steps: list[tuple[Word, tuple[int, ...]]] = []

    def place(word: Word) -> int:
        if word not in places:
            parts = tuple(place(part) for part in _parts(word))
            steps.append((word, parts))
            places[word] = len(steps) - 1
        return places[word]

    # What begins with the same letters from the inside is made one after the other.
    for word in sorted(words, key=lambda one: (bases[one.base], [letter.name for letter in reversed(one.letters)])):
        place(word)
    return tuple(steps)


def each_value(
    steps: Steps, grid: PhaseGrid, stencils: Stencils, frames: Sequence[int]
) -> Iterator[Array]:
    """The value of every step, as `evaluate` gives it; no others are held than those still needed.

    Parameters
    ----------
    steps : tuple
        See `steps_of`.
    grid : PhaseGrid
    stencils : Stencils
    frames : sequence of int

    Raises
    ------
    InputError
        As `evaluate`.
    """
    needed = Counter(part for _, parts in steps for part in parts)
    values: dict[int, Valued] = {}
    for number, (word, parts) in enumerate(steps):
        found = _made(word, [values[part] for part in parts], grid, stencils, frames)
        if needed[number]:
            values[number] = found
        for part in parts:
            needed[part] -= 1
            if not needed[part]:
                del values[part]
        yield found[0]


def _parts(word: Word) -> tuple[Word, ...]:
    """What a word is made of at once."""
    return (Word(word.letters[1:], word.base),) if word.letters else word.inner


def _valued(word: Word, grid: PhaseGrid, stencils: Stencils, frames: Sequence[int], known: Known) -> Valued:
    found = known.get(word)
    if found is None:
        parts = [_valued(part, grid, stencils, frames, known) for part in _parts(word)]
        found = known[word] = _made(word, parts, grid, stencils, frames)
    return found


def _made(
    word: Word, parts: Sequence[Valued], grid: PhaseGrid, stencils: Stencils, frames: Sequence[int]
) -> Valued:
    """The value of a word from those of what it is made of."""
    if not word.letters:
        return _base(word, [value for value, _ in parts], grid, frames), frozenset(word.base.axes)
    value, depends = parts[0][0], set(parts[0][1])
    for rule in reversed(word.letters[0].rules):
        value, depends = _applied(rule, value, depends, grid, stencils, frames)
    return value, frozenset(depends)


def _base(word: Word, parts: Sequence[Array], grid: PhaseGrid, frames: Sequence[int]) -> Array:
    base = word.base
    if isinstance(base, Field):
        if not base.name:
            return np.ones((len(frames), *(1 for _ in grid.axes)))
        return _expanded(*grid.values_of(base.name), grid, frames)
    if isinstance(base, Product):
        result = np.ones((1,) * (1 + len(grid.axes)))
        for factor in parts:
            result = result * factor
        return result
    assert isinstance(base, Function)
    return _finite(str(Word((), base)), base.expression, {f"a{number}": one for number, one in enumerate(parts)})


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
    return wide[frames.start:frames.stop] if isinstance(frames, range) else wide[list(frames)]


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
        return difference(rule, central_offsets(stencils, rule), value, grid), depends
    sides = leaning_offsets(stencils, rule, rule.sides[0 if set(rule.lean_axes) & depends else 1])
    if sides[0] == sides[1]:
        return difference(rule, sides[0], value, grid), depends | set(rule.lean_axes)
    right, left = (difference(rule, offsets, value, grid) for offsets in sides)
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
