"""Inner words as letters on fewer words, the cores.

Letters that leave t and the axes of test functions alone may come after the sums over these, which are then made once
for all words of a core.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils

Array = NDArray[np.float64]

SUMMED = "core_"
"""The field that the letters act on."""


@dataclass(frozen=True)
class Split:
    """An inner word as letters on a core.

    Parameters
    ----------
    letters : tuple of Operator
        The outermost first.
    core : Word
    """

    letters: tuple[Operator, ...]
    core: Word


def splits(inners: Iterable[Word], grid: PhaseGrid, summed: Collection[str], target: Field) -> dict[Word, Split]:
    """Every inner word as letters on a core.

    Parameters
    ----------
    inners : iterable of Word
    grid : PhaseGrid
        The values of its fields are not asked for.
    summed : collection of str
        The axes that sums are over, or functions are of.
    target : Field
    """
    kept = {"t", *summed}
    found = {inner: _split(inner, kept, target) for inner in inners}
    users: dict[Word, list[Word]] = {}
    for inner, split in found.items():
        users.setdefault(split.core, []).append(inner)
    for core, words in users.items():
        # An average of few words is smaller than what it is taken of.
        if _points(core, grid) > sum(_points(inner, grid) for inner in words):
            found |= {inner: Split((), inner) for inner in words}
    return found


def _split(inner: Word, kept: set[str], target: Field) -> Split:
    count = 0
    for letter in inner.letters:
        if letter.touched & kept or not _linear(letter):
            break
        count += 1
    core = Word(inner.letters[count:], inner.base)
    if not isinstance(inner.base, Field) or set(core.axes) & kept != set(target.axes) & kept:
        return Split((), inner)
    return Split(inner.letters[:count], core)


def _linear(letter: Operator) -> bool:
    parts = (part for rule in letter.rules for part in (rule.rules if isinstance(rule, Sum) else (rule,)))
    return all(isinstance(part, Quadrature | Profile) for part in parts)


def _points(word: Word, grid: PhaseGrid) -> int:
    return prod(axis.size for axis in grid.axes if axis.name in word.axes)


def applied(
    words: Iterable[tuple[float, Word]], values: Array, field: Field, grid: PhaseGrid, stencils: Stencils
) -> Array:
    """A linear combination of words on values of one field that they act on, row by row.

    Parameters
    ----------
    words : iterable of (float, Word)
        Without stencils along the axes that sums are over.
    values : ndarray, shape (rows, axes of the grid)
        Rows of whatever there is along axes that sums are over.
    field : Field
    grid : PhaseGrid
        The values of its fields are not asked for.
    stencils : Stencils
    """
    names = [axis.name for axis in grid.axes]
    own = [place for place, name in enumerate(names, start=1) if name in field.axes]
    array = values.reshape(values.shape[0], *(values.shape[place] for place in own))
    axes: Mapping[str, tuple[str, ...]] = {field.name: ("t", *(names[place - 1] for place in own))}
    rows = replace(grid, t=np.arange(float(values.shape[0])), fields={field.name: array}, field_axes=axes)
    parts = [number * evaluate(word, rows, stencils, range(values.shape[0])) for number, word in words]
    found: Array = sum(parts[1:], parts[0])
    return found
