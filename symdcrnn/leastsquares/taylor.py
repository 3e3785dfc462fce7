"""A loss that is known as a quadratic model and needs no data: of resamples, or with functions of x projected out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TaylorModel:
    """A loss around some coefficients.

    Parameters
    ----------
    centre : ndarray, shape (columns,)
    there : QuadraticModel
        At the centre.
    points : int
        Values of the residual that it stands for.
    norm : LossNorm
    least : float
        Losses below this are rounding errors.
    """

    centre: Array
    there: QuadraticModel
    points: int
    norm: LossNorm
    least: float

    linear = True
    width = 1.0

    @property
    def columns(self) -> int:
        return self.centre.size

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        return self.there.at(coefficients - self.centre).bounded(self.least)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """None."""
        return []

    def on_data(self, data: Sequence[Any]) -> None:
        """There is none."""
        return None
