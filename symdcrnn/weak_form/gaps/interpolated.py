"""Values that are missing here and there: what their neighbours say of them, and how well.

Every test function that reads a missing value would be left out, and where one in a hundred is missing that is nearly
all of them.  A value with others around it is told by polynomials through neighbours along t and space instead.  How
well each way tells is seen on values that are there; the best one that a missing value has is taken, so that its error
is known too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.difference_weights import fornberg
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.weak_form.columns import frame_ranges
from symdcrnn.weak_form.noise.level import middle_of
from symdcrnn.weak_form.noise.outliers import HELD, Replacements

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = tuple[NDArray[np.intp], ...]

SCATTERED = 2e-3
"""The part of the values of a field that are missing here and there from which on they are replaced: fewer leave enough
test functions that read none of them."""

AROUND = 4
"""Neighbours to each side along every axis, of which half are there, for a value to be missing by itself..."""

NEAR, CROWDED = 2, 0.4
"""...and to each side along all axes at once, of which this part may be missing."""

NEIGHBOURS = ((-3, -2, -1, 1, 2, 3), (-2, -1, 1, 2), (-1, 1), (-2, -1, 2, 3), (-3, -2, 1, 2), (-2, 2),
              (-2, -1, 3, 4), (-4, -3, 1, 2), (-2, 3), (-3, 2))
"""Through which polynomials go, in steps along an axis."""

WORSE = 10.0
"""The mean square of the error of a way over that of the best one, or of noise, at most..."""

SMALL = 1e-3
"""...or its root over the deviation of the field."""

ROUNDS = 2
"""How often values that are replaced may tell of others in turn."""

HALO = AROUND * (ROUNDS + 1)
"""Frames to each side that have a say in what is done to one."""

MOST_TESTED = 4096
"""Values that are there, of those that a way is seen on."""


@dataclass(frozen=True, eq=False)
class Interpolated:
    """What stands in the place of missing values of a field.

    Parameters
    ----------
    found : Replacements
    variances : ndarray, shape (count,)
        Of their errors, noise of the neighbours among them.
    """

    found: Replacements
    variances: Array


@dataclass(frozen=True, eq=False)
class Line:
    """An axis of a field, t or one of space.

    Parameters
    ----------
    place : int
        Among the axes of the field.
    points : ndarray
    period : float or None
    """

    place: int
    points: Array
    period: float | None


@dataclass(frozen=True)
class Way:
    """One way to tell a value.

    Parameters
    ----------
    line : int
        Along which axis, of those of the field.
    offsets : tuple of int
        Of the neighbours.
    variance : float
        Of its error.
    """

    line: int
    offsets: tuple[int, ...]
    variance: float


def interpolated(frames: FrameWindows, levels: Mapping[str, float]) -> dict[str, Interpolated]:
    """What stands in the place of values that are missing here and there, by field that has enough of them.

    Parameters
    ----------
    frames : FrameWindows
        With NaN where values are missing; read once, but for frames that ranges have in common.
    levels : mapping of str to float
        Standard deviations of the noise, by field with missing values.
    """
    outline = frames.outline
    first, stop = middle_of(outline)
    middle = frames.between(first, stop)
    ways = {name: _ways(middle.fields[name], _lines(middle, name), level) for name, level in levels.items()}
    found: dict[str, list[tuple[NDArray[np.int64], Array, Array]]] = {name: [] for name in levels}
    sizes = dict.fromkeys(levels, 1)
    ranges = frame_ranges(outline, HELD)
    wide = [(max(begin - HALO, 0), min(end + HALO, frames.frames)) for begin, end in ranges]
    for (begin, end), (low, _), some in zip(ranges, wide, frames.runs(wide), strict=True):
        for name in levels:
            values = some.fields[name]
            sizes[name] = values.size // some.frames
            places, told, variances = _filled(values, _lines(some, name), ways[name])
            own = (places >= (begin - low) * sizes[name]) & (places < (end - low) * sizes[name])
            found[name].append((places[own] + low * sizes[name], told[own], variances[own]))
    whole = {}
    for name, parts in found.items():
        places = np.concatenate([one for one, _, _ in parts])
        whole[name] = Interpolated(Replacements(places, np.concatenate([one for _, one, _ in parts]),
                                                places.size / (frames.frames * sizes[name])),
                                   np.concatenate([one for _, _, one in parts]))
    return {name: one for name, one in whole.items() if one.found.part > SCATTERED}


def _lines(grid: PhaseGrid, name: str) -> list[Line]:
    """The axes along which neighbours tell of a value."""
    found = []
    for place, axis in enumerate(grid.field_axes[name]):
        if axis == "t":
            found.append(Line(place, grid.t, None))
        elif grid.axis(axis).role == "space":
            own = grid.axis(axis)
            found.append(Line(place, own.coordinate, own.period if own.periodic else None))
    return found


def _ways(values: Array, lines: list[Line], level: float) -> list[Way]:
    """The ways to tell a value that are worth it, the best one first."""
    known = np.flatnonzero(~np.isnan(values))
    some = np.sort(np.random.default_rng(0).permutation(known)[:MOST_TESTED])
    at = np.unravel_index(some, values.shape)
    found = []
    for number, line in enumerate(lines):
        for offsets in NEIGHBOURS:
            off = _told(values, at, line, offsets) - values[at]
            off = off[np.isfinite(off)]
            if off.size:
                found.append(Way(number, offsets, max(float(np.mean(off**2)) - level**2, 0.0)))
    least = min((way.variance for way in found), default=0.0)
    most = max(WORSE * max(least, level**2), SMALL**2 * float(np.nanvar(values)))
    return sorted((way for way in found if way.variance <= most), key=lambda way: way.variance)


def _filled(values: Array, lines: list[Line], ways: list[Way]) -> tuple[NDArray[np.int64], Array, Array]:
    """The places of missing values that neighbours tell, what they say, and the variances of that."""
    missing = np.isnan(values)
    places = np.flatnonzero(_single(missing, lines)) if missing.any() else np.zeros(0, dtype=np.intp)
    left, known, variances = np.arange(places.size), values.copy(), np.full(places.size, np.nan)
    for way in ways * ROUNDS:
        at = np.unravel_index(places[left], values.shape)
        told = _told(known, at, lines[way.line], way.offsets)
        done = np.isfinite(told)
        known[tuple(axis[done] for axis in at)] = told[done]
        variances[left[done]] = way.variance
        left = left[~done]
    done = np.isfinite(variances)
    return places[done].astype(np.int64), known.reshape(-1)[places[done]], variances[done]


def _single(missing: Mask, lines: list[Line]) -> Mask:
    """Which values are missing by themselves: not in frames, lines or regions of such values."""
    from scipy.ndimage import uniform_filter1d

    single: Mask = missing.copy()
    near = missing.astype(np.float32)
    for line in lines:
        mode = "constant" if line.period is None else "wrap"
        single &= uniform_filter1d(missing.astype(np.float32), 2 * AROUND + 1, axis=line.place, mode=mode) <= 0.5
        near = uniform_filter1d(near, 2 * NEAR + 1, axis=line.place, mode=mode)
    if len(lines) > 1:
        single &= near <= CROWDED
    return single


def _told(values: Array, at: Places, line: Line, offsets: tuple[int, ...]) -> Array:
    """What a polynomial through neighbours says of some values; NaN where one of them is missing or outside."""
    here, count = at[line.place], line.points.size
    there = here[:, None] + np.array(offsets)
    inside = np.arange(here.size)
    if line.period is None:
        inside = np.flatnonzero((there[:, 0] >= 0) & (there[:, -1] < count))
    there = there[inside]
    turns = there // count
    places = line.points[there % count] + turns * (line.period or 0.0)
    weights = fornberg(line.points[here[inside]], places, 0)
    index = [axis[inside][:, None] for axis in at]
    index[line.place] = there % count
    found = np.full(here.size, np.nan)
    found[inside] = np.sum(weights * values[tuple(index)], axis=1)
    return found


IN_COMMON = 2.0
"""What a value that its neighbours tell adds to the variance of a sum over all of them, but for the variance of its
error, over that of noise: it has theirs once more, and weights of a polynomial add up to one."""


def in_sums(filled: Interpolated, level: float) -> float:
    """The standard deviation that every value of a field has in sums over many of them.

    Parameters
    ----------
    filled : Interpolated
    level : float
        That of values that are there.
    """
    more = float(np.mean(filled.variances)) + (IN_COMMON - 1.0) * level**2
    return float(np.sqrt(level**2 + filled.found.part * more))


def per_value(shape: tuple[int, ...], filled: Interpolated, own: Array | float) -> Array:
    """The variance that every value of a field has in sums, that of those that were replaced among them.

    Parameters
    ----------
    shape : tuple of int
        Of the field.
    filled : Interpolated
    own : ndarray or float
        Of all others.
    """
    found = np.array(np.broadcast_to(own, shape), dtype=np.float64)
    flat, places = found.reshape(-1), filled.found.places
    flat[places] = filled.variances + IN_COMMON * np.where(np.isnan(flat[places]), np.nanmean(found), flat[places])
    return found


def with_told(first: Mapping[str, Replacements], second: Mapping[str, Interpolated]) -> dict[str, Replacements]:
    """Replacements of both kinds.

    Parameters
    ----------
    first : mapping of str to Replacements
    second : mapping of str to Interpolated
        None of them has a place that the other has.
    """
    found = dict(first)
    for name, one in second.items():
        more, before = one.found, found.get(name)
        places = more.places if before is None else np.concatenate([before.places, more.places])
        values = more.values if before is None else np.concatenate([before.values, more.values])
        order = np.argsort(places, kind="stable")
        found[name] = Replacements(places[order], values[order], more.part + (0.0 if before is None else before.part))
    return found
