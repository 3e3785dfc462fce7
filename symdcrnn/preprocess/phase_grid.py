"""From a trajectory to the arrays that kernels read, and the functions that words multiply by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.axes import gaps_text
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.factors import spread
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name
from symdcrnn.kernels.ir.scalar_source import known_values

Array = NDArray[np.float64]

LARGEST_VALUE = 1e50
"""Squares of such values, times what differences over small steps add, are still finite."""


def fields_of(trajectory: Trajectory) -> tuple[Field, ...]:
    """The fields of a trajectory as the algebra sees them."""
    return tuple(Field(name, trajectory.axes_of(name)) for name in trajectory.field_names)


def phase_grid(
    trajectory: Trajectory, profiles: Mapping[str, Array] | None = None, gaps: bool = False
) -> PhaseGrid:
    """The arrays of a trajectory on any axes.

    Parameters
    ----------
    trajectory : Trajectory
    profiles : mapping of str to ndarray, shape (Nx,), optional
        Known functions of x beside those of the trajectory.
    gaps : bool
        Whether values may be missing.

    Raises
    ------
    InputError
        If the values of a field are so large or small that their squares are not numbers any more, or some are missing.
    """
    if not gaps:
        check_whole(trajectory)
    fields = {name: plain(trajectory.array(name)) for name in trajectory.field_names}
    check_sizes(fields)
    return replace(phase_outline(trajectory, profiles), fields=fields)


def check_whole(trajectory: Trajectory, why: str = "this reads every one of them") -> None:
    """Refuse a trajectory of which values are missing.

    Parameters
    ----------
    trajectory : Trajectory
    why : str
        What cannot do without them, as the end of a sentence.

    Raises
    ------
    InputError
    """
    missing = trajectory.missing
    if missing:
        raise InputError(f"{gaps_of(missing, trajectory)}, and {why}: choose frames without gaps, or fill them in")


def gaps_of(missing: Mapping[str, int], trajectory: Trajectory) -> str:
    """That values of fields are missing."""
    return ", ".join(gaps_text(count, trajectory.dataset[name].size, name) for name, count in missing.items())


def phase_outline(trajectory: Trajectory, profiles: Mapping[str, Array] | None = None) -> PhaseGrid:
    """The arrays of a trajectory on any axes without the values of its fields; arguments as those of `phase_grid`."""
    axes = tuple(GridAxis(axis.name, axis.role, plain(axis.coordinate), axis.periodic,
                          None if axis.weights is None else plain(axis.weights), axis.period)
                 for axis in trajectory.axes)
    functions: dict[str, tuple[tuple[str, ...], Array]] = {"t": (("t",), plain(trajectory.t))}
    functions |= {name: (on, plain(values)) for name, (on, values) in trajectory.coordinates.items()}
    functions |= {name: (trajectory.axes_of(name), plain(trajectory.array(name))) for name in trajectory.profile_names}
    functions |= {name: (("x",), plain(values)) for name, values in (profiles or {}).items()}
    on = {name: trajectory.axes_of(name) for name in trajectory.field_names}
    return PhaseGrid(axes, plain(trajectory.t), {}, on, functions)


def with_words(grid: PhaseGrid, words: Sequence[Word]) -> PhaseGrid:
    """The grid with every known function and every kernel that words multiply by.

    Raises
    ------
    InputError
        If one of them is not finite somewhere, or a matrix does not fit its axis.
    """
    functions, matrices = dict(grid.functions), dict(grid.matrices)
    for rule in (rule for word in words for rule in rules_of(word)):
        if isinstance(rule, Profile) and rule.expression not in functions:
            functions[rule.expression] = (rule.axes, _function(grid, rule.expression, rule.axes))
        name = kernel_name(rule) if isinstance(rule, Quadrature) else None
        if name is not None and isinstance(rule, Quadrature) and (rule.axis, name) not in matrices:
            matrices[(rule.axis, name)] = _matrix(grid, rule)
        if isinstance(rule, Quadrature) and name is None:
            grid.weights(rule.axis)
        if isinstance(rule, Stencil) and rule.lean is not None and rule.lean not in functions:
            raise InputError(f"a stencil leans by {rule.lean!r}, which the data does not have")
    return replace(grid, functions=functions, matrices=matrices)


def _function(grid: PhaseGrid, text: str, axes: tuple[str, ...]) -> Array:
    used = names_in(text)
    values = {name: spread(*grid.functions[name], axes) for name in grid.functions if name in used}
    return plain(known_values(parse_formula(text, tuple(values)), values))


def _matrix(grid: PhaseGrid, rule: Quadrature) -> Array:
    """The matrix of a quadrature, with the weights of its sum."""
    axis = grid.axis(rule.axis)
    if rule.matrix is not None:
        matrix = np.array(rule.matrix)
        if matrix.shape != (axis.size, axis.size):
            raise InputError(f"the matrix of a quadrature along {rule.axis!r} has shape {matrix.shape}: the axis has "
                             f"{axis.size} points")
        if rule.transposed:
            weights = grid.weights(rule.axis)
            matrix = matrix.T * weights / weights[:, None]
        return plain(matrix)
    assert rule.kernel is not None
    own = {name: values for name, (on, values) in grid.functions.items() if on == (rule.axis,) and name.isidentifier()}
    values = {name: row[:, None] for name, row in own.items()} | {f"{name}'": row[None, :] for name, row in own.items()}
    kernel = known_values(parse_formula(rule.kernel, tuple(values)), values)
    return plain((kernel.T if rule.transposed else kernel) * grid.weights(rule.axis))


def check_sizes(fields: Mapping[str, Array], whole: bool = True) -> None:
    """Refuse values whose squares are not numbers any more.

    Parameters
    ----------
    fields : mapping of str to ndarray
    whole : bool
        Whether these are all values: only then can all of them be too small.

    Raises
    ------
    InputError
        Naming the field and its largest value.
    """
    for name, values in fields.items():
        largest = max(float(values.max()), -float(values.min()))
        if np.isnan(largest):
            largest = float(np.fmax.reduce(np.abs(values), axis=None))
        if largest > LARGEST_VALUE or (whole and 0.0 < largest < 1.0 / LARGEST_VALUE):
            raise InputError(
                f"the field {name!r} has values up to {largest:.1e}: give it in units that make them between "
                f"{1.0 / LARGEST_VALUE:.0e} and {LARGEST_VALUE:.0e}"
            )


def plain(array: Array) -> Array:
    """The type of array that kernels are compiled for; copied only if it is read-only or strided."""
    return np.require(array, np.float64, ["C", "W"])
