"""What separable columns have in common with the slopes, with each other and with the full ones: sums over whole axes.

Sums of the same rows by several factors are made together: each row is read once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction.layout import Layout, table
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.factors import ONE, Factor, SideOf
from symdcrnn.kernels.source import KernelFunction, indent

FEWEST = 3
"""Sums that are made together at least: by fewer nothing is gained."""


@dataclass(frozen=True)
class Moments:
    """The sums of a tile, and what is made of them.

    Parameters
    ----------
    layout : Layout
        Its slopes, and weights where they differ from point to point, are kept for all points of the whole axes.
    """

    layout: Layout

    @property
    def factors(self) -> list[Factor]:
        return [factor for factor, _ in self.layout.columns.separable]

    @property
    def pairs(self) -> dict[int, list[tuple[int, int]]]:
        """By the number of their product, the pairs of factors, the first one not before the second."""
        found: dict[int, list[tuple[int, int]]] = {}
        for b, first in enumerate(self.factors):
            for c, second in enumerate(self.factors[:b + 1]):
                product = self.product(first, second)
                if product >= 0:
                    found.setdefault(product, []).append((b, c))
        return found

    def product(self, first: Factor, second: Factor) -> int:
        """The number of a product among those that sums over the whole axes need; -1 where it is zero."""
        product = fac.times(first, second)
        return -1 if fac.is_zero(product) else self.layout.columns.products.index(product)

    def constants(self) -> Iterator[str]:
        """Tables of the module."""
        columns, count = self.layout.columns, len(self.factors)
        yield table("OWN", [self.product(ONE, factor) for factor in self.factors], "the product of one and each factor")
        yield from _tables("FACTORS", *together(self.factors))
        if not self.layout.gram:
            return
        mixed = [self.product(item.factor, factor) for item in columns.full for factor in self.factors]
        yield table("MIXED", mixed, "the product of those of full and separable columns", count)
        yield table("PLACE", [self.layout.writer.storage.places[item.value].offset for item in columns.full])
        pairs = self.pairs
        yield table("PAIR", [number for part in pairs.values() for pair in part for number in pair], "of factors", 2)
        if self.layout.weighted:
            ends = accumulate(map(len, pairs.values()), initial=0)
            yield table("PAIR_BEGIN", list(ends), "of each product")
            yield table("PAIR_PRODUCT", list(pairs))
            yield from _tables("PAIRS", *together([columns.products[number] for number in pairs]))
        else:
            products = [self.product(first, second) for first in self.factors for second in self.factors]
            yield table("PRODUCT", products, "of each two factors", count)

    def scale(self, first: str, second: str) -> str:
        """What the products of two profiles are multiplied by at the end of a share, by the numbers of these."""
        if self.layout.weighted:
            return ""
        columns, whole = self.layout.columns, self.layout.columns.schedule.program.target_whole
        total = self.layout.writer.table("total", make.ROW, columns.products, whole)
        return f" * {total}[PRODUCT[PROFILE_FACTOR[{first}], PROFILE_FACTOR[{second}]]]"

    def lines(self) -> Iterator[str]:
        """For the rows of a tile."""
        names = self.layout.names
        profiles = "BEGIN[a]:BEGIN[a + 1]"
        dot = f"dot({{}}{profiles}], shared, sum_at, shared, base, profile[{profiles}], size)"
        yield from self._each("OWN[{}]", "FACTORS", self.factors, f"{names['slope'].offset} + base", False,
                              [dot.format("profile_dots[")])
        if self.layout.gram:
            yield from self._of_pairs()
            yield "for k in range(FULL_ROW.size):"
            yield from indent(self._each("MIXED[k, {}]", "FACTORS", self.factors, "PLACE[k] + base",
                                         self.layout.weighted, [dot.format("mixed[k, ")]))

    def _of_pairs(self) -> Iterator[str]:
        """The products of profiles: with weights summed by the product of their factors, or as they are."""
        pairs = [
            "    b, c = PAIR[pair, 0], PAIR[pair, 1]",
            "    profile_products(profile_gram[BEGIN[b]:BEGIN[b + 1], BEGIN[c]:BEGIN[c + 1]], shared, sum_at, shared, "
            "shared, base, profile[BEGIN[b]:BEGIN[b + 1]], profile[BEGIN[c]:BEGIN[c + 1]], False, size)",
        ]
        if self.layout.weighted:
            products = [self.layout.columns.products[number] for number in self.pairs]
            yield from self._each("PAIR_PRODUCT[{}]", "PAIRS", products, f"{self.layout.names['omega'].offset} + base",
                                  False, ["for pair in range(PAIR_BEGIN[a], PAIR_BEGIN[a + 1]):", *pairs])
        else:
            yield "sum_at = 0"
            yield "for pair in range(PAIR.shape[0]):"
            yield from pairs

    def _each(
        self, products: str, tables: str, factors: Sequence[Factor], column: str, weighted: bool, lines: Sequence[str]
    ) -> Iterator[str]:
        """The sum of rows by each product, and lines that read it at ``sum_at``, ``a`` being its number."""
        columns, writer = self.layout.columns, self.layout.writer
        whole = columns.schedule.program.target_whole
        where, there, count = (writer.table(kind, type_, columns.products, whole) for kind, type_ in
                               (("where", "int64[:, ::1]"), ("there", make.ROWS), ("count", make.INDICES)))
        rows, omega = f"kept_{'_'.join(whole)}", f"{self.layout.names['omega'].offset} + base" if weighted else "0"
        groups, alone = together(factors)
        if groups:
            name = "moments_weighted" if weighted else "moments"
            writer.functions[name] = _several(name, self._distance, weighted)
            writer.works_in("chosen", make.SUMS, integers=True)
            yield f"for g in range({tables}_SIZE.size):"
            yield f"    for m in range({make.SUMS}):"
            yield f"        chosen[m] = {products.format(f'{tables}[g, m]')}"
            yield "    first = chosen[0]"
            yield "    if first >= 0:"
            yield (f"        {name}(shared, {self._at(0)}, {rows}, {omega}, {column}, {where}[first, :{count}[first]], "
                   f"{there}, chosen, size)")
            yield f"        for m in range({tables}_SIZE[g]):"
            yield f"            a, sum_at = {tables}[g, m], {self._at(0)} + m * {self._distance}"
            yield from indent(lines, 3)
        if alone:
            yield f"for l in range({tables}_ALONE.size):"
            yield f"    a = {tables}_ALONE[l]"
            yield f"    first = {products.format('a')}"
            yield "    if first >= 0:"
            yield f"        sum_at = {self._at(0)}"
            some = f"{where}[first, :{count}[first]], {there}[first, :{count}[first]]"
            if weighted:
                writer.functions["gather_weighted"] = _weighted()
                yield f"        gather_weighted(shared, sum_at, {rows}, {omega}, {column}, {some}, size)"
            else:
                writer.functions["gather"] = make.gather()
                yield f"        gather(shared, sum_at, {rows}, {column}, 0, 1, {some}, size, False)"
            yield from indent(lines, 2)

    def _at(self, number: int) -> str:
        return self.layout.writer.point(self.layout.names[f"moments_{number}"])

    @property
    def _distance(self) -> int:
        return self.layout.names["moments_1"].offset - self.layout.names["moments_0"].offset


def together(factors: Sequence[Factor]) -> tuple[list[list[int]], list[int]]:
    """Numbers of factors in groups that are not zero on the same sides, and the numbers of those that stand alone."""
    by_sides: dict[frozenset[SideOf], list[int]] = {}
    for number, factor in enumerate(factors):
        by_sides.setdefault(frozenset(fac.sides_in(factor)), []).append(number)
    parts = [numbers[begin:begin + make.SUMS] for numbers in by_sides.values()
             for begin in range(0, len(numbers), make.SUMS)]
    alone = [number for part in parts if len(part) < FEWEST for number in part]
    return [part for part in parts if len(part) >= FEWEST], alone


def _tables(name: str, groups: Sequence[list[int]], alone: list[int]) -> Iterator[str]:
    if groups:
        padded = [number for group in groups for number in (*group, *group[:1] * (make.SUMS - len(group)))]
        yield table(name, padded, "which are summed together", make.SUMS)
        yield table(f"{name}_SIZE", [len(group) for group in groups])
    if alone:
        yield table(f"{name}_ALONE", alone)


_PARTS = ((f"range(0, whole, {make.LANES})", range(make.LANES)), ("range(whole, indices.size)", range(1)))


def _several(name: str, distance: int, weighted: bool) -> KernelFunction:
    """t_m = sum_k weights[chosen[m], k] source[indices[k], column + j], each row read once for all of them.

    Parameters
    ----------
    name : str
    distance : int
        From one t to the next: a literal, from which the compiler sees that they are apart.
    weighted : bool
        Whether each row is multiplied by the one that begins at ``by`` first.
    """
    last = distance * (make.SUMS - 1)
    lines = [
        f"def {name}(target, at, source, by, column, indices, weights, chosen, size):",
        f"    t = target[at:at + {last} + size]",
        *(f"    r{m} = weights[chosen[{m}]]" for m in range(make.SUMS)),
        "    for j in range(size):",
        *(f"        t[{m * distance} + j] = 0.0" for m in range(make.SUMS)),
        f"    whole = indices.size // {make.LANES} * {make.LANES}",
    ]
    for loop, lanes in _PARTS:
        lines.append(f"    for k in {loop}:")
        for lane in lanes:
            lines.append(f"        a{lane} = source[indices[k + {lane}], column:column + size]")
            if weighted:
                lines.append(f"        o{lane} = source[indices[k + {lane}], by:by + size]")
            lines += [f"        w{m}{lane} = r{m}[k + {lane}]" for m in range(make.SUMS)]
        lines.append("        for j in range(size):")
        lines += [f"            x{lane} = {f'o{lane}[j] * ' if weighted else ''}a{lane}[j]" for lane in lanes]
        lines += [f"            t[{m * distance} + j] += {' + '.join(f'w{m}{lane} * x{lane}' for lane in lanes)}"
                  for m in range(make.SUMS)]
    types = [make.ROW, "int64", make.ROWS, "int64", "int64", make.INDICES, make.ROWS, make.INDICES, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def _weighted() -> KernelFunction:
    """t = sum_k weights[k] source[indices[k], by + j] source[indices[k], column + j], rows in fours and one by one."""
    lines = [
        "def gather_weighted(target, at, source, by, column, indices, weights, size):",
        "    t = target[at:at + size]",
        "    for j in range(size):",
        "        t[j] = 0.0",
        f"    whole = indices.size // {make.LANES} * {make.LANES}",
    ]
    for loop, lanes in _PARTS:
        lines.append(f"    for k in {loop}:")
        for lane in lanes:
            lines += [f"        p{lane}, i{lane} = weights[k + {lane}], indices[k + {lane}]",
                      f"        w{lane} = source[i{lane}, by:by + size]",
                      f"        a{lane} = source[i{lane}, column:column + size]"]
        total = " + ".join(f"p{lane} * w{lane}[j] * a{lane}[j]" for lane in lanes)
        lines += ["        for j in range(size):", f"            t[j] += {total}"]
    types = [make.ROW, "int64", make.ROWS, "int64", "int64", make.INDICES, make.ROW, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))
