"""A residual and a grid to a bound kernel: which axes are whole, how large tiles are, which frames are combined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.word_rules import words_in
from symdcrnn.algebra.words import Field
from symdcrnn.kernels.codegen.emit import KernelSpec, Kind, Scalar
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import lower
from symdcrnn.kernels.ir.values import Axes, Program
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.bound import LevelWeights, PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]

ROW_POINTS = {1: 256, 2: 256, 3: 128}
"""Points of a tile along the contiguous axis, by the number of tiled axes."""

LINE_POINTS = {2: 16, 3: 8}
"""Points of a tile along the others."""

DUMMY = "row"
"""The axis of length one where all axes are whole."""


def bind(
    kind: Kind, residual: Residual, grid: PhaseGrid, stencils: Stencils, norm: Norm,
    weights: Array | None = None, title: Sequence[str] = (), scalar: Scalar = "float64",
) -> PhaseKernel:
    """Compile a residual and bind it to the data.

    Parameters
    ----------
    kind : str
    residual : Residual
    grid : PhaseGrid
    stencils : Stencils
    norm : Norm
    weights : ndarray, shape (residuals, levels, frames), optional
        Of the combinations of frames, where they differ from one residual to the next.
    title : sequence of str
        Lines for the head of the source.
    scalar : str
        ``float32`` halves the memory of the data and keeps some six digits; see `KernelSpec`.
    """
    levels = LevelWeights(np.array([level_weights(residual)]) if weights is None else weights)
    spec = replace(spec_of(kind, residual, grid, stencils, norm, title), scalar=scalar)
    return bound(replace(spec, program=replace(spec.program, reads=levels.reads)), residual, grid, stencils, weights)


def bound(
    spec: KernelSpec, residual: Residual, grid: PhaseGrid, stencils: Stencils, weights: Array | None = None
) -> PhaseKernel:
    """Bind what is compiled of a residual to data; arguments as those of `bind`.

    Parameters
    ----------
    spec : KernelSpec
        Of the residual on data of these axes.
    """
    levels = LevelWeights(np.array([level_weights(residual)]) if weights is None else weights)
    if spec.program.axes.row == DUMMY:
        grid = PhaseGrid((*grid.axes, GridAxis(DUMMY, "index", np.zeros(1))), grid.t, grid.fields, grid.field_axes,
                         grid.functions, grid.matrices)
    return PhaseKernel(spec, grid, levels, residual, stencils)


def spec_of(
    kind: Kind, residual: Residual, grid: PhaseGrid, stencils: Stencils, norm: Norm, title: Sequence[str] = ()
) -> KernelSpec:
    """What the kernel of a residual is made from; arguments as those of `bind`, of whose grid only the axes matter."""
    reads = LevelWeights(np.array([level_weights(residual)])).reads
    program = replace(lower(residual, axes_of(residual, grid), stencils), reads=reads)
    return KernelSpec(kind, program, norm, tile_of(program), tuple(title))


def level_weights(residual: Residual) -> list[tuple[float, ...]]:
    """The combinations of frames of a residual, that of the left-hand side first."""
    found = {tuple(residual.time_weights): None}
    for column in residual.columns:
        found.setdefault(tuple(column.time_weights))
    return list(found)


def level_names(residual: Residual) -> list[str]:
    """Of each of these combinations what it combines: ``target``, or the level of a column."""
    found = {tuple(residual.time_weights): "target"}
    for column in residual.columns:
        found.setdefault(tuple(column.time_weights), column.level)
    return list(found.values())


def axes_of(residual: Residual, grid: PhaseGrid) -> Axes:
    """How the axes that a residual touches are walked through."""
    touched = set(residual.target.axes)
    averaged: set[str] = set()
    for column in residual.columns:
        for word in words_in(column.word):
            if isinstance(word.base, Field):
                touched |= set(word.base.axes)
            for letter in word.letters:
                for rule in letter.rules:
                    if isinstance(rule, Quadrature):
                        averaged.add(rule.axis)
    used = [axis for axis in grid.axes if axis.name in touched]
    whole = tuple(axis.name for axis in used if axis.role != "space" or axis.name in averaged)
    tiled = tuple(axis.name for axis in used if axis.name not in whole) or (DUMMY,)
    uneven = frozenset(axis.name for axis in used if axis.name in tiled and axis.spacing is None)
    return Axes(whole, tiled, uneven)


def tile_of(program: Program) -> tuple[tuple[str, int], ...]:
    """The sizes of a tile."""
    tiled = program.axes.tiled
    row = ROW_POINTS.get(len(tiled), 32)
    return (*((axis, LINE_POINTS.get(len(tiled), 4)) for axis in tiled[:-1]), (tiled[-1], row))


def with_functions(grid: PhaseGrid, functions: Mapping[str, tuple[tuple[str, ...], Array]]) -> PhaseGrid:
    """The grid with further known functions."""
    return PhaseGrid(grid.axes, grid.t, grid.fields, grid.field_axes, {**grid.functions, **functions}, grid.matrices)
