"""The columns of residuals on data on any axes, along any of them and along time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.codegen.emit import KernelSpec
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.binding import bound, level_weights, spec_of
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.residuals.block import Block
from symdcrnn.preprocess.residuals.interpreted import interpreted_columns
from symdcrnn.preprocess.residuals.values import Along, AtFrames, AxisPoints, Spread
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]

NUMBERS = 2**21
"""Values of columns that are in memory at a time, about; one residual in time at least."""


@dataclass(frozen=True, eq=False)
class PhaseColumns:
    """See `ColumnValues`.

    Parameters
    ----------
    form : Residual
    outline : PhaseGrid
        The axes, with all functions of the words and without fields.
    stencils : Stencils
    norm : Norm
    weights : ndarray, shape (residuals, levels, frames), or None
        Of the combinations of frames, where these are uneven.
    spans : dict of str to (int, int)
        By axis of the left-hand side, the points whose stencils stay inside the data.
    little : bool
        Whether numpy makes them, and no kernel is compiled.
    """

    form: Residual
    outline: PhaseGrid
    stencils: Stencils
    norm: Norm
    weights: Array | None
    spans: dict[str, tuple[int, int]]
    little: bool

    @property
    def columns(self) -> int:
        return len(self.form.columns)

    @property
    def time_weights(self) -> tuple[float, ...]:
        return self.form.time_weights

    @property
    def reach(self) -> int:
        """Frames that one residual reads."""
        return len(self.form.time_weights)

    @cached_property
    def read(self) -> range:
        """Those of them that words are read at."""
        used = np.flatnonzero(np.any(np.concatenate(self._combined()[1:]), axis=0))
        return range(int(used[0]), int(used[-1]) + 1)

    def along(self, names: str) -> Along:
        """As `ColumnValues.along`."""
        return Along(tuple(map(self._axis, names.split(","))))

    def _axis(self, name: str) -> AxisPoints:
        if name == "t":
            after = self.reach - self.read.stop
            t = self.outline.t
            return AxisPoints("t", t, self.read.start, t.size - after, False, "time", band=len(self.read))
        if name not in self.form.target.axes:
            raise InputError(f"a function of {name!r} has no part in the equation of {self.form.target.name!r}, which "
                             f"depends on {', '.join(self.form.target.axes)}: name one of these after the @")
        axis = self.outline.axis(name)
        return AxisPoints(name, axis.coordinate, *self.spans[name], axis.periodic, axis.role)

    def of(
        self, block: Block, axis: str, chosen: Sequence[int]
    ) -> Iterator[Spread] | Iterator[AtFrames]:
        """As `ColumnValues.of`."""
        functions = self.outline.between(block.first, block.stop + self.reach - 1).functions
        grid = replace(block.grid, functions=functions, matrices=self.outline.matrices)
        residuals = block.stop - block.first
        points = prod(last - first for first, last in self.spans.values())
        step = max(1, NUMBERS // ((self.columns + 1) * points))
        for first in range(0, residuals, step):
            stop = min(first + step, residuals)
            part, here = grid.between(first, stop + self.reach - 1), slice(block.first + first, block.first + stop)
            values, left = self._values(part, here)
            if axis == "t":
                yield from self._at_frames(part, here, tuple(chosen), values, left)
                continue
            places = [self._order.index(name) for name in axis.split(",")]
            last, size = range(-len(places), 0), prod(left.shape[1 + place] for place in places)
            columns = np.moveaxis(values, [2 + place for place in places], last).reshape(self.columns, -1, size)
            rest = np.moveaxis(left, [1 + place for place in places], last).reshape(-1, size)
            yield Spread(columns, rest, tuple(chosen))

    def whole(self, grid: PhaseGrid) -> tuple[Array, Array]:
        """All columns on all frames, axes (column, residual, axes as kernels write them), and the left-hand side."""
        return self._values(grid, slice(0, grid.frames - self.reach + 1))

    def _at_frames(
        self, grid: PhaseGrid, here: slice, chosen: tuple[int, ...], values: Array, left: Array
    ) -> Iterator[AtFrames]:
        frames = self._columns(self._rate(chosen), grid).reshape(len(chosen), grid.frames, -1)
        known = level_weights(self.form)
        levels = [known.index(tuple(self.form.columns[column].time_weights)) for column in chosen]
        weights = [self._combined()[level] for level in levels]
        count = values.shape[1]
        columns, rest = values.reshape(self.columns, count, -1), left.reshape(count, -1)
        for n in range(count):
            at = here.start + n
            own = np.array([one[at if one.shape[0] > 1 else 0][self.read.start:self.read.stop] for one in weights])
            read = frames[:, n + self.read.start:n + self.read.stop]
            yield AtFrames(columns[:, n], rest[n], own[..., None] * read, at)

    def _values(self, grid: PhaseGrid, here: slice) -> tuple[Array, Array]:
        """All columns, axes (column, residual, ...), and the left-hand side."""
        values = self._columns(self.form, grid, None if self.weights is None else self.weights[here])
        axes = grid.field_axes[self.form.target.name]
        field = np.transpose(grid.fields[self.form.target.name], [axes.index(name) for name in ("t", *self._order)])
        field = field[self._fitted]
        alpha = self._combined()[0]
        own = alpha[here] if alpha.shape[0] > 1 else alpha
        count = here.stop - here.start
        left = np.zeros((count, *field.shape[1:]))
        for k in range(self.reach):
            left += own[:, k].reshape((-1,) + (1,) * len(self._order)) * field[k:k + count]
        return values, left

    @cached_property
    def _order(self) -> tuple[str, ...]:
        """The axes of the left-hand side as kernels write them."""
        program = self._spec(self.form).program
        return (*program.target_whole, *(name for name in program.axes.tiled if name in self.form.target.axes))

    @property
    def _fitted(self) -> tuple[slice, ...]:
        """Of all frames, the points whose stencils stay inside the data."""
        return (slice(None), *(slice(*self.spans[name]) for name in self._order))

    def _columns(self, form: Residual, grid: PhaseGrid, weights: Array | None = None) -> Array:
        """The columns of a residual where stencils stay inside the data, axes (column, residual, ...)."""
        if self.little:
            return interpreted_columns(form, grid, self.stencils, weights, self.spans, self._order)
        everywhere = (slice(None), *self._fitted)
        found: Array = self._kernel(form, grid, weights).each_column()[everywhere]
        return found

    def _combined(self) -> list[Array]:
        """The weights of frames of every level, each of shape (residuals or 1, frames)."""
        if self.weights is None:
            return [np.array([one]) for one in level_weights(self.form)]
        return [self.weights[:, level] for level in range(self.weights.shape[1])]

    def _rate(self, chosen: tuple[int, ...]) -> Residual:
        """Some words at single frames."""
        words = (self.form.columns[column].word for column in chosen)
        return Residual(self.form.target, (0.0,), tuple(Column(word, "now", (1.0,)) for word in words))

    def _kernel(self, form: Residual, grid: PhaseGrid, weights: Array | None = None) -> PhaseKernel:
        spec = self._spec(form)
        if weights is not None:
            reads = tuple(tuple(map(int, np.flatnonzero(read))) for read in np.any(self.weights, axis=0))
            spec = replace(spec, program=replace(spec.program, reads=reads))
        return bound(spec, form, grid, self.stencils, weights)

    def _spec(self, form: Residual) -> KernelSpec:
        return _spec(form, self.outline, self.stencils, self.norm)


@lru_cache(maxsize=16)
def _spec(form: Residual, outline: PhaseGrid, stencils: Stencils, norm: Norm) -> KernelSpec:
    """What is compiled of the columns of a residual, once."""
    return spec_of("columns", form, outline, stencils, norm, ("Each word by itself.",))
