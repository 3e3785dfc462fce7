"""Data -> Measured for the weak form: whether the data asks for it, and its noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.stages import Measured
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.preprocess.phase_grid import phase_grid
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import AUTO, AXIS_SIGN, EVERY_WORD, FitSettings
from symdcrnn.weak_form.noise_level import noise_levels

DISTURBING = 1e-3
"""Noise counts where it makes up this part of the change from frame to frame."""

FEWEST_FRAMES = 13
"""That the weak form is taken for without being asked for."""


def asks_for_weak_form(settings: FitSettings, sources: Sequence[Trajectory | StoredTrajectory]) -> bool:
    """Whether the weak form is asked for, or the scheme is for the data to choose and its noise asks for it."""
    if settings.scheme == WEAK or settings.test_functions:
        return True
    if not may_take_weak_form(settings, sources):
        return False
    return any(is_disturbed(phase_grid(one)) for one in sources if isinstance(one, Trajectory))


def may_take_weak_form(settings: FitSettings, sources: Sequence[Trajectory | StoredTrajectory]) -> bool:
    """Whether the scheme is for the data to choose, and the weak form serves the settings and the data."""
    loaded = [one for one in sources if isinstance(one, Trajectory)]
    if settings.scheme != AUTO or len(loaded) < len(sources):
        return False
    if settings.norm != "l2" or settings.zero_mean or not serves(settings):
        return False
    return min(one.frames for one in loaded) >= FEWEST_FRAMES


def serves(settings: FitSettings) -> bool:
    """Whether the functions that are asked for are some that the weak form has: of one axis, of some words."""
    if settings.continuity > 0.0:
        return False
    words = [one.partition(":")[2].partition(AXIS_SIGN) for one in settings.functions]
    return all(word.strip() != EVERY_WORD and "," not in axis for word, _, axis in words)


def is_disturbed(grid: PhaseGrid) -> bool:
    """Whether noise is a part of the change from frame to frame that counts."""
    for name, level in noise_levels(grid).items():
        change = float(np.sqrt(np.mean(np.diff(grid.fields[name], axis=0) ** 2)))
        if np.isfinite(level) and np.sqrt(2.0) * level > DISTURBING * change > 0.0:
            return True
    return False


def measure_weakly(
    settings: FitSettings, grids: Sequence[PhaseGrid], known: Sequence[str], epsilons: tuple[float, ...] | None
) -> Measured:
    """What is known of the data before any equation is sought by the weak form.

    Parameters
    ----------
    settings : FitSettings
    grids : sequence of PhaseGrid
        Of all trajectories.
    known : sequence of str
        Functions of x that are given.
    epsilons : tuple of float, or None
        Of each trajectory, where all are known and they differ.
    """
    noise: dict[str, float] = {}
    for grid in grids:
        for name, level in noise_levels(grid).items():
            deviation = float(np.std(grid.fields[name]))
            noise[name] = max(noise.get(name, 0.0), level / deviation if deviation > 0.0 else 0.0)
    chosen = replace(settings, scheme=WEAK)
    return Measured(chosen, noise, tuple(known), epsilons)
