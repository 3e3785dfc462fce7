"""Formulas of slow fields as terms: a coefficient of numbers and parameters, a power of epsilon, a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.reading.alphabet import derivative
from symdcrnn.algebra.reading.written import ATOM, Written
from symdcrnn.algebra.relations.calculus import Calculus, Jet, Orders
from symdcrnn.algebra.relations.continuum import form_of
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.jets import fields_of
from symdcrnn.limits.expansion.orders import Balance

Numbers = Mapping[sympy.Symbol, sympy.Rational]


@dataclass(frozen=True)
class Term:
    """One term of the equation of a slow field.

    Parameters
    ----------
    coefficient : sympy.Expr
        Of numbers and parameters.
    power : int
        Of epsilon.
    word : Word
    inside : bool
        Whether learned numbers stand inside the word, whose errors are not known then.
    """

    coefficient: sympy.Expr
    power: int
    word: Word
    inside: bool = False


def terms_of_balance(balance: Balance, power: int, calculus: Calculus, numbers: Numbers) -> list[Term]:
    """Fluxes under their derivatives, and the rest; arguments as of `terms_of`."""
    found = [term for orders, flux in balance.fluxes.items()
             for term in terms_of(flux, power, calculus, numbers, orders)]
    return found + terms_of(balance.rest, power, calculus, numbers)


def terms_of(
    value: sympy.Expr, power: int, calculus: Calculus, numbers: Numbers, outer: Orders = ()
) -> list[Term]:
    """The terms of a formula, or of a derivative of it.

    Parameters
    ----------
    value : sympy.Expr
    power : int
        Of epsilon, that it stands with.
    calculus : Calculus
    numbers : mapping of sympy.Symbol to sympy.Rational
        What parameters are that cannot be taken out of a word.
    outer : tuple of (str, int)
        The derivative.

    Raises
    ------
    InputError
        If it holds derivatives in time, which no word has.
    """
    found: dict[tuple[Word, bool], sympy.Expr] = {}
    for part in sympy.Add.make_args(expanded(value)):
        varying = [one for one in part.free_symbols if calculus.atoms[one].axes]
        coefficient, rest = part.as_independent(*varying, as_Add=False)
        inside = bool(rest.free_symbols & numbers.keys())
        # Numbers may make a sum a number times another one.
        for piece in sympy.Add.make_args(expanded(rest.xreplace(numbers)) if inside else rest):
            for word, number in _words(with_positive_sums(piece), calculus, outer).items():
                found[word, inside] = found.get((word, inside), 0) + coefficient * number
    return [Term(shown, power, word, inside) for (word, inside), coefficient in found.items()
            if (shown := with_positive_sums(sympy.factor(sympy.cancel(coefficient)))) != 0]


def _words(value: sympy.Expr, calculus: Calculus, outer: Orders) -> Mapping[Word, sympy.Expr]:
    axes = {axis.name: axis for axis in calculus.space.axes}
    for one, (field, orders) in fields_of(calculus, value).items():
        if any(axis not in axes for axis, _ in orders):
            raise InputError(f"the limit holds the derivative of {field.name} in time ({one}), which has no equation "
                             "here: ask for a lower order")
    alone = fields_of(calculus, value).get(value)
    if alone is not None:
        total = dict(alone[1])
        for axis, order in outer:
            total[axis] = total.get(axis, 0) + order
        word = Word((), alone[0])
        return {word.after((derivative({axes[axis]: order for axis, order in total.items()}),)) if total else word:
                sympy.Integer(1)}
    letters = (derivative({axes[axis]: order for axis, order in outer}),) if outer else ()
    return {word.after(letters): sympy.sympify(number) for word, number in form_of(value, calculus).items()}


def joined(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Terms of which no two have the same word and the same power."""
    found: dict[tuple[int, Word, bool], sympy.Expr] = {}
    for term in terms:
        place = (term.power, term.word, term.inside)
        found[place] = found.get(place, 0) + term.coefficient
    return tuple(Term(shown, *place) for place, value in found.items()
                 if (shown := value if value.is_number else with_positive_sums(sympy.factor(value))) != 0)


def with_positive_sums(value: sympy.Expr) -> sympy.Expr:
    """A product whose sums begin with a positive number: 1/(1 - k) and not -1/(k - 1)."""
    sign, factors = sympy.Integer(1), []
    for factor in sympy.Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        if base.is_Add and exponent.is_Integer and base.as_coeff_Add()[0] < 0:
            sign *= (-1) ** exponent
            factor = (-base) ** exponent
        factors.append(factor)
    return sign * sympy.Mul(*factors)


def names_of(calculus: Calculus, value: sympy.Expr) -> dict[sympy.Symbol, Written]:
    """How the symbols of a formula without derivatives are written."""
    found = {}
    for one in value.free_symbols:
        atom = calculus.atoms[one]
        if not isinstance(atom, Jet) or atom.orders:
            raise InputError(f"{one} cannot be written here")
        found[one] = Written(atom.of.name if isinstance(atom.of, Field) else atom.of, ATOM)
    return found
