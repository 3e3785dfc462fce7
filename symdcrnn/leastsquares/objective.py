"""What every loss of coefficients can be asked, whatever residual, norm and data it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel, total

Array = NDArray[np.float64]

SQUARED = 1e300
"""A width at which a norm that is squared below it is squared everywhere."""


class LossNorm(Protocol):
    """What is known of the norm of a residual."""

    @property
    def name(self) -> str: ...

    @property
    def quadratic(self) -> bool:
        """Whether the weights of a reweighted fit do not depend on the residual."""
        ...

    @property
    def sharp(self) -> bool:
        """Whether it has a corner at zero, which a reweighted fit rounds off below the width."""
        ...


@dataclass(frozen=True)
class Partition:
    """The cells that a sum over residuals in time and space is cut into.

    Parameters
    ----------
    time, space : int
        At most so many along each.
    windows : int
        The length of a cell in time at least, in numbers of the frames that one residual reads; 0 for no limit.
    points : float
        The width of a cell in space at least, in points; 0 for no limit.
    """

    time: int
    space: int = 1
    windows: int = 0
    points: float = 0.0

    def along_time(self, residuals: int, frames: int) -> int:
        """How many cells there are along time.

        Parameters
        ----------
        residuals : int
            In time.
        frames : int
            That one of them reads.
        """
        return max(1, min(self.time, residuals // (self.windows * frames))) if self.windows else self.time

    def along_space(self, points: int) -> int:
        """How many cells there are along space.

        Parameters
        ----------
        points : int
            In space.
        """
        return max(1, min(self.space, int(points / self.points))) if self.points else self.space

    def edges(self, residuals: int, frames: int, fitted: tuple[int, int]) -> tuple[list[int], list[int]]:
        """Where cells begin along time and along space, and the ends of both.

        Parameters
        ----------
        residuals : int
            In time.
        frames : int
            That one of them reads.
        fitted : (int, int)
            The first point in space and the one after the last.
        """
        first, last = fitted
        cells = self.along_time(residuals, frames)
        times = [residuals * number // cells for number in range(cells + 1)]
        return times, cell_edges(first, last, self.along_space(last - first))


class LeastSquares(Protocol):
    """The mean loss of residuals as a function of coefficients.

    Kernels bound to data are one; `Affine`, `WeightedSum`, `Penalised`, `Memo` and `Widened` make one of others, and
    `TaylorModel` needs no data at all.
    """

    @property
    def columns(self) -> int:
        """How many coefficients there are."""
        ...

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        ...

    @property
    def linear(self) -> bool:
        """Whether the residual is linear in the coefficients; that of a scheme with stages is not."""
        ...

    @property
    def norm(self) -> LossNorm: ...

    @property
    def width(self) -> float:
        """The width parameter of the norm."""
        ...

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and reweighted Gram matrix, all means over the points.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        width : float, optional
            The width of the norm, if not its own.
        active : sequence of int, optional
            The columns whose derivatives are needed; those of others may be left zero.
        """
        ...

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What cells of time and space contribute to `evaluate`, trajectory by trajectory, by space and then by time.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        partition : Partition
            Of every trajectory.
        width : float, optional
            The width of the norm, if not its own.

        Returns
        -------
        list of QuadraticModel
            They add up to the whole; none where that is no sum over the data.
        """
        ...

    def on_data(self, data: Sequence[Any]) -> LeastSquares | None:
        """The same loss of other data, without a penalty; None where it is more than a sum over the data.

        Parameters
        ----------
        data : sequence
            In the place of all trajectories, of the type that the kernels read.
        """
        ...


def by_time(
    loss: LeastSquares, coefficients: Array, parts: int, width: float | None = None
) -> list[QuadraticModel]:
    """What consecutive parts of the time contribute, all trajectories together; none where there are no cells.

    Parameters
    ----------
    loss : LeastSquares
    coefficients : ndarray, shape (columns,)
    parts : int
    width : float, optional
        The width of the norm, if not its own.
    """
    cells = loss.cells(coefficients, Partition(parts), width)
    return [total(cells[number::parts]) for number in range(parts)] if cells else []


def cell_edges(first: int, last: int, cells: int) -> list[int]:
    """Where cells begin that cut a range of points, and its end."""
    return [int(edge) for edge in np.linspace(first, last, cells + 1).astype(int)]
