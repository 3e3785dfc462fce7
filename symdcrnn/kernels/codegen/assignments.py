"""Kernels that write arrays: the right-hand side, or its columns one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction import results, sums
from symdcrnn.kernels.codegen.reduction.columns import Columns, over_rows, over_whole
from symdcrnn.kernels.codegen.reduction.layout import profile_tables
from symdcrnn.kernels.codegen.reduction.whole_numbers import described, packed
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

    @cached_property
    def whole_numbers(self) -> dict[str, list[int]]:
        """Tables of the separable columns; see `whole_numbers`."""
        sums_at = [self.names[f"sum_{number}"].offset for number in range(len(self.columns.separable))]
        return profile_tables(self.columns, self.writer.storage.places, sums_at, self.names["zero"].offset)

    @property
    def tables(self) -> str:
        """The argument that holds them."""
        return self.writer.table("tables", make.INDICES, *packed(self.whole_numbers))

    def constants(self) -> Iterator[str]:
        """What they hold."""
        if self.summed:
            yield from described(self.tables, self.whole_numbers)

    def setup(self) -> Iterator[str]:
        """Once."""
        writer = self.writer
        yield "known = coefficients"
        if not self.summed:
            return
        writer.functions["add"], writer.functions["sum_profiles"] = sums.add(), results.sum_profiles()
        writer.functions["profile_numbers"] = results.profile_numbers()
        writer.works_in("profile_coefficients", self.columns.positions[-1][1])
        yield f"profile_numbers(profile_coefficients, known, {self.tables}, 1.0)"

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        if self.summed:
            # The profiles by factor, each times its coefficient.
            line = f"sum_profiles(shared, base, {self.tables}, profile_coefficients, size)"
            yield from over_rows(self.writer, [line])
        yield from over_whole(self.writer, self.columns.schedule)
        lines = self._whole() if self.summed else self._items()
        yield from indent(over_rows(self.writer, lines, self.columns.schedule.lines))

    def _whole(self) -> Iterator[str]:
        """Full columns and sums of profiles, some in one loop."""
        whole = self.columns.schedule.program.target_whole
        factors, together = tuple(factor for factor, _ in self.columns.separable), self.columns.together
        active = self.writer.table("active", "int64[:, ::1]", factors, whole, together)
        numbers = self.writer.table("active_factors", make.ROWS, factors, whole, together)
        rows = [self._row(item) for item in self.columns.full]
        self.writer.functions["find_sums"] = results.find_sums()
        self.writer.works_in("found_sums", together, integers=True)
        yield f"find_sums(found_sums, {self.tables}, {active}, flat, base)"
        rows += [f"shared, found_sums[{k}], {numbers}[flat, {k}]" for k in range(together)]
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
