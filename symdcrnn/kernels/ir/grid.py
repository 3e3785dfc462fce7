"""The arrays that kernels read: fields, known functions and matrices over named axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]
Role = Literal["space", "velocity", "index"]

EVEN = 1e-6
"""Largest deviation of a step from the mean step on an evenly spaced axis, relative to the mean step."""


@dataclass(frozen=True, eq=False)
class GridAxis:
    """One axis of the data.

    Parameters
    ----------
    name : str
    role : str
        ``space``, ``velocity`` or ``index``.
    coordinate : ndarray, shape (n,)
        Its points.
    periodic : bool
        Whether the last point is followed by the first.
    weights : ndarray, shape (n,), optional
        Of a quadrature along it, of sum one.
    repeats : float, optional
        The length after which it repeats, where it is periodic and that is known.
    """

    name: str
    role: Role
    coordinate: Array
    periodic: bool = False
    weights: Array | None = None
    repeats: float | None = None

    @property
    def size(self) -> int:
        return int(self.coordinate.size)

    @cached_property
    def spacing(self) -> float | None:
        """The distance of its points, where that is the same everywhere."""
        return spacing_of(self.coordinate)

    @property
    def period(self) -> float:
        """Its length where it is periodic; a step of mean length leads from the last point to the first if unknown."""
        if self.repeats is not None and self.spacing is None:
            return self.repeats
        length = float(self.coordinate[-1] - self.coordinate[0])
        return length * self.size / max(self.size - 1, 1)


class FrameWindows(Protocol):
    """Frames of which some are asked for: a `PhaseGrid`, or frames on disk."""

    @property
    def frames(self) -> int: ...

    @property
    def outline(self) -> PhaseGrid:
        """All of them; the values of the fields may be lacking."""
        ...

    def between(self, first: int, stop: int) -> PhaseGrid:
        """Frames ``first`` to ``stop - 1``."""
        ...

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """`between` of one range after the other."""
        ...


@dataclass(frozen=True, eq=False)
class ChangedFrames:
    """Frames with other values; see `FrameWindows`.

    Parameters
    ----------
    data : FrameWindows
    change : callable
        From some frames and the number of the first one to the same with other values.
    """

    data: FrameWindows
    change: Callable[[PhaseGrid, int], PhaseGrid]

    @property
    def frames(self) -> int:
        return self.data.frames

    @property
    def outline(self) -> PhaseGrid:
        """As `FrameWindows.outline`; its values are those of the data."""
        return self.data.outline

    def between(self, first: int, stop: int) -> PhaseGrid:
        """As `FrameWindows.between`."""
        return self.change(self.data.between(first, stop), first)

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`."""
        for (first, _), some in zip(ranges, self.data.runs(ranges), strict=True):
            yield self.change(some, first)


@dataclass(frozen=True, eq=False)
class PhaseGrid:
    """What kernels need to know of a trajectory on any axes.

    Parameters
    ----------
    axes : tuple of GridAxis
        In storage order; time is not among them.
    t : ndarray, shape (frames,)
        Times of the frames.
    fields : mapping of str to ndarray
        float64, C-contiguous, axes in storage order, time first.
    field_axes : mapping of str to tuple of str
        The axes of each field, ``t`` first where it changes in time.
    functions : mapping of str to (tuple of str, ndarray)
        Known functions by the expression that names them, and their axes; time may be the first one.
    matrices : mapping of (str, str) to ndarray, shape (n, n)
        Kernels by axis and expression, with the weights of the sum in them.
    """

    axes: tuple[GridAxis, ...]
    t: Array
    fields: Mapping[str, Array]
    field_axes: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, tuple[tuple[str, ...], Array]] = field(default_factory=dict)
    matrices: Mapping[tuple[str, str], Array] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        return int(self.t.size)

    @property
    def outline(self) -> PhaseGrid:
        """As `FrameWindows.outline`."""
        return self

    @cached_property
    def dt(self) -> float | None:
        """The distance of the frames, where that is the same everywhere."""
        return spacing_of(self.t)

    def between(self, first: int, stop: int) -> PhaseGrid:
        """Frames ``first`` to ``stop - 1``."""
        fields = {name: values[first:stop] if "t" in self.field_axes[name] else values
                  for name, values in self.fields.items()}
        functions = {name: (axes, values[first:stop] if "t" in axes else values)
                     for name, (axes, values) in self.functions.items()}
        return replace(self, t=self.t[first:stop], fields=fields, functions=functions)

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`."""
        return (self.between(*one) for one in ranges)

    def axis(self, name: str) -> GridAxis:
        """The axis of that name.

        Raises
        ------
        InputError
            If there is none.
        """
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise InputError(f"there is no axis {name!r}: the data has {', '.join(axis.name for axis in self.axes)}")

    def values_of(self, name: str) -> tuple[tuple[str, ...], Array]:
        """The axes and the values of a field or of a known function; that without a name is one everywhere."""
        if not name:
            return (), np.ones(())
        return (self.field_axes[name], self.fields[name]) if name in self.fields else self.functions[name]

    def weights(self, name: str) -> Array:
        """The quadrature weights of an axis.

        Raises
        ------
        InputError
            If the data has none.
        """
        weights = self.axis(name).weights
        if weights is None:
            raise InputError(f"an average over {name!r} needs quadrature weights: add an array 'weights' with axis "
                             f"{name!r} to the data")
        return weights


def spacing_of(points: Array) -> float | None:
    """The distance of points that are evenly spaced; None of others."""
    if points.size < 2:
        return 1.0
    steps = np.diff(points)
    mean = float((points[-1] - points[0]) / steps.size)
    allowed = EVEN * abs(mean) + 4.0 * float(np.spacing(np.max(np.abs(points))))
    return mean if np.all(np.abs(steps - mean) <= allowed) else None
