"""Which test functions are tried: a few half widths along every axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from symdcrnn.errors import InputError
from symdcrnn.weak_form.study import Functions, WeakData, power_of
from symdcrnn.weak_form.test_functions import TestFunction

NARROWEST = {"t": 6, "": 8}
"""The half width that is tried at least, in steps, along t and along other axes."""

NARROWEST_OF_FUNCTIONS = 4
"""The same along an axis that functions are sought of: what is nearer to its ends is hardly seen."""

WIDEST = {"t": 0.24, "": 0.17}
"""The half width that is tried at most, as a part of the axis."""

TRIED = {1: (4, 5), 2: (3, 4), 3: (3, 3)}
"""How many half widths along t and along each other axis, by the number of these."""

FEWEST_ROWS = 4
"""Rows per word, at least."""


def axes_of(data: Sequence[WeakData]) -> list[str]:
    """The axes besides t that test functions live on: space that the target depends on, and all that words have
    derivatives along."""
    words, grid = data[0].words, data[0].grid.outline
    return [axis.name for axis in grid.axes if axis.name in words.target.axes
            and (axis.role == "space" or words.highest(axis.name) > 0)]


def candidates(data: Sequence[WeakData]) -> list[Functions]:
    """Test functions to choose from.

    Raises
    ------
    InputError
        If the data is too short for any.
    """
    names, sought = axes_of(data), None if data[0].basis is None else data[0].basis.axis
    tried = TRIED.get(len(names), (3, 2)) if names else (6, 0)
    by_axis = {"t": _half_widths("t", min(one.grid.frames for one in data), tried[0], sought == "t")}
    for name in names:
        points = min(one.grid.outline.axis(name).size for one in data)
        by_axis[name] = _half_widths(name, points, tried[1], sought == name)
    powers = {name: power_of(data[0].words, name) for name in by_axis}
    found: list[Functions] = [
        {name: TestFunction(half, powers[name]) for name, half in zip(by_axis, halves, strict=True)}
        for halves in product(*by_axis.values())]
    return [one for one in found if _rows(data, one) >= FEWEST_ROWS * (data[0].transform.shape[1] - 1)] or found[:1]


def _half_widths(name: str, points: int, count: int, sought: bool) -> list[int]:
    kind = "t" if name == "t" else ""
    longest = (points - 1) // 2
    if longest < 2:
        raise InputError(f"the axis {name!r} has {points} points, too few for a test function: give at least 5, or "
                         "another scheme")
    narrowest = min(NARROWEST_OF_FUNCTIONS if sought else NARROWEST[kind], longest)
    widest = max(narrowest, min(longest, int(WIDEST[kind] * points)))
    found = np.geomspace(narrowest, widest, count)
    return sorted({round(value) for value in found})


def _rows(data: Sequence[WeakData], functions: Functions) -> int:
    return sum(one.row_count(functions) for one in data)
