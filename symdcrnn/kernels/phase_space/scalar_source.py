"""Functions of words as source: sympy expressions in the language of kernels."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symdcrnn.errors import InputError

FUNCTIONS = {"sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh"}

LARGEST_POWER = 8
"""Whole powers up to this one are written as products."""


def scalar_source(expression: sympy.Expr, names: Mapping[str, str]) -> str:
    """The source of an expression.

    Parameters
    ----------
    expression : sympy.Expr
        Of symbols, numbers, sums, products, powers and elementary functions.
    names : mapping of str to str
        What stands for each symbol.

    Raises
    ------
    InputError
        If something else is in it.
    """
    if isinstance(expression, sympy.Symbol):
        return names[expression.name]
    if expression.is_number:
        return repr(float(expression))
    if isinstance(expression, sympy.Add):
        return f"({' + '.join(scalar_source(term, names) for term in expression.args)})"
    if isinstance(expression, sympy.Mul):
        return f"({' * '.join(scalar_source(term, names) for term in expression.args)})"
    if isinstance(expression, sympy.Pow):
        return _power(expression, names)
    if isinstance(expression, sympy.Abs):
        return f"abs({scalar_source(expression.args[0], names)})"
    name = type(expression).__name__.lower()
    if name in FUNCTIONS and len(expression.args) == 1:
        return f"np.{name}({scalar_source(expression.args[0], names)})"
    if isinstance(expression, sympy.sign):
        return f"np.sign({scalar_source(expression.args[0], names)})"
    raise InputError(f"the function {name} cannot stand in a word: use {', '.join(sorted(FUNCTIONS))} and abs")


def _power(expression: sympy.Pow, names: Mapping[str, str]) -> str:
    base, exponent = expression.args
    if base is sympy.E:
        return f"np.exp({scalar_source(exponent, names)})"
    inner = scalar_source(base, names)
    if exponent.is_Integer and 0 < abs(int(exponent)) <= LARGEST_POWER:
        product = f"({' * '.join([inner] * abs(int(exponent)))})"
        return product if exponent > 0 else f"(1.0 / {product})"
    if exponent == sympy.Rational(1, 2):
        return f"np.sqrt({inner})"
    if exponent == sympy.Rational(-1, 2):
        return f"(1.0 / np.sqrt({inner}))"
    return f"({inner}) ** ({scalar_source(exponent, names)})"


def count_operations(expression: sympy.Expr) -> int:
    """How many operations an expression takes."""
    return int(expression.count_ops())
