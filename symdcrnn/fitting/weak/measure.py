"""Data -> Measured for the weak form: whether the data asks for it, and its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.stages import Measured
from symdcrnn.preprocess.phase_grid import phase_outline
from symdcrnn.preprocess.sources import has_room, header_of
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import AUTO, AXIS_SIGN, EVERY_WORD, FitSettings
from symdcrnn.weak_form.memory import frames_at_once, values_held
from symdcrnn.weak_form.noise_level import FieldSizes

DISTURBING = 1e-3
"""Noise counts where it makes up this part of the change from frame to frame."""

FEWEST_FRAMES = 13
"""That the weak form is taken for without being asked for."""


def asks_for_weak_form(settings: FitSettings) -> bool:
    """Whether the weak form is asked for."""
    return settings.scheme == WEAK or bool(settings.test_functions)


def may_take_weak_form(settings: FitSettings, sources: Sequence[Trajectory | StoredTrajectory]) -> bool:
    """Whether the scheme is for the data to choose, and the weak form serves the settings and the data."""
    if settings.scheme != AUTO:
        return False
    if settings.norm != "l2" or settings.zero_mean or not serves(settings):
        return False
    if min(header_of(one).frames for one in sources) < FEWEST_FRAMES:
        return False
    return all(_has_room(one) for one in sources)


def _has_room(source: Trajectory | StoredTrajectory) -> bool:
    """Whether the memory holds what the weak form makes of some frames, for as many words as there usually are."""
    grid = phase_outline(header_of(source))
    return has_room(source, frames_at_once(grid), values_held(grid))


def serves(settings: FitSettings) -> bool:
    """Whether the functions that are asked for are some that the weak form has: of one axis, of some words."""
    if settings.continuity > 0.0:
        return False
    words = [one.partition(":")[2].partition(AXIS_SIGN) for one in settings.functions]
    return all(word.strip() != EVERY_WORD and "," not in axis for word, _, axis in words)


def is_disturbed(sizes: Mapping[str, FieldSizes]) -> bool:
    """Whether noise is a part of the change from frame to frame that counts."""
    return any(np.isfinite(one.level) and np.sqrt(2.0) * one.level > DISTURBING * one.change > 0.0
               for one in sizes.values())


def measure_weakly(
    settings: FitSettings, sizes: Sequence[Mapping[str, FieldSizes]], known: Sequence[str],
    epsilons: tuple[float, ...] | None,
) -> Measured:
    """What is known of the data before any equation is sought by the weak form.

    Parameters
    ----------
    settings : FitSettings
    sizes : sequence of mapping of str to FieldSizes
        Of all trajectories.
    known : sequence of str
        Functions of x that are given.
    epsilons : tuple of float, or None
        Of each trajectory, where all are known and they differ.
    """
    noise: dict[str, float] = {}
    for one in sizes:
        for name, size in one.items():
            noise[name] = max(noise.get(name, 0.0), size.level / size.deviation if size.deviation > 0.0 else 0.0)
    chosen = replace(settings, scheme=WEAK)
    return Measured(chosen, noise, tuple(known), epsilons)
