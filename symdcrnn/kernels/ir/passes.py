"""Rewrites of programs: plain functions from program to program, in an ordered list that can show its effect.

A new rewrite is one new entry in `PASSES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symdcrnn.kernels.ir.values import Operation, Program, Value


def share_equal_values(program: Program) -> Program:
    """Values of the same operation on the same sources are one."""
    known: dict[tuple[Operation, tuple[str, ...], bool], Value] = {}
    renamed: dict[str, str] = {}
    for value in program.values:
        sources = tuple(renamed[source] for source in value.sources)
        key = (value.operation, sources, value.framewise)
        if key not in known:
            name = f"{type(value.operation).__name__.lower()}_{len(known)}"
            known[key] = replace(value, name=name, sources=sources)
        renamed[value.name] = known[key].name
    items = tuple(replace(item, value=renamed[item.value]) for item in program.items)
    return replace(program, values=tuple(known.values()), items=items, target=renamed[program.target])


def drop_unread_values(program: Program) -> Program:
    """Values that nothing is made of are not computed."""
    needed = {program.target, *(item.value for item in program.items)}
    for value in reversed(program.values):
        if value.name in needed:
            needed.update(value.sources)
    return replace(program, values=tuple(value for value in program.values if value.name in needed))


PASSES: tuple[Callable[[Program], Program], ...] = (share_equal_values, drop_unread_values)


def rewritten(program: Program) -> Program:
    """The program after all rewrites."""
    for _, after in steps(program):
        program = after
    return program


def steps(program: Program) -> Iterator[tuple[str, Program]]:
    """The name of each rewrite, and the program after it."""
    for rewrite in PASSES:
        program = rewrite(program)
        yield rewrite.__name__.replace("_", " "), program
