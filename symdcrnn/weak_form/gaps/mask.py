"""Where what words read is missing, and which integrals that touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.weak_form.test_functions import AxisSums

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Gaps:
    """The points at which any word of an equation reads a missing value.

    Parameters
    ----------
    shape : tuple of int
        Of one frame; one along axes that the left-hand side does not depend on.
    packed : ndarray of uint8, shape (frames, bytes)
        One bit a point.
    """

    shape: tuple[int, ...]
    packed: NDArray[np.uint8]

    @property
    def points(self) -> int:
        """Of one frame."""
        return int(np.prod(self.shape))

    def in_time(self, time: AxisSums, first: int, stop: int) -> Mask:
        """What is missing in any frame that rows ``first`` to ``stop - 1`` along t sum over, shape (rows, axes)."""
        ends = zip(*_windows(time), strict=True)
        rows = [np.bitwise_or.reduce(self.packed[begin:end], axis=0) for begin, end in list(ends)[first:stop]]
        bits = np.unpackbits(np.stack(rows), axis=1, count=self.points)
        return bits.reshape(len(rows), *self.shape).astype(np.bool_)


def along_axis(missing: Mask, place: int, sums: AxisSums) -> Mask:
    """What is missing at any point that the sums of an axis are over.

    Parameters
    ----------
    missing : ndarray of bool
    place : int
        The axis.
    sums : AxisSums

    Returns
    -------
    ndarray of bool
        With the rows of the sums in the place of the points.
    """
    points = missing.shape[place]
    begins, ends = _windows(sums)
    lowest = int(begins.min())
    wide = np.take(missing, np.arange(lowest, int(ends.max())) % points, axis=place)
    counts = np.cumsum(np.concatenate([np.zeros_like(np.take(wide, [0], axis=place)), wide], axis=place), axis=place,
                       dtype=np.int32)
    found: Mask = np.take(counts, ends - lowest, axis=place) > np.take(counts, begins - lowest, axis=place)
    return found


def _windows(sums: AxisSums) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first point that each row sums over and the one after the last: test functions are zero at their ends."""
    ends = 1 if sums.reach > 2 else 0
    return sums.starts + ends, sums.starts + sums.reach - ends
