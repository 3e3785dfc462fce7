"""Frames on any axes, as the kernels over any axes read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.phase_space.ir.factors import spread
from symdcrnn.kernels.phase_space.ir.grid import FrameWindows, GridAxis, PhaseGrid
from symdcrnn.kernels.phase_space.ir.lowering import kernel_name
from symdcrnn.kernels.phase_space.ir.scalar_source import known_values
from symdcrnn.kernels.phase_space.runtime.binding import bind, level_names
from symdcrnn.kernels.phase_space.runtime.bound import PhaseKernel
from symdcrnn.kernels.phase_space.runtime.memory import check_memory
from symdcrnn.kernels.runtime import GridData
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.frames import BoundWords, Frames
from symdcrnn.preprocess.grid import check_sizes, plain
from symdcrnn.preprocess.residuals.block import Block, Part
from symdcrnn.preprocess.residuals.phase import PhaseColumns
from symdcrnn.preprocess.smoothing import Product as SmoothedProduct
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.variable_steps import step_weights

Array = NDArray[np.float64]


def phase_grid(trajectory: Trajectory, profiles: Mapping[str, Array] | None = None) -> PhaseGrid:
    """The arrays of a trajectory on any axes.

    Parameters
    ----------
    trajectory : Trajectory
    profiles : mapping of str to ndarray, shape (Nx,), optional
        Known functions of x beside those of the trajectory.

    Raises
    ------
    InputError
        If the values of a field are so large or small that their squares are not numbers any more.
    """
    fields = {name: plain(trajectory.array(name)) for name in trajectory.field_names}
    check_sizes(fields)
    return replace(phase_outline(trajectory, profiles), fields=fields)


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


class FramesOnAxes(Frames, Protocol):
    """All frames of one trajectory on any axes."""

    @property
    def grid(self) -> PhaseGrid:
        """The axes and known functions, and where they are in memory the fields."""
        ...

    def windows(self, words: Sequence[Word]) -> FrameWindows:
        """The frames with every known function and every kernel that words multiply by."""
        ...

    def check_room(self, frames: int, values: int) -> None:
        """Refuse what the memory does not hold.

        Parameters
        ----------
        frames : int
            That are read at a time.
        values : int
            That are made of them.

        Raises
        ------
        InputError
            Saying how much is needed.
        """
        ...


@dataclass(frozen=True, eq=False)
class PhaseFrames:
    """Frames in memory, on any axes; see `Frames`.

    Parameters
    ----------
    grid : PhaseGrid
    profiles : mapping of str to ndarray
        None: known functions are in the grid.
    """

    grid: PhaseGrid
    profiles: Mapping[str, Array] = field(default_factory=dict)

    loaded = None
    periodic = False

    @property
    def frames(self) -> int:
        return self.grid.frames

    @property
    def nx(self) -> int:
        return int(self.outline.nx)

    @property
    def dt(self) -> float:
        """As `step_of`."""
        return step_of(self.grid)

    @property
    def dx(self) -> float:
        return 1.0

    @cached_property
    def outline(self) -> GridData:
        """The fields that change in time."""
        return without_axes(self.grid)

    def windows(self, words: Sequence[Word]) -> PhaseGrid:
        """As `FramesOnAxes.windows`."""
        return with_words(self.grid, words)

    def check_room(self, frames: int, values: int) -> None:
        """As `FramesOnAxes.check_room`: frames in memory have no limit."""

    def at(self, first: int, stop: int) -> GridData:
        """As `Frames.at`."""
        return self.outline.between(first, stop)

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`, in one block."""
        return part(Block(self.outline, 0, self.frames - reach + 1, True, self.outline, self.grid))

    def smoothed(
        self, width: float, products: Sequence[SmoothedProduct] = (), stencils: Stencils | None = None
    ) -> PhaseFrames:
        """As `Frames.smoothed`.

        Raises
        ------
        InputError
            If the width is not zero.
        """
        refuse_smoothing(width)
        return self

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """As `Frames.words`."""
        kernel = bound_words(self.grid, form, stencils, norm, title)
        return BoundWords(kernel, len(form.time_weights), self, columns_of(kernel))

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> LeastSquares:
        """As `Frames.stages`."""
        from symdcrnn.preprocess.stages.grids import bind_phase_stages

        return bind_phase_stages(scheme, target, words, stencils, norm, self.grid)


def step_of(grid: PhaseGrid) -> float:
    """The distance of the frames; one where they are uneven, whose weights have their distances in them."""
    return 1.0 if grid.dt is None else grid.dt


def without_axes(grid: PhaseGrid) -> GridData:
    """The fields that change in time as arrays of no axes in particular."""
    fields = {name: values for name, values in grid.fields.items() if "t" in grid.field_axes[name]}
    return GridData(fields, np.ones(1), np.ones(1), step_of(grid), 1.0, False, {})


def refuse_smoothing(width: float) -> None:
    """Refuse smoothing in x.

    Raises
    ------
    InputError
        If the width is not zero.
    """
    if width > 0.0:
        raise InputError("smoothing in x needs data on even t and x, and v, and words that are linear in the fields: "
                         "set smooth_x to 0")


def bound_words(
    grid: PhaseGrid, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]
) -> PhaseKernel:
    """The kernel of a residual on a grid, which may be without the values of its fields; see `Frames.words`.

    Raises
    ------
    InputError
        If there are fewer frames or points than the residual reads, or the memory does not hold a pass.
    """
    filled = with_words(grid, [column.word for column in form.columns])
    kernel = bind("normal_equations", form, filled, stencils, norm, _step_weights(grid, form), title)
    _ = kernel.spans
    check_memory(kernel)
    return kernel


def _step_weights(grid: PhaseGrid, form: Residual) -> Array | None:
    """The combinations of frames of every residual, where the frames are uneven."""
    if grid.dt is not None:
        return None
    scheme = SCHEMES[form.scheme]
    base = SCHEMES["newton-cotes4"] if scheme.window else None
    found = step_weights(scheme, grid.t, base)
    by_level = {"target": found.alpha, "explicit": found.explicit, "implicit": found.implicit}
    return np.ascontiguousarray(np.stack([by_level[name] for name in level_names(form)], axis=1))


def columns_of(kernel: PhaseKernel) -> PhaseColumns:
    """The columns of a kernel one by one."""
    weights = kernel.levels.weights if kernel.levels.varying else None
    spans = {name: kernel.spans[name] for name in kernel.form.target.axes if name != "t"}
    return PhaseColumns(kernel.form, replace(kernel.grid, fields={}), kernel.stencils, kernel.norm, weights, spans)


def loaded_phase_frames(trajectory: Trajectory, profiles: Mapping[str, Array]) -> PhaseFrames:
    """The frames of a trajectory in memory, as `phase_grid` makes them."""
    return PhaseFrames(phase_grid(trajectory, profiles))
