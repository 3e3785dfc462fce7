"""Kernels bound to data: arrays in, loss, gradient and Gram matrix out.

All sums are made over a fixed number of shares in a fixed order, so the result has the same bits for any number of
threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.cache import load
from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.codegen.arguments import Scratch
from symdcrnn.kernels.codegen.emit import KernelSpec, Source, emit
from symdcrnn.kernels.codegen.tables import Source as Numbers
from symdcrnn.kernels.codegen.tables import content
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.values import Program
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.word_sizes import word_sizes
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.kernels.threads import each_part, part_count
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]

SHARES = 128
"""At most this many partial sums, whatever the number of threads."""

LARGEST_SUMS = 2**18
"""At most so many numbers in all partial sums together."""

WARM_UP = 4
"""A share of values that are computed frame by frame has so many times the frames that its first residual reads."""


@dataclass(frozen=True, eq=False)
class LevelWeights:
    """The combinations of frames of a residual.

    Parameters
    ----------
    weights : ndarray, shape (residuals or 1, levels, frames)
        Those of the left-hand side first; one for all residuals, or one each where frames are unevenly spaced.
    """

    weights: Array

    @property
    def varying(self) -> bool:
        return bool(self.weights.shape[0] > 1)

    @property
    def reads(self) -> tuple[tuple[int, ...], ...]:
        """The frames that each level reads."""
        return tuple(tuple(map(int, np.flatnonzero(read))) for read in np.any(self.weights, axis=0))


@lru_cache(maxsize=64)
def built(spec: KernelSpec) -> tuple[Source, Any]:
    """The source of a kernel and its compiled function."""
    source = emit(spec)
    return source, load(source.text, cache_directory()).kernel


@dataclass(frozen=True, eq=False)
class PhaseKernel:
    """A kernel with the data it works on.

    Parameters
    ----------
    spec : KernelSpec
    grid : PhaseGrid
    levels : LevelWeights
    form : Residual
        What it was made from.
    stencils : Stencils
    width : float
        The width parameter of the norm.
    """

    spec: KernelSpec
    grid: PhaseGrid
    levels: LevelWeights
    form: Residual
    stencils: Stencils
    width: float = 1.0

    linear = True

    @property
    def norm(self) -> Norm:
        return self.spec.norm

    @property
    def program(self) -> Program:
        return self.spec.program

    @property
    def columns(self) -> int:
        return self.program.columns

    @property
    def residuals(self) -> int:
        """How many there are in time."""
        return self.grid.frames - self.program.frames + 1

    @cached_property
    def spans(self) -> dict[str, tuple[int, int]]:
        """By axis of the left-hand side, the points whose stencils stay inside the data.

        Raises
        ------
        InputError
            If there are fewer frames or points than a residual reads.
        """
        if self.residuals < 1:
            raise InputError(
                f"the data has {self.grid.frames} frames, but the scheme reads {self.program.frames} at a time: "
                "give more frames or choose a scheme over fewer"
            )
        found = {}
        for name in self.program.axes.order:
            axis, margin = self.grid.axis(name), self.program.margin[name]
            halo = self.program.halo.get(name, 0)
            # What is periodic is read around once at most.
            needed = halo if axis.periodic else 2 * max(margin, halo) + 1
            if axis.size < needed:
                raise InputError(
                    f"the data has {axis.size} points along {name!r}, but the stencils of the words need {needed}: "
                    "give more points, words of fewer derivatives (fewer layers) or stencils of lower order"
                )
            found[name] = (0, axis.size) if axis.periodic else (margin, axis.size - margin)
        return found

    @property
    def fitted(self) -> tuple[int, int]:
        """The points of the contiguous axis whose stencils stay inside the data."""
        return self.spans[self.program.axes.row]

    @cached_property
    def fitted_whole(self) -> NDArray[np.int64]:
        """The fitted points of the whole axes of the left-hand side, by their number among all."""
        whole = self.program.target_whole
        inside = np.ones((), bool)
        for name in whole:
            first, last = self.spans[name]
            here = np.zeros(self.grid.axis(name).size, bool)
            here[first:last] = True
            inside = inside[..., None] & here
        return np.flatnonzero(inside.reshape(-1)).astype(np.int64)

    @property
    def target_tiled(self) -> tuple[str, ...]:
        """The tiled axes of the left-hand side."""
        axes = self.program.by_name[self.program.target].axes
        return tuple(name for name in self.program.axes.tiled if name in axes)

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        spans = [last - first for first, last in (self.spans[name] for name in self.target_tiled)]
        return self.residuals * int(self.fitted_whole.size) * prod(spans)

    def value_and_gradient(self, coefficients: Array) -> tuple[float, Array]:
        """The mean loss and its gradient by the coefficients, shape (columns,)."""
        total = self._reduce(coefficients, self.width)
        return float(total[0]), total[1:1 + self.columns]

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and reweighted Gram matrix.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        width : float, optional
            The width parameter of the norm, if not the bound one.
        active : sequence of int, optional
            The columns whose derivatives are asked for; here they all cost the same.
        """
        return unpacked(self._reduce(coefficients, self.width if width is None else width), self.columns)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What cells of the contiguous axis and of time contribute to `evaluate`; see `LeastSquares.cells`."""
        times, edges = partition.edges(self.residuals, self.program.frames, self.fitted)
        return [self.sums(coefficients, begin, row, width).scaled(1.0 / self.points)
                for row in pairwise(edges) for begin in pairwise(times)]

    def on_data(self, data: Sequence[PhaseGrid]) -> PhaseKernel:
        """The same kernel with other data, of one trajectory."""
        return replace(self, grid=data[0])

    def sizes(self) -> ValueSizes:
        """How large the words are in this data, against what they are made of."""
        return word_sizes(self.form, self.grid, self.stencils)

    def sums(
        self, coefficients: Array, times: tuple[int, int], row: tuple[int, int], width: float | None = None
    ) -> QuadraticModel:
        """The model of a range of residuals and of the contiguous axis; sums over its points, not means.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        times : (int, int)
            First and last residual.
        row : (int, int)
            First and last point of the contiguous axis, inside `spans`.
        width : float, optional
            The width parameter of the norm, if not the bound one.
        """
        spans = {**self.spans, self.program.axes.row: row}
        out = np.zeros((1, self._sums_size), self._type)
        self._call(coefficients, self.width if width is None else width, out, spans, times, 1)
        return unpacked(out[0].astype(np.float64), self.columns)

    def apply(self, coefficients: Array) -> Array:
        """sum_c coefficient_c column_c at every residual, axes (residual, axes of the left-hand side).

        Points whose stencils leave the data are NaN.
        """
        return np.asarray(self._write(coefficients, 1)[0])

    def each_column(self) -> Array:
        """Every column, axes (column, residual, axes of the left-hand side)."""
        return self._write(np.zeros(self.columns), self.columns)

    def fill(self, out: Array, coefficients: Array | None = None) -> None:
        """Write what `apply` gives, or add up what `value_and_gradient` does, by this thread alone.

        Parameters
        ----------
        out : ndarray
            Rows in the order of `apply`, whose points stay what they are where stencils leave the data; or one row of
            the loss and the gradient, sums over the points and not means.
        coefficients : ndarray, shape (columns,), optional
            Zeros by default.
        """
        known = np.zeros(self.columns) if coefficients is None else coefficients
        self._call(known, self.width, out, self.spans, (0, self.residuals), 1)

    @property
    def _type(self) -> type[np.floating[Any]]:
        """Of the numbers in arrays."""
        return np.float32 if self.spec.scalar == "float32" else np.float64

    def _typed(self, array: NDArray[Any]) -> NDArray[Any]:
        """An array with its numbers of that type; integers stay what they are."""
        return array if array.dtype.kind == "i" else array.astype(self._type, copy=False)

    @property
    def _sums_size(self) -> int:
        gram = self.columns**2 if self.spec.kind == "normal_equations" else 0
        return 1 + self.columns + gram

    def _reduce(self, coefficients: Array, width: float) -> Array:
        shares = self._shares(self.spans)
        out = np.zeros((shares, self._sums_size), self._type)
        self._call(coefficients, width, out, self.spans, (0, self.residuals), shares)
        total: Array = out.sum(axis=0, dtype=np.float64) / self.points
        return total

    def _write(self, coefficients: Array, columns: int) -> Array:
        names = (*self.program.target_whole, *self.target_tiled)
        shape = [columns, self.residuals, *(self.grid.axis(name).size for name in names)]
        last = shape[-1] if self.program.axes.row in self.target_tiled else 1
        out = np.full(shape, np.nan, self._type).reshape(-1, last)
        self._call(coefficients, self.width, out, self.spans, (0, self.residuals), self._shares(self.spans))
        return out.reshape(shape)

    def _tiles(self, spans: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        sizes = dict(self.spec.tile)
        return {name: max(1, -(-(spans[name][1] - spans[name][0]) // sizes[name])) for name in self.program.axes.tiled}

    def _shares(self, spans: Mapping[str, tuple[int, int]]) -> int:
        tiles = prod(self._tiles(spans).values())
        runs = self.residuals
        if self.program.framewise:
            runs = max(1, self.residuals // (WARM_UP * self.program.frames))
        return max(1, min(SHARES, LARGEST_SUMS // self._sums_size, tiles * runs))

    def _call(
        self, coefficients: Array, width: float, out: Array, spans: Mapping[str, tuple[int, int]],
        times: tuple[int, int], shares: int,
    ) -> None:
        _, function = self._built
        data = (*self._data, *self._tables)
        arguments = (
            self.sizes_array(spans, times), *self.level_arrays, self.fitted_whole,
            np.ascontiguousarray(coefficients, dtype=self._type), float(width), out,
        )
        parts = part_count(shares)

        def part(number: int) -> None:
            room = [np.zeros(*one) for one in self._rooms]
            function(shares * number // parts, shares * (number + 1) // parts, shares, *data, *room, *arguments)

        each_part(part, parts)

    def sizes_array(self, spans: Mapping[str, tuple[int, int]], times: tuple[int, int]) -> NDArray[np.int64]:
        """The argument ``sizes`` of the kernel, see `size_names`."""
        tiles = self._tiles(spans)
        numbers = [self.grid.axis(name).size for name in self.program.axes.order]
        for name in self.program.axes.tiled:
            numbers += [*spans[name], tiles[name]]
        return np.array([*numbers, self.residuals, *times, int(self.levels.varying)], dtype=np.int64)

    def room_shape(self, one: Scratch) -> tuple[int, ...]:
        """The shape of an array that the kernel works in."""
        return tuple(prod(self.grid.axis(factor).size if isinstance(factor, str) else factor for factor in length)
                     for length in one.shape)

    @cached_property
    def _rooms(self) -> tuple[tuple[tuple[int, ...], type[np.generic]], ...]:
        """Shapes and types of the arrays that the kernel works in."""
        return tuple((self.room_shape(one), np.int64 if one.integers else self._type) for one in self._built[0].scratch)

    @cached_property
    def _built(self) -> tuple[Source, Any]:
        return built(self.spec)

    @cached_property
    def _data(self) -> tuple[Array, ...]:
        """Every field and known function as rows along the contiguous axis."""
        return tuple(self._rows(wanted, *self.grid.values_of(name)) for name, wanted in self.program.field_axes)

    def _rows(self, wanted: tuple[str, ...], axes: tuple[str, ...], values: Array) -> Array:
        order = tuple(axes.index(axis) for axis in wanted)
        if order != tuple(range(len(order))):
            values = np.transpose(values, order)
        last = self.grid.axis(self.program.axes.row).size if self.program.axes.row in wanted else 1
        return np.require(values, self._type, ["C", "W"]).reshape(-1, last)

    @cached_property
    def _tables(self) -> tuple[Array, ...]:
        source, _ = self._built
        numbers = Numbers(self.grid, self.fitted_whole)
        return tuple(self._typed(content(table, numbers)) for table in source.tables)

    @cached_property
    def level_arrays(self) -> tuple[NDArray[Any], ...]:
        """Which frames each combination reads, how many, their weights, and the sums of these."""
        weights = self.levels.weights
        levels, frames = weights.shape[1:]
        indices = np.zeros((levels, frames), np.int64)
        counts = np.zeros(levels, np.int64)
        packed = np.zeros(weights.shape)
        for level, read in enumerate(self.program.reads):
            indices[level, :len(read)], counts[level] = read, len(read)
            packed[:, level, :len(read)] = weights[:, level, read]
        return indices, counts, self._typed(packed), self._typed(np.ascontiguousarray(weights.sum(axis=2)))

    def on_frames(self, grid: PhaseGrid, levels: LevelWeights | None = None, width: float | None = None) -> PhaseKernel:
        """The same kernel on other frames over the same axes; what follows from these is not made again.

        Parameters
        ----------
        grid : PhaseGrid
            With all that the kernel reads.
        levels, width : optional
            Of these frames, if not those of the kernel.
        """
        other = replace(self, grid=replace(grid, axes=self.grid.axes), levels=levels or self.levels,
                        width=self.width if width is None else width)
        kept = ("spans", "fitted_whole", "_tables", "_built", "_rooms", *(() if levels else ("level_arrays",)))
        other.__dict__.update({name: getattr(self, name) for name in kept})
        return other

    def with_spans(self, spans: Mapping[str, tuple[int, int]]) -> PhaseKernel:
        """The same kernel on other points; those that stencils read beyond the ends are read around."""
        other = replace(self)
        other.__dict__["spans"] = dict(spans)
        return other

    def __getstate__(self) -> dict[str, Any]:
        # Another process loads machine code from the cache; numba would compile it anew.
        return {name: value for name, value in self.__dict__.items() if name != "_built"}


def unpacked(total: Array, columns: int) -> QuadraticModel:
    """Loss, gradient and Gram matrix from the row that a kernel writes."""
    gram = total[1 + columns:].reshape(columns, columns)
    return QuadraticModel(float(total[0]), total[1:1 + columns], 0.5 * (gram + gram.T))
