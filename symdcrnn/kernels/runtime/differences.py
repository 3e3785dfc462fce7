"""Stencils applied in numpy to whole arrays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Stencil
from symdcrnn.kernels.ir.difference_weights import Formula, even_weights, point_weights
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import stencil_formula

Array = NDArray[np.float64]


def difference(rule: Stencil, offsets: tuple[int, ...], value: Array, grid: PhaseGrid) -> Array:
    """A stencil of some points on a value.

    Parameters
    ----------
    rule : Stencil
    offsets : tuple of int
        Of the points, ascending.
    value : ndarray
        Axes (frame, axes of the grid).
    grid : PhaseGrid

    Returns
    -------
    ndarray
        Of the same shape. Near the ends of an axis that is not periodic the stencil leans inwards.

    Raises
    ------
    InputError
        If the axis has fewer points than the stencil.
    """
    axis = grid.axis(rule.axis)
    one = stencil_formula(rule, offsets, axis.spacing is not None)
    place = 1 + [other.name for other in grid.axes].index(rule.axis)
    last = place == value.ndim - 1
    along = value if last else np.moveaxis(value, place, -1)
    if axis.spacing is None or (one.transposed and not axis.periodic):
        found = _by_points(one, axis, along)
    elif axis.periodic:
        found = _periodic(one, axis, along)
    else:
        found = _with_ends(one, axis, along)
    return np.multiply(found if last else np.moveaxis(found, -1, place), rule.sign, order="C")


def _periodic(one: Formula, axis: GridAxis, along: Array) -> Array:
    """On an even axis that has no ends."""
    point_weights(one, axis)  # An axis of too few points is refused.
    lowest, highest = min(*one.offsets, 0), max(*one.offsets, 0)
    taps = np.zeros(highest - lowest + 1)
    taps[[offset - lowest for offset in one.offsets]] = even_weights(one, axis.spacing or 1.0)
    wide = np.concatenate([along[..., axis.size + lowest:], along, along[..., :highest]], axis=-1)
    return _sums(wide, taps)


def _with_ends(one: Formula, axis: GridAxis, along: Array) -> Array:
    """On an even axis: the same weights at all points but those near an end, which all read the last points of it."""
    _, weights = point_weights(one, axis)
    n, taps = weights.shape
    left, right = max(-min(one.offsets), 0), max(max(one.offsets), 0)
    found = np.empty(along.shape)
    first = left + min(one.offsets)
    found[..., left:n - right] = _sums(along[..., first:first + n - left - right + taps - 1], weights[left])
    found[..., :left] = along[..., :taps] @ weights[:left].T
    found[..., n - right:] = along[..., n - taps:] @ weights[n - right:].T
    return found


def _sums(wide: Array, taps: Array) -> Array:
    """Sums of so many neighbours along the last axis, where all of them exist."""
    *rows, length = wide.shape
    # Rows are joined to one, which is many times faster; sums over the end of a row are passed over.
    joined = np.correlate(wide.reshape(-1), taps, "valid")
    step = joined.itemsize
    found = as_strided(joined, (int(np.prod(rows)), length - taps.size + 1), (length * step, step), writeable=False)
    return found.reshape(*rows, -1)


def _by_points(one: Formula, axis: GridAxis, along: Array) -> Array:
    """With weights at every point."""
    points, weights = point_weights(one, axis)
    found = np.zeros(along.shape)
    # Slices are several times faster than indices.
    for tap in np.flatnonzero(np.any(weights, axis=0)):
        edges = [0, *(np.flatnonzero(np.diff(points[:, tap]) != 1) + 1), axis.size]
        for first, stop in pairwise(edges):
            start = points[first, tap]
            found[..., first:stop] += weights[first:stop, tap] * along[..., start:start + stop - first]
    return found
