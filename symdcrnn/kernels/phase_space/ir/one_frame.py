"""Programs that read one frame of weight one: what is computed frame by frame and what is combined are the same."""

from __future__ import annotations

from dataclasses import replace

from symdcrnn.kernels.phase_space.ir.values import Combine, Load, Program, Value


def on_one_frame(program: Program) -> Program:
    """The program without combinations, and without values that become equal by that.

    Parameters
    ----------
    program : Program
        Whose columns read one frame, with a weight of one.
    """
    level = program.levels - 1
    names: dict[str, str] = {}
    made: dict[object, Value] = {}
    for value in program.values:
        if isinstance(value.operation, Combine):
            names[value.name] = names[value.sources[0]]
            continue
        operation = value.operation
        if isinstance(operation, Load) and value.name != program.target:
            operation = replace(operation, level=level)
        sources = tuple(names[source] for source in value.sources)
        one = replace(value, operation=operation, sources=sources, framewise=False)
        names[value.name] = made.setdefault((operation, sources, value.axes), one).name
    items = tuple(replace(item, value=names[item.value]) for item in program.items)
    return replace(program, values=tuple(made.values()), items=items, target=names[program.target])
