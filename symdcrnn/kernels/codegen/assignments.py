"""Kernels that write arrays: the right-hand side, or its columns one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction.columns import Columns, over_rows, over_whole
from symdcrnn.kernels.codegen.reduction.layout import padded, table
from symdcrnn.kernels.codegen.statements import Writer
from symdcrnn.kernels.codegen.storage import Place
from symdcrnn.kernels.ir.values import Item
from symdcrnn.kernels.source import indent


@dataclass(frozen=True)
class Assignment:
    """out[(column,) residual, ...] = sum_c coefficient_c column_c, or every column by itself.

    Of separable columns, a factor times a profile, the profiles are summed first, once for all points of whole axes.

    Parameters
    ----------
    columns : Columns
    writer : Writer
    each : bool
        Whether the columns are written one by one, whatever the coefficients.
    """

    columns: Columns
    writer: Writer
    each: bool

    @property
    def summed(self) -> bool:
        """Whether profiles are summed first; functions on one state are shorter without, and soon compiled."""
        return bool(self.columns.separable) and not self.each and not self.writer.single

    @cached_property
    def names(self) -> dict[str, Place]:
        """The rows that it works with: sums of profiles by factor, and zeros."""
        program, storage = self.columns.schedule.program, self.writer.storage
        axes = tuple(axis for axis in program.by_name[program.target].axes if axis in program.axes.tiled)
        count = len(self.columns.separable) if self.summed else 0
        found = {f"sum_{number}": storage.new(axes, ()) for number in range(count)}
        return {**found, "zero": storage.new(axes, ())} if count else found

    def constants(self) -> Iterator[str]:
        """Tables of the module: which column each profile belongs to."""
        if self.summed:
            owners = []
            for (begin, end), (_, items) in zip(self.columns.positions, self.columns.separable, strict=True):
                owners += [item.column for item in items] + [-1] * (end - begin - len(items))
            yield table("PROFILE_COLUMN", owners)
            yield table("BEGIN", [0, *(end for _, end in self.columns.positions)], "of each factor")

    def setup(self) -> Iterator[str]:
        """Once."""
        writer = self.writer
        yield "known = coefficients"
        if not self.summed:
            return
        writer.functions["fill_row"], writer.functions["add"] = make.fill_row(), make.add()
        writer.works_in("profile_coefficients", self.columns.positions[-1][1])
        places, zero = writer.storage.places, self.names["zero"].offset
        profiles = [offset for _, items in self.columns.separable
                    for offset in padded([places[item.value].offset for item in items], zero)]
        sums = [*(self.names[f"sum_{number}"].offset for number in range(len(self.columns.separable))), zero]
        yield f"profile = {writer.table('offsets', make.INDICES, *profiles)}"
        yield f"sums = {writer.table('offsets', make.INDICES, *sums)}"
        yield "for k in range(PROFILE_COLUMN.size):"
        yield "    if PROFILE_COLUMN[k] >= 0:"
        yield "        profile_coefficients[k] = known[PROFILE_COLUMN[k]]"

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        if self.summed:
            yield from over_rows(self.writer, self._sums())
        yield from over_whole(self.writer, self.columns.schedule)
        lines = self._whole() if self.summed else self._items()
        yield from indent(over_rows(self.writer, lines, self.columns.schedule.lines))

    def _sums(self) -> Iterator[str]:
        """Of the profiles by factor, each times its coefficient."""
        yield "for a in range(BEGIN.size - 1):"
        yield "    fill_row(shared, sums[a] + base, 0.0, size)"
        yield ("    add(shared, sums[a] + base, shared, base, profile[BEGIN[a]:BEGIN[a + 1]], "
               "profile_coefficients[BEGIN[a]:BEGIN[a + 1]], size)")

    def _whole(self) -> Iterator[str]:
        """Full columns and sums of profiles, some in one loop."""
        whole = self.columns.schedule.program.target_whole
        factors, together = tuple(factor for factor, _ in self.columns.separable), self.columns.together
        active = self.writer.table("active", "int64[:, ::1]", factors, whole, together)
        numbers = self.writer.table("active_factors", make.ROWS, factors, whole, together)
        rows = [self._row(item) for item in self.columns.full]
        rows += [f"shared, sums[{active}[flat, {k}]] + base, {numbers}[flat, {k}]" for k in range(together)]
        for first in range(0, len(rows), make.LANES):
            part = rows[first:first + make.LANES]
            name = self.writer.function("write_rows", make.write_rows(len(part)))
            yield f"{name}({self._place(0)}, {', '.join(part)}, {first > 0}, size)"

    def _items(self) -> Iterator[str]:
        written: set[int] = set()
        self.writer.functions["write_row"] = make.write_row()
        for item in self.columns.schedule.program.items:
            column = item.column if self.each else 0
            yield f"write_row({self._place(column)}, {self._row(item)}, {column in written}, size)"
            written.add(column)

    def _row(self, item: Item) -> str:
        """Where the value of an item is, and what it is multiplied by."""
        value, whole = self.writer.storage.places[item.value], self.columns.schedule.program.target_whole
        factor = self.writer.table("factor", make.ROW, item.factor, whole)
        number = f"{factor}[flat]" if self.each else f"known[{item.column}] * {factor}[flat]"
        return f"{self.writer.array(value)}, {self.writer.point(value)}, {number}"

    def _place(self, column: int) -> str:
        """Where a row of a column goes."""
        program = self.columns.schedule.program
        whole = program.target_whole
        target = program.by_name[program.target]
        line = "flat"
        for axis in program.axes.tiled[:-1]:
            if axis in target.axes:
                line = f"({line}) * n_{axis} + start_{axis} + j_{axis} - {program.halo[axis]}"
        lines = self.writer.count((*whole, *(axis for axis in program.axes.tiled[:-1] if axis in target.axes)))
        start = f"start_{program.axes.row}" if program.axes.row in target.axes else "0"
        return f"out, ({column} * residuals + n) * ({lines}) + {line}, {start}"

    def end(self) -> Iterator[str]:
        yield from ()
