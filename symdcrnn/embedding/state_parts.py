"""Words of equations to functions on one state: which kernels, on which points, with which numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field
from symdcrnn.embedding.functions import in_time
from symdcrnn.embedding.words import Equation
from symdcrnn.kernels.codegen.emit import KernelSpec
from symdcrnn.kernels.ir.factors import spread
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.linearised import WeightedWord
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.one_state.bound import BoundState, compile_state
from symdcrnn.kernels.one_state.layout import Role, StateArray, StateFunction, StatePart
from symdcrnn.kernels.one_state.numbers import PartNumbers, pack
from symdcrnn.kernels.runtime.binding import bind, bound, spec_of
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.phase_grid import with_words
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]
Spans = dict[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Structure:
    """Equations on a grid.

    Parameters
    ----------
    numbered : tuple of (Equation, int)
        With the number of the first coefficient of each.
    space : PhaseSpace
        That their words are written in.
    grid : PhaseGrid
    stencils : Stencils
    coefficients : ndarray, shape (words,)
        Of all equations of the model.
    learned : mapping of str to callable
        Learned functions of time.
    """

    numbered: tuple[tuple[Equation, int], ...]
    space: PhaseSpace
    grid: PhaseGrid
    stencils: Stencils
    coefficients: Array
    learned: Mapping[str, Callable[[float], float]]

    @cached_property
    def spans(self) -> dict[Field, Spans]:
        """By target and axis the points that have a rate.

        Raises
        ------
        InputError
            If there are fewer points than stencils reach over.
        """
        return {equation.target: dict(self.kernels[equation.target].spans) if equation.words else {}
                for equation, _ in self.numbered}

    @cached_property
    def kernels(self) -> dict[Field, PhaseKernel]:
        """By target the kernel of its right-hand side, of equations that have a term."""
        one = self.grid.between(0, 1)
        return {equation.target: bind("apply", equation.rate, with_words(one, equation.words), self.stencils,
                                      find_norm("l2"))
                for equation, _ in self.numbered if equation.words}

    def shape(self, field: Field) -> tuple[int, ...]:
        """The shape of a field at one time."""
        return tuple(self.grid.axis(axis).size for axis in field.axes if axis != "t")

    def size(self, field: Field) -> int:
        """How many numbers a field has at one time."""
        return prod(self.shape(field))

    def free(self, role: str, field: Field) -> Field:
        """A field of the axes of another one for words, with the name of none."""
        name = f"{role}_{field.name}"
        while name in self.space.variables or name in self.space.operators:
            name += "_"
        return Field(name, field.axes)


@dataclass(frozen=True)
class Line:
    """What is written to one result.

    Parameters
    ----------
    target : Field
    words : list of WeightedWord
        All on combinations of as many frames.
    frame : int or None
        Which frame of the result it is; None where that has none.
    """

    target: Field
    words: list[WeightedWord] = field(default_factory=list)
    frame: int | None = None

    @property
    def form(self) -> Residual:
        """The sum as columns."""
        return Residual(self.target, (0.0,) * len(self.words[0].time_weights),
                        tuple(Column(one.word, "", one.time_weights) for one in self.words))


@dataclass(frozen=True, eq=False)
class StateWords:
    """What a function on one state computes, in words.

    Parameters
    ----------
    name : str
        Of the function.
    structure : Structure
    grid : PhaseGrid
        That of the structure, or with more functions.
    reads : mapping of str to sequence of Field
        By role the fields of the arguments.
    lines : sequence of Line
    named : mapping of Field to Field
        How words name the changes or cotangents of fields.
    frames : int or None
        How many frames the states have; None where they have none.
    """

    name: str
    structure: Structure
    grid: PhaseGrid
    reads: Mapping[Role, Sequence[Field]]
    lines: Sequence[Line]
    named: Mapping[Field, Field] = field(default_factory=dict)
    frames: int | None = None

    @property
    def written(self) -> list[Line]:
        """The lines that have words; results are zero without."""
        return [line for line in self.lines if line.words]


def state_function(words: StateWords) -> StateFunction:
    """The function without any number: all that its source depends on."""
    arrays = tuple(
        StateArray(role, one.name, words.named.get(one, one).name if role != "state" else one.name, one.axes[1:],
                   words.frames if role == "state" else None)
        for role, fields in words.reads.items() for one in fields)
    outputs = tuple(dict.fromkeys(_result(line, words.frames) for line in words.lines))
    parts = tuple(StatePart(_spec(line.form, words), _result(line, words.frames), line.frame) for line in words.written)
    return StateFunction(words.name, arrays, outputs, parts, _title(words.name, words.lines))


def _spec(form: Residual, words: StateWords) -> KernelSpec:
    found = spec_of("apply", form, words.grid, words.structure.stencils, find_norm("l2"))
    return found.on_one_frame if len(form.time_weights) == 1 else found


def bound_state(words: StateWords, start: float, step: float = 0.0) -> BoundState:
    """The compiled function with the numbers of its grid.

    Parameters
    ----------
    words : StateWords
    start : float
        The time of the first frame.
    step : float
        From one frame to the next.
    """
    structure, made = words.structure, state_function(words)
    # A gradient has something at points whose rates have none.
    everywhere = {axis.name: (0, axis.size) for axis in words.grid.axes}
    inside = {words.named[one].name: structure.spans[one] for one in words.reads.get("cotangent", ())}
    numbers, filled = [], words.grid
    for line, part in zip(words.written, made.parts, strict=True):
        filled = with_words(filled, [one.word for one in line.words])
        here = filled.between(0, len(line.form.time_weights))
        kernel = bound(part.spec, line.form, here, structure.stencils)
        _ = kernel.spans
        spans = everywhere if inside else {**everywhere, **structure.spans[line.target]}
        spans = {axis.name: spans.get(axis.name, (0, axis.size)) for axis in kernel.grid.axes}
        numbers.append(PartNumbers(
            kernel.with_spans(spans), spans,
            np.array([-1 if one.which is None else one.which for one in line.words], np.int64),
            np.array([one.factor for one in line.words]), inside))
    compiled = compile_state(made)
    sizes = {axis.name: axis.size for axis in words.grid.axes}
    packed = pack(made, compiled.emitted.slots, numbers, sizes, structure.coefficients.size)
    return BoundState(compiled, structure.coefficients, packed, sizes, _known(filled, structure.learned), start, step)


def _result(line: Line, frames: int | None) -> StateArray:
    return StateArray("out", line.target.name, line.target.name, line.target.axes[1:],
                      None if line.frame is None else frames)


def _title(name: str, lines: Sequence[Line]) -> tuple[str, ...]:
    found = [f"The function {name} of a model:"]
    for line in lines:
        found += ["", f"{line.target.name}{'' if line.frame is None else f', frame {line.frame}'}: sum of"]
        found += [f"    {'' if one.which is None else f'coefficients[{one.which}] * '}{one.word}" for one in line.words]
    return tuple(found)


def _known(
    grid: PhaseGrid, learned: Mapping[str, Callable[[float], float]]
) -> Callable[[str, tuple[str, ...], float], Array]:
    """The known functions of a grid at any time, as rows of kernels hold them."""
    moving: dict[str, Callable[[float], tuple[tuple[str, ...], Array]]] = {}

    def known(name: str, axes: tuple[str, ...], t: float) -> Array:
        on, values = grid.values_of(name)
        if "t" in on:
            if name not in moving:
                moving[name] = in_time(grid, name, on, learned)
            on, values = moving[name](t)
            wide = spread(on, values, axes)
            shape = tuple(1 if axis == "t" else grid.axis(axis).size for axis in axes)
            return np.broadcast_to(wide, shape).reshape(-1)
        return spread(on, values, axes).reshape(-1)

    return known
