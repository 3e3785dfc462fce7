"""The standard deviation of noise in every field.

White noise survives high differences along every axis alike, while what is smooth in any of them is gone after a few.
Differences of several orders, along single axes and along all of them, each give a level; where the signal is still in
one, that is too high, so the least one is the noise.
"""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid

Array = NDArray[np.float64]

ORDERS = (4, 6, 8)
"""Of the differences."""

NORMAL = 1.4826022185056018
"""The standard deviation of a normal distribution over the median of its absolute values."""

MOST_VALUES = 2**20
"""That a level is measured from."""

FEWEST_VALUES = 64
"""Of a difference, for its size to be told."""


def noise_levels(grid: PhaseGrid) -> dict[str, float]:
    """The standard deviation of noise in every field that changes in time, in its units; NaN where it cannot be told.

    Parameters
    ----------
    grid : PhaseGrid
    """
    ordered = {axis.name for axis in grid.axes if axis.role == "space"}
    return {name: _level(values, [place for place, axis in enumerate(grid.field_axes[name]) if axis in {"t", *ordered}])
            for name, values in grid.fields.items() if "t" in grid.field_axes[name]}


def _level(values: Array, places: list[int]) -> float:
    while values.size > MOST_VALUES and values.shape[0] > 64:
        # Whole runs of frames from the middle: differences need neighbours.
        keep = max(64, values.shape[0] // 2)
        first = (values.shape[0] - keep) // 2
        values = values[first:first + keep]
    found = []
    for along, order in product(_subsets(places), ORDERS):
        if any(values.shape[place] <= order for place in along):
            continue
        difference = values
        for place in along:
            difference = np.diff(difference, order, axis=place)
        if difference.size >= FEWEST_VALUES:
            size = NORMAL * float(np.median(np.abs(difference)))
            found.append(size / np.sqrt(comb(2 * order, order)) ** len(along))
    return min(found, default=float("nan"))


def _subsets(places: list[int]) -> list[list[int]]:
    return [[place] for place in places] + ([places] if len(places) > 1 else [])
