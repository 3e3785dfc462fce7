"""A kernel over data that stays on disk: what `BoundKernel` is for data in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.build import Kernel
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel, GridData, cell_edges, fitted_range
from symdcrnn.kernels.value_sizes import ValueSizes, sampled_residuals, value_sizes
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.grid import bound_to
from symdcrnn.preprocess.residuals.block import Block

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LossSums:
    """Loss, gradient and Gram matrix of a block, as one array."""

    spec: KernelSpec
    coefficients: Array
    width: float

    def __call__(self, block: Block) -> Array:
        kernel = bound_to(self.spec, block.data, self.width)
        return float(kernel.points) * kernel.evaluate(self.coefficients).packed


@dataclass(frozen=True)
class CellSums:
    """The same for every cell of time and x, shape (cells along x, cells of time, ...).

    Parameters
    ----------
    edges : tuple of int
        Of the cells along x.
    times : tuple of int
        Of the cells of time, in residuals.
    """

    spec: KernelSpec
    coefficients: Array
    width: float
    edges: tuple[int, ...]
    times: tuple[int, ...]

    def __call__(self, block: Block) -> Array:
        columns = len(self.spec.program.columns)
        out = np.zeros((len(self.edges) - 1, len(self.times) - 1, 1 + columns + columns * columns))
        for time, (begin, end) in enumerate(pairwise(self.times)):
            first, stop = max(begin, block.first) - block.first, min(end, block.stop) - block.first
            if first >= stop:
                continue
            kernel = bound_to(self.spec, block.data.between(first, stop + self.spec.program.frames - 1), self.width)
            for cell, (left, right) in enumerate(pairwise(self.edges)):
                out[cell, time] = kernel.sums_by_time(self.coefficients, left, right, 1)[0].packed
        return out


@dataclass(frozen=True)
class StreamedKernel:
    """A kernel with the blocks of frames it works on.

    Parameters
    ----------
    kernel : Kernel
        Of kind ``normal_equations``.
    data : Frames
        On disk.
    width : float
        The width parameter of the norm.
    """

    kernel: Kernel
    data: Frames
    width: float = 1.0

    linear = True

    @property
    def norm(self) -> Norm:
        return self.kernel.spec.norm

    @property
    def columns(self) -> int:
        """How many coefficients there are."""
        return len(self.kernel.spec.program.columns)

    @property
    def residuals(self) -> int:
        """How many there are in time."""
        return self.data.frames - self.kernel.spec.program.frames + 1

    @property
    def fitted(self) -> tuple[int, int]:
        """The indices of x whose stencils stay inside the data."""
        return fitted_range(self.kernel.spec.program, self.data.outline)

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        first, last = self.fitted
        velocities = self.data.outline.v.size if self.kernel.spec.program.target.layout.full else 1
        return self.residuals * int(velocities) * (last - first)

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and reweighted Gram matrix, by one pass; arguments as those of `BoundKernel`."""
        part = LossSums(self.kernel.spec, np.array(coefficients, dtype=np.float64),
                        self.width if width is None else width)
        total = self.data.sums(self.kernel.spec.program.frames, part)
        return QuadraticModel.unpacked(total / self.points, self.columns)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What cells of x and of time contribute to `evaluate`, by one pass; see `LeastSquares.cells`."""
        first, last = self.fitted
        along_time = partition.along_time(self.residuals, self.kernel.spec.program.frames)
        times = tuple(self.residuals * number // along_time for number in range(along_time + 1))
        edges = tuple(cell_edges(first, last, partition.along_space(last - first)))
        part = CellSums(self.kernel.spec, np.array(coefficients, dtype=np.float64),
                        self.width if width is None else width, edges, times)
        total = self.data.sums(self.kernel.spec.program.frames, part)
        return [QuadraticModel.unpacked(cell, self.columns).scaled(1.0 / self.points)
                for along_x in total for cell in along_x]

    def on_data(self, data: Sequence[GridData]) -> BoundKernel:
        """The same kernel with other data, of one trajectory and in memory."""
        return BoundKernel(self.kernel, data[0], self.width)

    def sizes(self) -> ValueSizes:
        """How large the values of the program are in this data."""
        program = self.kernel.spec.program
        samples = (self.data.at(first, first + program.frames)
                   for first in sampled_residuals(self.residuals))
        return value_sizes(program, samples, *self.fitted)
