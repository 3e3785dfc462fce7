"""The order of loops: what runs over the same whole axes is one loop, and what only the reduction needs stays in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symdcrnn.kernels.phase_space.ir.values import Average, Combine, Difference, Program, Spread, Transform, Value


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
    keep : bool
        Whether late values are kept for all points of the whole axes, and not overwritten by those of the next.
    """

    program: Program
    frame: tuple[Loop, ...]
    early: tuple[Loop, ...]
    late: tuple[Value, ...]
    keep: bool


def scheduled(program: Program, keep: bool) -> Schedule:
    """The schedule of a program.

    Parameters
    ----------
    program : Program
    keep : bool
        See `Schedule`.
    """
    program = reachable(program)
    program = with_copies(program, _late(program), keep)
    late = _late(program)
    combined = [value for value in program.values if not value.framewise and value.name not in late]
    frame = [value for value in program.values if value.framewise]
    return Schedule(program, _loops(program, frame), _loops(program, combined),
                    tuple(value for value in program.values if value.name in late), keep)


def reachable(program: Program) -> Program:
    """The program without values that nothing is made of."""
    needed = {program.target, *(item.value for item in program.items)}
    for value in reversed(program.values):
        if value.name in needed:
            needed.update(value.sources)
    return replace(program, values=tuple(value for value in program.values if value.name in needed))


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
