"""What the fastest terms conserve, and the slow variables that stand for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from symdcrnn.algebra.relations.calculus import Calculus
from symdcrnn.algebra.words import Field
from symdcrnn.limits.expansion.jets import fields_of

Combination = dict[Field, sympy.Expr]
"""A linear combination of rows with constant coefficients."""


def conserved(rows: Mapping[Field, sympy.Expr], calculus: Calculus) -> list[Combination]:
    """The linear combinations of rows that vanish whatever the fields are.

    Parameters
    ----------
    rows : mapping of Field to sympy.Expr
        The fastest terms of each variable, multiplied out.
    calculus : Calculus

    Returns
    -------
    list of dict
        In reduced form, one per conserved quantity.
    """
    parts = {field: monomials(row, calculus) for field, row in rows.items()}
    left = dict(parts)
    while True:
        # A row with a monomial of its own cannot be cancelled by others.
        counts: dict[sympy.Expr, int] = {}
        for found in left.values():
            for one in found:
                counts[one] = counts.get(one, 0) + 1
        alone = [field for field, found in left.items() if any(counts[one] == 1 for one in found)]
        if not alone:
            break
        for field in alone:
            del left[field]
    return _left_null(left)


def monomials(row: sympy.Expr, calculus: Calculus) -> dict[sympy.Expr, sympy.Expr]:
    """What depends on fields or on points in a row, with its coefficients of numbers and parameters."""
    found: dict[sympy.Expr, sympy.Expr] = {}
    for term in sympy.Add.make_args(row):
        varying = [one for one in term.free_symbols if calculus.atoms[one].axes or fields_of(calculus, one)]
        factor, monomial = term.as_independent(*varying, as_Add=False)
        if factor != 0:
            found[monomial] = found.get(monomial, 0) + factor
    return {monomial: value for monomial, factor in found.items() if (value := sympy.cancel(factor)) != 0}


def _left_null(rows: Mapping[Field, Mapping[sympy.Expr, sympy.Expr]]) -> list[Combination]:
    fields = list(rows)
    columns = list(dict.fromkeys(one for row in rows.values() for one in row))
    if not fields:
        return []
    if not columns:
        return [{field: sympy.Integer(1)} for field in fields]
    matrix = sympy.Matrix(len(columns), len(fields), lambda i, j: rows[fields[j]].get(columns[i], 0))
    found = sympy.Matrix.hstack(*vectors).T.rref(simplify=True)[0] if (vectors := matrix.nullspace(simplify=True)) \
        else sympy.zeros(0, 0)
    return [{field: value for field, value in zip(fields, found.row(number), strict=True) if value != 0}
            for number in range(found.rows)]


def is_linear(rows: Sequence[sympy.Expr], calculus: Calculus) -> bool:
    """Whether rows are linear in the fields."""
    return all(all(fields_of(calculus, row.diff(one)) == {} for one in fields_of(calculus, row)) for row in rows)
