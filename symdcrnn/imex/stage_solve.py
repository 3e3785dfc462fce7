"""The implicit part of a stage for the fields of one block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.imex.local_matrix import step_matrix
from symdcrnn.imex.loops import compiled

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PointwiseMatrix:
    """A matrix at every point of space, or one for all.

    Parameters
    ----------
    values : ndarray, shape (n, n, points or 1)
    used : ndarray of bool, shape (n, n)
        Where it is anything but zero.
    """

    values: Array
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Array) -> PointwiseMatrix:
        """A matrix whose zeros are found."""
        return cls(np.ascontiguousarray(values), np.ascontiguousarray(values.any(axis=2)))

    def times(self, rows: Array) -> Array:
        """The product with values of shape (n, points)."""
        out = np.empty_like(rows)
        compiled().product(self.values, self.used, rows, out)
        return out


@dataclass(frozen=True, eq=False)
class StageSolve:
    """u = known + step L u, for one step.

    Parameters
    ----------
    matrix : PointwiseMatrix
        L where the step is zero, (1 - step L)^-1 elsewhere.
    step : float or None
        dt times the diagonal of the tableau; None where that is zero.
    counts : tuple of int
        By field its values at a point.
    """

    matrix: PointwiseMatrix
    step: float | None
    counts: tuple[int, ...]

    @classmethod
    def of(cls, local: Array, step: float | None, counts: tuple[int, ...]) -> StageSolve:
        """The solution with L, shape (n, n, points or 1)."""
        return cls(PointwiseMatrix.of(local if step is None else step_matrix(local, step)), step, counts)

    def write(self, stage: list[Array], slopes: list[Array]) -> None:
        """Solve in place, and add L u to slopes.

        Parameters
        ----------
        stage, slopes : list of ndarray
            Of each field, C-contiguous, axes in storage order.
        """
        rows = [one.reshape(count, -1) for one, count in zip(stage, self.counts, strict=True)]
        known = rows[0] if len(rows) == 1 else np.concatenate(rows)
        found = self.matrix.times(known)
        first = 0
        for values, slope, count in zip(stage, slopes, self.counts, strict=True):
            here = found[first:first + count].reshape(-1)
            if self.step is None:
                slope += here.reshape(slope.shape)
            else:
                compiled().settle(here, self.step, values.reshape(-1), slope.reshape(-1))
            first += count
