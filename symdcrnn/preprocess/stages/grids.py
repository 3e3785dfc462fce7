"""Frames on any axes at the times of stages, and the equations that are marched over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpolation import LONGEST
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.linearised import Transposition, tangent_words
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.staged.march import PhaseStages
from symdcrnn.kernels.staged.reverse_kernels import ReverseKernels, bind_reverse_kernels
from symdcrnn.kernels.staged.right_hand_side import Parts, bind_right_hand_side
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.phase_grid import with_words
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]


def bind_phase_stages(
    scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm, grid: PhaseGrid
) -> PhaseStages:
    """Compile the words of an equation for a scheme with stages and bind them to frames.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
    words : sequence of Word
        The right-hand side, in the order of the coefficients.
    stencils : Stencils
    norm : Norm
    grid : PhaseGrid

    Raises
    ------
    InputError
        If there are too few frames or points.
    """
    if grid.frames < 2:
        raise InputError(f"the data has {grid.frames} frame(s): {scheme.name} needs at least 2")
    parts = Parts.of(target, words, scheme.splits)
    change = Field(_free("change", grid), target.axes)
    tangents = [one for one in tangent_words(words, 0, {target: change}) if one.which in parts.own]
    everything = [*words, *(one.word for one in tangents)]
    between = {abscissa: with_words(grid_between(grid, abscissa), everything)
               for abscissa in sorted({*scheme.explicit_abscissas, *scheme.implicit_abscissas})}
    equation = bind_right_hand_side(target, words, parts, next(iter(between.values())), tangents, change, stencils,
                                    norm)
    lengths = np.ones(grid.frames - 1) if grid.dt is not None else np.diff(grid.t)
    made = PhaseStages(scheme, target, len(words), equation, grid, between, lengths, norm,
                       partial(bind_phase_stages, scheme, target, tuple(words), stencils, norm),
                       partial(_reverse, target, tuple(words), parts, between, stencils))
    _ = made.fitted
    return made


def _reverse(
    target: Field, words: Sequence[Word], parts: Parts, between: Mapping[float, PhaseGrid], stencils: Stencils
) -> tuple[ReverseKernels, Mapping[float, PhaseGrid]]:
    """The kernels of a backward pass, and the grids of stages with all that transposed words multiply by."""
    some = next(iter(between.values()))
    cotangent = Field(_free("cotangent", some), target.axes)
    transposed = [one for one in Transposition(some).words(words, 0, target, cotangent) if one.which in parts.own]
    grids = {abscissa: with_words(Transposition(grid).measured, [one.word for one in transposed])
             for abscissa, grid in between.items()}
    kernels = bind_reverse_kernels(target, words, parts, next(iter(grids.values())), cotangent, transposed, stencils)
    return kernels, grids


def grid_between(grid: PhaseGrid, abscissa: float) -> PhaseGrid:
    """The fields at t_n + abscissa (t_{n+1} - t_n) for every step n, by polynomials through the frames around it.

    Parameters
    ----------
    grid : PhaseGrid
        Without functions that change in time but t.
    abscissa : float
        In steps.
    """
    times = grid.t[:-1] + abscissa * np.diff(grid.t)
    fields = {name: _between(grid.t, times, values) if "t" in grid.field_axes[name] else values
              for name, values in grid.fields.items()}
    steady = {name: one for name, one in grid.functions.items() if "t" not in one[0]}
    return replace(grid, t=times, fields=fields, functions={**steady, "t": (("t",), times)})


def _between(t: Array, times: Array, values: Array) -> Array:
    used = min(t.size, LONGEST)
    found = np.zeros((times.size, *values.shape[1:]))
    for n, time in enumerate(times):
        first = min(max(n + 1 - used // 2, 0), t.size - used)
        nodes = t[first:first + used]
        for number, node in enumerate(nodes):
            others = np.delete(nodes, number)
            weight = float(np.prod((time - others) / (node - others)))
            if abs(weight) > 0.0:
                found[n] += weight * values[first + number]
    return found


def _free(name: str, grid: PhaseGrid) -> str:
    """A name that no field and no function has."""
    while name in grid.fields or name in grid.functions:
        name += "_"
    return name
