"""What lies in the flat arrays of a function on one state; a new kind of thing is one new entry in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.codegen.arguments import Scratch, Table
from symdcrnn.kernels.codegen.tables import Source, content
from symdcrnn.kernels.one_state.layout import StateArray, StateFunction
from symdcrnn.kernels.runtime.bound import PhaseKernel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Spans = Mapping[str, tuple[int, int]]
Axes = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PartNumbers:
    """The numbers of one part.

    Parameters
    ----------
    kernel : PhaseKernel
        With the grid, whose fields are not read.
    spans : mapping of str to (int, int)
        By axis the points that are computed.
    which : ndarray of int64, shape (columns,)
        The coefficient that each column is multiplied by; -1 for none.
    factors : ndarray, shape (columns,)
        What it is multiplied by besides.
    inside : mapping of str to mapping
        By name of a cotangent the points where it counts.
    """

    kernel: PhaseKernel
    spans: Spans
    which: Indices
    factors: Array
    inside: Mapping[str, Spans]


@dataclass(frozen=True)
class KnownFunction:
    """A known function among ``functions``.

    Parameters
    ----------
    name : str
    axes : tuple of str
        Its axes there, t first where it changes in time.
    first, size : int
        Where it is.
    frame, frames : int
        The first frame that it is at, and how many there are.
    """

    name: str
    axes: Axes
    first: int
    size: int
    frame: int
    frames: int


@dataclass(frozen=True, eq=False)
class Packed:
    """The flat arrays of a function on one state.

    Parameters
    ----------
    numbers : ndarray
    places : ndarray of int64
    functions : tuple of KnownFunction
    scratch : int
        The length of the array to work in.
    """

    numbers: Array
    places: Indices
    functions: tuple[KnownFunction, ...]
    scratch: int


def pack(
    function: StateFunction, slots: Sequence[Any], parts: Sequence[PartNumbers], sizes: Mapping[str, int],
    coefficients: int,
) -> Packed:
    """Put the numbers of a function into flat arrays.

    Parameters
    ----------
    function : StateFunction
    slots : sequence of Slot
        Of its source.
    parts : sequence of PartNumbers
        One for each part.
    sizes : mapping of str to int
        Points by axis.
    coefficients : int
        How many there are.
    """
    shapes = [length for array in (*function.arrays, *function.outputs) for length in shape_of(array, sizes)]
    floats: list[Array] = []
    whole: list[Indices] = []
    places: list[tuple[int, int, int]] = []
    known: dict[tuple[object, ...], KnownFunction] = {}
    # What is found at which place is known once the length of their list is.
    begin = function.header + 3 * len(slots)
    used = dict.fromkeys(("numbers", "functions", "places"), 0)
    contents = [KINDS[slot.kind](parts[slot.part], slot.content) for slot in slots]
    shared = sum(prod(_extent(made)) for slot, made in zip(slots, contents, strict=True) if slot.shared)
    # Each part begins anew behind what is shared.
    scratch, common = dict.fromkeys(range(len(parts)), shared), 0
    for slot, made in zip(slots, contents, strict=True):
        rows, columns = _extent(made)
        size = rows * columns
        if slot.kind == "function":
            name, axes, frame = slot.content
            frames = parts[slot.part].kernel.program.frames if "t" in axes else 1
            new = KnownFunction(name, axes, used["functions"], size, frame if "t" in axes else 0, frames)
            one = known.setdefault((name, axes, new.frame, frames), new)
            used["functions"] = max(used["functions"], one.first + size)
            places.append((one.first, rows, columns))
        elif slot.shared:
            places.append((common, rows, columns))
            common += size
        elif slot.where == "scratch":
            places.append((scratch[slot.part], rows, columns))
            scratch[slot.part] += size
        elif slot.kind == "rows":
            places.append((0, rows, columns))
        else:
            array: NDArray[Any] = made if isinstance(made, np.ndarray) else np.zeros(size, np.int64)
            (floats if slot.where == "numbers" else whole).append(array.reshape(-1))
            places.append(((begin if slot.where == "places" else 0) + used[slot.where], rows, columns))
            used[slot.where] += size
    room = max(scratch.values(), default=0)
    lengths = (begin + used["places"], used["numbers"], used["functions"], room, coefficients)
    head = np.array([*lengths, *shapes, *(number for place in places for number in place)], np.int64)
    return Packed(np.concatenate([np.zeros(0), *floats]), np.concatenate([head, *whole]), tuple(known.values()), room)


def _extent(made: NDArray[Any] | tuple[int, int]) -> tuple[int, int]:
    rows, columns = (1, *made.shape)[-2:] if isinstance(made, np.ndarray) else made
    return rows, columns


def shape_of(array: StateArray, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of an argument that holds a field."""
    shape = (*(() if array.frames is None else (array.frames,)), *(sizes[axis] for axis in array.axes))
    return shape or (1,)


