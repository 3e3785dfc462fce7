"""The squared loss of little data, from columns that are held: no kernel is compiled for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess.residuals.columns import PhaseColumns

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeldColumns:
    """The loss of a kernel whose norm is quadratic; see `ResidualKernel`.

    Parameters
    ----------
    kernel : PhaseKernel
        What it is the loss of; it is not compiled.
    values : PhaseColumns
        Its columns.
    """

    kernel: PhaseKernel
    values: PhaseColumns

    linear = True

    @property
    def columns(self) -> int:
        return self.kernel.columns

    @property
    def points(self) -> int:
        return self.kernel.points

    @property
    def norm(self) -> Norm:
        return self.kernel.norm

    @property
    def width(self) -> float:
        return self.kernel.width

    @property
    def fitted(self) -> tuple[int, int]:
        """As that of the kernel."""
        return self.kernel.fitted

    def sizes(self) -> ValueSizes:
        """As those of the kernel."""
        return self.kernel.sizes()

    @np.errstate(all="ignore")
    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`."""
        return self._model(self._flat, self._rest(coefficients).reshape(-1), self._gram)

    @np.errstate(all="ignore")
    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`."""
        times, edges = partition.edges(self.kernel.residuals, self.kernel.program.frames, self.fitted)
        rest, first = self._rest(coefficients), edges[0]
        found = []
        for row in pairwise(edges):
            for time in pairwise(times):
                at = (slice(*time), slice(None), slice(row[0] - first, row[1] - first))
                of_all = (slice(None), *at)
                columns = self._columns[of_all].reshape(self.columns, -1)
                found.append(self._model(columns, rest[at].reshape(-1), columns @ columns.T))
        return found

    def on_data(self, data: Sequence[PhaseGrid]) -> HeldColumns:
        """As `LeastSquares.on_data`; columns of the other data are held, however large it is."""
        return replace(self, kernel=self.kernel.on_data(data))

    def _model(self, columns: Array, rest: Array, gram: Array) -> QuadraticModel:
        """What some points add to the mean, from their columns, shape (columns, points), and what is left there."""
        # A quadratic norm is r^2 times half of its weight.
        weight = float(self.norm.weight) / self.points
        return QuadraticModel(0.5 * weight * float(rest @ rest), -weight * (columns @ rest), weight * gram)

    def _rest(self, coefficients: Array) -> Array:
        """What the words leave, axes (residual, rows, points of the contiguous axis)."""
        made = np.asarray(coefficients, dtype=np.float64) @ self._flat
        return self._left - made.reshape(self._left.shape)

    @cached_property
    def _gram(self) -> Array:
        return np.asarray(self._flat @ self._flat.T)

    @property
    def _flat(self) -> Array:
        """Shape (columns, points)."""
        return self._columns.reshape(self.columns, -1)

    @property
    def _columns(self) -> Array:
        """Axes (column, residual, rows, points of the contiguous axis)."""
        return self._held[0]

    @property
    def _left(self) -> Array:
        """The left-hand side, the same axes but the first."""
        return self._held[1]

    @cached_property
    def _held(self) -> tuple[Array, Array]:
        first, last = self.fitted
        columns, left = self.values.whole(self.kernel.grid)
        shape = (self.kernel.residuals, -1, last - first)
        return np.ascontiguousarray(columns).reshape(self.columns, *shape), np.ascontiguousarray(left).reshape(shape)

    def __getstate__(self) -> dict[str, Any]:
        # Another process makes them again sooner than they could be sent.
        return {name: value for name, value in self.__dict__.items() if name not in ("_held", "_gram")}
