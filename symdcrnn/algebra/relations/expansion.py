"""Formulas multiplied out, and their derivatives by one symbol.

Sums in denominators and under roots stay as they are: they are compared as they are written.
"""

from __future__ import annotations

import math

import sympy

from symdcrnn.errors import InputError

MOST_TERMS = 500
"""Of a formula that is multiplied out: words of more stand for themselves."""


class TooManyTermsError(InputError):
    """A formula would have more than `MOST_TERMS` terms."""


def expanded(value: sympy.Expr) -> sympy.Expr:
    """A formula multiplied out.

    Raises
    ------
    TooManyTermsError
        If that could be longer than is sensible.
    """
    if _most_terms(value) > MOST_TERMS:
        raise TooManyTermsError(f"it has more than {MOST_TERMS} terms when it is multiplied out")
    bases: dict[sympy.Expr, sympy.Symbol] = {}
    hidden = sympy.expand(value.replace(_keeps_its_sum, lambda power: _hidden(power, bases)))
    shown = {symbol: base for base, symbol in bases.items()}
    again = any(_is_whole(factor, shown) for term in sympy.Add.make_args(hidden)
                for factor in sympy.Mul.make_args(term))
    while hidden.free_symbols & shown.keys():
        hidden = hidden.xreplace(shown)
    return expanded(hidden) if again else hidden


def _keeps_its_sum(part: sympy.Expr) -> bool:
    return bool(part.is_Pow and part.base.is_Add and not (part.exp.is_Integer and part.exp > 0))


def _hidden(power: sympy.Expr, bases: dict[sympy.Expr, sympy.Symbol]) -> sympy.Expr:
    """A power of a sum as a power of a symbol."""
    base = expanded(power.base)
    content, rest = base.as_content_primitive() if power.exp.is_Integer else (sympy.Integer(1), base)
    return content**power.exp * bases.setdefault(rest, sympy.Dummy(real=True)) ** power.exp


def _is_whole(factor: sympy.Expr, shown: dict[sympy.Symbol, sympy.Expr]) -> bool:
    """Whether a factor is a sum again, as a denominator was multiplied by what it divides."""
    base, exponent = factor.as_base_exp()
    return bool(base in shown and exponent.is_Integer and exponent > 0)


def partial(value: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """The derivative of a formula by a real symbol; that of sign is zero."""
    # A maximum grows with an argument where that is the larger one, and half where both are the same.
    slope = value.diff(symbol).replace(sympy.Heaviside, lambda argument, *_: (1 + sympy.sign(argument)) / 2)
    return slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))


def _most_terms(value: sympy.Expr) -> int:
    if value.is_Add:
        return sum(map(_most_terms, value.args))
    if value.is_Mul:
        return min(math.prod(map(_most_terms, value.args)), MOST_TERMS + 1)
    if value.is_Pow and value.exp.is_Integer and value.exp > 1:
        terms = _most_terms(value.base)
        return terms if terms == 1 else math.comb(terms + min(int(value.exp), MOST_TERMS) - 1, terms - 1)
    return max(map(_most_terms, value.args), default=1)


