"""A loss with what is known of its coefficients beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]


RESOLVED = 1e-19
"""Differences of losses, relative to the loss of no equation, that coefficients which are rounded do not tell."""

PROJECTED = 1e-14
"""The same where functions were projected out: their part of the loss is as large as that of no equation."""


@dataclass(frozen=True)
class Regression:
    """A loss of the coefficients of an equation, some of them known.

    Parameters
    ----------
    loss : LeastSquares
        By the coefficients themselves (not times dt).
    fixed : ndarray, shape (columns,)
        Known coefficients, NaN where the coefficient is sought.
    whole : float, optional
        The loss of no equation at all, where functions of x were projected out of it.
    """

    loss: LeastSquares
    fixed: Array
    whole: float | None = None

    @property
    def columns(self) -> int:
        return int(self.fixed.size)

    @property
    def quadratic(self) -> bool:
        return self.loss.norm.quadratic

    @property
    def linear(self) -> bool:
        """Whether the residual is linear in the coefficients; that of a scheme with stages is not."""
        return self.loss.linear

    @property
    def resolved(self) -> float:
        """Differences of losses, relative to that of no equation, that rounding hides."""
        # Of a projected loss most cancels against what the functions take out of it.
        return RESOLVED if self.whole is None else PROJECTED

    @property
    def start(self) -> Array:
        """The coefficients with every sought one zero."""
        return np.nan_to_num(self.fixed, nan=0.0)

    @property
    def sought(self) -> tuple[int, ...]:
        """The columns whose coefficient is not known."""
        return tuple(int(i) for i in np.flatnonzero(np.isnan(self.fixed)))

    @property
    def null(self) -> float:
        """The loss of no equation at all, but for known terms."""
        return self.evaluate(self.start, active=()).loss if self.whole is None else self.whole

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        return self.loss.evaluate(coefficients, width, active)
