"""A quadratic loss by few passes over the data: from the passes there have been, wherever rounding lets them tell.

The loss around a pass is known exactly, but for rounding: far away from it, where most of what was there cancels,
digits are lost.  A new pass is made only where more would be lost than a pass itself loses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import LeastSquares, LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]

LOST = 30.0
"""How many times the rounding error of a pass the gradient may have."""

Pass = tuple[Array, QuadraticModel]
"""The coefficients of a pass over the data, and what it found."""


@dataclass
class Memo:
    """A quadratic loss of a linear residual with a memory of its passes, which grows while it is asked.

    What it answers is right to rounding whatever was asked before, but its last bits depend on that.

    Parameters
    ----------
    inner : LeastSquares
    passes : list of (ndarray, QuadraticModel)
    """

    inner: LeastSquares
    passes: list[Pass] = field(default_factory=list)

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
        """As `LeastSquares.evaluate`, for all columns."""
        known = expanded(self.passes, coefficients)
        if known is None:
            known = self.inner.evaluate(coefficients, width)
            self.passes.append((coefficients.copy(), known))
        return known

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`, by a pass."""
        return self.inner.cells(coefficients, partition, width)

    def on_data(self, data: Sequence[Any]) -> Memo | None:
        """As `LeastSquares.on_data`, with an empty memory."""
        inner = self.inner.on_data(data)
        return None if inner is None else Memo(inner)


def remembering(loss: LeastSquares) -> LeastSquares:
    """The loss with a memory of its passes, where the one tells of the other."""
    return Memo(loss) if loss.linear and loss.norm.quadratic else loss


def expanded(passes: Sequence[Pass], coefficients: Array) -> QuadraticModel | None:
    """Loss, gradient and Gram matrix at some coefficients from passes at others; None where they cannot tell.

    Parameters
    ----------
    passes : sequence of (ndarray, QuadraticModel)
    coefficients : ndarray, shape (columns,)
    """
    best, least = None, LOST
    for centre, there in passes:
        away = coefficients - centre
        if not away.any():
            return there
        found = there.at(away)
        if found.loss <= 0.0:
            continue
        scale = np.sqrt(np.diag(there.gram) * found.loss)
        added = np.abs(there.gram) @ np.abs(away)
        seen = scale > 0.0
        lost = float(np.max(added[seen] / scale[seen], initial=0.0))
        if lost <= least:
            best, least = found, lost
    return best
