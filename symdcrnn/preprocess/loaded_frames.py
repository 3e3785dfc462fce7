"""Frames in memory, and the kernels of residuals on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.axes import gaps_text
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.binding import bind, level_names
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.runtime.memory import check_memory
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.phase_grid import phase_grid, with_words
from symdcrnn.preprocess.residuals.block import Block, Part
from symdcrnn.preprocess.residuals.columns import PhaseColumns
from symdcrnn.preprocess.residuals.interpreted import is_little
from symdcrnn.preprocess.residuals.little_data import HeldColumns
from symdcrnn.preprocess.stages.grids import bind_phase_stages
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.variable_steps import step_weights

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LoadedFrames:
    """Frames in memory; see `Frames`.

    Parameters
    ----------
    grid : PhaseGrid
    missing : mapping of str to int
        Values that are missing, by field that has gaps.
    together : int
        Trajectories that are worked on together.
    """

    grid: PhaseGrid
    missing: Mapping[str, int] = field(default_factory=dict)
    together: int = 1

    @property
    def frames(self) -> int:
        return self.grid.frames

    @property
    def dt(self) -> float:
        """As `step_of`."""
        return step_of(self.grid)

    def windows(self, words: Sequence[Word], gaps: bool = False) -> PhaseGrid:
        """As `Frames.windows`."""
        if not gaps:
            self._check_whole()
        return with_words(self.grid, words)

    def _check_whole(self) -> None:
        for name, count in self.missing.items():
            raise InputError(f"{gaps_text(count, self.grid.fields[name].size, name)}, which the weak form alone leaves "
                             "out: take --scheme weak (scheme='weak' in Python), or leave the scheme to the data")

    def check_room(self, frames: int, values: int) -> None:
        """As `Frames.check_room`: frames in memory have no limit."""

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`, in one block."""
        self._check_whole()
        return part(Block(self.grid, 0, self.frames - reach + 1, True))

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """As `Frames.words`."""
        self._check_whole()
        kernel = bound_words(self.grid, form, stencils, norm, title)
        values = columns_of(kernel, self.together)
        loss = HeldColumns(kernel, values) if values.little and norm.quadratic else kernel
        return BoundWords(loss, values.reach, self, values)

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> LeastSquares:
        """As `Frames.stages`."""
        self._check_whole()
        return bind_phase_stages(scheme, target, words, stencils, norm, self.grid)


def step_of(grid: PhaseGrid) -> float:
    """The distance of the frames; one where they are uneven, whose weights have their distances in them."""
    return 1.0 if grid.dt is None else grid.dt


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
    found = step_weights(scheme, grid.t)
    by_level = {"target": found.alpha, "explicit": found.explicit, "implicit": found.implicit}
    return np.ascontiguousarray(np.stack([by_level[name] for name in level_names(form)], axis=1))


def columns_of(kernel: PhaseKernel, together: int) -> PhaseColumns:
    """The columns of a kernel one by one, beside those of other trajectories."""
    weights = kernel.levels.weights if kernel.levels.varying else None
    spans = {name: kernel.spans[name] for name in kernel.form.target.axes if name != "t"}
    little = is_little(kernel.form, kernel.grid.frames, spans, together)
    return PhaseColumns(kernel.form, replace(kernel.grid, fields={}), kernel.stencils, kernel.norm, weights, spans,
                        little)


def loaded_frames(
    trajectory: Trajectory, profiles: Mapping[str, Array] | None = None, together: int = 1
) -> LoadedFrames:
    """The frames of a trajectory in memory, as `phase_grid` makes them; values may be missing."""
    return LoadedFrames(phase_grid(trajectory, profiles, gaps=True), trajectory.missing, together)
