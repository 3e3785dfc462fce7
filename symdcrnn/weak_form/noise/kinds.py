"""What kind of noise there is: whether its level follows the value, and whether neighbours have noise in common.

High differences leave noise alone.  Where their size follows that of a local mean, in two of them alike, the level
does.  Differences along all axes but one leave the noise along that one as it is, so its correlation can be read off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import comb

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.weak_form.noise.correlations import possible
from symdcrnn.weak_form.noise.level import (
    FEWEST_VALUES,
    NORMAL,
    ORDERS,
    difference_along,
    middle_of,
    subsets,
)
from symdcrnn.weak_form.noise.sensors import standing_apart

Array = NDArray[np.float64]

LOOKED_AT = 4
"""Of so many values that levels are measured from, one is looked at, as more is made of it."""

BOX = 5
"""Points along each axis of a local mean."""

BINS = 8
"""Of values, from small to large, and of places along an axis."""

ALIKE = 1.25
"""Levels of two differences that noise alone leaves are the same up to this factor."""

VARYING, MORE = 1.3, 1.8
"""Ratio of the largest to the smallest level from which on they are not the same: over values, and over places."""

UNUSUAL = 6.0
"""Standard deviations that chance alone does not reach."""

CHANCE = 2.5
"""The error of the logarithm of a level, times the root of the number of values: of the median of absolute values, of
differences that have neighbours in common."""

SAME_LAW = 0.2
"""How much of the spread of the levels a law may leave."""

POISSON, PROPORTIONAL = "poisson", "proportional"
EXPONENTS = {POISSON: 0.5, PROPORTIONAL: 1.0}
"""The level is the value to this power."""

TOLD = {POISSON: "its variance is proportional to the value", PROPORTIONAL: "its level is proportional to the value"}

FAR, OUTLYING = 8.0, 5e-4
"""Levels from which on a difference is no noise, and the part of the values from which on such ones are outliers."""

LEAST_CORRELATION = 0.15
"""Of neighbours, for noise to be called correlated."""

MOST_LAGS = 16


@dataclass(frozen=True, eq=False)
class Kind:
    """What is recognised of the noise of a field.

    Parameters
    ----------
    law : str or None
        A key of `EXPONENTS`, where the level follows the value in this way.
    uneven : str or None
        What the level differs by, where it follows no such law.
    correlations : mapping of str to ndarray, shape (lags,)
        By axis along which neighbours have noise in common, the correlation at 1, 2, ... steps.
    outlying : float
        The part of the values that stand out of the noise of the others; zero where these are few.
    level : float
        Of correlated noise, which differences make smaller; NaN of other noise.
    apart : str or None
        Where values stand apart from their neighbours' all along an axis.
    """

    law: str | None = None
    uneven: str | None = None
    correlations: Mapping[str, Array] = field(default_factory=dict)
    outlying: float = 0.0
    level: float = float("nan")
    apart: str | None = None


def kind_of(frames: FrameWindows, name: str) -> Kind:
    """What kind of noise a field has, as some frames in its middle tell it.

    Parameters
    ----------
    frames : FrameWindows
    name : str
    """
    grid = frames.between(*middle_of(frames.outline, LOOKED_AT))
    values, axes = grid.fields[name], smooth_axes(grid, name)
    apart = standing_apart(grid, name, axes, lambda some, places: _difference(some, grid, name, places, ORDERS[-1]),
                           _level)
    if apart is not None:
        return Kind(apart=apart)
    correlations, level = correlations_of(grid, name)
    two = _least_two(grid, name, axes)
    if len(two) < 2:
        return Kind(correlations=correlations, level=level)
    mean = local_mean(values, axes.values())
    laws = [_law(difference, _centred(mean, difference), unusual) for difference, unusual in zip(
        two, (UNUSUAL, 0.5 * UNUSUAL), strict=True)]
    if all(laws):
        law = next((one for one in laws if one in EXPONENTS), None)
        return Kind(law, None if law else "with the value", correlations, level=level)
    for axis, place in axes.items():
        if all(_varies(_by_place(difference, place), MORE) for difference in two):
            return Kind(None, f"along {axis}", correlations, level=level)
    return Kind(correlations=correlations, level=level, outlying=min(_outlying(values, one) for one in two))


def smooth_axes(grid: PhaseGrid, name: str) -> dict[str, int]:
    """The axes that a field is smooth along, t and space, and their places."""
    return {axis: place for place, axis in enumerate(grid.field_axes[name])
            if axis == "t" or grid.axis(axis).role == "space"}


def local_mean(values: Array, places: Collection[int]) -> Array:
    """The mean of the values around every point that are not missing; NaN where all are."""
    from scipy.ndimage import uniform_filter

    size = [BOX if place in places else 1 for place in range(values.ndim)]
    known = ~np.isnan(values)
    count = uniform_filter(known.astype(np.float64), size, mode="nearest")
    total = uniform_filter(np.where(known, values, 0.0), size, mode="nearest")
    found: Array = np.where(count > 0.5 / BOX**len(size), total / np.maximum(count, 1e-9), np.nan)
    return found


def scale_of(frames: FrameWindows, name: str, law: str) -> float:
    """The level over the value to the power of a law, in the median; NaN where it cannot be told."""
    grid = frames.between(*middle_of(frames.outline, LOOKED_AT))
    axes = smooth_axes(grid, name)
    found = _least_two(grid, name, axes)
    if not found:
        return float("nan")
    mean = np.abs(_centred(local_mean(grid.fields[name], axes.values()), found[0])) ** EXPONENTS[law]
    ratio = np.abs(found[0]) / np.where(mean > 0.0, mean, np.nan)
    ratio = ratio[np.isfinite(ratio)]
    return NORMAL * float(np.median(ratio)) if ratio.size >= FEWEST_VALUES else float("nan")


def law_of_mean(values: Array, places: Collection[int], law: str) -> Array:
    """The variance of every value by a law of its local mean, up to a factor."""
    found: Array = np.abs(local_mean(values, places)) ** (2.0 * EXPONENTS[law])
    return found


def variances_by(
    values: Array, places: Collection[int], law: str, scale: float, usual: float | None = None
) -> Array:
    """The variance of every value by a law of its local mean; never much less than usual.

    Parameters
    ----------
    values : ndarray
    places : collection of int
        Of the axes that the mean is local along.
    law : str
        A key of `EXPONENTS`.
    scale : float
        The level over the value to the power of the law.
    usual : float, optional
        The mean of `law_of_mean`; that of these values without it.
    """
    mean = law_of_mean(values, places, law)
    found: Array = scale**2 * np.maximum(mean, 1e-3 * (float(np.nanmean(mean)) if usual is None else usual))
    return np.where(np.isnan(values), np.nan, found)


def correlations_of(grid: PhaseGrid, name: str) -> tuple[dict[str, Array], float]:
    """The correlation of the noise of a field at 1, 2, ... steps, by axis along which it is not white, and its level.

    Parameters
    ----------
    grid : PhaseGrid
    name : str
    """
    along = {axis: found for axis in smooth_axes(grid, name) if (found := _along(grid, name, axis)) is not None}
    correlations = {axis: values for axis, (values, _) in along.items()}
    levels = []
    for axis, (_, level) in along.items():
        for other, values in correlations.items():
            if other != axis:
                level /= np.sqrt(_left_by_differences(values))
        levels.append(level)
    return correlations, float(np.mean(levels)) if levels else float("nan")


def _left_by_differences(values: Array) -> float:
    """The variance of the highest differences of correlated noise over that of white noise."""
    weights = np.array([(-1.0) ** k * comb(ORDERS[-1], k) for k in range(ORDERS[-1] + 1)])
    whole = float(weights @ weights)
    found = 1.0 + sum(2.0 * float(value) * float(weights[lag:] @ weights[:-lag]) / whole
                      for lag, value in enumerate(values, start=1) if lag < weights.size)
    return max(found, 1e-3)


def _along(grid: PhaseGrid, name: str, axis: str) -> tuple[Array, float] | None:
    """The correlation along an axis, and the level that differences along the others leave; None where it is white or
    cannot be told."""
    axes = smooth_axes(grid, name)
    others = [place for other, place in axes.items() if other != axis]
    values = grid.fields[name]
    if not others or any(values.shape[place] <= 2 * max(ORDERS) for place in others):
        return None
    both = [_difference(values, grid, name, others, order) for order in ORDERS[-2:]]
    levels = [_level(one) for one in both]
    if not np.all(np.isfinite(levels)) or max(levels) > ALIKE * min(levels):
        return None
    rest = np.moveaxis(np.clip(both[1], -5.0 * levels[1], 5.0 * levels[1]), axes[axis], 0)
    # Differences of an order n have about so many neighbours in common.
    independent = rest.size / (ORDERS[-1] ** len(others) / 2.0)
    whole = float(np.nanmean(rest**2))
    found = []
    for lag in range(1, min(MOST_LAGS, rest.shape[0] // 4) + 1):
        pairs = rest[lag:] * rest[:-lag]
        if not np.isfinite(pairs).any():
            break
        found.append(float(np.nanmean(pairs)) / whole)
        if abs(found[-1]) < 3.0 / np.sqrt(independent):
            break
    if not found or abs(found[0]) < max(LEAST_CORRELATION, UNUSUAL / np.sqrt(independent)):
        return None
    return possible(np.array(found[:-1] if len(found) > 1 else found)), levels[1]


def _difference(values: Array, grid: PhaseGrid, name: str, places: Sequence[int], order: int) -> Array:
    points = {"t": grid.t, **{axis.name: axis.coordinate for axis in grid.axes}}
    for place in places:
        values = difference_along(values, place, order, points[grid.field_axes[name][place]])
    return values


def _least_two(grid: PhaseGrid, name: str, axes: Mapping[str, int]) -> list[Array]:
    """The two differences of the least levels, where noise alone is left in them."""
    values = grid.fields[name]
    found: list[tuple[float, Array]] = []
    for along, order in product(subsets(list(axes.values())), ORDERS):
        if all(values.shape[place] > order for place in along):
            difference = _difference(values, grid, name, along, order)
            level = _level(difference)
            if np.isfinite(level):
                found = sorted([*found, (level, difference)], key=lambda pair: pair[0])[:2]
    if len(found) < 2 or found[1][0] > ALIKE * found[0][0]:
        return []
    return [difference for _, difference in found]


def _level(difference: Array) -> float:
    known = difference[np.isfinite(difference)]
    return NORMAL * float(np.median(np.abs(known))) if known.size >= FEWEST_VALUES else float("nan")


def _centred(values: Array, difference: Array) -> Array:
    """Values at the middles of differences."""
    return values[tuple(slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(
        values.shape, difference.shape, strict=True))]


def _outlying(values: Array, difference: Array) -> float:
    """The part of the values that make differences too large for noise; zero where these are few."""
    known = difference[np.isfinite(difference)]
    part = float(np.mean(np.abs(known) > FAR * _level(difference)))
    reads = np.prod([n - m + 1 for n, m in zip(values.shape, difference.shape, strict=True)])
    return part / float(reads) if part > OUTLYING * reads else 0.0


def _law(difference: Array, mean: Array, unusual: float) -> str | None:
    """How the level follows the value: a key of `EXPONENTS`, another way, or None where chance makes it, up to so many
    standard deviations."""
    known = np.isfinite(difference) & np.isfinite(mean)
    size, order = np.abs(mean[known]), np.argsort(np.abs(mean[known]), kind="stable")
    parts = [part for part in np.array_split(order, BINS) if part.size >= FEWEST_VALUES]
    if len(parts) < BINS:
        return None
    levels = [(_level(difference[known][part]), part.size) for part in parts]
    if min(levels)[0] <= 0.0:
        return "other"
    sizes = np.log(np.array([float(np.median(size[part])) for part in parts]))
    logs = np.log([level for level, _ in levels])
    apart, spread = sizes - sizes.mean(), float(np.sum((logs - logs.mean()) ** 2))
    slope = float(apart @ logs / (apart @ apart))
    error = CHANCE / np.sqrt(parts[0].size * (apart @ apart))
    follows = abs(slope) > unusual * error and abs(slope) * np.ptp(sizes) > np.log(VARYING)
    if not follows and not _varies(levels, MORE):
        return None
    left = {}
    for law, power in EXPONENTS.items():
        rest = logs - power * sizes
        left[law] = float(np.sum((rest - rest.mean()) ** 2))
    if np.mean(mean[known] < 0.0) > 0.02:
        # Counts are not negative.
        left.pop(POISSON)
    best = min(left, key=lambda law: left[law])
    chance = 2.0 * len(parts) * CHANCE**2 / parts[0].size
    return best if left[best] < max(SAME_LAW * spread, chance) else "other"


def _by_place(difference: Array, place: int) -> list[tuple[float, int]]:
    """The levels of parts of an axis, and how many values each has."""
    parts = [part for part in np.array_split(difference, BINS, axis=place) if np.isfinite(part).sum() >= FEWEST_VALUES]
    return [(_level(part), int(np.isfinite(part).sum())) for part in parts]


def _varies(levels: Sequence[tuple[float, int]], ratio: float) -> bool:
    """Whether levels differ by more than a ratio and more than chance makes them."""
    if len(levels) < 2:
        return False
    low, high = min(levels), max(levels)
    if low[0] <= 0.0:
        return True
    error = CHANCE * np.sqrt(1.0 / low[1] + 1.0 / high[1])
    return bool(np.log(high[0] / low[0]) > max(np.log(ratio), UNUSUAL * error))
