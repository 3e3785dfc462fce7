"""The intermediate representation: what a kernel computes, free of array syntax.

A program loads combinations of frames, applies stencils, quadratures and multiplications to
them, and hands some of the results on as *columns* of a linear residual

    r = sum_i alpha_i u^{n+i} - sum_c coefficient_c column_c .
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.stencils import Stencil


@dataclass(frozen=True)
class Layout:
    """How a value depends on v.

    Parameters
    ----------
    power : int or None
        None: any dependence, one value per (v, x).  k: the value is v^k times a profile in x,
        one profile for v > 0 and one for v < 0 (the same one if k is 0), so that only the
        profiles are stored.
    """

    power: int | None

    @property
    def full(self) -> bool:
        return self.power is None

    @property
    def averaged(self) -> bool:
        return self.power == 0


OF_WORD = "__word"
"""Between the name of a value and the number of the one word it was made for, before values are shared."""

FULL = Layout(None)
AVERAGED = Layout(0)


@dataclass(frozen=True)
class Load:
    """sum_i time_weights[i] u^{n+i} of one field.

    Parameters
    ----------
    name : str
        An identifier.
    field : str
        The field.
    time_weights : tuple of float
        One per frame of the scheme.
    layout : Layout
        `FULL` or `AVERAGED`.
    """

    name: str
    field: str
    time_weights: tuple[float, ...]
    layout: Layout


@dataclass(frozen=True)
class Difference:
    """A stencil, times v or not.

    Parameters
    ----------
    right, left : Stencil
        The formula where v > 0 and where v < 0.
    times_v : bool
        Whether the result is multiplied by v.
    sign : int
        1 or -1.
    """

    right: Stencil
    left: Stencil
    times_v: bool
    sign: int = 1

    @property
    def reach(self) -> int:
        return max(self.right.reach, self.left.reach)


@dataclass(frozen=True)
class Quadrature:
    """The average over v."""

    reach: int = 0


@dataclass(frozen=True)
class Multiply:
    """The product with a profile in x."""

    profile: str
    reach: int = 0


Operation = Difference | Quadrature | Multiply


@dataclass(frozen=True)
class Node:
    """One operation applied to an earlier value.

    Parameters
    ----------
    name : str
        An identifier made from the word.
    source : str
        The name of a load or an earlier node.
    operation : Operation
        What is done.
    layout : Layout
        How the result depends on v.
    """

    name: str
    source: str
    operation: Operation
    layout: Layout


@dataclass(frozen=True)
class Target:
    """The left-hand side sum_i alpha_i u^{n+i} of the residual."""

    field: str
    time_weights: tuple[float, ...]
    layout: Layout


@dataclass(frozen=True)
class Program:
    """A whole kernel: loads, operations in order, and which values are columns.

    Parameters
    ----------
    loads : tuple of Load
    nodes : tuple of Node
        Each after its source.
    columns : tuple of str
        Names of loads or nodes; column c is multiplied by coefficient c.
    target : Target
        The left-hand side.
    in_place : tuple of str
        Loads that are not made into rows: columns that are read from the frames themselves.
    """

    loads: tuple[Load, ...]
    nodes: tuple[Node, ...]
    columns: tuple[str, ...]
    target: Target
    in_place: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """How many consecutive frames one residual reads."""
        return len(self.target.time_weights)

    @property
    def values(self) -> tuple[Load | Node, ...]:
        """All loads and nodes, each after what it is made from."""
        return (*self.loads, *self.nodes)

    @property
    def stored(self) -> tuple[Load | Node, ...]:
        """Those of them that are made into rows."""
        return tuple(value for value in self.values if value.name not in self.in_place)

    @cached_property
    def fields(self) -> tuple[tuple[str, bool], ...]:
        """The fields it reads and whether each depends on v, in the order of the arguments."""
        found = {load.field: load.layout.full for load in self.loads}
        found.setdefault(self.target.field, self.target.layout.full)
        return tuple(sorted(found.items()))

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        """The profiles in x that it multiplies with."""
        return tuple(sorted({n.operation.profile for n in self.nodes if isinstance(n.operation, Multiply)}))

    def layout(self, name: str) -> Layout:
        """The layout of a load or node."""
        return next(value.layout for value in self.values if value.name == name)

    @cached_property
    def halos(self) -> dict[str, int]:
        """How far beyond a block each value is needed, inferred from the reach of its consumers."""
        needed = {value.name: 0 for value in self.values}
        for node in reversed(self.nodes):
            needed[node.source] = max(needed[node.source], needed[node.name] + node.operation.reach)
        return needed

    @cached_property
    def halo(self) -> int:
        """The widest of `halos`."""
        return max(self.halos.values(), default=0)
