"""What a training kernel does with the columns of a tile: loss, gradient and Gram matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.phase_space.codegen import functions as make
from symdcrnn.kernels.phase_space.codegen.columns import Columns, over_rows, over_whole
from symdcrnn.kernels.phase_space.codegen.statements import Writer
from symdcrnn.kernels.phase_space.codegen.storage import Place
from symdcrnn.kernels.phase_space.ir import factors as fac
from symdcrnn.kernels.phase_space.ir.factors import ONE, Factor
from symdcrnn.kernels.source import indent


@dataclass(frozen=True)
class Reduction:
    """Loss, gradient and, where it is asked for, the reweighted Gram matrix.

    A row of ``out`` holds the loss, the C components of sum psi(r) dr/dcoefficient, and the C x C matrix
    sum omega(r) column_p column_q; all are sums over the points of a share. With the Gram matrix psi is omega(r) r, so
    that both belong to one reweighted least-squares step.
    """

    columns: Columns
    writer: Writer
    norm: Norm
    gram: bool

    result = make.ROWS

    @cached_property
    def names(self) -> dict[str, Place]:
        """The rows that it works with."""
        program, storage = self.columns.schedule.program, self.writer.storage
        axes = tuple(axis for axis in program.by_name[program.target].axes if axis in program.axes.tiled)
        whole = program.target_whole if self.kept else ()
        weighted = self.gram and not self.norm.quadratic
        found = {"residual": storage.new(axes, ())}
        found["slope"] = storage.new(axes, whole)
        if weighted:
            found["omega"] = storage.new(axes, whole)
        found["moment"] = storage.new(axes, ())
        found["zero"] = storage.new(axes, ())
        if self.kept or self.columns.schedule.keep:
            found["zero_kept"] = storage.new(axes, program.target_whole)
        for number in range(len(self.columns.separable)):
            found[f"sum_{number}"] = storage.new(axes, ())
            if not self.kept:
                found[f"moment_{number}"] = storage.new(axes, ())
        return found

    @property
    def kept(self) -> bool:
        """Whether the slopes of all points of the whole axes are kept for moments."""
        return self.columns.schedule.keep and bool(self.columns.separable)

    @property
    def rows_array(self) -> str:
        """The array that the full rows are in."""
        program = self.columns.schedule.program
        if self.columns.schedule.keep and program.target_whole:
            return f"at_kept_{'_'.join(program.target_whole)}"
        return "shared"

    def constants(self) -> Iterator[str]:
        """Tables of the module: where rows are, and which column each of them belongs to."""
        columns, places = self.columns, self.writer.storage.places
        zero = self.names["zero_kept" if self.rows_array != "shared" else "zero"].offset
        yield _table("FULL", _padded([places[name].offset for name in columns.rows], zero),
                     "where the rows of the full columns are")
        numbers = {name: number for number, name in enumerate(columns.rows)}
        yield _table("FULL_ROW", [numbers[item.value] for item in columns.full])
        yield _table("FULL_COLUMN", [item.column for item in columns.full])
        zero = self.names["zero"].offset
        table, owners, factors = [], [], []
        for number, (_, items) in enumerate(columns.separable):
            part = _padded([places[item.value].offset for item in items], zero)
            table += part
            owners += [item.column for item in items] + [-1] * (len(part) - len(items))
            factors += [number] * len(part)
        yield _table("PROFILE", table, "where the profiles of the separable columns are, by factor")
        yield _table("PROFILE_COLUMN", owners)
        yield _table("PROFILE_FACTOR", factors)
        yield _table("BEGIN", [0, *(end for _, end in columns.positions)], "of each factor")
        count = len(columns.separable)
        yield _table("SUM", _padded([self.names[f"sum_{number}"].offset for number in range(count)], zero))
        if not self.kept:
            yield _table("MOMENT", [self.names[f"moment_{number}"].offset for number in range(count)])
        firsts = [factor for factor, _ in columns.separable]
        if self.kept:
            yield _table("OWN", [self._product(ONE, factor) for factor in firsts], "the product of one and each factor")
        if self.gram and columns.separable:
            pairs = [self._product(first, second) for first in firsts for second in firsts]
            yield _table("PAIR", pairs, "the product of each two factors", count)
            mixed = [self._product(item.factor, factor) for item in columns.full for factor in firsts]
            yield _table("MIXED", mixed, "the product of those of full and separable columns", count)
            yield _table("PLACE", [places[item.value].offset for item in columns.full])

    def _product(self, first: Factor, second: Factor) -> int:
        """The number of a product among those that sums over the whole axes need; -1 where it is zero."""
        product = fac.times(first, second)
        return -1 if fac.is_zero(product) else self.columns.products.index(product)

    def setup(self) -> Iterator[str]:
        """Once."""
        columns = self.columns
        w = self.writer
        for name in ("add", "dot", "copy_row", "fill_row"):
            w.functions[name] = getattr(make, name)()
        weighted = self.gram and not self.norm.quadratic
        omega = self.norm.weight if weighted else None
        slope = f"{self.norm.weight} * r" if self.gram else self.norm.slope
        w.functions["penalty"] = make.penalty(self.norm.value, slope, omega)
        yield f"known = np.zeros({columns.schedule.program.columns})"
        yield "for c in range(known.size):"
        yield "    known[c] = coefficients[c]"
        yield "full, profile, sums = FULL.copy(), PROFILE.copy(), SUM.copy()"
        yield "full_coefficients, full_dots = np.zeros(FULL.size), np.zeros(FULL.size)"
        yield "profile_coefficients, profile_dots = np.zeros(PROFILE.size), np.zeros(PROFILE.size)"
        yield "for k in range(PROFILE.size):"
        yield "    if PROFILE_COLUMN[k] >= 0:"
        yield "        profile_coefficients[k] = -known[PROFILE_COLUMN[k]]"
        if columns.separable and not self.kept:
            yield "moments = MOMENT.copy()"
        yield "gradient = np.zeros(known.size)"
        if self.gram:
            w.functions["gram"] = make.gram("gram", weighted)
            if columns.separable:
                w.functions["weighted_gram"] = make.gram("weighted_gram", True)
            yield "full_gram = np.zeros((FULL.size, FULL.size))"
            if columns.separable:
                yield "mixed = np.zeros((FULL_ROW.size, PROFILE.size))"
                yield "profile_gram = np.zeros((PROFILE.size, PROFILE.size))"
            yield "matrix = np.zeros((known.size, known.size))"

    def begin(self) -> Iterator[str]:
        """At the start of a share."""
        yield "loss = 0.0"
        yield "gradient.fill(0.0)"
        yield "profile_dots.fill(0.0)"
        if self.gram:
            yield "matrix.fill(0.0)"
            yield "full_gram.fill(0.0)"
            if self.columns.separable:
                yield "mixed.fill(0.0)"
                yield "profile_gram.fill(0.0)"

    def body(self) -> Iterator[str]:
        """For every tile of every residual."""
        columns = self.columns
        if columns.separable:
            yield from over_rows(self.writer, self._sums())
        yield from over_whole(self.writer, columns.schedule)
        yield "    full_coefficients.fill(0.0)"
        yield "    full_dots.fill(0.0)"
        yield "    for k in range(FULL_ROW.size):"
        yield f"        full_coefficients[FULL_ROW[k]] -= known[FULL_COLUMN[k]]{self._scale('k')}"
        yield from indent(over_rows(self.writer, self._residual()))
        yield "    for k in range(FULL_ROW.size):"
        yield f"        gradient[FULL_COLUMN[k]] -= full_dots[FULL_ROW[k]]{self._scale('k')}"
        if self.gram and columns.scaled:
            yield "    for k in range(FULL_ROW.size):"
            yield "        for l in range(FULL_ROW.size):"
            yield "            a, b = max(FULL_ROW[k], FULL_ROW[l]), min(FULL_ROW[k], FULL_ROW[l])"
            yield (f"            matrix[FULL_COLUMN[k], FULL_COLUMN[l]] += full_gram[a, b]{self._scale('k')}"
                   f"{self._scale('l')}")
            yield "    full_gram.fill(0.0)"
        if columns.separable:
            yield from over_rows(self.writer, self._moments())

    def end(self) -> Iterator[str]:
        """At the end of a share."""
        columns = self.columns
        count = columns.schedule.program.columns
        yield "for k in range(PROFILE.size):"
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
            yield "for l in range(PROFILE.size):"
            yield "    if PROFILE_COLUMN[l] >= 0:"
            yield "        for k in range(FULL_ROW.size):"
            yield "            matrix[FULL_COLUMN[k], PROFILE_COLUMN[l]] += mixed[k, l]"
            yield "            matrix[PROFILE_COLUMN[l], FULL_COLUMN[k]] += mixed[k, l]"
            yield "        for k in range(PROFILE.size):"
            yield "            if PROFILE_COLUMN[k] >= 0:"
            yield "                matrix[PROFILE_COLUMN[k], PROFILE_COLUMN[l]] += profile_gram[k, l]"
            yield "                if PROFILE_FACTOR[k] != PROFILE_FACTOR[l]:"
            yield "                    matrix[PROFILE_COLUMN[l], PROFILE_COLUMN[k]] += profile_gram[k, l]"
        factor = f"{self.norm.weight} * " if self.norm.quadratic else ""
        yield f"for p in range({count}):"
        yield f"    for q in range({count}):"
        yield f"        out[share, 1 + {count} * (p + 1) + q] = {factor}matrix[p, q]"

    def _scale(self, number: str) -> str:
        if not self.columns.scaled:
            return ""
        factors = tuple(item.factor for item in self.columns.full)
        table = self.writer.table("factors", make.ROWS, factors, self.columns.schedule.program.target_whole)
        return f" * {table}[{number}, flat]"

    def _sums(self) -> Iterator[str]:
        """Of the separable columns by factor, each times its coefficient."""
        yield "for a in range(BEGIN.size - 1):"
        yield "    fill_row(shared, sums[a] + base, 0.0, size)"
        yield ("    add(shared, sums[a] + base, shared, base, profile[BEGIN[a]:BEGIN[a + 1]], "
               "profile_coefficients[BEGIN[a]:BEGIN[a + 1]], size)")
        if not self.kept:
            yield "    fill_row(shared, moments[a] + base, 0.0, size)"

    def _residual(self) -> Iterator[str]:
        columns, program, places = self.columns, self.columns.schedule.program, self.writer.storage.places
        residual = f"shared, {self.names['residual'].offset} + base"
        target = places[program.target]
        yield f"copy_row({residual}, {self.writer.array(target)}, {target.offset} + base, size)"
        if columns.separable:
            yield f"add({residual}, shared, base, sums, {self._factor_rows()}[flat], size)"
        yield f"add({residual}, {self.rows_array}, base, full, full_coefficients, size)"
        slope = f"{self.writer.array(self.names['slope'])}, {self.names['slope'].offset} + base"
        omega = slope
        if "omega" in self.names:
            omega = f"{self.writer.array(self.names['omega'])}, {self.names['omega'].offset} + base"
        yield f"loss += penalty({residual}, {slope}, {omega}, width, size)"
        yield f"dot(full_dots, {slope}, {self.rows_array}, base, full, size)"
        if self.gram:
            yield f"gram(full_gram, {omega}, {self.rows_array}, {self.rows_array}, base, full, full, True, size)"
        if columns.separable and not self.kept:
            self.writer.functions["add_to_each"] = make.add_to_each()
            yield f"add_to_each(shared, base, moments, {self._factor_rows()}[flat], {slope}, size)"

    def _factor_rows(self) -> str:
        """The table of the factors of the separable columns: point of the whole axes, factor (padded to groups)."""
        factors = tuple(factor for factor, _ in self.columns.separable)
        return self.writer.table("factor_rows", make.ROWS, factors, self.columns.schedule.program.target_whole)

    def _moments(self) -> Iterator[str]:
        """What the separable columns have in common with the slopes, with each other and with the full ones."""
        profiles = "profile[BEGIN[a]:BEGIN[a + 1]]"
        if not self.kept:
            yield "for a in range(BEGIN.size - 1):"
            yield (f"    dot(profile_dots[BEGIN[a]:BEGIN[a + 1]], shared, moments[a] + base, shared, base, {profiles}, "
                   "size)")
            return
        program = self.columns.schedule.program
        self.writer.functions["gather"] = make.gather()
        moment, kept = f"shared, {self.names['moment'].offset} + base", f"kept_{'_'.join(program.target_whole)}"
        where = self.writer.table("where", "int64[:, ::1]", self.columns.products, program.target_whole)
        there = self.writer.table("there", make.ROWS, self.columns.products, program.target_whole)
        count = self.writer.table("count", make.INDICES, self.columns.products, program.target_whole)

        def of(product: str) -> str:
            return f"{where}[{product}, :{count}[{product}]], {there}[{product}, :{count}[{product}]]"

        yield "for a in range(BEGIN.size - 1):"
        yield (f"    gather({moment}, {kept}, {self.names['slope'].offset} + base, 0, 1, {of('OWN[a]')}, size, False)")
        yield f"    dot(profile_dots[BEGIN[a]:BEGIN[a + 1]], {moment}, shared, base, {profiles}, size)"
        if not self.gram:
            return
        yield "    for b in range(a + 1):"
        yield "        product = PAIR[a, b]"
        yield "        if product < 0:"
        yield "            continue"
        if self.norm.quadratic:
            total = self.writer.table("total", make.ROW, self.columns.products, program.target_whole)
            yield f"        fill_row({moment}, {total}[product], size)"
        else:
            yield (f"        gather({moment}, {kept}, {self.names['omega'].offset} + base, 0, 1, "
                   f"{of('product')}, size, False)")
        yield (f"        weighted_gram(profile_gram[BEGIN[a]:BEGIN[a + 1], BEGIN[b]:BEGIN[b + 1]], {moment}, shared, "
               f"shared, base, {profiles}, profile[BEGIN[b]:BEGIN[b + 1]], False, size)")
        yield "for k in range(FULL_ROW.size):"
        yield "    for a in range(BEGIN.size - 1):"
        yield "        product = MIXED[k, a]"
        yield "        if product < 0:"
        yield "            continue"
        if self.norm.quadratic:
            yield f"        gather({moment}, {kept}, PLACE[k] + base, 0, 1, {of('product')}, size, False)"
        else:
            self.writer.functions["gather_weighted"] = make.gather_weighted()
            yield (f"        gather_weighted({moment}, {kept}, {self.names['omega'].offset} + base, PLACE[k] + base, "
                   f"{of('product')}, size)")
        yield f"        dot(mixed[k, BEGIN[a]:BEGIN[a + 1]], {moment}, shared, base, {profiles}, size)"


def _padded(slots: list[int], zero: int) -> list[int]:
    """Slots in whole groups, with a row of zeros for what is missing."""
    return slots + [zero] * (-len(slots) % make.GROUP)


def _table(name: str, content: list[int], comment: str = "", width: int = 0) -> str:
    """A line that makes a table of whole numbers, with rows of some width."""
    shape = f".reshape(-1, {width})" if width else ""
    return f"{name} = np.array({content!r}, dtype=np.int64){shape}{f'  # {comment}' if comment else ''}"
