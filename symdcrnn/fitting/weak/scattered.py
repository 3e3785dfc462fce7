"""Values that are missing here and there are told by their neighbours, with the errors of that among the noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.fitting.weak.noise_kinds import Noise
from symdcrnn.kernels.ir.grid import FrameWindows
from symdcrnn.preprocess.frames import Frames
from symdcrnn.weak_form.gaps.interpolated import Interpolated, in_sums, interpolated, per_value
from symdcrnn.weak_form.memory import frames_at_once, values_for_outliers

Array = NDArray[np.float64]

AS_NOISY = 2.0
"""The mean variance of values that are told over that of the noise, up to which they count as any others."""


@dataclass(frozen=True, eq=False)
class Told:
    """Missing values that their neighbours tell.

    Parameters
    ----------
    values : mapping of str to Interpolated
        By field.
    noise : Noise
        With the errors of that, where values have variances of their own.
    levels : mapping of str to float
        Standard deviations that values have in sums, by field of which that is more than the level of the noise.
    """

    values: Mapping[str, Interpolated]
    noise: Noise
    levels: Mapping[str, float]


def told_by_neighbours(frames: Frames, windows: FrameWindows, noise: Noise) -> Told:
    """What stands in the place of values that are missing here and there.

    Fields whose noise cannot be told, or whose values would need variances of their own while the frames are on disk,
    keep their gaps.

    Parameters
    ----------
    frames : Frames
    windows : FrameWindows
        The same with what has been replaced already.
    noise : Noise
    """
    known = {name: one.level for name, one in noise.sizes.items() if one.missing and np.isfinite(one.level)}
    if not known or not _has_room(frames):
        return Told({}, noise, {})
    values, levels = dict[str, Interpolated](), dict[str, float]()
    sizes, variances = dict(noise.sizes), dict(noise.variances)
    for name, one in interpolated(windows, known).items():
        one_level = name not in variances and name not in noise.streamed
        if one_level and float(np.mean(one.variances)) <= AS_NOISY * known[name] ** 2:
            levels[name] = in_sums(one, known[name])
        elif name in windows.outline.fields:
            each = per_value(windows.outline.fields[name].shape, one, _own(noise, windows, name, known))
            variances[name] = windows.outline.field_axes[name], each
            sizes[name] = replace(sizes[name], level=float(np.sqrt(np.nanmean(each))))
        else:
            continue
        values[name] = one
    return Told(values, replace(noise, sizes=sizes, variances=variances), levels)


def _own(noise: Noise, windows: FrameWindows, name: str, levels: Mapping[str, float]) -> Array | float:
    """The variances of the values of a field that are there."""
    if name not in noise.variances:
        return levels[name] ** 2
    axes, values = noise.variances[name]
    wide: Array = values.reshape([values.shape[axes.index(axis)] if axis in axes else 1
                                  for axis in windows.outline.field_axes[name]])
    return wide


def _has_room(frames: Frames) -> bool:
    try:
        frames.check_room(frames_at_once(frames.grid), values_for_outliers(frames.grid))
    except InputError:  # they are left out instead
        return False
    return True
