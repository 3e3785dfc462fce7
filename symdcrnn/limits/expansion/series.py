"""Formulas of variables that are series in epsilon: their coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial

import sympy

from symdcrnn.algebra.relations.calculus import Calculus, Jet, Orders
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field
from symdcrnn.limits.expansion.jets import differentiated, fields_of, substituted

Values = dict[Field, sympy.Expr]
Varies = Callable[[Field], bool]
"""Whether a field is a variable, and not one that is given."""


class TooFewMomentsError(Exception):
    """A moment beyond those that were solved for is needed."""


def value_of(variable: Field, values: Mapping[Field, sympy.Expr]) -> sympy.Expr:
    """The value of a variable.

    Raises
    ------
    TooFewMomentsError
        If it was not solved for.
    """
    if variable not in values:
        raise TooFewMomentsError
    return values[variable]


def coefficient(
    calculus: Calculus, value: sympy.Expr, number: int, values: Sequence[Values], varies: Varies
) -> sympy.Expr:
    """The coefficient of epsilon^number of a formula.

    Parameters
    ----------
    calculus : Calculus
    value : sympy.Expr
    number : int
    values : sequence of dict
        The variables by order; orders beyond them are zero.
    varies : callable
        Which fields are variables.

    Raises
    ------
    TooFewMomentsError
        If a variable was not solved for.
    """
    return expanded(sympy.Add(*(_of_term(calculus, term, number, values, varies)
                                for term in sympy.Add.make_args(value))))


def linear_in(calculus: Calculus, term: sympy.Expr, varies: Varies) -> tuple[sympy.Expr, Field, Orders] | None:
    """The factor, the variable and the derivative of a term that is linear in one; None of any other."""
    present = {one: pair for one, pair in fields_of(calculus, term).items() if varies(pair[0])}
    if len(present) != 1:
        return None
    [(one, (of, orders))] = present.items()
    slope = term.diff(one)
    return None if slope.has(one) else (slope, of, orders)


def _of_term(
    calculus: Calculus, term: sympy.Expr, number: int, values: Sequence[Values], varies: Varies
) -> sympy.Expr:
    present = {of for of, _ in fields_of(calculus, term).values() if varies(of)}
    if not present:
        return term if number == 0 else sympy.Integer(0)
    linear = linear_in(calculus, term, varies)
    if linear is not None:
        slope, of, orders = linear
        if number >= len(values):
            return sympy.Integer(0)
        return slope * differentiated(calculus, value_of(of, values[number]), orders)
    counter = calculus.symbol(Jet("<order>", (), frozenset()))
    there = range(min(number + 1, len(values)))
    series = {of: sympy.Add(*(counter**order * value_of(of, values[order]) for order in there)) for of in present}
    whole = substituted(calculus, term, series)
    return whole.diff(counter, number).xreplace({counter: sympy.Integer(0)}) / factorial(number)
