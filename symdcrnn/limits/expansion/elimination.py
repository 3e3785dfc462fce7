"""Rows that are solved one by one for what stands in them linearly."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sympy

from symdcrnn.algebra.relations.calculus import Calculus
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.jets import fields_of, substituted, tidy


def solved(rows: Sequence[sympy.Expr], unknowns: Collection[Field], calculus: Calculus) -> dict[Field, sympy.Expr]:
    """The unknowns for which all rows are zero, in what is known; those that the rows do not determine are left out.

    Parameters
    ----------
    rows : sequence of sympy.Expr
    unknowns : collection of Field
    calculus : Calculus

    Raises
    ------
    InputError
        If the rows contradict each other.
    """
    left = [row for row in rows if row != 0]
    found: dict[Field, sympy.Expr] = {}
    while left:
        choices = [choice for number, row in enumerate(left) if (choice := _choice(number, row, unknowns, calculus))]
        if not choices:
            break
        _, number, field, one = min(choices, key=lambda choice: choice[:2])
        row = left.pop(number)
        slope = row.diff(one)
        value = tidy(calculus, expanded(-row.xreplace({one: sympy.Integer(0)}) / slope))
        found = {other: tidy(calculus, substituted(calculus, formula, {field: value}))
                 for other, formula in found.items()}
        found[field] = value
        left = [changed for row in left
                if (changed := tidy(calculus, substituted(calculus, row, {field: value}))) != 0]
        for row in left:
            present = fields_of(calculus, row).values()
            if not any(one in unknowns for one, _ in present) and sympy.cancel(row) != 0:
                raise InputError(f"the fastest terms leave {row}, which nothing balances: there is no limit")
    return {field: value for field, value in found.items()
            if not any(other in unknowns for other, _ in fields_of(calculus, value).values())}


def _choice(
    number: int, row: sympy.Expr, unknowns: Collection[Field], calculus: Calculus
) -> tuple[int, int, Field, sympy.Symbol] | None:
    """How many unknowns a row has, its number, and the one that it can be solved for."""
    present = {one: field for one, field in fields_of(calculus, row).items() if field[0] in unknowns}
    fields = {field for field, _ in present.values()}
    for one, (field, orders) in sorted(present.items(), key=lambda item: str(item[0])):
        alone = not orders and sum(other == field for other, _ in present.values()) == 1
        if alone and not present.keys() & row.diff(one).free_symbols:
            return len(fields), number, field, one
    return None

