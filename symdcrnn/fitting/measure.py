"""Data -> Measured: noise, and the scheme and smoothing that it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symdcrnn.fitting.stages import Measured
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.noise_level import noise_levels, remedy_for
from symdcrnn.schemes.table import is_weak
from symdcrnn.settings import AUTO, FitSettings


def measure(
    settings: FitSettings, raw: Sequence[Frames], known: Sequence[str], epsilons: tuple[float, ...] | None,
    kinetic: bool = True, judge: str | None = None,
) -> Measured:
    """Measure the noise of the data.

    Parameters
    ----------
    settings : FitSettings
    raw : sequence of Frames
        All trajectories.
    known : sequence of str
        Functions of x that are given.
    epsilons : tuple of float, or None
        Of each trajectory, where all are known and they differ.
    judge : str, optional
        The multistep scheme that words are chosen by, where that is not for the number of frames to say.
    kinetic : bool
        Whether data and words are those that the kernels of data on t, v and x serve.
    """
    asked = settings.scheme != AUTO
    found = remedy_for(raw) if not asked or is_weak(settings.scheme) else None
    known_noise = found and all(one.loaded is not None for one in raw)
    levels = tuple(noise_levels(one) for one in raw) if known_noise else None
    if asked or found is None:
        return Measured(settings, {}, levels, tuple(known), epsilons, kinetic, judge)
    fixed_in_x = settings.functions and settings.basis == "grid"
    width = 0.0 if fixed_in_x else found.smooth_x
    chosen = replace(settings, scheme=found.scheme, smooth_x=settings.smooth_x or width)
    return Measured(chosen, found.noise, levels, tuple(known), epsilons, kinetic, judge)
