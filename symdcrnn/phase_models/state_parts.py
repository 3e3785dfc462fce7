"""Words of equations to functions on one state: which kernels, on which points, with which numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.phase_space.ir.factors import spread
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.one_state.bound import BoundState, compile_state
from symdcrnn.kernels.phase_space.one_state.layout import Role, StateArray, StateFunction, StatePart
from symdcrnn.kernels.phase_space.one_state.numbers import PartNumbers, pack
from symdcrnn.kernels.phase_space.runtime.binding import bind
from symdcrnn.kernels.phase_space.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.phase_models.linearised import WeightedWord
from symdcrnn.phase_models.march import in_time
from symdcrnn.phase_models.words import Equation
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
        return {equation.target: dict(self.kernel(self.grid, equation.rate).spans) if equation.words else {}
                for equation, _ in self.numbered}

    def free(self, role: str, field: Field) -> Field:
        """A field of the axes of another one for words, with the name of none."""
        name = f"{role}_{field.name}"
        while name in self.space.variables or name in self.space.operators:
            name += "_"
        return Field(name, field.axes)

    def kernel(self, grid: PhaseGrid, form: Residual) -> PhaseKernel:
        """The kernel that writes a sum of words at the first frames of a grid."""
        one = with_words(grid, [column.word for column in form.columns]).between(0, len(form.time_weights))
        return bind("apply", form, one, self.stencils, find_norm("l2"))


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


def bound_state(
    name: str, structure: Structure, grid: PhaseGrid, reads: Mapping[Role, Sequence[Field]], lines: Sequence[Line],
    start: float, named: Mapping[Field, Field] | None = None, frames: int | None = None, step: float = 0.0,
) -> BoundState:
    """A compiled function with the numbers of a grid.

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
    start : float
        The time of the first frame.
    named : mapping of Field to Field, optional
        How words name the changes or cotangents of fields.
    frames : int, optional
        How many frames the states have; None where they have none.
    step : float
        From one frame to the next.
    """
    arrays = tuple(
        StateArray(role, one.name, one.name if role == "state" or named is None else named[one].name, one.axes[1:],
                   frames if role == "state" else None)
        for role, fields in reads.items() for one in fields)
    # A gradient has something at points whose rates have none.
    everywhere = {axis.name: (0, axis.size) for axis in grid.axes}
    inside = {} if named is None else {named[one].name: structure.spans[one] for one in reads.get("cotangent", ())}
    parts, numbers, filled = [], [], grid
    for line in lines:
        if not line.words:
            continue
        form = Residual(line.target, (0.0,) * len(line.words[0].time_weights),
                        tuple(Column(one.word, "", one.time_weights) for one in line.words))
        filled = with_words(filled, [one.word for one in line.words])
        kernel = structure.kernel(filled, form)
        _ = kernel.spans
        spans = everywhere if inside else {**everywhere, **structure.spans[line.target]}
        spans = {axis.name: spans.get(axis.name, (0, axis.size)) for axis in kernel.grid.axes}
        parts.append(StatePart(kernel.spec, _result(line, frames), line.frame))
        numbers.append(PartNumbers(
            kernel.with_spans(spans), spans,
            np.array([-1 if one.which is None else one.which for one in line.words], np.int64),
            np.array([one.factor for one in line.words]), inside))
    outputs = tuple(dict.fromkeys(_result(line, frames) for line in lines))
    made = StateFunction(name, arrays, outputs, tuple(parts), _title(name, lines))
    compiled = compile_state(made)
    sizes = {axis.name: axis.size for axis in grid.axes}
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
