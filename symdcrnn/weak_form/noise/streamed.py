"""Variances of single values while the frames are on disk: made of some frames at a time, as these are read.

Beside them only means over runs of frames are held, by which rows weigh; bias and error bars take every value's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.columns import frame_ranges
from symdcrnn.weak_form.noise.kinds import BOX, law_of_mean, smooth_axes, variances_by
from symdcrnn.weak_form.noise.precision import run_of_frames, variance_name

Array = NDArray[np.float64]

Make = Callable[[PhaseGrid, int], Array]
"""From some frames and the number of the first one to the variances there, time first."""


@dataclass(frozen=True, eq=False)
class Streamed:
    """The variances of a field.

    Parameters
    ----------
    axes : tuple of str
        Beside t.
    means : ndarray, shape (runs, axes)
        Over runs of frames, see `run_of_frames`.
    make : callable
    halo : int
        Frames to each side that it reads.
    """

    axes: tuple[str, ...]
    means: Array
    make: Make
    halo: int = 0

    def on(self, grid: PhaseGrid) -> Array:
        """The means, shape (runs, axes of the grid)."""
        found: Array = self.means.reshape(self.means.shape[0], *(
            axis.size if axis.name in self.axes else 1 for axis in grid.axes))
        return found


@dataclass(frozen=True, eq=False)
class VariedFrames:
    """Frames with the variances of their values among the known functions; see `FrameWindows`.

    A value whose variance is missing is missing.

    Parameters
    ----------
    data : FrameWindows
    streamed : mapping of str to Streamed
        By field.
    """

    data: FrameWindows
    streamed: Mapping[str, Streamed]

    @property
    def frames(self) -> int:
        return self.data.frames

    @property
    def outline(self) -> PhaseGrid:
        """As `FrameWindows.outline`, with the means over time in the place of the variances."""
        outline = self.data.outline
        means = {variance_name(name): (one.axes, one.means.mean(axis=0)) for name, one in self.streamed.items()}
        return replace(outline, functions={**outline.functions, **means})

    def between(self, first: int, stop: int) -> PhaseGrid:
        """As `FrameWindows.between`."""
        return next(self.runs([(first, stop)]))

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`."""
        halo = max(one.halo for one in self.streamed.values())
        wide = [(max(first - halo, 0), min(stop + halo, self.frames)) for first, stop in ranges]
        for (first, stop), (low, _), some in zip(ranges, wide, self.data.runs(wide), strict=True):
            cut = some.between(first - low, stop - low)
            fields, functions = dict(cut.fields), dict(cut.functions)
            for name, one in self.streamed.items():
                values = one.make(some, low)[first - low:stop - low]
                functions[variance_name(name)] = ("t", *one.axes), np.nan_to_num(values)
                if np.isnan(values).any():
                    wide_values = values.reshape([values.shape[("t", *one.axes).index(axis)] if axis in ("t", *one.axes)
                                                  else 1 for axis in cut.field_axes[name]])
                    fields[name] = np.where(np.isnan(wide_values), np.nan, fields[name])
            yield replace(cut, fields=fields, functions=functions)


def varied(data: FrameWindows, streamed: Mapping[str, Streamed]) -> FrameWindows:
    """Frames with the variances of their values, where there are any."""
    return VariedFrames(data, streamed) if streamed else data


def by_law(frames: FrameWindows, name: str, law: str, scale: float) -> Streamed:
    """Variances that follow the local mean of the values by a law; every frame is read twice.

    Parameters
    ----------
    frames : FrameWindows
    name : str
        Of a field.
    law : str
        A key of `EXPONENTS`.
    scale : float
        The level over the value to the power of the law.
    """
    outline, half = frames.outline, BOX // 2
    places = tuple(smooth_axes(outline, name).values())
    axes = tuple(outline.field_axes[name][1:])

    def means(some: PhaseGrid, first: int) -> Array:
        return law_of_mean(some.fields[name], places, law)

    usual = float(np.mean(means_in_time(frames, Streamed(axes, np.zeros(0), means, half))))
    made = Streamed(axes, np.zeros(0), partial(_by_law, name, places, law, scale, usual), half)
    return replace(made, means=means_in_time(frames, made))


def _by_law(
    name: str, places: tuple[int, ...], law: str, scale: float, usual: float, some: PhaseGrid, first: int
) -> Array:
    return variances_by(some.fields[name], places, law, scale, usual)


def means_in_time(frames: FrameWindows, one: Streamed) -> Array:
    """The means over runs of frames of what is made of them, of values that are not missing; that of all where all are.

    Parameters
    ----------
    frames : FrameWindows
        Read once.
    one : Streamed
        Its means are not asked for.

    Returns
    -------
    ndarray, shape (runs, axes beside t)
        No larger than frames that are worked on together.
    """
    outline = frames.outline
    shape = [outline.axis(axis).size for axis in one.axes]
    count = max(1, min(outline.frames, columns.AT_ONCE // max(prod(shape), 1)))
    run = run_of_frames(outline.frames, count)
    total, known = np.zeros((count, *shape)), np.zeros((count, *shape))
    ranges = frame_ranges(outline)
    wide = [(max(first - one.halo, 0), min(stop + one.halo, outline.frames)) for first, stop in ranges]
    for (first, stop), (low, _), some in zip(ranges, wide, frames.runs(wide), strict=True):
        values = one.make(some, low)[first - low:stop - low]
        there = ~np.isnan(values)
        np.add.at(total, run[first:stop], np.where(there, values, 0.0))
        np.add.at(known, run[first:stop], there)
    whole = float(total.sum() / max(float(known.sum()), 1.0))
    found: Array = np.where(known > 0.0, total / np.maximum(known, 1.0), whole)
    return found
