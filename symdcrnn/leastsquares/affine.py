"""Coefficients that are linear in others, c = M z: the time step, ties, powers of epsilon, what networks reach."""

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
class Affine:
    """A loss of c as one of z, where c = M z.

    Parameters
    ----------
    inner : LeastSquares
    matrix : ndarray, shape (inner columns, columns) or (columns,)
        M, or its diagonal.
    """

    inner: LeastSquares
    matrix: Array

    @property
    def columns(self) -> int:
        return int(self.matrix.shape[-1])

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
        # What a column of z needs of the columns of c is only known where M is diagonal.
        needed = active if self.matrix.ndim == 1 else None
        return self.inner.evaluate(self._mapped(coefficients), width, needed).pullback(self.matrix)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`."""
        found = self.inner.cells(self._mapped(coefficients), partition, width)
        return [cell.pullback(self.matrix) for cell in found]

    def on_data(self, data: Sequence[Any]) -> Affine | None:
        """As `LeastSquares.on_data`."""
        inner = self.inner.on_data(data)
        return None if inner is None else Affine(inner, self.matrix)

    def _mapped(self, coefficients: Array) -> Array:
        mapped: Array = self.matrix * coefficients if self.matrix.ndim == 1 else self.matrix @ coefficients
        return mapped
