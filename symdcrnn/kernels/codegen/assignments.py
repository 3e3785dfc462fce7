"""Kernels that write arrays: the right-hand side, or its columns one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction.columns import Columns, over_rows, over_whole
from symdcrnn.kernels.codegen.statements import Writer
from symdcrnn.kernels.codegen.storage import Place
from symdcrnn.kernels.source import indent


@dataclass(frozen=True)
class Assignment:
    """out[(column,) residual, ...] = sum_c coefficient_c column_c, or every column by itself.

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

    @cached_property
    def names(self) -> dict[str, Place]:
        """It needs no rows of its own."""
        return {}

    def constants(self) -> Iterator[str]:
        yield from ()

    def setup(self) -> Iterator[str]:
        """Once."""
        self.writer.functions["write_row"] = make.write_row()
        yield "known = coefficients"

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        yield from over_whole(self.writer, self.columns.schedule)
        yield from indent(over_rows(self.writer, self._items(), self.columns.schedule.lines))

    def _items(self) -> Iterator[str]:
        program, places = self.columns.schedule.program, self.writer.storage.places
        whole = program.target_whole
        target = program.by_name[program.target]
        line = "flat"
        for axis in program.axes.tiled[:-1]:
            if axis in target.axes:
                line = f"({line}) * n_{axis} + start_{axis} + j_{axis} - {program.halo[axis]}"
        lines = self.writer.count((*whole, *(axis for axis in program.axes.tiled[:-1] if axis in target.axes)))
        start = f"start_{program.axes.row}" if program.axes.row in target.axes else "0"
        written: set[int] = set()
        for item in program.items:
            column = item.column if self.each else 0
            factor = self.writer.table("factor", make.ROW, item.factor, whole)
            number = f"{factor}[flat]" if self.each else f"known[{item.column}] * {factor}[flat]"
            value = places[item.value]
            yield (f"write_row(out, ({column} * residuals + n) * ({lines}) + {line}, {start}, "
                   f"{self.writer.array(value)}, {self.writer.point(value)}, {number}, {column in written}, size)")
            written.add(column)

    def end(self) -> Iterator[str]:
        yield from ()
