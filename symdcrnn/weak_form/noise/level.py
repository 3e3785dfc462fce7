"""The sizes of all fields, and the standard deviation of their noise.

White noise survives high differences along every axis alike, while what is smooth in any of them is gone after a few.
Differences of several orders, along single axes and along all of them, each give a level; where the signal is still in
one, that is too high, so the least one is the noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.difference_weights import fornberg
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid, spacing_of
from symdcrnn.preprocess.phase_grid import check_sizes
from symdcrnn.weak_form.columns import frame_ranges

Array = NDArray[np.float64]

ORDERS = (4, 6, 8)
"""Of the differences."""

NORMAL = 1.4826022185056018
"""The standard deviation of a normal distribution over the median of its absolute values."""

MOST_VALUES = 2**18
"""Of all fields that levels are measured from, about."""

FEWEST_FRAMES = 64
"""That it is measured from, where the data has so many."""

CHANCE = 5.0
"""Two errors of a level, relative to it, times the root of the number of values: of the median of absolute values, of
differences that have neighbours in common."""

FEWEST_VALUES = 64
"""Of a difference, for its size to be told."""


@dataclass(frozen=True)
class FieldSizes:
    """How large a field is, in its units.

    Parameters
    ----------
    level : float
        The standard deviation of its noise; NaN where it cannot be told.
    root_mean_square, deviation : float
    change : float
        The root mean square of its change from frame to frame.
    values, missing : int
        How many there are, and how many of them are missing.
    largest : float
        The value of the largest size, with its sign.
    """

    level: float
    root_mean_square: float
    deviation: float
    change: float
    values: int
    missing: int
    largest: float


def field_sizes(frames: FrameWindows) -> dict[str, FieldSizes]:
    """The sizes of all fields that change in time; every frame is read once, and those in the middle twice.

    Parameters
    ----------
    frames : FrameWindows

    Raises
    ------
    InputError
        If the values of a field are so large or small that their squares are not numbers any more.
    """
    outline = frames.outline
    levels = noise_levels(frames)
    squares, moved, changed, sums = (dict.fromkeys(levels, 0.0) for _ in range(4))
    counts, changes, missing = (dict.fromkeys(levels, 0) for _ in range(3))
    centres: dict[str, float] = {}
    last: dict[str, Array] = {}
    largest: dict[str, float] = {}
    for fields in (one.fields for one in frames.runs(frame_ranges(outline))):
        check_sizes(fields, whole=False)
        for name in levels:
            values = _known(fields[name])
            before = np.concatenate([last[name], fields[name][:-1]]) if name in last else fields[name][:-1]
            steps = _known(fields[name][fields[name].shape[0] - before.shape[0]:] - before)
            last[name] = fields[name][-1:]
            changes[name] += steps.size
            changed[name] += float(np.sum(steps ** 2))
            missing[name] += fields[name].size - values.size
            if not values.size:
                continue
            extreme = float(values.flat[int(np.argmax(np.abs(values)))])
            largest[name] = max(largest.get(name, 0.0), extreme, key=abs)
            # Around a value of their own size squares do not cancel.
            centre = centres.setdefault(name, float(np.mean(values)))
            counts[name] += values.size
            squares[name] += float(np.sum(values**2))
            sums[name] += float(np.sum(values - centre))
            moved[name] += float(np.sum((values - centre) ** 2))
    check_sizes({name: np.array([value]) for name, value in largest.items()})
    found = {}
    for name, count in counts.items():
        some = max(count, 1)
        variance = max(moved[name] / some - (sums[name] / some) ** 2, 0.0)
        found[name] = FieldSizes(levels[name], float(np.sqrt(squares[name] / some)), float(np.sqrt(variance)),
                                 float(np.sqrt(changed[name] / max(changes[name], 1))), count + missing[name],
                                 missing[name], largest.get(name, 0.0))
    return found


def _known(values: Array) -> Array:
    """The values that are not missing."""
    return values[~np.isnan(values)] if np.isnan(values.sum()) else values


def noise_levels(frames: FrameWindows) -> dict[str, float]:
    """The standard deviation of noise in every field that changes in time, in its units; NaN where it cannot be told.

    Parameters
    ----------
    frames : FrameWindows
        Those in the middle are read, as many as are needed; others where too many of their values are missing.
    """
    outline = frames.outline
    smooth = {"t", *(axis.name for axis in outline.axes if axis.role == "space")}
    names = [name for name, axes in outline.field_axes.items() if "t" in axes]
    found = dict.fromkeys(names, float("nan"))
    first, stop = middle_of(outline)
    for begin in dict.fromkeys((first, 0, outline.frames - (stop - first))) if names else ():
        grid = frames.between(begin, begin + stop - first)
        points = {"t": grid.t, **{axis.name: axis.coordinate for axis in grid.axes}}
        found |= {name: _level(grid.fields[name], {
            place: points[axis] for place, axis in enumerate(grid.field_axes[name]) if axis in smooth})
            for name, level in found.items() if np.isnan(level)}
        if not any(np.isnan(grid.fields[name].sum()) for name in names):
            break
    return found


def usual_deviations(frames: FrameWindows) -> dict[str, float]:
    """The standard deviation of every field that changes in time as the median tells it, which few values do not move.

    Parameters
    ----------
    frames : FrameWindows
        Read as by `noise_levels`.
    """
    fields = frames.between(*middle_of(frames.outline)).fields
    known = {name: _known(fields[name]) for name, axes in frames.outline.field_axes.items() if "t" in axes}
    return {name: NORMAL * float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0
            for name, values in known.items()}


def values_measured(grid: PhaseGrid) -> int:
    """How many values noise levels are measured from."""
    first, stop = middle_of(grid)
    return (stop - first) * _points(grid)


def _points(grid: PhaseGrid) -> int:
    return max(1, sum(prod(grid.axis(axis).size for axis in axes[1:]) for axes in grid.field_axes.values()))


def middle_of(grid: PhaseGrid, part: int = 1) -> tuple[int, int]:
    """A run of frames of not too many values, or of such a part of them: differences need neighbours."""
    first, count, most, fewest = 0, grid.frames, MOST_VALUES // part, max(FEWEST_FRAMES // part, 3 * max(ORDERS))
    while count * _points(grid) > most and count > fewest:
        keep = max(fewest, count // 2)
        first, count = first + (count - keep) // 2, keep
    return first, first + count


def _level(values: Array, points: Mapping[int, Array]) -> float:
    found = []
    along_one: dict[tuple[int, int], Array] = {}
    for along, order in product(subsets(list(points)), ORDERS):
        if any(values.shape[place] <= order for place in along):
            continue
        first, *others = along
        if (first, order) not in along_one:
            along_one[first, order] = difference_along(values, first, order, points[first])
        difference = along_one[first, order]
        for place in others:
            difference = difference_along(difference, place, order, points[place])
        difference = _known(difference)
        if difference.size >= FEWEST_VALUES:
            found.append((NORMAL * float(np.median(np.abs(difference))), difference.size))
    if not found:
        return float("nan")
    least, count = min(found)
    # The least of several is too small by chance, so all take part that chance alone may tell from it.
    return float(np.mean([level for level, _ in found if level <= least * (1.0 + CHANCE / np.sqrt(count))]))


def difference_along(values: Array, place: int, order: int, points: Array) -> Array:
    """Differences along an axis, divided ones where its points are uneven, that leave white noise as large as it is."""
    if spacing_of(points) is not None:
        found: Array = np.diff(values, order, axis=place) / np.sqrt(comb(2 * order, order))
        return found
    first = np.arange(points.size - order)
    weights = fornberg(points[first], points[first[:, None] + np.arange(order + 1)], order)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    shape = [1] * values.ndim
    shape[place] = first.size
    parts = (weights[:, k].reshape(shape) * np.take(values, first + k, axis=place) for k in range(order + 1))
    return np.asarray(sum(parts))


def subsets(places: list[int]) -> list[list[int]]:
    """Single axes, and all of them."""
    return [[place] for place in places] + ([places] if len(places) > 1 else [])
