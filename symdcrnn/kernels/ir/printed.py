"""A program as text that a person can read: a value a line, then the columns."""

from __future__ import annotations

from functools import singledispatch

from symdcrnn.kernels.ir.factors import Factor, Known, Moment, Number, SideOf, Slope
from symdcrnn.kernels.ir.values import (
    Average,
    Combine,
    Difference,
    Load,
    Map,
    Operation,
    Program,
    Scale,
    Spread,
    Transform,
)


def printed(program: Program) -> str:
    """The program as text.

    Parameters
    ----------
    program : Program
    """
    width = max(len(value.name) for value in program.values)
    lines = []
    for value in program.values:
        axes = ", ".join(("frame", *value.axes) if value.framewise else value.axes)
        lines.append(f"{value.name:<{width}} ({axes}) = {_text(value.operation, value.sources)}")
    lines.append(f"left-hand side = {program.target}")
    lines += [f"column {item.column} += {_times(item.factor, item.value)}" for item in program.items]
    return "\n".join(lines)


@singledispatch
def _text(operation: Operation, sources: tuple[str, ...]) -> str:
    raise TypeError(f"no text for the operation {type(operation).__name__}")


@_text.register
def _(operation: Load, sources: tuple[str, ...]) -> str:
    field = operation.field or "1"
    if operation.level is None:
        return field if operation.steady else f"{field} at a frame"
    return f"{field}, frames combined by weights {operation.level}"


@_text.register
def _(operation: Combine, sources: tuple[str, ...]) -> str:
    return f"{sources[0]}, frames combined by weights {operation.level}"


@_text.register
def _(operation: Difference, sources: tuple[str, ...]) -> str:
    right = operation.right
    text = f"difference of order {right.order} along {right.axis} of {sources[0]} at {_offsets(right.offsets)}"
    if operation.left is None:
        return text
    return f"{text} where {operation.lean} > 0, else at {_offsets(operation.left.offsets)}"


@_text.register
def _(operation: Average, sources: tuple[str, ...]) -> str:
    return f"average along {operation.axis} of {_times(operation.factor, sources[0])}"


@_text.register
def _(operation: Transform, sources: tuple[str, ...]) -> str:
    return f"kernel along {operation.axis} of {_times(operation.factor, sources[0])}"


@_text.register
def _(operation: Scale, sources: tuple[str, ...]) -> str:
    return " + ".join(_times(factor, source) for factor, source in zip(operation.factors, sources, strict=True))


@_text.register
def _(operation: Map, sources: tuple[str, ...]) -> str:
    return operation.expression.format(*sources)


@_text.register
def _(operation: Spread, sources: tuple[str, ...]) -> str:
    return f"{sources[0]} along further axes"


def _offsets(offsets: tuple[int, ...]) -> str:
    return " ".join(f"{offset:+d}" if offset else "0" for offset in offsets)


def _times(factor: Factor, name: str) -> str:
    return " * ".join([*(_atom(atom) for atom in factor), name])


def _atom(atom: Known | SideOf | Number | Moment | Slope) -> str:
    if isinstance(atom, Number):
        return f"{atom.value:g}"
    if isinstance(atom, Known):
        return f"({atom.expression})"
    if isinstance(atom, SideOf):
        return f"[{atom.coordinate} {'>' if atom.positive else '<='} 0]"
    inner = _times(atom.factor, "").removesuffix(" * ")
    if isinstance(atom, Slope):
        return f"d/d{atom.formula.axis}({inner})"
    return f"<{inner or '1'}>" if atom.kernel is None else f"kernel({inner or '1'})"
