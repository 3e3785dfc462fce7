"""Several losses of the same coefficients, such as those of several trajectories, as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import SQUARED, LeastSquares, LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel, weighted_total

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WeightedSum:
    """sum_k w_k loss_k(c).

    Parameters
    ----------
    parts : tuple of LeastSquares
        Of the same norm and columns, each of one trajectory.
    weights : tuple of float
        w_k.
    units : tuple of float
        Of the residual of each part: a width of the norm times this is that of the part.
    width : float
        The width parameter of the norm, in these units.
    """

    parts: tuple[LeastSquares, ...]
    weights: tuple[float, ...]
    units: tuple[float, ...]
    width: float = 1.0

    @property
    def columns(self) -> int:
        return self.parts[0].columns

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def linear(self) -> bool:
        return all(part.linear for part in self.parts)

    @property
    def norm(self) -> LossNorm:
        return self.parts[0].norm

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        found = [part.evaluate(coefficients, own, active)
                 for part, own in zip(self.parts, self._widths(width), strict=True)]
        return weighted_total(found, self.weights)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`."""
        found = [part.cells(coefficients, partition, own)
                 for part, own in zip(self.parts, self._widths(width), strict=True)]
        if not all(found):
            return []
        return [cell.scaled(weight) for cells, weight in zip(found, self.weights, strict=True) for cell in cells]

    def on_data(self, data: Sequence[Any]) -> WeightedSum | None:
        """As `LeastSquares.on_data`; each part takes one of the data."""
        found = [part.on_data([one]) for part, one in zip(self.parts, data, strict=True)]
        parts = tuple(part for part in found if part is not None)
        return WeightedSum(parts, self.weights, self.units, self.width) if len(parts) == len(found) else None

    def _widths(self, width: float | None) -> list[float]:
        chosen = self.width if width is None else width
        return [unit * chosen for unit in self.units]


def relative_sum(parts: Sequence[LeastSquares], start: Array) -> LeastSquares:
    """The losses of several trajectories relative to those of no equation, so that none drowns the others.

    Parameters
    ----------
    parts : sequence of LeastSquares
    start : ndarray, shape (columns,)
        The known coefficients, zero elsewhere.

    Returns
    -------
    LeastSquares
        The only part itself where there is but one.
    """
    if len(parts) == 1:
        return parts[0]
    null = _null_losses(parts, start)
    units = tuple(loss if part.norm.sharp else float(np.sqrt(loss)) for part, loss in zip(parts, null, strict=True))
    return WeightedSum(tuple(parts), _relative(parts, null), units)


def relative_weights(parts: Sequence[LeastSquares], start: Array) -> tuple[float, ...]:
    """The weights that `relative_sum` gives to its parts: their share of the points over their loss of no equation."""
    return (1.0,) if len(parts) == 1 else _relative(parts, _null_losses(parts, start))


def _null_losses(parts: Sequence[LeastSquares], start: Array) -> list[float]:
    return [part.evaluate(start, SQUARED, ()).loss for part in parts]


def _relative(parts: Sequence[LeastSquares], null: Sequence[float]) -> tuple[float, ...]:
    points = [part.points for part in parts]
    return tuple(n / sum(points) / loss for n, loss in zip(points, null, strict=True))
