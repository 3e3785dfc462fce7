"""Fields in the mirror of a wall: velocities change their sign, and so do fields that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Profile, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.boundaries.reach import reaches
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.preprocess.phase_grid import with_words

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SAME = 1e-9
"""Up to this size, relative to the largest, differences of coordinates and of values in the mirror are rounding."""


@dataclass(frozen=True, eq=False)
class Mirror:
    """What a reflection does to fields at a point.

    Parameters
    ----------
    partners : mapping of str to ndarray of int
        By axis of velocity which point each one goes to.
    odd : tuple of str
        Fields that change their sign.
    """

    partners: Mapping[str, Whole]
    odd: tuple[str, ...]

    def of(self, name: str, axes: Sequence[str], values: NDArray[Any]) -> NDArray[Any]:
        """Values on some axes in the mirror, as a copy; axes of length one stay as they are."""
        found = -values if name in self.odd else values.copy()
        for place, axis in enumerate(axes):
            if axis in self.partners and found.shape[place] > 1:
                found = np.take(found, self.partners[axis], axis=place)
        return found


def mirror_of(structure: Structure, axis: str, odd: tuple[str, ...], asked: str) -> Mirror:
    """The mirror of the walls of an axis.

    Parameters
    ----------
    structure : Structure
    axis : str
    odd : tuple of str
        Fields that change their sign.
    asked : str
        The boundary condition, for messages.

    Raises
    ------
    InputError
        If velocities do not come in pairs, or a word that reads beyond the wall is another one in the mirror.
    """
    words = [word for equation, _ in structure.numbered for word in equation.words if reaches(word, axis)]
    grid = with_words(structure.grid, words)
    turned = _turned(words, axis, structure, grid)
    partners = {}
    for one in grid.axes:
        if any(on == (one.name,) and name in turned for name, (on, _) in grid.functions.items()):
            partners[one.name] = _partners(one, grid, turned, f"{axis}={asked}")
    mirror = Mirror(partners, odd)
    for equation, _ in structure.numbered:
        for word in equation.words:
            if reaches(word, axis) and not _same(word, equation.target, axis, structure, mirror):
                raise InputError(f"{axis}={asked} turns velocities around, which makes another word of {word} in the "
                                 f"equation of {equation.target.name}: name the fields that change their sign, such as "
                                 f"a flux, as in '{axis}=reflecting, m1 odd'")
    return mirror


def _turned(words: Sequence[Word], axis: str, structure: Structure, grid: PhaseGrid) -> set[str]:
    """The coordinates of velocities along an axis: those that stencils lean by, or that words multiply by."""
    rules = [rule for word in words for rule in rules_of(word)]
    leaning = {rule.lean for rule in rules if isinstance(rule, Stencil) and rule.axis == axis and rule.lean}
    space = {one.name for one in grid.axes if one.role == "space"} | {"t"}
    factors = {name for rule in rules if isinstance(rule, Profile) and not space & set(rule.axes)
               for name in names_in(rule.expression) if name in structure.space.coordinates}
    return leaning or factors


def _partners(axis: GridAxis, grid: PhaseGrid, turned: set[str], asked: str) -> Whole:
    """Which point of an axis has the opposite velocity along the wall's normal, and all else alike."""
    here = {name: values for name, (on, values) in grid.functions.items()
            if on == (axis.name,) and name.isidentifier()}
    # Where a velocity is given by its components, the coordinate of the axis itself is a mere number.
    if len(here) > 1 and axis.name not in turned:
        here.pop(axis.name, None)
    signs = np.array([-1.0 if name in turned else 1.0 for name in here])
    points = np.stack([values / (np.max(np.abs(values)) or 1.0) for values in here.values()], axis=1)
    away = np.abs(points[:, None] - (points * signs)[None]).max(axis=2)
    if axis.weights is not None:
        away = np.maximum(away, np.abs(axis.weights[:, None] - axis.weights) / np.max(np.abs(axis.weights)))
    found = away.argmin(axis=1)
    if away.min(axis=1).max() > SAME or np.unique(found).size != axis.size:
        name = " and ".join(sorted(turned & set(here)))
        raise InputError(f"{asked} needs velocities in pairs, {name} and -{name} with the same weight, but the "
                         f"{axis.size} points of {axis.name!r} are not such: give data on a symmetric grid")
    return np.asarray(found, dtype=np.int64)


def _same(word: Word, target: Field, axis: str, structure: Structure, mirror: Mirror) -> bool:
    """Whether a word of the mirrored fields is the mirrored word, tried on random fields of an even grid."""
    random, grid = np.random.default_rng(0), with_words(structure.grid, [word])
    names = tuple(one.name for one in grid.axes)

    def flipped(name: str, axes: tuple[str, ...], values: Array) -> Array:
        found = mirror.of(name, axes, values)
        return np.flip(found, axes.index(axis)) if axis in axes else found

    functions = {name: (on, 0.5 * (values + np.flip(values, on.index(axis)))) if axis in on else (on, values)
                 for name, (on, values) in grid.functions.items()}
    axes = tuple(replace(one, coordinate=np.arange(one.size, dtype=np.float64)) if one.name == axis else one
                 for one in grid.axes)
    fields = {one.name: random.uniform(0.5, 1.5, structure.shape(one)) for one in word.fields if one.axes[:1] == ("t",)}
    on = {one.name: one.axes for one in word.fields if one.name in fields}

    def value(of: Mapping[str, Array]) -> Array:
        frame = replace(grid, axes=axes, t=np.zeros(1), functions=functions, field_axes=on,
                        fields={name: np.ascontiguousarray(values)[None] for name, values in of.items()})
        return np.asarray(evaluate(word, frame, structure.stencils, [0])[0])

    there = value({name: flipped(name, on[name][1:], values) for name, values in fields.items()})
    here = flipped(target.name, names, value(fields))
    return bool(np.max(np.abs(there - here)) <= SAME * max(float(np.max(np.abs(here))), 1e-300))
