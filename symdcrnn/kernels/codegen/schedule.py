"""The order of loops: what runs over the same whole axes is one loop, and what only the reduction needs stays in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from symdcrnn.kernels.ir.values import Average, Combine, Difference, Load, Program, Spread, Transform, Value


@dataclass(frozen=True)
class Loop:
    """Values that are computed one after the other for every point of some whole axes."""

    whole: tuple[str, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Schedule:
    """The loops of a program.

    Parameters
    ----------
    program : Program
    frame : tuple of Loop
        For every frame.
    early : tuple of Loop
        For every residual.
    late : tuple of Value
        In the loop of the reduction, over the whole axes of the left-hand side.
    lines : tuple of Value
        After these, row by row of a tile: nothing reads their other rows, so that they stay in the first cache.
    keep : bool
        Whether late values are kept for all points of the whole axes, and not overwritten by those of the next.
    direct : tuple of Value
        The left-hand side and columns that the reduction reads in the data.
    """

    program: Program
    frame: tuple[Loop, ...]
    early: tuple[Loop, ...]
    late: tuple[Value, ...]
    lines: tuple[Value, ...]
    keep: bool
    direct: tuple[Value, ...] = ()


InPlace = Literal["target", "columns"] | None
"""What a reduction may read in the data: the left-hand side, or frames that are columns as well."""

FUSED = 16
"""At most so many columns of a reduction are written out."""


def scheduled(program: Program, keep: bool, in_place: InPlace = None) -> Schedule:
    """The schedule of a program.

    Parameters
    ----------
    program : Program
    keep : bool
        See `Schedule`.
    in_place : str or None
        See `InPlace`.
    """
    program = with_copies(program, _late(program), keep)
    late = _late(program)
    combined = [value for value in program.values if not value.framewise and value.name not in late]
    frame = [value for value in program.values if value.framewise]
    direct = _direct(program, late, in_place)
    late -= direct
    lines = set() if keep else {name for name in late if _alone(program, program.by_name[name])}

    def only(names: set[str]) -> tuple[Value, ...]:
        return tuple(value for value in program.values if value.name in names)

    return Schedule(program, _loops(program, frame), _loops(program, combined), only(late - lines), only(lines), keep,
                    only(direct))


def with_copies(program: Program, late: set[str], keep: bool) -> Program:
    """The program with columns that live elsewhere than those of the reduction copied into its loop."""
    copies: dict[str, Value] = {}
    target = program.by_name[program.target]
    for item in program.items:
        value = program.by_name[item.value]
        whole = program.whole(value)
        if value.name not in late and whole and not (keep and whole == program.target_whole):
            axes = program.axes.sorted({*value.axes, *target.axes})
            copies[value.name] = Value(f"copy_{value.name}", Spread(), (value.name,), axes)
    items = tuple(replace(item, value=copies[item.value].name) if item.value in copies else item
                  for item in program.items)
    return replace(program, values=(*program.values, *copies.values()), items=items)


def crosses(program: Program, value: Value) -> bool:
    """Whether a value reads its source at other points of whole axes."""
    operation = value.operation
    if isinstance(operation, Difference):
        return operation.axis in program.axes.whole
    return isinstance(operation, Average | Transform)


def _late(program: Program) -> set[str]:
    late: set[str] = set()
    wanted = program.target_whole
    users: dict[str, list[Value]] = {value.name: [] for value in program.values}
    for value in program.values:
        for source in value.sources:
            users[source].append(value)
    for value in reversed(program.values):
        if value.framewise or program.whole(value) != wanted:
            continue
        if all(user.name in late and not crosses(program, user) for user in users[value.name]):
            late.add(value.name)
    return late


def _direct(program: Program, late: set[str], in_place: InPlace) -> set[str]:
    """The values that the reduction reads in the data itself: combinations of frames that nothing else is made of."""
    made = {source for value in program.values for source in value.sources}
    fields = {value.operation.field for value in program.values
              if value.name == program.target and isinstance(value.operation, Load)}
    columns = {item.value for item in program.items}
    written_out = sum(bool(program.whole(program.by_name[name])) or not program.target_whole for name in columns)
    return {
        value.name for value in program.values
        if value.name in late - made and isinstance(value.operation, Load) and value.operation.level is not None
        and value.operation.field in fields and not value.operation.steady
        and ((in_place == "columns" and written_out <= FUSED) or (in_place is not None and value.name not in columns))
    }


def _alone(program: Program, value: Value) -> bool:
    """Whether only the same row of a late value is read, and it has the tiled axes of the left-hand side."""
    target = program.by_name[program.target].axes
    return all((axis in value.axes) == (axis in target) and not program.halos[value.name][axis]
               for axis in program.axes.tiled[:-1])


def _loops(program: Program, values: Sequence[Value]) -> tuple[Loop, ...]:
    names = {value.name for value in values}
    phase: dict[str, int] = {}
    for value in values:
        found = 0
        for source in value.sources:
            if source in names and not isinstance(value.operation, Combine):
                apart = crosses(program, value) or program.whole(program.by_name[source]) != program.whole(value)
                found = max(found, phase[source] + apart)
        phase[value.name] = found
    keys = sorted({(phase[value.name], len(program.whole(value)), program.whole(value)) for value in values})
    return tuple(
        Loop(whole, tuple(value for value in values if (phase[value.name], program.whole(value)) == (number, whole)))
        for number, _, whole in keys
    )
