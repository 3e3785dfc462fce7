"""The intermediate representation: values over axes, and what a kernel makes of them.

A value is a frame of a field, a combination of frames, or made from earlier values by one operation. It has the axes
that it depends on and is stored for those alone. A *column* of the residual is a sum of factors times values, where a
factor is a function of whole axes, see `factors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.ir.difference_weights import Formula
from symdcrnn.kernels.ir.factors import Factor


@dataclass(frozen=True)
class Axes:
    """How the axes of the data are walked through.

    Parameters
    ----------
    whole : tuple of str
        Axes of which all points are in reach at once: those of quadratures, velocities and indices.
    tiled : tuple of str
        Axes that are cut into tiles with a halo; the last one is contiguous in memory.
    uneven : frozenset of str
        Tiled axes whose stencils have weights of their own at every point.
    """

    whole: tuple[str, ...]
    tiled: tuple[str, ...]
    uneven: frozenset[str] = frozenset()

    @property
    def row(self) -> str:
        """The contiguous axis."""
        return self.tiled[-1]

    @property
    def order(self) -> tuple[str, ...]:
        return (*self.whole, *self.tiled)

    def sorted(self, names: frozenset[str] | set[str]) -> tuple[str, ...]:
        """Some of the axes in storage order."""
        return tuple(name for name in self.order if name in names)


@dataclass(frozen=True)
class Load:
    """A field: at one frame, on a combination of frames, or a function that does not change in time.

    Parameters
    ----------
    field : str
    level : int or None
        Which combination of frames; None for a single one.
    steady : bool
        Whether it does not change in time; a level then multiplies it by the sum of its weights.
    """

    field: str
    level: int | None
    steady: bool


@dataclass(frozen=True)
class Combine:
    """A combination of the last frames of a value that is computed frame by frame."""

    level: int


@dataclass(frozen=True)
class Difference:
    """A difference formula along an axis, or one of two by the sign of a coordinate.

    Parameters
    ----------
    right : Formula
        Where the coordinate is positive, or everywhere.
    left : Formula or None
        Where it is not.
    lean : str or None
        The coordinate.
    """

    right: Formula
    left: Formula | None = None
    lean: str | None = None

    @property
    def axis(self) -> str:
        return self.right.axis

    @property
    def reach(self) -> int:
        return max(self.right.reach, self.left.reach if self.left else 0)


@dataclass(frozen=True)
class Average:
    """sum_i weight_i factor_i u_i along a whole axis."""

    axis: str
    factor: Factor


@dataclass(frozen=True)
class Transform:
    """sum_j kernel_ij factor_j u_j along a whole axis."""

    axis: str
    kernel: str
    factor: Factor


@dataclass(frozen=True)
class Scale:
    """The sum of the sources, each times a factor."""

    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Map:
    """A function of the sources at every point.

    Parameters
    ----------
    expression : str
        In the language of kernels, with ``{0}``, ``{1}``, ... for the sources.
    operations : int
        How many it takes, for counting costs.
    """

    expression: str
    operations: int


@dataclass(frozen=True)
class Spread:
    """The same values along further tiled axes."""


Operation = Load | Combine | Difference | Average | Transform | Scale | Map | Spread


@dataclass(frozen=True)
class Value:
    """One value.

    Parameters
    ----------
    name : str
        An identifier.
    operation : Operation
    sources : tuple of str
        Names of earlier values.
    axes : tuple of str
        In storage order.
    framewise : bool
        Whether it is computed at every frame by itself, and not on a combination of frames.
    """

    name: str
    operation: Operation
    sources: tuple[str, ...]
    axes: tuple[str, ...]
    framewise: bool = False


@dataclass(frozen=True)
class Item:
    """One term of a column: a factor times a value."""

    column: int
    factor: Factor
    value: str


@dataclass(frozen=True)
class Program:
    """A whole kernel: values in order, and the items that the columns are sums of.

    Parameters
    ----------
    axes : Axes
    values : tuple of Value
        Each after its sources.
    items : tuple of Item
    columns : int
        How many there are.
    target : str
        The value of the left-hand side.
    target_field : str
    frames : int
        How many consecutive frames one residual reads.
    levels : int
        Combinations of frames; the first one is that of the left-hand side.
    field_axes : tuple of (str, tuple of str)
        Every field and known function that is read, and its axes, ``t`` first where it changes in time.
    leans : tuple of (str, tuple of str)
        Every coordinate that a stencil leans by, and its axes.
    reads : tuple of (tuple of int)
        The frames that each level reads.
    """

    axes: Axes
    values: tuple[Value, ...]
    items: tuple[Item, ...]
    columns: int
    target: str
    target_field: str
    frames: int
    levels: int
    field_axes: tuple[tuple[str, tuple[str, ...]], ...]
    leans: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reads: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Value]:
        return {value.name: value for value in self.values}

    @property
    def framewise(self) -> bool:
        """Whether something is computed frame by frame."""
        return any(value.framewise for value in self.values)

    @cached_property
    def target_whole(self) -> tuple[str, ...]:
        """The whole axes of the left-hand side."""
        return self.whole(self.by_name[self.target])

    def whole(self, value: Value) -> tuple[str, ...]:
        """The whole axes that a value depends on."""
        return tuple(axis for axis in self.axes.whole if axis in value.axes)

    @cached_property
    def halos(self) -> dict[str, dict[str, int]]:
        """By value and tiled axis how far beyond a tile it is needed, from the reach of what is made of it."""
        needed = {value.name: dict.fromkeys(self.axes.tiled, 0) for value in self.values}
        for value in reversed(self.values):
            for source in value.sources:
                for axis in self.axes.tiled:
                    operation = value.operation
                    along = isinstance(operation, Difference) and operation.axis == axis
                    reach = operation.reach if along and isinstance(operation, Difference) else 0
                    needed[source][axis] = max(needed[source][axis], needed[value.name][axis] + reach)
        return needed

    @cached_property
    def halo(self) -> dict[str, int]:
        """The widest halo along every tiled axis."""
        return {axis: max((halos[axis] for halos in self.halos.values()), default=0) for axis in self.axes.tiled}

    @cached_property
    def margin(self) -> dict[str, int]:
        """How far the stencils of the columns reach along every axis: so far from an open end there are residuals."""
        reach: dict[str, dict[str, int]] = {}
        for value in self.values:
            own = {axis: max((reach[source][axis] for source in value.sources), default=0) for axis in self.axes.order}
            if isinstance(value.operation, Difference):
                own[value.operation.axis] += value.operation.reach
            if isinstance(value.operation, Average):
                own[value.operation.axis] = 0
            reach[value.name] = own
        used = {item.value for item in self.items}
        return {axis: max((reach[name][axis] for name in used), default=0) for axis in self.axes.order}
