"""The words of an equation at given values of its field: one by one, and the derivative of their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.linearised import WeightedWord
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import is_stiff
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """How a scheme with stages treats the words of an equation.

    What is stiff multiplies the field at each point, so that a stage is solved by one division, or acts on other fields
    alone, which are data. A word that the field is in in any other way is explicit.

    Parameters
    ----------
    explicit, damping, forcing : tuple of int
        Explicit words, stiff ones on the field itself, stiff ones on others.
    own : tuple of int
        The explicit ones that the field is in.
    """

    explicit: tuple[int, ...]
    damping: tuple[int, ...]
    forcing: tuple[int, ...]
    own: tuple[int, ...]

    @classmethod
    def of(cls, target: Field, words: Sequence[Word], splits: bool) -> Parts:
        """The parts of the words of an equation.

        Parameters
        ----------
        target : Field
        words : sequence of Word
        splits : bool
            Whether anything is treated implicitly.
        """
        mine = [target in word.fields for word in words]
        stiff = [splits and is_stiff(word, target) for word in words]
        damping = tuple(k for k, word in enumerate(words) if stiff[k] and mine[k] and _multiplies(word, target))
        forcing = tuple(k for k in range(len(words)) if stiff[k] and not mine[k])
        explicit = tuple(k for k in range(len(words)) if k not in damping and k not in forcing)
        return cls(explicit, damping, forcing, tuple(k for k in explicit if mine[k]))


def _multiplies(word: Word, target: Field) -> bool:
    return word.base == target and all(letter.multiplies for letter in word.letters)


@dataclass(frozen=True, eq=False)
class Columns:
    """Words that are written one by one.

    Parameters
    ----------
    chosen : tuple of int
        Their numbers among all words.
    kernel : PhaseKernel or None
        None where there are none.
    """

    chosen: tuple[int, ...]
    kernel: PhaseKernel | None

    def at(self, grid: PhaseGrid, target: Field) -> Array:
        """The words at every frame, axes (word, frame, axes of the target); zero where stencils leave the data."""
        shape = tuple(grid.axis(name).size for name in target.axes[1:])
        if self.kernel is None:
            return np.zeros((0, grid.frames, *shape))
        return in_order(self.kernel, self.kernel.on_frames(grid).each_column(), target)


@dataclass(frozen=True, eq=False)
class Tangent:
    """The derivative of a sum of words by the field.

    Parameters
    ----------
    change : Field
        How the change of the field is named.
    kernel : PhaseKernel or None
        None where no word has the field in it.
    which : ndarray of int64, shape (columns,)
        The coefficient that each column of the kernel is multiplied by.
    factors : ndarray, shape (columns,)
        What it is multiplied by besides.
    """

    change: Field
    kernel: PhaseKernel | None
    which: NDArray[np.int64]
    factors: Array

    def at(self, grid: PhaseGrid, target: Field, coefficients: Array, change: Array) -> Array:
        """The derivative applied to a change, axes (frame, axes of the target); zero where stencils leave the data."""
        assert self.kernel is not None
        grid = with_field(grid, self.change, change)
        written = self.kernel.on_frames(grid).apply(self.factors * coefficients[self.which])
        found: Array = in_order(self.kernel, written[None], target)[0]
        return found


@dataclass(frozen=True, eq=False)
class RightHandSide:
    """An equation, compiled.

    Parameters
    ----------
    parts : Parts
    explicit, forcing : Columns
    profiles : Columns
        What the damping words multiply by.
    tangent : Tangent
        Of the explicit words.
    """

    parts: Parts
    explicit: Columns
    forcing: Columns
    profiles: Columns
    tangent: Tangent

    @property
    def margin(self) -> dict[str, int]:
        """How far stencils reach along every axis."""
        kernels = [self.explicit.kernel, self.forcing.kernel, self.tangent.kernel]
        found: dict[str, int] = {}
        for kernel in kernels:
            if kernel is not None:
                for axis, reach in kernel.program.margin.items():
                    found[axis] = max(found.get(axis, 0), reach)
        return found


def bind_right_hand_side(
    target: Field, words: Sequence[Word], parts: Parts, grid: PhaseGrid, tangents: Sequence[WeightedWord],
    change: Field, stencils: Stencils, norm: Norm,
) -> RightHandSide:
    """Compile an equation.

    Parameters
    ----------
    target : Field
    words : sequence of Word
    parts : Parts
    grid : PhaseGrid
        With all functions that the words multiply by, of one frame at least.
    tangents : sequence of WeightedWord
        The derivative of the explicit words by the field, on its change.
    change : Field
    stencils : Stencils
    norm : Norm
    """
    def columns(chosen: tuple[int, ...], made: Sequence[Word]) -> Columns:
        return Columns(chosen, _bound("columns", target, made, grid, stencils, norm) if made else None)

    unit = [Word(words[k].letters, UNIT) for k in parts.damping]
    moved = with_field(grid, change, grid.fields[target.name])
    kernel = _bound("apply", target, [one.word for one in tangents], moved, stencils, norm) if tangents else None
    return RightHandSide(
        parts, columns(parts.explicit, [words[k] for k in parts.explicit]),
        columns(parts.forcing, [words[k] for k in parts.forcing]), columns(parts.damping, unit),
        Tangent(change, kernel, *numbers_of(tangents)))


def numbers_of(words: Sequence[WeightedWord]) -> tuple[NDArray[np.int64], Array]:
    """The numbers of the coefficients that words are multiplied by, and the factors besides."""
    which = [one.which for one in words if one.which is not None]
    return np.array(which, np.int64), np.array([one.factor for one in words], np.float64)


def with_field(grid: PhaseGrid, field: Field, values: Array) -> PhaseGrid:
    """The grid with other values of a field, or with one more."""
    return replace(grid, fields={**grid.fields, field.name: values},
                   field_axes={**grid.field_axes, field.name: field.axes})


def _bound(
    kind: str, target: Field, words: Sequence[Word], grid: PhaseGrid, stencils: Stencils, norm: Norm
) -> PhaseKernel:
    form = Residual(target, (0.0,), tuple(Column(word, "now", (1.0,)) for word in words))
    return bind("columns" if kind == "columns" else "apply", form, grid, stencils, norm, None,
                (f"The {kind} of a stage of d/dt {target.name}:", *map(str, words)))


def in_order(kernel: PhaseKernel, written: Array, target: Field) -> Array:
    """What a kernel has written with the axes of the field in storage order, zero where there is nothing."""
    axes = (*kernel.program.target_whole, *kernel.target_tiled)
    order = (0, 1, *(2 + axes.index(name) for name in target.axes[1:]))
    found = np.ascontiguousarray(np.transpose(written, order))
    for place, name in enumerate(target.axes[1:]):
        first, last = kernel.spans[name]
        ends = np.moveaxis(found, 2 + place, 0)
        ends[:first], ends[last:] = 0.0, 0.0
    return found
