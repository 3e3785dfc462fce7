"""Some residuals in time with the frames they read: what sums over data in memory and on disk are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import PhaseGrid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Some residuals in time with the frames they read.

    Parameters
    ----------
    grid : PhaseGrid
        Frames ``first`` to ``stop + reach - 2`` of the whole.
    first, stop : int
        Its residuals.
    last : bool
        Whether it is the last block.
    """

    grid: PhaseGrid
    first: int
    stop: int
    last: bool


class Part(Protocol):
    """What a block adds to a sum; a frozen dataclass of plain values, so that it can travel to another process."""

    def __call__(self, block: Block) -> Array: ...
