"""A loss over an explicit matrix, for the tests of what wraps losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel, total

Array = NDArray[np.float64]


@dataclass
class Counter:
    """How often something was asked."""

    count: int = 0


@dataclass(frozen=True)
class Explicit:
    """mean rho(side - matrix c); each row is a residual in time."""

    matrix: Array
    side: Array
    norm: Norm
    counter: Counter
    width: float = 1.0
    linear = True

    @property
    def columns(self) -> int:
        return int(self.matrix.shape[1])

    @property
    def points(self) -> int:
        return int(self.side.size)

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        self.counter.count += 1
        return total(self.cells(coefficients, Partition(self.points), width))

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        edges = [self.points * number // partition.time for number in range(partition.time + 1)]
        return [self._sum(coefficients, slice(*pair), self.width if width is None else width)
                for pair in pairwise(edges)]

    def on_data(self, data: Sequence[Array]) -> Explicit:
        return replace(self, side=data[0], counter=Counter())

    def _sum(self, coefficients: Array, rows: slice, width: float) -> QuadraticModel:
        matrix = self.matrix[rows]
        r = self.side[rows] - matrix @ coefficients
        if self.norm.quadratic:
            value, slope, weight = r**2, 2.0 * r, np.full(r.size, 2.0)
        elif self.norm.sharp:
            value, slope, weight = np.abs(r), np.sign(r), 1.0 / np.maximum(np.abs(r), width)
        else:
            inside = np.abs(r) <= width
            narrow = min(width, float(np.abs(r).max()))
            value = np.where(inside, 0.5 * r**2, narrow * (np.abs(r) - 0.5 * narrow))
            slope = np.where(inside, r, narrow * np.sign(r))
            weight = np.minimum(1.0, narrow / np.abs(r))
        return QuadraticModel(float(value.sum()) / self.points, -(matrix.T @ slope) / self.points,
                              (matrix.T * weight) @ matrix / self.points)


def explicit(seed: int, norm: str = "l2", points: int = 24, columns: int = 4, size: float = 1.0) -> Explicit:
    """Random columns and a left-hand side of a size."""
    random = np.random.default_rng(seed)
    matrix, side = random.normal(size=(points, columns)), size * random.normal(size=points)
    return Explicit(matrix, side, find_norm(norm), Counter())


@dataclass(frozen=True)
class Curved:
    """mean rho(side - matrix h(c)), h(c) = c + bend c^3: a residual that is not linear in its coefficients."""

    inner: Explicit
    bend: float = 0.5
    linear = False

    @property
    def columns(self) -> int:
        return self.inner.columns

    @property
    def points(self) -> int:
        return self.inner.points

    @property
    def norm(self) -> Norm:
        return self.inner.norm

    @property
    def width(self) -> float:
        return self.inner.width

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        moved = coefficients + self.bend * coefficients**3
        return self.inner.evaluate(moved, width).pullback(1.0 + 3.0 * self.bend * coefficients**2)
