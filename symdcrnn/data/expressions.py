"""Expressions of x that a user may type, read without an evaluating parser."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]

MAX_LENGTH = 1000
"""Longest expression in characters; whatever is longer was not typed by a person."""

MAX_DEPTH = 200
"""Deepest nesting (a sum of n terms has depth n), far below the recursion limit of the interpreter."""

CONSTANTS: dict[str, float] = {"pi": float(np.pi), "e": float(np.e)}

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "tanh": np.tanh, "sinh": np.sinh, "cosh": np.cosh,
}

CHOICES: dict[str, Callable[[Array, Array], Array]] = {"min": np.minimum, "max": np.maximum}

BINARY: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide, ast.Pow: np.power,
}


@dataclass(frozen=True)
class Expression:
    """A checked arithmetic expression.

    Parameters
    ----------
    text : str
        Numbers, the variables, ``pi``, ``e``, ``+ - * /``, ``**`` or ``^``, parentheses, and the functions
        sin cos tan exp log sqrt abs tanh sinh cosh min max.
    variables : tuple of str
        The names that stand for values, in the order in which `evaluate` takes them.

    Raises
    ------
    InputError
        If the text is anything else.
    """

    text: str
    variables: tuple[str, ...] = ("x",)

    def __post_init__(self) -> None:
        _check(expression_tree(self), self, MAX_DEPTH)

    def evaluate(self, *values: ArrayLike) -> Array:
        """The expression at the given points.

        Parameters
        ----------
        *values : array_like
            One array for each variable; they broadcast against each other.

        Returns
        -------
        ndarray of float64
            Of the broadcast shape of the values, even if the expression is constant.

        Raises
        ------
        InputError
            If a value is not finite somewhere, or the number of arrays is wrong.
        """
        if len(values) != len(self.variables):
            raise InputError(f"{_quoted(self.text)} needs values of {', '.join(self.variables) or 'nothing'}, "
                             f"but {len(values)} arrays were given: give one array for each variable")
        arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
        named = dict(zip(self.variables, arrays, strict=True))
        with np.errstate(all="ignore"):
            result = _value(expression_tree(self), named)
        out = np.array(np.broadcast_to(result, arrays[0].shape if arrays else ()), dtype=np.float64)
        if not np.all(np.isfinite(out)):
            raise InputError(_not_finite(self, out, named))
        return out

    @property
    def names(self) -> frozenset[str]:
        """The variables that occur in the text."""
        found = {node.id for node in ast.walk(expression_tree(self)) if isinstance(node, ast.Name)}
        return frozenset(found.intersection(self.variables))

    @property
    def constant(self) -> float | None:
        """The value, if no variable occurs in the text; None otherwise.

        Raises
        ------
        InputError
            If the value is not finite.
        """
        tree = expression_tree(self)
        if any(isinstance(node, ast.Name) and node.id in self.variables for node in ast.walk(tree)):
            return None
        return float(self.evaluate(*(np.zeros(()) for _ in self.variables)))


def parse_expression(text: str, variables: tuple[str, ...] = ("x",)) -> Expression:
    """Read an expression, see `Expression`.

    Raises
    ------
    InputError
        If the text is not such an expression.
    """
    return Expression(text, variables)


def parse_number(text: str) -> float:
    """Read a number such as ``3.9e-3`` or ``1/256``.

    Raises
    ------
    InputError
        If the text is not an expression of numbers alone, or its value is not finite.
    """
    return float(Expression(text, ()).evaluate())


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _not_finite(expression: Expression, out: Array, named: Mapping[str, Array]) -> str:
    where = tuple(np.argwhere(~np.isfinite(out))[0])
    at = ", ".join(f"{name} = {float(array[where]):g}" for name, array in named.items() if name in expression.names)
    return (f"{_quoted(expression.text)} is {float(out[where])}{' at ' + at if at else ''}: "
            "write an expression whose values are all finite")


def expression_tree(expression: Expression) -> ast.expr:
    """The nodes of a checked expression."""
    text = expression.text
    if not isinstance(text, str):
        raise InputError(f"an expression must be text, not {type(text).__name__}: write for example '1 + x'")
    if len(text) > MAX_LENGTH:
        raise InputError(f"{_quoted(text)} has {len(text)} characters: write an expression of at most {MAX_LENGTH}")
    if not text.strip():
        raise InputError("an expression is empty: write for example '1 + x'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        raise InputError(f"{_quoted(text)} is not an arithmetic expression: write for example "
                         f"{'2*sin(2*pi*x)^2' if expression.variables else '1/256'!r}") from None


def _check(node: ast.expr, expression: Expression, depth: int) -> None:
    quoted = _quoted(expression.text)
    if depth == 0:
        raise InputError(f"{quoted} is nested more than {MAX_DEPTH} levels deep: write a simpler expression")
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float):
            raise InputError(f"{quoted} holds {_quoted(str(node.value))}, which is not a real number: "
                             "write numbers such as 2 or 1.5e-3")
        return
    if isinstance(node, ast.Name):
        if node.id in expression.variables or node.id in CONSTANTS:
            return
        if node.id in FUNCTIONS or node.id in CHOICES:
            raise InputError(f"{quoted} uses the function {node.id} without parentheses: write {node.id}(...)")
        known = ", ".join((*expression.variables, *CONSTANTS))
        raise InputError(f"{quoted} uses the unknown name {_quoted(node.id)}: "
                         f"use {known} and {' '.join((*FUNCTIONS, *CHOICES))}")
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        _check(node.left, expression, depth - 1)
        _check(node.right, expression, depth - 1)
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, expression, depth - 1)
        return
    if isinstance(node, ast.Call):
        _check_call(node, expression, depth)
        return
    raise InputError(f"{quoted} holds {type(node).__name__} syntax, which is not allowed: "
                     "use numbers, + - * / ^, parentheses and functions")


def _check_call(node: ast.Call, expression: Expression, depth: int) -> None:
    quoted = _quoted(expression.text)
    if not isinstance(node.func, ast.Name) or node.func.id not in (FUNCTIONS.keys() | CHOICES.keys()):
        name = node.func.id if isinstance(node.func, ast.Name) else "something that is no function"
        raise InputError(f"{quoted} calls {_quoted(name)}: use {' '.join((*FUNCTIONS, *CHOICES))}")
    one = node.func.id in FUNCTIONS
    if node.keywords or (len(node.args) != 1 if one else len(node.args) < 2):
        raise InputError(f"{quoted} gives {node.func.id} {len(node.args) + len(node.keywords)} arguments: "
                         f"give it {'one' if one else 'two or more'}")
    for argument in node.args:
        _check(argument, expression, depth - 1)


def _value(node: ast.expr, named: Mapping[str, Array]) -> Array:
    # Constants become float64 at once: whole-number powers such as 9**9**9 overflow to inf and never hang.
    if isinstance(node, ast.Constant):
        return np.asarray(_as_float(node.value))
    if isinstance(node, ast.Name):
        return named[node.id] if node.id in named else np.asarray(CONSTANTS[node.id])
    if isinstance(node, ast.BinOp):
        return BINARY[type(node.op)](_value(node.left, named), _value(node.right, named))
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, named)
        return np.negative(inner) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        values = [_value(argument, named) for argument in node.args]
        if node.func.id in FUNCTIONS:
            return FUNCTIONS[node.func.id](values[0])
        result = values[0]
        for value in values[1:]:
            result = CHOICES[node.func.id](result, value)
        return result
    raise AssertionError(f"unchecked node {type(node).__name__}")


def _as_float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return float("inf")
