"""What a training kernel does with the columns of a tile: loss, gradient and Gram matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction.columns import Columns, over_rows, over_whole
from symdcrnn.kernels.codegen.reduction.fused import Frames, FusedRow
from symdcrnn.kernels.codegen.reduction.layout import Layout
from symdcrnn.kernels.codegen.reduction.moments import Moments
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

    def constants(self) -> Iterator[str]:
        """Tables of the module."""
        yield from self.layout.constants()
        if self.layout.kept:
            yield from Moments(self.layout).constants()

    def setup(self) -> Iterator[str]:
        """Once."""
        columns = self.columns
        w = self.writer
        if columns.separable or self.layout.before:
            w.functions["add"], w.functions["dot"] = make.add(), make.dot()
        slope = f"{self.norm.weight} * r" if self.gram else self.norm.slope
        layout = self.layout
        w.functions["fused"] = FusedRow(
            self.norm, slope, tuple(layout.source(name) for name in columns.rows[layout.before:]),
            layout.sums_written_out, layout.spot(self.names["slope"]), layout.left,
            layout.spot(self.names["omega"]) if layout.weighted else None, self.subtracts,
        ).function
        count, rows = columns.schedule.program.columns, len(columns.rows)
        whole = -(-rows // make.GROUP) * make.GROUP
        points: tuple[int | str, ...] = columns.schedule.program.target_whole if columns.scaled else (1,)
        for name in ("full_coefficients", "full_dots"):
            w.works_in(name, points, rows)
        w.works_in("gradient", count)
        w.works_in("places", max(1, layout.places), integers=True)
        if self.gram or self.layout.before:
            w.works_in("full", whole, integers=True)
        yield "for flat in range(full_coefficients.shape[0]):"
        yield "    for k in range(FULL_ROW.size):"
        yield f"        full_coefficients[flat, FULL_ROW[k]] -= coefficients[FULL_COLUMN[k]]{self._scale('k')}"
        profiles = columns.positions[-1][1] if columns.separable else 0
        if columns.separable:
            w.functions["fill_row"] = make.fill_row()
            w.works_in("profile_coefficients", profiles)
            w.works_in("profile_dots", profiles)
            for name, offsets in self.layout.profiles.items():
                yield f"{name} = {w.table('offsets', make.INDICES, *offsets)}"
            yield "for k in range(PROFILE_COLUMN.size):"
            yield "    if PROFILE_COLUMN[k] >= 0:"
            yield "        profile_coefficients[k] = -coefficients[PROFILE_COLUMN[k]]"
            if not self.layout.kept:
                w.works_in("moment_places", columns.together, integers=True)
        if self.gram:
            few = 0 < rows <= make.FEW
            w.functions["gram"] = (make.small_gram("gram", self.layout.weighted, rows) if few
                                   else make.gram("gram", self.layout.weighted))
            w.works_in("full_gram", whole, whole)
            w.works_in("matrix", count, count)
            if columns.separable:
                w.functions["profile_products"] = make.gram("profile_products", self.layout.weighted)
                w.works_in("mixed", len(columns.full), profiles)
                w.works_in("profile_gram", profiles, profiles)

    def begin(self) -> Iterator[str]:
        """At the start of a share."""
        yield "loss = 0.0"
        self.writer.functions["clear"] = make.clear()
        yield "clear(full_dots)"
        yield "for p in range(gradient.size):"
        yield "    gradient[p] = 0.0"
        if self.columns.separable:
            yield "for k in range(profile_dots.size):"
            yield "    profile_dots[k] = 0.0"
        if self.gram:
            yield "clear(matrix)"
            yield "clear(full_gram)"
            if self.columns.separable:
                yield "clear(mixed)"
                yield "clear(profile_gram)"

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        columns = self.columns
        if columns.separable and (self.subtracts or not self.layout.kept):
            yield from over_rows(self.writer, self._sums())
        yield from over_whole(self.writer, columns.schedule)
        yield f"    own_coefficients, own_dots = full_coefficients[{self._point}], full_dots[{self._point}]"
        yield from indent(over_rows(self.writer, self._residual(), columns.schedule.lines))
        if self.gram and columns.scaled:
            yield "    for k in range(FULL_ROW.size):"
            yield "        for l in range(FULL_ROW.size):"
            yield "            a, b = max(FULL_ROW[k], FULL_ROW[l]), min(FULL_ROW[k], FULL_ROW[l])"
            yield (f"            matrix[FULL_COLUMN[k], FULL_COLUMN[l]] += full_gram[a, b]{self._scale('k')}"
                   f"{self._scale('l')}")
            yield "    clear(full_gram)"
        if columns.separable:
            yield from over_rows(self.writer, self._moments())

    def end(self) -> Iterator[str]:
        """At the end of a share."""
        columns = self.columns
        count = columns.schedule.program.columns
        yield "for flat in range(full_dots.shape[0]):"
        yield "    for k in range(FULL_ROW.size):"
        yield f"        gradient[FULL_COLUMN[k]] -= full_dots[flat, FULL_ROW[k]]{self._scale('k')}"
        if columns.separable:
            yield "for k in range(PROFILE_COLUMN.size):"
            yield "    if PROFILE_COLUMN[k] >= 0:"
            yield "        gradient[PROFILE_COLUMN[k]] -= profile_dots[k]"
        yield "out[share, 0] = loss"
        yield f"for p in range({count}):"
        yield "    out[share, 1 + p] = gradient[p]"
        if not self.gram:
            return
        if not columns.scaled:
            yield "for k in range(FULL_ROW.size):"
            yield "    for l in range(FULL_ROW.size):"
            yield "        a, b = max(FULL_ROW[k], FULL_ROW[l]), min(FULL_ROW[k], FULL_ROW[l])"
            yield "        matrix[FULL_COLUMN[k], FULL_COLUMN[l]] += full_gram[a, b]"
        if columns.separable:
            yield "for l in range(PROFILE_COLUMN.size):"
            yield "    if PROFILE_COLUMN[l] >= 0:"
            yield "        for k in range(FULL_ROW.size):"
            yield "            matrix[FULL_COLUMN[k], PROFILE_COLUMN[l]] += mixed[k, l]"
            yield "            matrix[PROFILE_COLUMN[l], FULL_COLUMN[k]] += mixed[k, l]"
            yield "        for k in range(PROFILE_COLUMN.size):"
            yield "            if PROFILE_COLUMN[k] >= 0:"
            yield f"                product = profile_gram[k, l]{Moments(self.layout).scale('k', 'l')}"
            yield "                matrix[PROFILE_COLUMN[k], PROFILE_COLUMN[l]] += product"
            yield "                if PROFILE_FACTOR[k] != PROFILE_FACTOR[l]:"
            yield "                    matrix[PROFILE_COLUMN[l], PROFILE_COLUMN[k]] += product"
        factor = f"{self.norm.weight} * " if self.norm.quadratic else ""
        yield f"for p in range({count}):"
        yield f"    for q in range({count}):"
        yield f"        out[share, 1 + {count} * (p + 1) + q] = {factor}matrix[p, q]"

    @property
    def _point(self) -> str:
        """Where the coefficients of the full columns are: one for each point of the whole axes, if they are scaled."""
        return "flat" if self.columns.scaled else "0"

    def _scale(self, number: str) -> str:
        return f" * {self._scales()}[{number}, flat]" if self.columns.scaled else ""

    def _scales(self) -> str:
        factors = tuple(item.factor for item in self.columns.full)
        return self.writer.table("factors", make.ROWS, factors, self.columns.schedule.program.target_whole)

    def _sums(self) -> Iterator[str]:
        """Of the separable columns by factor, each times its coefficient."""
        yield "for a in range(BEGIN.size - 1):"
        if self.subtracts:
            yield "    fill_row(shared, sums[a] + base, 0.0, size)"
            yield ("    add(shared, sums[a] + base, shared, base, profile[BEGIN[a]:BEGIN[a + 1]], "
                   "profile_coefficients[BEGIN[a]:BEGIN[a + 1]], size)")
        if not self.layout.kept:
            yield "    fill_row(shared, moments[a] + base, 0.0, size)"

    def _residual(self) -> Iterator[str]:
        columns, program, writer = self.columns, self.columns.schedule.program, self.writer
        target, slope = program.by_name[program.target], self.names["slope"]
        slopes = f"{writer.array(slope)}, {writer.point(slope)}"
        factors = "one"
        if self.gram or self.layout.before:
            yield "for k in range(full.size):"
            yield "    full[k] = FULL[k] + FULL_STEP[k] * base"
        if columns.separable:
            active = self._active("active", "int64[:, ::1]")
            factors = f"{self._active('active_factors', make.ROWS)}[flat]"
            yield "for k in range(places.size):"
            yield f"    places[k] = sums[{active}[flat, k]] + base"
        if self.layout.left == self.layout.spot(slope):
            yield self._begun(target, slopes)
        if self.subtracts and self.layout.places > self.layout.sums_written_out:
            rest = f"{self.layout.sums_written_out}:"
            yield f"add({slopes}, shared, 0, places[{rest}], {factors}[{rest}], size)"
        if self.layout.before:
            before = f":{self.layout.before}"
        if self.layout.before and self.subtracts:
            yield f"add({slopes}, {self.layout.rows_array}, 0, full[{before}], own_coefficients[{before}], size)"
        data = "out, 0, 0, 0, out"
        if self.layout.frames and (isinstance(self.layout.left, Frames) or len(columns.stored) < len(columns.rows)):
            first, step = writer.frame(next(value.operation for value in columns.schedule.direct
                                            if isinstance(value.operation, Load)))
            start = f"start_{program.axes.row}" if program.axes.row in target.axes else "0"
            data = f"{data_name(program, program.target_field)}, {first}, {step}, {start}, level_weights[n * varying]"
        yield (f"loss += fused({self.layout.rows_array}, base, 0, {data}, shared, places, {factors}, "
               f"own_coefficients[{self.layout.before}:], own_dots[{self.layout.before}:], width, size)")
        if self.layout.before:
            yield f"dot(own_dots[{before}], {slopes}, {self.layout.rows_array}, 0, full[{before}], size)"
        if self.gram:
            weight = self.names.get("omega", slope)
            yield (f"gram(full_gram, {writer.array(weight)}, {writer.point(weight)}, {self.layout.rows_array}, "
                   f"{self.layout.rows_array}, 0, full, full, True, size)")
        if columns.separable and not self.layout.kept:
            writer.functions["add_to_each"] = make.add_to_each()
            factors_ = tuple(factor for factor, _ in columns.separable)
            count = writer.table("active_count", make.INDICES, factors_, program.target_whole)
            yield f"for k in range({count}[flat]):"
            yield f"    moment_places[k] = moments[{active}[flat, k]] + base"
            yield (f"add_to_each(shared, 0, moment_places[:{count}[flat]], {factors}, {slopes}, size)")

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

    def _moments(self) -> Iterator[str]:
        """What the separable columns have in common with the slopes, with each other and with the full ones."""
        profiles = "profile[BEGIN[a]:BEGIN[a + 1]]"
        if not self.layout.kept:
            yield "for a in range(BEGIN.size - 1):"
            yield (f"    dot(profile_dots[BEGIN[a]:BEGIN[a + 1]], shared, moments[a] + base, shared, base, {profiles}, "
                   "size)")
            return
        yield from Moments(self.layout).lines()
