"""Frames with a number in the place of every missing value, so that words can be computed; no integral that is kept
reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid


@dataclass(frozen=True, eq=False)
class Filled:
    """Frames without gaps; see `FrameWindows`.

    Parameters
    ----------
    data : FrameWindows
        With NaN where values are missing.
    values : mapping of str to float
        What stands there, by field that has gaps: a value of the field, for which words have a value too.
    """

    data: FrameWindows
    values: Mapping[str, float]

    @property
    def frames(self) -> int:
        return self.data.frames

    @property
    def outline(self) -> PhaseGrid:
        """As `FrameWindows.outline`; its values are those of the data."""
        return self.data.outline

    def between(self, first: int, stop: int) -> PhaseGrid:
        """As `FrameWindows.between`."""
        return self._filled(self.data.between(first, stop))

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`."""
        return map(self._filled, self.data.runs(ranges))

    def _filled(self, some: PhaseGrid) -> PhaseGrid:
        fields = dict(some.fields)
        for name, value in self.values.items():
            fields[name] = np.where(np.isnan(fields[name]), value, fields[name])
        return replace(some, fields=fields)
