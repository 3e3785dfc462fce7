"""What relations of coefficients are, and the terms and numbers of the formulas that they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from symdcrnn.algebra.relations.expansion import expanded

LARGEST_DENOMINATOR, CLOSE = 10_000, 1e-11
"""An average of a monomial that is so near to a fraction is that fraction: cancelling sums then are zero."""


@dataclass(frozen=True)
class Relation:
    """sum of factors times coefficients = value.

    Parameters
    ----------
    factors : dict of int to float
        By the number of a word.
    value : float
    """

    factors: dict[int, float]
    value: float = 0.0


@dataclass(frozen=True)
class Form:
    """v^outside d^orders f, or v^outside <v^inside d^orders f> if it is averaged."""

    orders: tuple[tuple[str, int], ...]
    outside: int
    inside: int
    averaged: bool


@dataclass(frozen=True)
class Dissipation:
    """How words change the integral of a density.

    Parameters
    ----------
    forms : tuple of dict of Form to float
        By word, half the rate as a linear operator on the field.
    others : tuple of Relation
        That remove what is no quadratic form.
    """

    forms: tuple[dict[Form, float], ...]
    others: tuple[Relation, ...]


def as_number(factor: float) -> sympy.Expr:
    """A factor, as a fraction where it is one."""
    near = Fraction(factor).limit_denominator(LARGEST_DENOMINATOR)
    return sympy.Rational(near.numerator, near.denominator) if float(near) == factor else sympy.Float(factor)


def monomials(value: sympy.Expr) -> dict[sympy.Expr, float]:
    """The terms of a formula, each a number times what is none."""
    found: dict[sympy.Expr, float] = {}
    for term in sympy.Add.make_args(expanded(value)):
        number, rest = term.as_independent(*term.free_symbols, as_Add=False)
        if number != 0:
            found[rest] = found.get(rest, 0.0) + float(number)
    return found


def average_of(
    polynomial: sympy.Poly, coordinates: Sequence[Sequence[float]], weights: Sequence[float]
) -> sympy.Expr:
    """The average of a polynomial of coordinates."""
    total = sympy.Integer(0)
    for powers, factor in polynomial.terms():
        number = sum(weight * math.prod(value**power for value, power in zip(point, powers, strict=True))
                     for weight, *point in zip(weights, *coordinates, strict=True))
        near = Fraction(number).limit_denominator(LARGEST_DENOMINATOR)
        exact = abs(float(near) - number) <= CLOSE
        total += factor * (sympy.Rational(near.numerator, near.denominator) if exact else sympy.Float(number))
    return total
