"""Points, or frames, whose values stand apart from their neighbours' all along an axis: faulty sensors.

A constant error of one sensor is neither noise nor signal: high differences along the other axes have a mean there that
noise would not leave, and are as everywhere else at most points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import PhaseGrid

Array = NDArray[np.float64]
Difference = Callable[[Array, list[int]], Array]

FAR, USUAL, LIKE = 15.0, 3.0, 0.9
"""Standard errors of the mean of differences: of a sensor that is faulty, and what the median of all is at most; and
how much the means are those of an error of one point, as a cosine, more than those of a jump."""


def standing_apart(
    grid: PhaseGrid, name: str, axes: Mapping[str, int], difference: Difference, level: Callable[[Array], float]
) -> str | None:
    """Where values stand apart along all of an axis, such as ``x = 2.45``; None where none do.

    Parameters
    ----------
    grid : PhaseGrid
    name : str
        Of a field.
    axes : mapping of str to int
        That it is smooth along, and their places.
    difference : callable
        High differences of some values along some places.
    level : callable
        The level of white noise in some differences.
    """
    values = grid.fields[name]
    points = {"t": grid.t, **{axis.name: axis.coordinate for axis in grid.axes}}
    # Along the first axis values stand apart, from neighbours along the other one.
    for (_, place), (other, across) in permutations(axes.items(), 2):
        rest = difference(values, [across])
        if not rest.size:
            continue
        known = np.isfinite(rest).sum(axis=place)
        means = np.where(known > 0, np.nansum(rest, axis=place) / np.maximum(known, 1), 0.0)
        size = np.abs(means) * np.sqrt(known) / max(level(rest), float(np.finfo(float).tiny))
        there = across - (place < across)
        beside = tuple(one for one in range(size.ndim) if one != there)
        sizes, mean = np.max(size, axis=beside), np.mean(means, axis=beside)
        if not np.isfinite(sizes).all() or float(np.median(sizes)) > USUAL or float(np.max(sizes)) < FAR:
            continue
        # Differences are shorter than the axis by their order, half of it at each end.
        at = min(int(np.argmax(sizes)) + (points[other].size - sizes.size) // 2, points[other].size - 1)
        number = np.arange(points[other].size)
        shape = tuple(points[other].size if place == across else 1 for place in range(values.ndim))
        one_point, *jumps = (_likeness(mean, difference((error * 1.0).reshape(shape), [across]))
                             for error in (number == at, number >= at, number > at))
        if one_point > max(LIKE, *jumps):
            return f"{other} = {points[other][at]:.4g}"
    return None


def _likeness(first: Array, second: Array) -> float:
    """The cosine between two arrays of as many values, without its sign."""
    whole = float(np.linalg.norm(first) * np.linalg.norm(second))
    return abs(float(first @ second.reshape(-1))) / max(whole, float(np.finfo(float).tiny))
