"""A loss with a quadratic form of the coefficients added, such as that of eq. (4.15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import LeastSquares, LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Penalised:
    """loss(c) + 1/2 c.P c.

    Parameters
    ----------
    inner : LeastSquares
    penalty : ndarray, shape (columns, columns)
        P.
    """

    inner: LeastSquares
    penalty: Array

    @property
    def columns(self) -> int:
        return self.inner.columns

    @property
    def points(self) -> int:
        return self.inner.points

    @property
    def linear(self) -> bool:
        return self.inner.linear

    @property
    def norm(self) -> LossNorm:
        return self.inner.norm

    @property
    def width(self) -> float:
        return self.inner.width

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        return self.inner.evaluate(coefficients, width, active) + self._penalty(coefficients)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`, the penalty shared out evenly."""
        found = self.inner.cells(coefficients, partition, width)
        return [cell + self._penalty(coefficients).scaled(1.0 / len(found)) for cell in found]

    def on_data(self, data: Sequence[Any]) -> LeastSquares | None:
        """As `LeastSquares.on_data`."""
        return self.inner.on_data(data)

    def _penalty(self, coefficients: Array) -> QuadraticModel:
        return QuadraticModel(0.0, np.zeros(coefficients.size), self.penalty).at(coefficients)
