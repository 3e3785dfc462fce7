"""A kernel over data that stays on disk: what `PhaseKernel` is for data in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.bound import LevelWeights, PhaseKernel
from symdcrnn.kernels.runtime.word_sizes import word_sizes
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess.residuals.block import Block, Part

Array = NDArray[np.float64]


class StoredFrames(Protocol):
    """What a kernel needs of frames on disk."""

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`."""
        ...

    def filled(self, outline: PhaseGrid) -> FrameWindows:
        """The frames, with the known functions and kernels of an outline."""
        ...


def on_block(kernel: PhaseKernel, block: Block, width: float) -> PhaseKernel:
    """A kernel with the frames of one block.

    Parameters
    ----------
    kernel : PhaseKernel
        On all frames, without the values of fields.
    block : Block
    width : float
    """
    outline = kernel.grid.between(block.first, block.first + block.grid.frames)
    levels = LevelWeights(kernel.levels.weights[block.first:block.stop]) if kernel.levels.varying else None
    return kernel.on_frames(replace(outline, fields=block.grid.fields), levels, width)


@dataclass(frozen=True)
class LossSums:
    """Loss, gradient and Gram matrix of a block, as one array."""

    kernel: PhaseKernel
    coefficients: Array
    width: float

    def __call__(self, block: Block) -> Array:
        kernel = on_block(self.kernel, block, self.width)
        return float(kernel.points) * kernel.evaluate(self.coefficients).packed


@dataclass(frozen=True)
class CellSums:
    """The same for every cell of time and of the contiguous axis, shape (cells along it, cells of time, ...).

    Parameters
    ----------
    edges : tuple of int
        Of the cells along the contiguous axis.
    times : tuple of int
        Of the cells of time, in residuals.
    """

    kernel: PhaseKernel
    coefficients: Array
    width: float
    edges: tuple[int, ...]
    times: tuple[int, ...]

    def __call__(self, block: Block) -> Array:
        kernel, columns = on_block(self.kernel, block, self.width), self.kernel.columns
        out = np.zeros((len(self.edges) - 1, len(self.times) - 1, 1 + columns + columns * columns))
        for time, (begin, end) in enumerate(pairwise(self.times)):
            first, stop = max(begin, block.first) - block.first, min(end, block.stop) - block.first
            if first >= stop:
                continue
            for cell, row in enumerate(pairwise(self.edges)):
                out[cell, time] = kernel.sums(self.coefficients, (first, stop), row).packed
        return out


@dataclass(frozen=True)
class StreamedKernel:
    """A kernel with the blocks of frames it works on.

    Parameters
    ----------
    kernel : PhaseKernel
        Of kind ``normal_equations``, on all frames, without the values of fields.
    data : StoredFrames
    width : float
        The width parameter of the norm.
    """

    kernel: PhaseKernel
    data: StoredFrames
    width: float = 1.0

    linear = True

    @property
    def norm(self) -> Norm:
        return self.kernel.norm

    @property
    def columns(self) -> int:
        return self.kernel.columns

    @property
    def points(self) -> int:
        return self.kernel.points

    @property
    def fitted(self) -> tuple[int, int]:
        """The points of the contiguous axis whose stencils stay inside the data."""
        return self.kernel.fitted

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As `LeastSquares.evaluate`, by one pass."""
        part = LossSums(self.kernel, np.array(coefficients, dtype=np.float64),
                             self.width if width is None else width)
        total = self.data.sums(self.kernel.program.frames, part)
        return QuadraticModel.unpacked(total / self.points, self.columns)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As `LeastSquares.cells`, by one pass."""
        times, edges = partition.edges(self.kernel.residuals, self.kernel.program.frames, self.fitted)
        part = CellSums(self.kernel, np.array(coefficients, dtype=np.float64),
                        self.width if width is None else width, tuple(edges), tuple(times))
        total = self.data.sums(self.kernel.program.frames, part)
        return [QuadraticModel.unpacked(cell, self.columns).scaled(1.0 / self.points)
                for along_row in total for cell in along_row]

    def on_data(self, data: Sequence[PhaseGrid]) -> PhaseKernel:
        """The same kernel with other data, of one trajectory and in memory."""
        return self.kernel.on_data(data)

    def sizes(self) -> ValueSizes:
        """How large the words are in this data, against what they are made of."""
        return word_sizes(self.kernel.form, self.data.filled(self.kernel.grid), self.kernel.stencils)