def _lengths(part: PartNumbers, axes: Axes, frames: int | None) -> tuple[int, ...]:
    return (*(() if frames is None else (frames,)), *(part.kernel.grid.axis(axis).size for axis in axes if axis != "t"))


def _rows_of(part: PartNumbers, axes: Axes, frames: int | None) -> tuple[int, int]:
    """How many rows of which length an array is for a kernel."""
    row = part.kernel.program.axes.row
    last = part.kernel.grid.axis(row).size if row in axes else 1
    return prod(_lengths(part, axes, frames)) // last, last


def _framed(array: StateArray, frame: int | None) -> int | None:
    return array.frames if frame is None else None


def _plan(part: PartNumbers, target: Axes, source: Axes, frames: int | None, inside: Spans) -> Indices:
    """Extents, steps in the source, and the box that is not zero, axis by axis of the target."""
    names = [name for name in target if name != "t"]
    others = [name for name in source if name != "t"]
    sizes = {name: part.kernel.grid.axis(name).size for name in names}
    steps = {name: prod(sizes[other] for other in others[others.index(name) + 1:]) for name in names}
    rows = [(sizes[name], steps[name], *inside.get(name, (0, sizes[name]))) for name in names]
    if frames is not None:
        rows.insert(0, (frames, prod(sizes.values()), 0, frames))
    return np.ascontiguousarray(np.array(rows or [(1, 1, 0, 1)], np.int64).T)


def _reading(part: PartNumbers, what: tuple[StateArray, Axes, int | None]) -> Indices:
    array, wanted, frame = what
    return _plan(part, wanted, array.axes, _framed(array, frame), part.inside.get(array.field, {}))


def _writing(part: PartNumbers, what: tuple[StateArray, Axes]) -> Indices:
    array, wanted = what
    return _plan(part, array.axes, wanted, None, {})


def _rows(part: PartNumbers, what: tuple[StateArray, Axes, int | None]) -> tuple[int, int]:
    array, wanted, frame = what
    return _rows_of(part, wanted, _framed(array, frame))


def _result(part: PartNumbers, what: tuple[StateArray, Axes]) -> tuple[int, int]:
    return _rows_of(part, what[1], None)


def _function(part: PartNumbers, what: tuple[str, Axes, int]) -> tuple[int, int]:
    return _rows_of(part, what[1], part.kernel.program.frames if "t" in what[1] else None)


def _table(part: PartNumbers, table: Table) -> NDArray[Any]:
    return content(table, Source(part.kernel.grid, part.kernel.fitted_whole))


def _room(part: PartNumbers, one: Scratch) -> tuple[int, int]:
    rows, columns = (1, *part.kernel.room_shape(one))[-2:]
    return rows, columns


def _levels(number: int) -> Callable[[PartNumbers, object], NDArray[Any]]:
    def made(part: PartNumbers, _: object) -> NDArray[Any]:
        found: NDArray[Any] = part.kernel.level_arrays[number]
        return found.reshape(found.shape[-2:])

    return made


KINDS: dict[str, Callable[[PartNumbers, Any], NDArray[Any] | tuple[int, int]]] = {
    "function": _function, "room of a field": _rows, "room of a result": _result, "reading plan": _reading,
    "writing plan": _writing, "rows": _rows, "which": lambda part, _: part.which,
    "factors": lambda part, _: part.factors, "coefficients": lambda part, _: (1, part.which.size), "table": _table,
    "room": _room, "sizes": lambda part, _: part.kernel.sizes_array(part.spans, (0, 1)),
    "level frames": _levels(0), "level counts": _levels(1), "level weights": _levels(2), "level sums": _levels(3),
    "fitted": lambda part, _: part.kernel.fitted_whole,
}
