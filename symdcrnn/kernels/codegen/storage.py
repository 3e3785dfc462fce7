"""Where values live while a kernel works on a tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from symdcrnn.kernels.codegen.schedule import Loop, Schedule, crosses
from symdcrnn.kernels.ir.values import Axes, Combine

ALIGNMENT = 8
"""Rows begin a multiple of so many numbers apart."""


@dataclass(frozen=True)
class Tile:
    """The sizes of a tile, part of the source of a kernel.

    Parameters
    ----------
    sizes : tuple of (str, int)
        By tiled axis, the contiguous one last.
    halos : tuple of (str, int)
        Likewise, the widest halo.
    """

    sizes: tuple[tuple[str, int], ...]
    halos: tuple[tuple[str, int], ...]

    def extent(self, axis: str) -> int:
        """Points along an axis, halo and alignment included."""
        size = dict(self.sizes)[axis] + 2 * dict(self.halos)[axis]
        return -(-size // ALIGNMENT) * ALIGNMENT if axis == self.sizes[-1][0] else size

    def strides(self, axes: tuple[str, ...]) -> dict[str, int]:
        """How far apart neighbours along each tiled axis are in a value with these axes; 0 along others."""
        strides, step = {}, 1
        for axis, _ in reversed(self.sizes):
            strides[axis] = step if axis in axes else 0
            step *= self.extent(axis) if axis in axes else 1
        return strides

    def width(self, axes: tuple[str, ...]) -> int:
        """Numbers that a value with these axes takes."""
        size = prod(self.extent(axis) for axis, _ in self.sizes if axis in axes)
        return -(-size // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True)
class Place:
    """Where one value lives.

    Parameters
    ----------
    array : str
        ``shared``, or the name of an array with one row for every point of some whole axes.
    whole : tuple of str
        These axes; none for ``shared``.
    offset : int
        Of its first number.
    axes : tuple of str
        The tiled axes along which it is stored.
    ring : bool
        Whether the array holds the last frames.
    """

    array: str
    whole: tuple[str, ...]
    offset: int
    axes: tuple[str, ...]
    ring: bool = False


@dataclass
class Storage:
    """The places of all values, and of what a reduction needs beside them.

    Parameters
    ----------
    axes : Axes
    tile : Tile
    places : dict of str to Place
    widths : dict of str to int
        By array.
    """

    axes: Axes
    tile: Tile
    places: dict[str, Place] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=lambda: {"shared": 0})
    arrays: dict[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)

    @classmethod
    def of(cls, schedule: Schedule, tile: Tile) -> Storage:
        storage = cls(schedule.program.axes, tile)
        columns, wanted = {item.value for item in schedule.program.items}, schedule.program.target_whole
        last = Loop(schedule.program.target_whole, (*schedule.late, *schedule.lines))
        for loop in (*schedule.frame, *schedule.early, last):
            names = {value.name for value in loop.values}
            late = loop is last
            for value in loop.values:
                users = [user for user in schedule.program.values if value.name in user.sources]
                ring = any(isinstance(user.operation, Combine) for user in users)
                apart = any(user.name not in names or crosses(schedule.program, user) for user in users)
                column = schedule.keep and (late or value.name in columns) and loop.whole == wanted
                kept = bool(loop.whole) and (apart or column)
                axes = (schedule.program.axes.row,) if value in schedule.lines else schedule.program.axes.tiled
                axes = tuple(axis for axis in axes if axis in value.axes)
                storage.places[value.name] = storage.new(axes, loop.whole if kept or ring else (), ring)
        return storage

    def new(self, axes: tuple[str, ...], whole: tuple[str, ...], ring: bool = False) -> Place:
        """A new place for a value with some tiled axes, in the array of some whole axes."""
        array = "shared" if not whole and not ring else f"{'ring' if ring else 'kept'}_{'_'.join(whole) or 'all'}"
        offset = self.widths.get(array, 0)
        self.widths[array] = offset + self.tile.width(axes)
        if array != "shared":
            self.arrays[array] = (whole, ring)
        return Place(array, whole, offset, axes, ring)


def values_bytes(storage: Storage, sizes: dict[str, int], frames: int) -> int:
    """Bytes that the values of a tile take, for axes of these sizes."""
    total = storage.widths["shared"]
    for array, (whole, ring) in storage.arrays.items():
        total += storage.widths[array] * prod(sizes[axis] for axis in whole) * (frames if ring else 1)
    return 8 * total
