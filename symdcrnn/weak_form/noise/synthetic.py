"""Noise of the levels and the correlations of the data, where no formula says what noise does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.weak_form.noise.correlations import Correlations, averaged, moving_average
from symdcrnn.weak_form.noise.precision import variance_name, variances_on

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
        Not read for noise alone, but for variances that are made of it.
    levels : mapping of str to float
        Standard deviations by field.
    seed : int
    onto : float, optional
        How much of it is added to the data; it is alone without.
    correlations : mapping
        Of the noise of neighbours, by field and axis.
    """

    data: FrameWindows
    levels: Mapping[str, float]
    seed: int
    onto: float | None = None
    correlations: Correlations = field(default_factory=dict)

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
        for one, some in zip(ranges, (self.data if self._reads else self.outline).runs(ranges), strict=True):
            fields = self._noise(some, range(*one))
            if self.onto is not None:
                fields = {name: some.fields[name] + self.onto * noise for name, noise in fields.items()}
            yield replace(some, fields=fields)

    @property
    def _reads(self) -> bool:
        """Whether the values of the data take part, or variances that are made of them."""
        outline = self.outline
        return self.onto is not None or any(variance_name(name) in outline.functions and name not in outline.fields
                                            for name in outline.field_axes)

    def _noise(self, some: PhaseGrid, frames: range) -> dict[str, Array]:
        found = {}
        for number, (name, axes) in enumerate(sorted(some.field_axes.items())):
            own = variances_on(name, some)
            level = self.levels.get(name, 0.0) if own is None else 1.0
            found[name] = level * self._drawn(some, number, name, frames)
            if own is not None:
                wide = (len(frames), *(axis.size if axis.name in axes else 1 for axis in some.axes))
                found[name] *= np.sqrt(np.broadcast_to(own, wide)).reshape(found[name].shape)
        return found

    def _drawn(self, some: PhaseGrid, number: int, name: str, frames: range) -> Array:
        """Noise of a standard deviation of one."""
        own = {axis.name: axis for axis in some.axes}
        weights = {axis: moving_average(values) for axis, values in self.correlations.get(name, {}).items()}
        reach = {axis: one.size // 2 for axis, one in weights.items()}
        inside = [own[axis] for axis in some.field_axes[name] if axis != "t"]
        shape = [axis.size + (0 if axis.periodic else 2 * reach.get(axis.name, 0)) for axis in inside]
        more = reach.get("t", 0)
        found = np.array([np.random.default_rng((self.seed, STREAM, number, more + frame)).standard_normal(shape)
                          for frame in range(frames.start - more, frames.stop + more)])
        for place, axis in enumerate(inside, start=1):
            if axis.name in weights:
                found = averaged(found, weights[axis.name], place, axis.periodic)
        return averaged(found, weights["t"], 0, False) if more else found
