"""The loop that forms residual, loss and slope of a row and the gradient by its last columns, all in registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symdcrnn.kernels.codegen.functions import INDICES, ROW, ROWS
from symdcrnn.kernels.codegen.reduction.whole_numbers import read
from symdcrnn.kernels.codegen.schedule import FUSED
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.source import KernelFunction, indent

CHUNK = 8
"""Columns that one loop reads: with many more their sums do not stay in registers."""

APART = 8
"""At most so many rows are read that are not known to be apart from those that are written: they are checked."""


DATA = (("data", ROWS), ("row", "int64"), ("step", "int64"), ("start", "int64"),
        ("level_weights", "float64[:, :, ::1]"), ("n", "int64"))
"""Arguments of a loop that reads frames in the data."""

SUMS = (("shared", ROW), ("tables", INDICES), ("active", "int64[:, ::1]"), ("factors", ROWS), ("flat", "int64"))
"""Arguments of a loop that reads sums of separable columns."""


@dataclass(frozen=True)
class Spot:
    """A row at a literal distance from the first point of the row in its tile, or from the start of its own line."""

    offset: int
    tiled: bool

    @property
    def text(self) -> str:
        return f"{'s' if self.tiled else 'source'}[{self.offset} + j]"


@dataclass(frozen=True)
class Frames:
    """A combination of frames that are read in the data."""

    level: int
    reads: tuple[int, ...]

    @property
    def text(self) -> str:
        parts = [f"w{self.level}_{frame} * u{frame}[j]" for frame in self.reads]
        return f"({' + '.join(parts) or '0.0'})"


@dataclass(frozen=True)
class FusedRow:
    """What the loop works on.

    Parameters
    ----------
    norm : Norm
    slope : str
        Expression in ``r`` and ``width``.
    columns : tuple of Spot or Frames
        Of the columns that are written out.
    sums : int
        How many rows with factors are added to the left-hand side before.
    slopes : Spot
        Where the slope goes.
    left : Spot or Frames
        Where the left-hand side is, or the part of the residual that is there already.
    weights : Spot or None
        Where the weight goes, if it is needed.
    first : int
        The row that is the first of the columns.
    subtracts : bool
        Whether the columns are in the residual.
    """

    norm: Norm
    slope: str
    columns: tuple[Spot | Frames, ...]
    sums: int
    slopes: Spot
    left: Spot | Frames
    weights: Spot | None
    first: int
    subtracts: bool = True

    @property
    def direct(self) -> tuple[Frames, ...]:
        """What it reads in the data."""
        return tuple(one for one in (self.left, *self.columns) if isinstance(one, Frames))

    @property
    def function(self) -> KernelFunction:
        """All rows but the sums lie in one array at literal distances: the compiler sees that they are apart."""
        direct = self.direct
        more = [*(DATA if direct else ()), *(SUMS if self.sums else ())]
        names = ("source", "base", *(name for name, _ in more), "coefficients", "dots", "point", "width", "size")
        lines = [
            f"def fused({', '.join(names)}):",
            "    s = source[base:]",
            *(f"    d{k} = 0.0" for k in range(len(self.columns))),
            *(f"    c{k} = coefficients[point, {self.first + k}]" for k in range(len(self.columns)) if self.subtracts),
        ]
        for frame in sorted({frame for one in direct for frame in one.reads}):
            lines.append(f"    u{frame} = data[row + {frame} * step, start:start + size]")
        for one in sorted(set(direct), key=lambda one: one.level):
            lines += [f"    w{one.level}_{frame} = level_weights[n, {one.level}, {k}]"
                      for k, frame in enumerate(one.reads)]
        lines += [read("sums")] if self.sums else []
        for k in range(self.sums):
            lines += [f"    f{k}, at{k} = factors[flat, {k}], sums[active[flat, {k}]] + base",
                      f"    p{k} = shared[at{k}:at{k} + size]"]
        lines += ["    loss = 0.0", *indent(self._loops())]
        lines += [f"    dots[point, {self.first + k}] += d{k}" for k in range(len(self.columns))]
        types = [ROW, "int64", *(type_ for _, type_ in more), ROWS, ROWS, "int64", "float64", "int64"]
        return KernelFunction(f"float64({', '.join(types)})", "\n".join([*lines, "    return loss"]))

    def _loops(self) -> Iterator[str]:
        chunks = _chunks(range(len(self.columns)))
        left = self.left.text + "".join(f" + f{k} * p{k}[j]" for k in range(self.sums))
        for number, chunk in enumerate(chunks):
            if self.subtracts:
                left += "".join(f" + c{k} * {self.columns[k].text}" for k in chunk)
            elif number < len(chunks) - 1:
                continue
            yield "for j in range(size):"
            if number < len(chunks) - 1:
                yield f"    {self.slopes.text} = {left}"
                left = self.slopes.text
                continue
            yield f"    r = {left}"
            yield f"    loss += {self.norm.value}"
            yield f"    slope = {self.slope}"
            yield f"    {self.slopes.text} = slope"
            if self.weights:
                yield f"    {self.weights.text} = {self.norm.weight}"
            yield from (f"    d{k} += slope * {self.columns[k].text}" for k in chunk)
        for chunk in chunks[:-1]:
            yield "for j in range(size):"
            yield from (f"    d{k} += {self.slopes.text} * {self.columns[k].text}" for k in chunk)


def _chunks(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[begin:begin + CHUNK] for begin in range(0, len(numbers), CHUNK)] or [()]


def written_out(columns: int) -> int:
    """How many of the columns are written out, the last ones: the others come in whole chunks."""
    return columns if columns <= FUSED else columns - -(-(columns - FUSED) // CHUNK) * CHUNK
