"""How much integrals weigh where every value has a variance of its own: the inverse of their standard deviation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.weak_form.test_functions import AxisSums, Sums, along, times

Array = NDArray[np.float64]

FLOOR = 0.01
"""The standard deviation of a row over the usual one at least: rows without noise still have errors of their own."""


def variance_name(field: str) -> str:
    """How the variances of a field are named among the known functions of a grid."""
    return f"variance_of_{field}"


def variance_letter(field: str, grid: PhaseGrid) -> Operator:
    """Multiplication by the variances of a field."""
    name = variance_name(field)
    axes = grid.functions[name][0]
    # Of frames on disk the outline has the means over time.
    return Operator(name, (Profile(name, axes if field in grid.fields or "t" in axes else ("t", *axes)),))


def variances_on(field: str, some: PhaseGrid) -> Array | None:
    """The variances of a field at some frames, of a length of one along axes that they do not depend on; None where all
    are one number."""
    if variance_name(field) not in some.functions:
        return None
    axes, values = some.functions[variance_name(field)]
    sizes = {"t": some.frames, **{axis.name: axis.size for axis in some.axes}}
    return values.reshape([sizes[name] if name in axes else 1 for name in ("t", *(axis.name for axis in some.axes))])


@dataclass(frozen=True, eq=False)
class Precision:
    """What rows weigh.

    Parameters
    ----------
    variances : ndarray, shape (frames, runs of frames or 1, axes of the grid)
        Of the values of the left-hand side.
    usual : float
        The variance of values whose rows weigh one.
    """

    variances: Array
    usual: float

    def of_rows(self, time: AxisSums, summed: Iterable[tuple[int, AxisSums]], first: int, stop: int) -> Array:
        """The weights of some rows along t, of a length of one along axes that they do not depend on."""
        squares = _over_runs(_squares(time.sums[1])[first:stop], self.variances.shape[0])
        usual = self.usual * _most(_squares(time.sums[1]))
        found = along(squares, self.variances, 0)
        for place, sums in summed:
            matrix = _squares(sums.sums[0])
            usual *= _most(matrix)
            found = along(matrix, found, place)
        weights: Array = 1.0 / np.sqrt(np.maximum(found / usual, FLOOR**2))
        return weights


def run_of_frames(frames: int, runs: int) -> NDArray[np.int64]:
    """The number of the run that each frame belongs to, of runs that are equally long, shape (frames,)."""
    return np.arange(frames, dtype=np.int64) * runs // frames


def _over_runs(squares: Sums, runs: int) -> Sums:
    """Sums over frames as sums over runs of frames that have the same values."""
    frames = squares.shape[1]
    if runs in (1, frames):
        return squares
    run = run_of_frames(frames, runs)
    belongs = scipy.sparse.csr_matrix((np.ones(frames), (np.arange(frames), run)), shape=(frames, runs))
    return times(scipy.sparse.csr_matrix(squares), belongs)


def _squares(sums: Sums) -> Sums:
    return sums**2 if isinstance(sums, np.ndarray) else sums.multiply(sums).tocsr()


def _most(squares: Sums) -> float:
    """The largest of the sums of the rows."""
    return float(np.max(np.asarray(squares.sum(axis=1))))
