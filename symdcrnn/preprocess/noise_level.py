"""Noise in the data, and the weak form and smoothing that withstand it.

White noise survives differences in time and in x alike, while what is smooth in either is gone after a few of
them: fourth differences in both leave the noise alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.preprocess.field_statistics import Moments, moments
from symdcrnn.preprocess.frames import Frames
from symdcrnn.schemes.multistep import SCHEMES

Array = NDArray[np.float64]

DISTURBING = 1e-3
"""Noise counts where it makes up this fraction of the change from frame to frame."""

STRONG = 0.02
"""Noise of a larger fraction of a field's standard deviation is averaged over a longer window."""

WINDOWS = (0.3, 0.45)
"""The window at most, as a fraction of all steps, for weak and for strong noise."""

RETAINED = 0.55
"""How much of the mean square slope of each field the smoothing leaves."""


@dataclass(frozen=True)
class Remedy:
    """What the fit does against noise.

    Parameters
    ----------
    noise : dict of str to float
        By field, relative to its standard deviation.
    scheme : str
        A weak form.
    smooth_x : float
        Width of the smoothing in points of x; 0 where x is not periodic.
    """

    noise: dict[str, float]
    scheme: str
    smooth_x: float


def noise_levels(data: Frames) -> dict[str, float]:
    """The standard deviation of white noise in every field, in its own units."""
    return {name: field.noise for name, field in moments(data).items()}


def remedy_for(data: Sequence[Frames]) -> Remedy | None:
    """A weak form and a smoothing for noisy data, None where the data is clean or too short for a weak form.

    Parameters
    ----------
    data : sequence of Frames
        All trajectories.
    """
    levels: dict[str, float] = {}
    disturbing = False
    found = [moments(one) for one in data]
    for fields in found:
        for name, field in fields.items():
            relative = field.noise / field.deviation if field.deviation > 0.0 else 0.0
            levels[name] = max(levels.get(name, 0.0), relative)
            disturbing = disturbing or np.sqrt(2.0) * field.noise > DISTURBING * field.change > 0.0
    if not disturbing:
        return None
    steps = min(one.frames for one in data) - 1
    longest = WINDOWS[max(levels.values()) > STRONG] * steps
    fitting = [scheme for scheme in SCHEMES.values() if 0 < scheme.window <= longest]
    if not fitting:
        return None
    return Remedy(levels, max(fitting, key=lambda scheme: scheme.window).name, min(map(_width, data, found)))


def _width(data: Frames, fields: Mapping[str, Moments]) -> float:
    """The widest smoothing in whole points that retains enough of the slope of every field."""
    if not data.periodic:
        return 0.0
    waves = 2.0 * np.pi * np.fft.rfftfreq(data.nx)
    widest = data.nx // 8
    for field in fields.values():
        spectrum = np.abs(np.fft.rfft(np.atleast_2d(field.mean), axis=-1)) ** 2
        power = spectrum.sum(axis=0)
        # Modes that do not stand out from the highest ones are noise.
        floor = 10.0 * float(np.median(power[3 * power.size // 4:]))
        slope = np.where(power > floor, power, 0.0) * waves**2
        while widest > 0 and slope @ np.exp(-(waves * widest) ** 2) < RETAINED * slope.sum():
            widest -= 1
    return float(widest)
