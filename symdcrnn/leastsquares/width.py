"""The width of a norm that is squared below it and not above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.objective import SQUARED, LeastSquares, LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression

Array = NDArray[np.float64]

TUNING = 1.345
"""Huber's constant, at which 5 % of efficiency is given up on Gaussian errors: widths in rms of the residual."""


@dataclass(frozen=True)
class Widened:
    """A loss whose norm has another width.

    Parameters
    ----------
    inner : LeastSquares
    width : float
    """

    inner: LeastSquares
    width: float

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

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        return self.inner.evaluate(coefficients, self.width if width is None else width, active)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`."""
        return self.inner.cells(coefficients, partition, self.width if width is None else width)

    def on_data(self, data: Sequence[Any]) -> Widened | None:
        """As `LeastSquares.on_data`."""
        inner = self.inner.on_data(data)
        return None if inner is None else Widened(inner, self.width)


def with_huber_width(regression: Regression, active: Sequence[int]) -> Regression:
    """The regression with the width of a norm that needs one: `TUNING` times the rms of the best L2 residual.

    Parameters
    ----------
    regression : Regression
    active : sequence of int
        The columns that may be used.
    """
    norm = regression.loss.norm
    if norm.quadratic or norm.sharp:
        return regression
    coefficients = regression.start
    for _ in range(2):
        model = regression.evaluate(coefficients, SQUARED, active)
        coefficients = coefficients + newton_step(model.gram, model.gradient, active)
    rms = float(np.sqrt(2.0 * regression.evaluate(coefficients, SQUARED, ()).loss))
    return replace(regression, loss=Widened(regression.loss, TUNING * rms))
