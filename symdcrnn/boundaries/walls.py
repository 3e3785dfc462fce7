"""What fields are at walls and beyond them while they are marched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.boundaries.conditions import Beyond
from symdcrnn.boundaries.padding import Padding
from symdcrnn.boundaries.reflection import Mirror

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Wall:
    """One end of an axis.

    Parameters
    ----------
    axis : str
    upper : bool
    width : int
        How many points stand beyond it.
    at_point : bool
        Whether it stands at the first point, and not before it.
    beyond : Beyond
    mirror : Mirror or None
        What fields go on as beyond it, if not as they are.
    incoming : mapping of str to ndarray of bool
        By field which values at the wall are known to come in, of the shape of the field without the axis.
    given : callable
        These values as ``given(name, t)``, of the same shape.
    """

    axis: str
    upper: bool
    width: int
    at_point: bool
    beyond: Beyond
    mirror: Mirror | None
    incoming: Mapping[str, Mask]
    given: Callable[[str, float], Array]

    def line(self, axes: Sequence[str], values: NDArray[Any]) -> NDArray[Any]:
        """A view with the axis as the last one, from beyond the wall inwards."""
        moved = np.moveaxis(values, list(axes).index(self.axis), -1)
        return moved[..., ::-1] if self.upper else moved

    def fill(self, name: str, axes: Sequence[str], t: float, values: Array) -> None:
        """Write what is known at the wall and beyond it."""
        line, rest = self.line(axes, values), [axis for axis in axes if axis != self.axis]
        first, incoming = line[..., self.width], self.incoming.get(name)
        given = None if incoming is None else self.given(name, t)
        if self.at_point and incoming is not None and given is not None:
            first[incoming] = given[incoming]
        if self.at_point and self.mirror is not None:
            # What both directions agree on, so that averages over the velocities stay as they are.
            first[...] = 0.5 * (first + self.mirror.of(name, rest, first))
        for number in range(self.width):
            found = self._sum(line, self.beyond.weights[number])
            if self.mirror is not None:
                found = self.mirror.of(name, rest, found)
            elif not self.at_point and incoming is not None and given is not None:
                known = self._sum(line, self.beyond.known[number]) + self.beyond.share[number] * given
                found = np.where(incoming, known, found)
            line[..., self.width - 1 - number] = found

    def _sum(self, line: Array, weights: Array) -> Array:
        used = np.flatnonzero(weights)
        return np.asarray(sum((weights[one] * line[..., self.width + one] for one in used[1:]),
                              weights[used[0]] * line[..., self.width + used[0]]))

    def coupling(self, name: str, axes: Sequence[str], shape: tuple[int, ...]) -> csc_matrix:
        """Which values of a field those after `fill` may depend on."""
        import scipy.sparse

        numbers = np.arange(int(np.prod(shape))).reshape(shape)
        line, rest = self.line(axes, numbers), [axis for axis in axes if axis != self.axis]
        own = np.ones(shape, bool)
        inner = self.line(axes, own)
        inner[..., :self.width] = False
        if self.at_point and name in self.incoming:
            inner[..., self.width][self.incoming[name]] = False
        rows: list[NDArray[Any]] = [numbers[own]]
        columns: list[NDArray[Any]] = [numbers[own]]
        turned = self.mirror and Mirror(self.mirror.partners, ())
        if turned is not None and self.at_point:
            rows.append(line[..., self.width].ravel())
            columns.append(turned.of(name, rest, line[..., self.width]).ravel())
        for number in range(self.width):
            for one in np.flatnonzero(np.abs(self.beyond.weights[number]) + np.abs(self.beyond.known[number])):
                source = line[..., self.width + one]
                rows.append(line[..., self.width - 1 - number].ravel())
                columns.append((source if turned is None else turned.of(name, rest, source)).ravel())
        row, column = np.concatenate(rows), np.concatenate(columns)
        return scipy.sparse.coo_matrix((np.ones(row.size), (row, column)), shape=(numbers.size,) * 2).tocsc()


@dataclass(frozen=True, eq=False)
class Walls:
    """All walls of a grid; see `symdcrnn.embedding.march.Ends`.

    Parameters
    ----------
    padding : Padding
    walls : tuple of Wall
    axes : mapping of str to tuple of str
        Of every field, without t.
    inside : mapping of str to ndarray of bool
        By field with an equation the points that have a rate.
    """

    padding: Padding
    walls: tuple[Wall, ...]
    axes: Mapping[str, tuple[str, ...]]
    inside: Mapping[str, Mask]

    def fill(self, name: str, t: float, values: Array) -> None:
        """As `Ends.fill`."""
        for wall in self.walls:
            if wall.axis in self.axes[name]:
                wall.fill(name, self.axes[name], t, values)

    def around(self, name: str, values: Array) -> Array:
        """As `Ends.around`."""
        return self.padding.around(self.axes[name], values)

    def within(self, name: str, values: Array) -> Array:
        """As `Ends.within`."""
        return self.padding.within(self.axes[name], values)

    def coupling(self, name: str, shape: tuple[int, ...]) -> csc_matrix:
        """As `Ends.coupling`."""
        import scipy.sparse

        own = [wall.coupling(name, self.axes[name], shape) for wall in self.walls if wall.axis in self.axes[name]]
        size = int(np.prod(shape))
        return reduce(lambda found, one: one @ found, own, scipy.sparse.identity(size, format="csc"))
