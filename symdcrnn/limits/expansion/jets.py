"""Formulas of fields and their derivatives: fields replaced by formulas, and derivatives in a direction."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symdcrnn.algebra.relations.calculus import Calculus, Jet, Orders
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field

Values = Mapping[Field, sympy.Expr]


def symbol(calculus: Calculus, field: Field, orders: Orders = ()) -> sympy.Symbol:
    """The symbol of a derivative of a field."""
    return calculus.symbol(Jet(field, orders, frozenset(field.axes)))


def fields_of(calculus: Calculus, value: sympy.Expr) -> dict[sympy.Symbol, tuple[Field, Orders]]:
    """The derivatives of fields that are in a formula."""
    found = {}
    for one in value.free_symbols:
        atom = calculus.atoms[one]
        if isinstance(atom, Jet) and isinstance(atom.of, Field):
            found[one] = (atom.of, atom.orders)
    return found


def differentiated(calculus: Calculus, value: sympy.Expr, orders: Orders) -> sympy.Expr:
    """A derivative of a formula."""
    for axis, order in orders:
        for _ in range(order):
            value = expanded(calculus.derivative(value, axis))
    return value


def substituted(calculus: Calculus, value: sympy.Expr, values: Values) -> sympy.Expr:
    """A formula with fields replaced by formulas, under derivatives too."""
    known = {one: differentiated(calculus, values[field], orders)
             for one, (field, orders) in fields_of(calculus, value).items() if field in values}
    return expanded(value.xreplace(known)) if known else value


def along(calculus: Calculus, value: sympy.Expr, directions: Values) -> sympy.Expr:
    """The derivative of a formula where fields change in some directions."""
    parts = []
    for one, (field, orders) in fields_of(calculus, value).items():
        if field in directions:
            parts.append(value.diff(one) * differentiated(calculus, directions[field], orders))
    return expanded(sympy.Add(*parts))


def tidy(calculus: Calculus, value: sympy.Expr) -> sympy.Expr:
    """A formula whose quotients of sums have no common factors: one for each product of derivatives.

    Formulas without such quotients stay as they are.
    """
    if not any(power.base.is_Add and power.exp.is_negative for power in value.atoms(sympy.Pow)):
        return value
    factors: dict[sympy.Expr, list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(value):
        derivatives = [one for one, (_, orders) in fields_of(calculus, term).items() if orders]
        factor, product = term.as_independent(*derivatives, as_Add=False)
        factors.setdefault(product, []).append(factor)
    return sympy.Add(*(sympy.factor(sympy.cancel(sympy.Add(*parts))) * product for product, parts in factors.items()))
