"""Differences along axes that are cut into tiles, as functions of kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdcrnn.kernels.codegen.functions import LANES, ROW, ROWS
from symdcrnn.kernels.source import KernelFunction, indent

TAPS = 8
"""Points of a stencil that one loop adds."""


def name_of(stem: str, offsets: Sequence[int], inside: bool) -> str:
    """The name of a difference over some points: the same in all modules, so that it is compiled once."""
    points = (f"m{-offset}" if offset < 0 else str(offset) for offset in offsets)
    return "_".join((stem, *points, *(() if inside else ("apart",))))


def row_difference(name: str, offsets: Sequence[int], inside: bool) -> KernelFunction:
    """t[j] = sum_k weights[first + k] s[j + offset_k].

    Parameters
    ----------
    name : str
    offsets : sequence of int
    inside : bool
        Whether both rows are in one array, which is given once.
    """
    lines = [f"def {name}({_names(inside)}, at, centre, weights, first, size):", "    t = target[at:at + size]",
             *indent(_row_lines(offsets, _source(inside)))]
    return KernelFunction(f"void({_types(inside)}, int64, int64, {ROW}, int64, int64)", "\n".join(lines))


def _row_lines(offsets: Sequence[int], source: str) -> Iterator[str]:
    yield f"s = {source}[centre + {min(offsets)}:centre + {max(offsets)} + size]"
    yield from (f"w{number} = weights[first + {number}]" for number in range(len(offsets)))
    # Offsets from the lowest point are never negative, which the compiler must see to vectorise the loop.
    for first, part in enumerate(_parts(offsets)):
        sum_ = " + ".join(f"w{number} * s[j + {offsets[number] - min(offsets)}]" for number in part)
        yield "for j in range(size):"
        yield f"    t[j] {'+=' if first else '='} {sum_}"


def line_difference(name: str, offsets: Sequence[int], inside: bool) -> KernelFunction:
    """t[j] = sum_k weights[first + k] s[j + offset_k stride]: along another axis than that of the rows."""
    lines = [f"def {name}({_names(inside)}, at, centre, stride, weights, first, size):",
             "    t = target[at:at + size]", *indent(_line_lines(offsets, _source(inside)))]
    return KernelFunction(f"void({_types(inside)}, int64, int64, int64, {ROW}, int64, int64)", "\n".join(lines))


def _line_lines(offsets: Sequence[int], source: str) -> Iterator[str]:
    for first in range(0, len(offsets), LANES):
        part = range(first, min(first + LANES, len(offsets)))
        for number in part:
            start = f"centre + {offsets[number]} * stride"
            yield f"w{number}, s{number} = weights[first + {number}], {source}[{start}:{start} + size]"
        sum_ = " + ".join(f"w{number} * s{number}[j]" for number in part)
        yield "for j in range(size):"
        yield f"    t[j] {'+=' if first else '='} {sum_}"


def leaning(right: Sequence[int], left: Sequence[int], inside: bool, along_rows: bool) -> tuple[str, KernelFunction]:
    """The difference to one side where a coordinate is positive, that to the other side elsewhere, and its name.

    Parameters
    ----------
    right, left : sequence of int
        The offsets of both.
    inside : bool
        See `row_difference`.
    along_rows : bool
        Whether they are row differences, or line differences.
    """
    name = name_of("leaning" if along_rows else "leaning_line", right, inside)
    lines_of, places = (_row_lines, "at, centre") if along_rows else (_line_lines, "at, centre, stride")
    lines = [
        f"def {name}({_names(inside)}, {places}, weights, side, right, left, size):",
        "    t = target[at:at + size]",
        "    if side > 0.0:",
        "        first = right",
        *indent(lines_of(right, _source(inside)), 2),
        "    else:",
        "        first = left",
        *indent(lines_of(left, _source(inside)), 2),
    ]
    integers = ", ".join(["int64"] * (2 if along_rows else 3))
    types = f"{_types(inside)}, {integers}, {ROW}, float64, int64, int64, int64"
    return name, KernelFunction(f"void({types})", "\n".join(lines))


def point_difference(name: str, offsets: Sequence[int], inside: bool) -> KernelFunction:
    """t[j] = sum_k weights[k, first + j] s[j + offset_k]: every point has weights of its own."""
    lines = [
        f"def {name}({_names(inside)}, at, centre, weights, first, size):",
        "    t = target[at:at + size]",
        f"    lowest = centre + {min(offsets)}",
        f"    s = {_source(inside)}[lowest:lowest + {max(offsets) - min(offsets)} + size]",
    ]
    lines += [f"    w{number} = weights[{number}, first:first + size]" for number in range(len(offsets))]
    for first, part in enumerate(_parts(offsets)):
        sum_ = " + ".join(f"w{number}[j] * s[j + {offsets[number] - min(offsets)}]" for number in part)
        lines += ["    for j in range(size):", f"        t[j] {'+=' if first else '='} {sum_}"]
    return KernelFunction(f"void({_types(inside)}, int64, int64, {ROWS}, int64, int64)", "\n".join(lines))


def _parts(offsets: Sequence[int]) -> list[list[int]]:
    """Points of a stencil by the loop that adds them: those far out, which cancel, together."""
    ordered = sorted(range(len(offsets)), key=lambda number: (-abs(offsets[number]), offsets[number]))
    return [sorted(ordered[begin:begin + TAPS]) for begin in range(0, len(ordered), TAPS)]


def _names(inside: bool) -> str:
    return "target" if inside else "target, source"


def _source(inside: bool) -> str:
    return "target" if inside else "source"


def _types(inside: bool) -> str:
    return ROW if inside else f"{ROW}, {ROW}"
