"""Products with functions of known functions, such as ``sin(8*t)`` and ``(1 - v^2)^2``, as letters in one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import parse_formula, written
from symdcrnn.algebra.reading.written import ATOM, POWER, PRODUCT, Written, enclosed
from symdcrnn.algebra.rules import Profile
from symdcrnn.errors import InputError

LARGEST_POWER = 16
"""A higher one is a function of its base, no product."""


def power(letter: Operator, exponent: int) -> Operator:
    """The product with a power of a known function, such as ``v^2``, which in words is as many letters."""
    name = f"{letter.name}^{exponent}"
    latex = f"{letter.latex.replace('{}', '').strip()}^{{{exponent}}} {{}}"
    return Operator(name, letter.rules * exponent, latex=latex)


def merged(letters: Sequence[Operator]) -> tuple[Operator, ...]:
    """Letters that multiply, in a product without repetitions among the functions of known functions."""
    named = {sympy.Symbol(part.name): part for letter in letters for part in letter.parts or (letter,)}
    return letters_of(sympy.Mul(*map(known_expression, letters)), named)


def known_expression(letter: Operator) -> sympy.Expr:
    """What a letter multiplies by, in symbols of the named letters."""
    if not letter.parts:
        return sympy.Symbol(letter.name)
    return parse_formula(letter.name, [part.name for part in letter.parts])


def letters_of(expression: sympy.Expr, named: Mapping[sympy.Symbol, Operator]) -> tuple[Operator, ...]:
    """The letters of an expression of known functions.

    Raises
    ------
    InputError
        If it has a numeric factor.
    """
    found: list[Operator] = []
    coefficient, factors = expression.as_coeff_mul()
    check_coefficient(sympy.Mul(coefficient, *(factor for factor in factors if not factor.free_symbols)))
    for factor in factors:
        base, exponent = factor.as_base_exp()
        if base.is_Symbol and exponent.is_Integer and 1 <= exponent <= LARGEST_POWER:
            found += [named[base]] * int(exponent)
        elif factor.free_symbols:
            found.append(_letter(factor, named))
    return tuple(sorted(found, key=lambda letter: letter.order))


def check_coefficient(value: sympy.Expr) -> None:
    """Refuse a word with a numeric factor.

    Raises
    ------
    InputError
        If it is not one.
    """
    if value != 1:
        raise InputError(f"it has the factor {written(value, {}).text}: leave it out, the coefficient of a word is "
                         "learned or given beside it")


def _letter(factor: sympy.Expr, named: Mapping[sympy.Symbol, Operator]) -> Operator:
    letters = {symbol: named[symbol] for symbol in sorted(factor.free_symbols, key=str)}
    name = enclosed(written(factor, {symbol: Written(letter.name, ATOM) for symbol, letter in letters.items()}), POWER)
    rule = Profile(written(factor, {symbol: _meaning(letter) for symbol, letter in letters.items()}).text,
                   _axes(letters.values()))
    latex = sympy.latex(factor, symbol_names={
        symbol: letter.latex.replace("{}", "").strip() for symbol, letter in letters.items()})
    latex = rf"\left({latex}\right)" if factor.is_Add else latex
    return Operator(name, rule, latex=f"{latex} {{}}", parts=tuple(letters.values()))


def _axes(letters: Iterable[Operator]) -> tuple[str, ...]:
    axes = [axis for letter in letters for rule in letter.rules if isinstance(rule, Profile) for axis in rule.axes]
    return tuple(dict.fromkeys(axes))


def _meaning(letter: Operator) -> Written:
    """What a named letter multiplies by, written in coordinates and known profiles."""
    expressions = [rule.expression for rule in letter.rules if isinstance(rule, Profile)]
    if len(expressions) == 1 and expressions[0].isidentifier():
        return Written(expressions[0], ATOM)
    text = "*".join(f"({expression})" for expression in expressions)
    return Written(text, ATOM if len(expressions) == 1 else PRODUCT)
