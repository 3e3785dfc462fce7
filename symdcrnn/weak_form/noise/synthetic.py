"""White noise of the levels of the data, where no formula says what noise does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.weak_form.noise.precision import variances_on

Array = NDArray[np.float64]

STREAM = 15
"""Of the random numbers of synthetic noise."""


@dataclass(frozen=True, eq=False)
class SyntheticNoise:
    """Frames of noise, or of data with noise; see `FrameWindows`.

    Every frame has random numbers of its own, so it is the same however frames are cut.

    Parameters
    ----------
    data : FrameWindows
        Not read for noise alone.
    levels : mapping of str to float
        Standard deviations by field.
    seed : int
    onto : float, optional
        How much of it is added to the data; it is alone without.
    """

    data: FrameWindows
    levels: Mapping[str, float]
    seed: int
    onto: float | None = None

    @property
    def frames(self) -> int:
        return self.data.frames

    @property
    def outline(self) -> PhaseGrid:
        """As `FrameWindows.outline`."""
        return self.data.outline

    def between(self, first: int, stop: int) -> PhaseGrid:
        """As `FrameWindows.between`."""
        return next(self.runs([(first, stop)]))

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`."""
        alone = self.onto is None
        for one, some in zip(ranges, (self.outline if alone else self.data).runs(ranges), strict=True):
            fields = self._noise(some, range(*one))
            if self.onto is not None:
                fields = {name: some.fields[name] + self.onto * noise for name, noise in fields.items()}
            yield replace(some, fields=fields)

    def _noise(self, some: PhaseGrid, frames: range) -> dict[str, Array]:
        sizes = {axis.name: axis.size for axis in some.axes}
        found = {}
        for number, (name, axes) in enumerate(sorted(some.field_axes.items())):
            shape = tuple(sizes[axis] for axis in axes if axis != "t")
            own = variances_on(name, some)
            level = self.levels.get(name, 0.0) if own is None else 1.0
            found[name] = np.array([level * np.random.default_rng((self.seed, STREAM, number, frame)).standard_normal(
                shape) for frame in frames])
            if own is not None:
                wide = (len(frames), *(axis.size if axis.name in axes else 1 for axis in some.axes))
                found[name] *= np.sqrt(np.broadcast_to(own, wide)).reshape(found[name].shape)
        return found
