"""Moments of the fields, a few frames at a time, in memory or on disk.

Nothing here is summed by BLAS, whose order depends on the number of its threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT
from symdcrnn.errors import InputError
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.grid import LARGEST_VALUE
from symdcrnn.preprocess.residuals.block import Block

Array = NDArray[np.float64]

DIFFERENCES = 4
VARIANCE = 70.0
"""Of a fourth difference of white noise of variance one: the sum of the squares of 1, 4, 6, 4, 1."""

PIECE = 2**17
"""Values that are worked on at a time, about, so that their differences stay in cache and take no memory."""

NUMBERS = 6
"""Sums that are kept of a field besides those over time at every point."""


@dataclass(frozen=True)
class Moments:
    """What is known of one field.

    Parameters
    ----------
    noise : float
        The standard deviation of white noise in it; 0 where there is too little data to tell.
    deviation : float
        Its standard deviation.
    change : float
        The root mean square of its change from frame to frame.
    mean : ndarray, shape ([Nv,] Nx)
        Over time.
    """

    noise: float
    deviation: float
    change: float
    mean: Array


@dataclass(frozen=True)
class MomentSums:
    """The sums over the frames of a block that moments are made of, of all fields in one array.

    Parameters
    ----------
    shifts : mapping of str to float
        Something near the mean of each field, from which its variance is measured.
    """

    shifts: Mapping[str, float]

    def __call__(self, block: Block) -> Array:
        return np.concatenate([
            field_sums(block.data.fields[name], shift, block.stop - block.first, block.last)
            for name, shift in self.shifts.items()
        ])


@dataclass(frozen=True)
class SquareSums:
    """The sums of squares of fields over the frames of a block."""

    names: tuple[str, ...]

    def __call__(self, block: Block) -> Array:
        out = np.zeros(len(self.names))
        for number, name in enumerate(self.names):
            values = block.data.fields[name][:block.stop - block.first]
            step = max(1, PIECE // prod(values.shape[1:]))
            for first in range(0, values.shape[0], step):
                out[number] += np.square(values[first:first + step]).sum()
        return out


def field_sums(values: Array, shift: float, own: int, last: bool) -> Array:
    """The sums of one field; the frames after its own belong to the next block.

    Parameters
    ----------
    values : ndarray, shape (frames, [Nv,] Nx)
    shift : float
    own : int
        Frames of this block.
    last : bool
        Whether those after them are its own too.

    Returns
    -------
    ndarray
        Squares of fourth differences and their number, squares of changes and their number, squares and sum of the
        field less the shift, and the sums over time at every point.
    """
    frames, size = values.shape[0], prod(values.shape[1:])
    own = frames if last else own
    out = np.zeros(NUMBERS + size)
    step = max(1, PIECE // size)
    for first in range(0, own, step):
        stop = min(first + step, own)
        piece = values[first:stop] - shift
        out[NUMBERS:] += piece.sum(axis=0).reshape(-1)
        out[4] += np.square(piece).sum()
        out[5] += piece.sum()
        changes = np.diff(values[first:stop + 1], axis=0)
        left = np.diff(np.diff(values[first:stop + DIFFERENCES], DIFFERENCES, axis=0), DIFFERENCES, axis=-1)
        out[:4] += np.array([np.square(left).sum(), left.size, np.square(changes).sum(), changes.size])
    return out


def moments(data: Frames) -> dict[str, Moments]:
    """Moments of every field, by one pass.

    Parameters
    ----------
    data : Frames

    Raises
    ------
    InputError
        If a field has only values whose squares are zero.
    """
    start = data.at(0, 1)
    shifts = {name: float(values.mean()) for name, values in start.fields.items() if name != UNIT.name}
    total = data.sums(min(DIFFERENCES + 1, data.frames), MomentSums(shifts))
    found, place = {}, 0
    for name, shift in shifts.items():
        shape = start.fields[name].shape[1:]
        size = prod(shape)
        found[name] = _moments(total[place:place + NUMBERS + size], shift, data.frames, shape)
        place += NUMBERS + size
    for name, one in found.items():
        largest = float(np.max(np.abs(one.mean))) + one.deviation
        if 0.0 < largest < 1.0 / LARGEST_VALUE:
            raise InputError(f"the field {name!r} has values of about {largest:.1e}: give it in units that make "
                             f"them between {1.0 / LARGEST_VALUE:.0e} and {LARGEST_VALUE:.0e}")
    return found


def of_array(values: Array) -> Moments:
    """The moments of one field in memory, shape (frames, [Nv,] Nx)."""
    shift = float(values[0].mean())
    return _moments(field_sums(values, shift, values.shape[0], True), shift, values.shape[0], values.shape[1:])


def _moments(sums: Array, shift: float, frames: int, shape: Sequence[int]) -> Moments:
    differences, of_differences, changes, of_changes, squares, total = sums[:NUMBERS]
    values = frames * prod(shape)
    variance = max(0.0, float(squares / values - (total / values) ** 2))
    return Moments(
        noise=float(np.sqrt(differences / of_differences) / VARIANCE) if of_differences else 0.0,
        deviation=float(np.sqrt(variance)),
        change=float(np.sqrt(changes / of_changes)) if of_changes else 0.0,
        mean=sums[NUMBERS:].reshape(shape) / frames + shift,
    )


def sizes(data: Frames, names: Sequence[str]) -> dict[str, float]:
    """The root mean square of fields, by one pass."""
    squares = data.sums(1, SquareSums(tuple(names)))
    start = data.at(0, 1)
    values = {name: data.frames * prod(start.fields[name].shape[1:]) for name in names}
    return {name: float(np.sqrt(total / values[name])) for name, total in zip(names, squares, strict=True)}
