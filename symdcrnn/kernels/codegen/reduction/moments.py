"""What separable columns have in common with the slopes, with each other and with the full ones: sums over whole axes.

Sums of the same rows by several factors are made together: each row is read once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction import moment_functions, sums
from symdcrnn.kernels.codegen.reduction.layout import Layout
from symdcrnn.kernels.codegen.reduction.moment_functions import SUMS
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.factors import ONE, Factor, SideOf

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

    @cached_property
    def factors(self) -> list[Factor]:
        return [factor for factor, _ in self.layout.columns.separable]

    @cached_property
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

    @cached_property
    def together(self) -> tuple[list[list[int]], list[int]]:
        """The factors in groups, and those that stand alone."""
        return together(self.factors)

    @cached_property
    def pairs_together(self) -> tuple[list[list[int]], list[int]]:
        """Likewise the products of pairs."""
        return together([self.layout.columns.products[number] for number in self.pairs])

    def tables(self) -> dict[str, list[int]]:
        """Whole numbers; see `whole_numbers`."""
        columns, layout = self.layout.columns, self.layout
        found = {
            "place": [layout.names["slope"].offset],
            "product": [self.product(ONE, factor) for factor in self.factors],
            **_tables("", *self.together),
        }
        if not layout.gram:
            return found
        found["place"] += [layout.writer.storage.places[item.value].offset for item in columns.full]
        found["product"] += [self.product(item.factor, factor) for item in columns.full for factor in self.factors]
        found["pair"] = [number for part in self.pairs.values() for pair in part for number in pair]
        if layout.weighted:
            found["pair_begin"] = list(accumulate(map(len, self.pairs.values()), initial=0))
            found["pair_product"] = list(self.pairs)
            found.update(_tables("pair_", *self.pairs_together))
        else:
            found["factor_product"] = [self.product(first, second) for first in self.factors for second in self.factors]
        return found

    @property
    def total(self) -> str:
        """What the products of two profiles are multiplied by at the end of a share, by the numbers of these."""
        columns = self.layout.columns
        products = () if self.layout.weighted else columns.products
        return self.layout.writer.table("total", make.ROW, products, columns.schedule.program.target_whole)

    def lines(self, tables: str) -> Iterator[str]:
        """For the rows of a tile.

        Parameters
        ----------
        tables : str
            The argument with the whole numbers.
        """
        layout, functions = self.layout, self.layout.writer.functions
        full = len(layout.columns.full) if layout.gram else 0
        self._needs(self.together)
        functions["moment_dots"] = moment_functions.moment_dots(
            "moment_dots", self._distance, False, bool(self.together[0]))
        # Without weights the full rows are summed as the slopes are.
        yield f"moment_dots(profile_dots, 0, {1 if layout.weighted else 1 + full}, {self._summed(tables, '0')})"
        if not layout.gram:
            return
        functions[sums.gram_name(layout.weighted)] = sums.gram(layout.weighted)
        if not layout.weighted:
            functions["pair_products"] = moment_functions.pair_products()
            yield f"pair_products(profile_gram, shared, {tables}, base, size)"
            return
        summed = self._summed(tables, f"{layout.names['omega'].offset} + base")
        self._needs(self.pairs_together)
        functions["weighted_pair_products"] = moment_functions.weighted_pair_products(
            self._distance, bool(self.pairs_together[0]))
        yield f"weighted_pair_products(profile_gram, {summed})"
        self._needs(self.together, weighted=True)
        functions["weighted_moment_dots"] = moment_functions.moment_dots(
            "weighted_moment_dots", self._distance, True, bool(self.together[0]))
        yield f"weighted_moment_dots(profile_dots, 1, {1 + full}, {summed})"

    def _needs(self, grouping: tuple[list[list[int]], list[int]], weighted: bool = False) -> None:
        """Have the functions that make sums."""
        writer = self.layout.writer
        writer.works_in("chosen", SUMS, integers=True)
        if grouping[0]:
            writer.functions[moment_functions.moments_name(weighted)] = moment_functions.moments(
                self._distance, weighted)
        if weighted:
            writer.functions["gather_weighted"] = moment_functions.gather_weighted()
        else:
            writer.functions["gather"] = make.gather()

    def _summed(self, tables: str, by: str) -> str:
        """The arguments of functions that sum rows over the whole axes."""
        columns, writer = self.layout.columns, self.layout.writer
        whole = columns.schedule.program.target_whole
        where, there, count = (writer.table(kind, type_, columns.products, whole) for kind, type_ in
                               (("where", "int64[:, ::1]"), ("there", make.ROWS), ("count", make.INDICES)))
        at = writer.point(self.layout.names["moments_0"])
        return f"shared, {at}, kept_{'_'.join(whole)}, {by}, {tables}, {where}, {there}, {count}, chosen, base, size"

    @property
    def _distance(self) -> int:
        return self.layout.names["moments_1"].offset - self.layout.names["moments_0"].offset


def together(factors: Sequence[Factor]) -> tuple[list[list[int]], list[int]]:
    """Numbers of factors in groups that are not zero on the same sides, and the numbers of those that stand alone."""
    by_sides: dict[frozenset[SideOf], list[int]] = {}
    for number, factor in enumerate(factors):
        by_sides.setdefault(frozenset(fac.sides_in(factor)), []).append(number)
    parts = [numbers[begin:begin + SUMS] for numbers in by_sides.values()
             for begin in range(0, len(numbers), SUMS)]
    alone = [number for part in parts if len(part) < FEWEST for number in part]
    return [part for part in parts if len(part) >= FEWEST], alone


def _tables(prefix: str, groups: Sequence[list[int]], alone: list[int]) -> dict[str, list[int]]:
    padded = [number for group in groups for number in (*group, *group[:1] * (SUMS - len(group)))]
    return {f"{prefix}groups": padded, f"{prefix}group_size": [len(group) for group in groups], f"{prefix}alone": alone}
