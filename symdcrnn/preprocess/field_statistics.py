"""Sizes of fields, a few frames at a time, in memory or on disk.

Nothing here is summed by BLAS, whose order depends on the number of its threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.phase_grid import LARGEST_VALUE
from symdcrnn.preprocess.residuals.block import Block

Array = NDArray[np.float64]

PIECE = 2**17
"""Values that are worked on at a time, about, so that they stay in cache."""


@dataclass(frozen=True)
class SquareSums:
    """The sums of squares of fields over the frames of a block."""

    names: tuple[str, ...]

    def __call__(self, block: Block) -> Array:
        out = np.zeros(len(self.names))
        for number, name in enumerate(self.names):
            values = block.grid.fields[name][:block.stop - block.first]
            step = max(1, PIECE // prod(values.shape[1:]))
            for first in range(0, values.shape[0], step):
                out[number] += np.square(values[first:first + step]).sum()
        return out


def sizes(data: Frames, names: Sequence[str]) -> dict[str, float]:
    """The root mean square of fields, by one pass.

    Raises
    ------
    InputError
        If all values of a field are so small that what is made of their squares is not a number any more.
    """
    squares = data.sums(1, SquareSums(tuple(names)))
    points = {axis.name: axis.size for axis in data.grid.axes}
    values = {name: data.frames * prod(points[axis] for axis in data.grid.field_axes[name][1:]) for name in names}
    found = {name: float(np.sqrt(total / values[name])) for name, total in zip(names, squares, strict=True)}
    for name, size in found.items():
        if 0.0 < size < 1.0 / LARGEST_VALUE:
            raise InputError(f"the field {name!r} has values of about {size:.1e}: give it in units that make them "
                             f"between {1.0 / LARGEST_VALUE:.0e} and {LARGEST_VALUE:.0e}")
    return found
