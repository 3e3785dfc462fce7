"""Functions of words as source and as numbers: expression trees in the language of kernels, and evaluated in numpy.

Expressions are those of the algebra. They are read by what their nodes say of themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]

FUNCTIONS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "sin": ("np.sin", np.sin), "cos": ("np.cos", np.cos), "tan": ("np.tan", np.tan), "exp": ("np.exp", np.exp),
    "log": ("np.log", np.log), "tanh": ("np.tanh", np.tanh), "sinh": ("np.sinh", np.sinh),
    "cosh": ("np.cosh", np.cosh), "Abs": ("abs", np.abs), "sign": ("np.sign", np.sign),
}
"""Functions by the name of their node: how kernels write them, and numpy's."""

SEVERAL: dict[str, tuple[str, Callable[[Array, Array], Array]]] = {
    "Max": ("max", np.maximum), "Min": ("min", np.minimum)}
"""Those of two arguments or more."""

LARGEST_POWER = 8
"""Whole powers up to this one are written as products."""


def scalar_source(expression: Any, names: Mapping[str, str]) -> str:
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
    if expression.is_Symbol:
        return names[expression.name]
    if expression.is_number:
        return repr(float(expression))
    parts = [scalar_source(part, names) for part in expression.args]
    if expression.is_Add:
        return f"({' + '.join(parts)})"
    if expression.is_Mul:
        return f"({' * '.join(parts)})"
    if expression.is_Pow and expression.func.__name__ == "Pow":
        return _power(parts[0], expression.args[1], parts[1])
    name = expression.func.__name__
    if name in SEVERAL:
        return f"{SEVERAL[name][0]}({', '.join(parts)})"
    return f"{_function(expression)[0]}({parts[0]})"


def _power(base: str, exponent: Any, written: str) -> str:
    if exponent.is_Integer and 0 < abs(int(exponent)) <= LARGEST_POWER:
        product = f"({' * '.join([base] * abs(int(exponent)))})"
        return product if int(exponent) > 0 else f"(1.0 / {product})"
    if exponent.is_Rational and (exponent.p, exponent.q) in ((1, 2), (-1, 2)):
        return f"np.sqrt({base})" if exponent.p > 0 else f"(1.0 / np.sqrt({base}))"
    return f"({base}) ** ({written})"


def _function(expression: Any) -> tuple[str, Callable[[Array], Array]]:
    name = expression.func.__name__
    if name not in FUNCTIONS or len(expression.args) != 1:
        raise InputError(f"the function {name} cannot stand in a word: use {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name]


def evaluated(expression: Any, values: Mapping[str, Array]) -> Array:
    """The value of an expression.

    Parameters
    ----------
    expression : sympy.Expr
    values : mapping of str to ndarray
        Of its symbols; they broadcast against each other.
    """
    if expression.is_Symbol:
        return values[expression.name]
    if expression.is_number:
        return np.asarray(float(expression))
    parts = [evaluated(part, values) for part in expression.args]
    if expression.is_Add or expression.is_Mul:
        result = parts[0]
        for part in parts[1:]:
            result = result + part if expression.is_Add else result * part
        return result
    if expression.is_Pow and expression.func.__name__ == "Pow":
        return np.power(parts[0], parts[1])
    name = expression.func.__name__
    if name in SEVERAL:
        return reduce(SEVERAL[name][1], parts)
    return _function(expression)[1](parts[0])


def known_values(expression: Any, values: Mapping[str, Array]) -> Array:
    """The values of a function of known functions.

    Parameters
    ----------
    expression : sympy.Expr
    values : mapping of str to ndarray
        What its symbols stand for, and more; the result has the shape that they broadcast to.

    Raises
    ------
    InputError
        If it is not finite somewhere.
    """
    with np.errstate(all="ignore"):
        found = evaluated(expression, values)
    if not np.all(np.isfinite(found)):
        raise InputError(f"the function {expression} is not finite at some points of the data: write one that is")
    return np.array(np.broadcast_to(found, np.broadcast_shapes(*(value.shape for value in values.values()))))


def count_operations(expression: Any) -> int:
    """How many operations an expression takes."""
    return int(expression.count_ops())
