"""How much memory the weak form takes beside the frames that it reads."""

from __future__ import annotations

from math import prod

from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.weak_form.columns import WeakWords, by_time, frame_ranges
from symdcrnn.weak_form.noise.level import values_measured
from symdcrnn.weak_form.noise.outliers import HALO, HELD
from symdcrnn.weak_form.noise.response import MOVED

OPEN = 15
"""Rows along t at most that read the frames of the next chunk too."""

NOMINAL = 40
"""Columns, and sums along t, where the words are not known yet."""

EVALUATING = 6
"""Arrays that the values of one word take while they are computed."""

VARYING = 6
"""Arrays of the size of some frames that are held while variances of their values are made."""

COPIED = 3
"""Arrays of the size of what noise levels and adjoints are made of."""


def frames_at_once(grid: PhaseGrid) -> int:
    """Frames that are worked on together."""
    first, stop = frame_ranges(grid)[0]
    return stop - first


def held_for(words: WeakWords, grid: PhaseGrid, streamed: int = 0) -> int:
    """`values_held` of some words, and of some fields the variances of values that are read with the frames."""
    sums = 1 + sum(len(by_time(by_orders)) for by_orders in words.uses.values())
    points = prod(axis.size for axis in grid.axes)
    return values_held(grid, words.columns + 1, sums) + VARYING * streamed * points * frames_at_once(grid)


def values_held(grid: PhaseGrid, columns: int = NOMINAL, sums: int = NOMINAL) -> int:
    """Values that are held at a time at most, but for the fields themselves.

    Parameters
    ----------
    grid : PhaseGrid
        The values of its fields are not asked for.
    columns : int
        The left-hand side among them.
    sums : int
        Of inner words along t.
    """
    points = prod(axis.size for axis in grid.axes)
    each, fields = frames_at_once(grid), len(grid.field_axes)
    made = each * (EVALUATING + 2 * columns) + 2 * sums * min(each + OPEN, grid.frames)
    adjoints = COPIED * MOVED * fields * each
    return max(points * max(made, adjoints), values_for_levels(grid))


def values_for_levels(grid: PhaseGrid) -> int:
    """Values that are held while noise is measured."""
    return COPIED * values_measured(grid)


def values_for_outliers(grid: PhaseGrid) -> int:
    """Values that are held while those that stand out are looked for."""
    first, stop = frame_ranges(grid, HELD)[0]
    return HELD * min(stop - first + 2 * HALO, grid.frames) * prod(axis.size for axis in grid.axes)
