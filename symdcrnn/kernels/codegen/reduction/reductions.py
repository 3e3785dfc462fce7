"""What a training kernel does with the columns of a tile: loss, gradient and Gram matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction import results, sums
from symdcrnn.kernels.codegen.reduction.columns import Columns, base_of, over_rows, over_whole
from symdcrnn.kernels.codegen.reduction.fused import FusedRow
from symdcrnn.kernels.codegen.reduction.layout import Layout
from symdcrnn.kernels.codegen.reduction.moments import Moments
from symdcrnn.kernels.codegen.reduction.whole_numbers import described, packed
from symdcrnn.kernels.codegen.statements import Writer, data_name
from symdcrnn.kernels.codegen.storage import Place
from symdcrnn.kernels.ir.values import Load, Value
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.source import indent


@dataclass(frozen=True)
class Reduction:
    """Loss, gradient and, where it is asked for, the reweighted Gram matrix.

    A row of ``out`` holds the loss, the C components of sum psi(r) dr/dcoefficient, and the C x C matrix
    sum omega(r) column_p column_q; all are sums over the points of a share. With the Gram matrix psi is omega(r) r, so
    that both belong to one reweighted least-squares step.

    Parameters
    ----------
    layout : Layout
    norm : Norm
    subtracts : bool
        Whether the residual is the left-hand side less the columns, and not the left-hand side alone.
    """

    layout: Layout
    norm: Norm
    subtracts: bool = True

    @property
    def columns(self) -> Columns:
        return self.layout.columns

    @property
    def writer(self) -> Writer:
        return self.layout.writer

    @property
    def gram(self) -> bool:
        return self.layout.gram

    @property
    def names(self) -> dict[str, Place]:
        """The rows that it works with."""
        return self.layout.names

    @cached_property
    def whole_numbers(self) -> dict[str, list[int]]:
        """Tables; see `whole_numbers`."""
        return self.layout.tables() | (Moments(self.layout).tables() if self.layout.kept else {})

    @property
    def tables(self) -> str:
        """The argument that holds them."""
        return self.writer.table("tables", make.INDICES, *packed(self.whole_numbers))

    def constants(self) -> Iterator[str]:
        """What they hold."""
        yield from described(self.tables, self.whole_numbers)

    def setup(self) -> Iterator[str]:
        """Once."""
        columns, layout, w = self.columns, self.layout, self.writer
        count, rows = columns.schedule.program.columns, len(columns.rows)
        whole = -(-rows // sums.GROUP) * sums.GROUP
        profiles = columns.positions[-1][1] if columns.separable else 0
        for name in ("full_coefficients", "full_dots"):
            w.works_in(name, columns.schedule.program.target_whole if columns.scaled else (1,), rows)
        w.works_in("profile_dots", 1 + (len(columns.full) if self.gram else 0), profiles)
        w.works_in("gradient", count)
        if self.gram or layout.before:
            w.works_in("full", whole, integers=True)
            w.functions["find_rows"] = results.find_rows()
            if self._one_line:
                yield f"find_rows(full, {self.tables}, {base_of(w)})"
        if self.gram:
            w.works_in("matrix", count, count)
            w.works_in("full_gram", whole, whole)
            w.works_in("profile_gram", profiles, profiles)
        w.functions["full_numbers"] = results.full_numbers()
        yield f"full_numbers(full_coefficients, coefficients, {self.tables}, {self._factors})"
        if columns.separable or layout.before:
            w.functions["add"], w.functions["dot"] = sums.add(), sums.dot()
        if columns.separable and self.subtracts:
            w.works_in("profile_coefficients", profiles)
            w.functions["profile_numbers"] = results.profile_numbers()
            w.functions["sum_profiles"] = results.sum_profiles()
            yield f"profile_numbers(profile_coefficients, coefficients, {self.tables}, -1.0)"

    def begin(self) -> Iterator[str]:
        """At the start of a share."""
        functions = self.writer.functions
        functions["clear"], functions["start_share"] = make.clear(), results.start_share()
        yield "loss = 0.0"
        yield "start_share(full_dots, profile_dots, gradient)"
        if self.gram:
            functions["start_gram"] = results.start_gram()
            yield "start_gram(matrix, full_gram, profile_gram)"

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        columns = self.columns
        if columns.separable and self.subtracts:
            line = f"sum_profiles(shared, base, {self.tables}, profile_coefficients, size)"
            yield from over_rows(self.writer, [line])
        if columns.separable and not self.layout.kept:
            self.writer.functions["start_slope_sums"] = results.start_slope_sums()
            yield from over_rows(self.writer, [f"start_slope_sums(shared, base, {self.tables}, size)"])
        yield from over_whole(self.writer, columns.schedule)
        yield from indent(over_rows(self.writer, self._residual(), columns.schedule.lines))
        if self.gram and columns.scaled and not self._few:
            yield f"    {self._spread('flat')}"
        if self.layout.kept:
            yield from over_rows(self.writer, Moments(self.layout).lines(self.tables))
        elif columns.separable:
            self.writer.functions["profile_slopes"] = results.profile_slopes()
            yield from over_rows(self.writer, [f"profile_slopes(profile_dots, shared, base, {self.tables}, size)"])

    def end(self) -> Iterator[str]:
        """At the end of a share."""
        functions = self.writer.functions
        functions["finish_share"] = results.finish_share()
        yield f"finish_share(out, share, loss, gradient, full_dots, profile_dots, {self.tables}, {self._factors})"
        if not self.gram:
            return
        if not self.columns.scaled:
            yield self._spread("0")
        elif self._few:
            functions["place_gram"] = results.place_gram()
            yield f"place_gram(matrix, full_gram, {self.tables})"
        functions["finish_gram"] = results.finish_gram()
        weight = self.norm.weight if self.norm.quadratic else "1.0"
        yield (f"finish_gram(out, share, {weight}, matrix, profile_dots, profile_gram, {self.tables}, "
               f"{Moments(self.layout).total})")

    def _spread(self, point: str) -> str:
        self.writer.functions["spread_gram"] = results.spread_gram()
        return f"spread_gram(matrix, full_gram, {self.tables}, {self._factors}, {point})"

    @property
    def _one_line(self) -> bool:
        """Whether a tile has one row, so that it is always at the same place."""
        program = self.columns.schedule.program
        return not set(program.axes.tiled[:-1]) & set(program.by_name[program.target].axes)

    @property
    def _sums_written_out(self) -> int:
        """How many sums of separable columns are added to the left-hand side where the residual is formed."""
        return self.layout.sums_written_out if self.subtracts else 0

    @property
    def _few(self) -> int:
        """How many full rows there are, if their products are made at once, with a factor for each of them; else 0."""
        columns = self.columns
        apart = not columns.scaled or len(columns.full) == len(columns.rows)
        return len(columns.rows) if apart and len(columns.rows) <= sums.FEW else 0

    @property
    def _point(self) -> str:
        """Where the coefficients of the full columns are: one for each point of the whole axes, if they are scaled."""
        return "flat" if self.columns.scaled else "0"

    @property
    def _factors(self) -> str:
        """The factors of the full columns at all these points."""
        factors = tuple(item.factor for item in self.columns.full)
        whole = self.columns.schedule.program.target_whole if self.columns.scaled else ()
        return self.writer.table("factors", make.ROWS, factors, whole)

    def _residual(self) -> Iterator[str]:
        columns, layout, program, writer = self.columns, self.layout, self.columns.schedule.program, self.writer
        target, slope, rows = program.by_name[program.target], self.names["slope"], self.layout.rows_array
        slopes = f"{writer.array(slope)}, {writer.point(slope)}"
        if (self.gram or layout.before) and not self._one_line:
            yield f"find_rows(full, {self.tables}, base)"
        more = ""
        if columns.separable:
            active, factors = self._active("active", "int64[:, ::1]"), self._active("active_factors", make.ROWS)
            more = f"shared, {self.tables}, {active}, {factors}, flat, " if self._sums_written_out else ""
        if layout.left == layout.spot(slope):
            yield self._begun(target, slopes)
        if self.subtracts and layout.places > layout.sums_written_out:
            between = f"{layout.sums_written_out}, {layout.places}"
            writer.works_in("found_sums", layout.places, integers=True)
            writer.functions["find_sums"] = results.find_sums()
            yield f"find_sums(found_sums, {self.tables}, {active}, flat, base)"
            yield f"add({slopes}, shared, 0, found_sums, {between}, {factors}[flat], size)"
        if layout.before and self.subtracts:
            yield f"add({slopes}, {rows}, 0, full, 0, {layout.before}, full_coefficients[{self._point}], size)"
        row = FusedRow(
            self.norm, f"{self.norm.weight} * r" if self.gram else self.norm.slope,
            tuple(layout.source(name) for name in columns.rows[layout.before:]), self._sums_written_out,
            layout.spot(slope), layout.left, layout.spot(self.names["omega"]) if layout.weighted else None,
            layout.before, self.subtracts,
        )
        writer.functions["fused"] = row.function
        if row.direct:
            first, step = writer.frame(next(value.operation for value in columns.schedule.direct
                                            if isinstance(value.operation, Load)))
            start = f"start_{program.axes.row}" if program.axes.row in target.axes else "0"
            data = data_name(program, program.target_field)
            more = f"{data}, {first}, {step}, {start}, level_weights, n * varying, {more}"
        yield f"loss += fused({rows}, base, {more}full_coefficients, full_dots, {self._point}, width, size)"
        if layout.before:
            yield f"dot(full_dots[{self._point}], {slopes}, {rows}, 0, full, 0, {layout.before}, size)"
        if self.gram:
            yield self._products(self.names.get("omega", slope))
        if columns.separable and not layout.kept:
            writer.functions["add_slope"] = sums.add_slope()
            yield f"add_slope(shared, {self.tables}, {active}, {factors}, flat, {slopes}, base, size)"

    def _products(self, weight: Place) -> str:
        """The line that adds to the products of full rows."""
        weighted, scaled, few = self.layout.weighted, self.columns.scaled, self._few
        name = sums.gram_name(weighted, few, scaled)
        self.writer.functions[name] = sums.small_gram(weighted, few, scaled) if few else sums.gram(weighted)
        rows = f"full{f', {self._factors}, flat' if scaled else ''}" if few else "0, full, full, True"
        at = f"{self.writer.array(weight)}, {self.writer.point(weight)}, " if weighted else ""
        return f"{name}(full_gram, {at}{self.layout.rows_array}, {rows}, size)"

    def _begun(self, target: Value, slopes: str) -> str:
        """The line that puts the left-hand side where the slope will be."""
        if target.name in self.layout.frames:
            assert isinstance(target.operation, Load)
            return self.writer.loaded(target.operation, target, slopes)
        self.writer.functions["copy_row"] = make.copy_row()
        place = self.writer.storage.places[target.name]
        return f"copy_row({slopes}, {self.writer.array(place)}, {self.writer.point(place)}, size)"

    def _active(self, kind: str, type_: str) -> str:
        """A table of the factors of separable columns that are not zero, by point of the whole axes."""
        factors = tuple(factor for factor, _ in self.columns.separable)
        whole = self.columns.schedule.program.target_whole
        return self.writer.table(kind, type_, factors, whole, self.layout.places)
