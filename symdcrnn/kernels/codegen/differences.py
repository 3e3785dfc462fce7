"""Differences along axes that are cut into tiles, as functions of kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symdcrnn.kernels.codegen.functions import LANES, ROW, ROWS
from symdcrnn.kernels.source import KernelFunction, indent

TAPS = 8
"""Points of a stencil that one loop adds."""


@dataclass(frozen=True)
class Rows:
    """The row of a difference and that of its source, as a kernel names them.

    Parameters
    ----------
    target, source : str
        Their arrays.
    at, centre : str
        Where they are in these.
    size : str
    stride : int or None
        How far apart neighbours along the axis are; None along the rows.
    """

    target: str
    source: str
    at: str
    centre: str
    size: str
    stride: int | None

    @property
    def inside(self) -> bool:
        """Whether both are in one array, which is given once."""
        return self.target == self.source

    @property
    def arguments(self) -> str:
        """What every function begins with."""
        arrays = (self.target,) if self.inside else (self.target, self.source)
        return ", ".join((*arrays, self.at, self.centre, *(() if self.stride is None else (str(self.stride),))))

    @property
    def names(self) -> str:
        """What it calls them."""
        arrays = ("target",) if self.inside else ("target", "source")
        return ", ".join((*arrays, "at", "centre", *(() if self.stride is None else ("stride",))))

    @property
    def read(self) -> str:
        """What it calls the array of the source."""
        return "target" if self.inside else "source"

    @property
    def types(self) -> str:
        """Their types."""
        return ", ".join([ROW] * (1 if self.inside else 2) + ["int64"] * (2 if self.stride is None else 3))

    def name(self, stem: str, offsets: Sequence[int]) -> str:
        """The name of a difference over some points: the same in all modules, so that it is compiled once."""
        points = (f"m{-offset}" if offset < 0 else str(offset) for offset in offsets)
        along = "row" if self.stride is None else "line"
        return "_".join((along, stem, *points, *(() if self.inside else ("apart",))))

    def lines(self, offsets: Sequence[int]) -> Iterator[str]:
        """t[j] = sum_k weights[first + k] s[j + offset_k], or s[j + offset_k stride]."""
        if self.stride is None:
            yield f"s = {self.read}[centre + {min(offsets)}:centre + {max(offsets)} + size]"
            yield from (f"w{number} = weights[first + {number}]" for number in range(len(offsets)))
            # Offsets from the lowest point are never negative, which the compiler must see to vectorise the loop.
            yield from _sums(offsets, "w{0} * s[j + {1}]")
            return
        for first in range(0, len(offsets), LANES):
            part = range(first, min(first + LANES, len(offsets)))
            for number in part:
                start = f"centre + {offsets[number]} * stride"
                yield f"w{number}, s{number} = weights[first + {number}], {self.read}[{start}:{start} + size]"
            sum_ = " + ".join(f"w{number} * s{number}[j]" for number in part)
            yield "for j in range(size):"
            yield f"    t[j] {'+=' if first else '='} {sum_}"


def even(rows: Rows, offsets: Sequence[int]) -> tuple[str, KernelFunction]:
    """The name and the function of a difference with the same weights at all points of a row."""
    name = rows.name("difference", offsets)
    lines = [f"def {name}({rows.names}, weights, first, size):", "    t = target[at:at + size]",
             *indent(rows.lines(offsets))]
    return name, KernelFunction(f"void({rows.types}, {ROW}, int64, int64)", "\n".join(lines))


def leaning(rows: Rows, right: Sequence[int], left: Sequence[int]) -> tuple[str, KernelFunction]:
    """The difference to one side where a coordinate is positive, that to the other side elsewhere."""
    name = rows.name("leaning", right)
    lines = [f"def {name}({rows.names}, weights, side, right, left, size):", "    t = target[at:at + size]"]
    for condition, side, offsets in (("if side > 0.0", "right", right), ("else", "left", left)):
        lines += [f"    {condition}:", f"        first = {side}", *indent(rows.lines(offsets), 2)]
    return name, KernelFunction(f"void({rows.types}, {ROW}, float64, int64, int64, int64)", "\n".join(lines))


def by_points(rows: Rows, offsets: Sequence[int]) -> tuple[str, KernelFunction]:
    """t[j] = sum_k weights[k, first + j] s[j + offset_k]: every point has weights of its own."""
    name = rows.name("difference_by_points", offsets)
    lines = [
        f"def {name}({rows.names}, weights, first, size):",
        "    t = target[at:at + size]",
        f"    lowest = centre + {min(offsets)}",
        f"    s = {rows.read}[lowest:lowest + {max(offsets) - min(offsets)} + size]",
        *(f"    w{number} = weights[{number}, first:first + size]" for number in range(len(offsets))),
        *indent(_sums(offsets, "w{0}[j] * s[j + {1}]")),
    ]
    return name, KernelFunction(f"void({rows.types}, {ROWS}, int64, int64)", "\n".join(lines))


def _sums(offsets: Sequence[int], term: str) -> Iterator[str]:
    for first, part in enumerate(_parts(offsets)):
        sum_ = " + ".join(term.format(number, offsets[number] - min(offsets)) for number in part)
        yield "for j in range(size):"
        yield f"    t[j] {'+=' if first else '='} {sum_}"


def _parts(offsets: Sequence[int]) -> list[list[int]]:
    """Points of a stencil by the loop that adds them: those far out, which cancel, together."""
    ordered = sorted(range(len(offsets)), key=lambda number: (-abs(offsets[number]), offsets[number]))
    return [sorted(ordered[begin:begin + TAPS]) for begin in range(0, len(ordered), TAPS)]
