"""Values that stand out of their neighbours: where they are, and what stands in their place.

Every test function reads many values, so weights of rows say little about single ones that are wrong.  A value is
compared with what its neighbours along each axis of t and space say of it.  One that is far from all of these, in
units of how far its surroundings are, is replaced by what its neighbours say: Huber's pseudo-values, with an influence
that ends where noise does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import ChangedFrames, FrameWindows, PhaseGrid
from symdcrnn.weak_form.columns import frame_ranges
from symdcrnn.weak_form.noise.level import usual_deviations

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

REACH = 2
"""Neighbours to each side that tell of a value."""

AROUND = 5
"""Points along each axis of the surroundings of a value."""

FAR = 12.0
"""Distances of its surroundings, in the median, from which on a value stands out."""

FLOOR = 0.02
"""The usual deviation of a field over which a distance is nothing."""

LOOKS = 3
"""At what stands out, each with what is known of the neighbours by the one before."""

FILLINGS = 3
"""How often values that are replaced may tell of others in turn."""

HALO = (LOOKS + 1 + FILLINGS) * REACH + AROUND // 2
"""Frames to each side that have a say in what is done to one."""

HELD = 16
"""Arrays of the size of the values that this takes."""


@dataclass(frozen=True, eq=False)
class Replacements:
    """What stands in the place of some values of a field.

    Parameters
    ----------
    places : ndarray of int, shape (count,)
        In all values of the field, one after the other.
    values : ndarray, shape (count,)
    part : float
        Of all values.
    """

    places: NDArray[np.int64]
    values: Array
    part: float


def repaired(data: FrameWindows, replacements: Mapping[str, Replacements]) -> ChangedFrames:
    """Frames with some values replaced.

    Parameters
    ----------
    data : FrameWindows
    replacements : mapping of str to Replacements
        By field.
    """
    return ChangedFrames(data, partial(_with_replacements, replacements))


def _with_replacements(replacements: Mapping[str, Replacements], some: PhaseGrid, first: int) -> PhaseGrid:
    fields = dict(some.fields)
    for name, found in replacements.items():
        points = fields[name].size // some.frames
        begin, end = np.searchsorted(found.places, [first * points, (first + some.frames) * points])
        if end > begin:
            flat = fields[name].reshape(-1).copy()
            flat[found.places[begin:end] - first * points] = found.values[begin:end]
            fields[name] = flat.reshape(fields[name].shape)
    return replace(some, fields=fields)


def outliers(frames: FrameWindows) -> dict[str, Replacements]:
    """The values that stand out of their neighbours, by field that changes in time.

    Parameters
    ----------
    frames : FrameWindows
        Read once, but for frames that ranges have in common.
    """
    outline = frames.outline
    names = [name for name, axes in outline.field_axes.items() if "t" in axes]
    found: dict[str, list[tuple[NDArray[np.int64], Array]]] = {name: [] for name in names}
    ranges = frame_ranges(outline, HELD)
    wide = [(max(first - HALO, 0), min(stop + HALO, frames.frames)) for first, stop in ranges]
    sizes, spreads = dict.fromkeys(names, 1), usual_deviations(frames)
    for (first, stop), (begin, _), some in zip(ranges, wide, frames.runs(wide), strict=True):
        for name in names:
            values = some.fields[name]
            sizes[name] = values.size // some.frames
            mask, other = _replaced(values, _smooth_axes(outline, name), FLOOR * spreads[name])
            own = slice(first - begin, stop - begin)
            places = np.flatnonzero(mask[own])
            found[name].append((places + first * sizes[name], other[own].reshape(-1)[places]))
    return {name: Replacements(np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts]),
                               sum(one.size for one, _ in parts) / (frames.frames * sizes[name]))
            for name, parts in found.items()}


def _smooth_axes(grid: PhaseGrid, name: str) -> dict[int, bool]:
    """Places of t and of axes of space among those of a field, and whether they are periodic."""
    return {place: axis != "t" and grid.axis(axis).periodic for place, axis in enumerate(grid.field_axes[name])
            if axis == "t" or grid.axis(axis).role == "space"}


def _replaced(values: Array, axes: Mapping[int, bool], least: float) -> tuple[Mask, Array]:
    """Which values stand out, and values with others in their place."""
    mask = np.zeros(values.shape, dtype=bool)
    distances = _distances(values, mask, axes)
    far = FAR * _median_around(_everywhere(distances, values), axes) + least
    # Neighbours of what stands out may look as if they did, until it is known which of them does.
    for _ in range(LOOKS):
        mask = (distances > far) | (mask & np.isnan(distances))
        distances = _distances(values, mask, axes)
    mask = (distances > far) | (mask & np.isnan(distances))
    filled, left = values.copy(), mask.copy()
    for _ in range(FILLINGS):
        told = _best(filled, left, axes)
        done = left & np.isfinite(told)
        filled[done] = told[done]
        left &= ~done
    return mask & ~left, filled


def _everywhere(distances: Array, values: Array) -> Array:
    """Distances with zero where neighbours say nothing, and the usual one where the value itself is missing."""
    missing, known = np.isnan(values), np.isfinite(distances)
    usual = float(np.median(distances[known])) if missing.any() and known.any() else 0.0
    found: Array = np.where(missing, usual, np.nan_to_num(distances))
    return found


def _median_around(values: Array, axes: Mapping[int, bool]) -> Array:
    from scipy.ndimage import median_filter

    wide, half = values, AROUND // 2
    for place, periodic in axes.items():
        margin = [(half, half) if one == place else (0, 0) for one in range(values.ndim)]
        wide = np.pad(wide, margin, mode="wrap" if periodic else "edge")
    size = [AROUND if place in axes else 1 for place in range(values.ndim)]
    found: Array = median_filter(wide, size=size)
    return found[tuple(slice(half, -half) if place in axes else slice(None) for place in range(values.ndim))]


def _distances(values: Array, mask: Mask, axes: Mapping[int, bool]) -> Array:
    """How far each value is from the nearest of what its neighbours along the axes say; NaN where they say nothing."""
    told = (_told(values, mask, *axis) for axis in axes.items())
    found: Array = np.fmin.reduce([np.abs(values - np.choose(np.isfinite(one).argmax(axis=0), one)) for one in told])
    return found


def _best(values: Array, mask: Mask, axes: Mapping[int, bool]) -> Array:
    """What the neighbours along all axes say; the mean of those that say it in the best way."""
    found = np.full(values.shape, np.nan)
    for ways in zip(*(_told(values, mask, *axis) for axis in axes.items()), strict=True):
        known = np.isfinite(ways)
        count = known.sum(axis=0)
        mean = np.where(known, ways, 0.0).sum(axis=0) / np.maximum(count, 1)
        found = np.where(np.isnan(found) & (count > 0), mean, found)
    return found


def _told(values: Array, mask: Mask, place: int, periodic: bool) -> Array:
    """What neighbours along an axis say: a cubic through four, a line between the nearest two, lines through two on
    one side; NaN where some of them are masked or outside."""
    known = np.where(mask, np.nan, values)
    before, left, right, after = (_shifted(known, place, steps, periodic) for steps in (-2, -1, 1, 2))
    return np.stack([(4.0 * (left + right) - before - after) / 6.0, 0.5 * (left + right), 2.0 * left - before,
                     2.0 * right - after])


def _shifted(values: Array, place: int, steps: int, periodic: bool) -> Array:
    moved = np.roll(values, -steps, axis=place)
    if not periodic:
        outside = [slice(None)] * values.ndim
        outside[place] = slice(-steps, None) if steps > 0 else slice(None, -steps)
        moved[tuple(outside)] = np.nan
    return moved
