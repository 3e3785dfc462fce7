"""Expressions in the language of kernels as expressions in C."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import reduce

from symdcrnn.errors import InputError

FUNCTIONS = {"sin": "sin", "cos": "cos", "tan": "tan", "exp": "exp", "log": "log", "tanh": "tanh", "sinh": "sinh",
             "cosh": "cosh", "sqrt": "sqrt", "abs": "fabs", "sign": "sign_of", "max": "fmax", "min": "fmin"}
"""Functions of kernels, and how C calls them; ``sign_of`` is one of ours."""

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def c_expression(text: str, names: Mapping[str, str]) -> str:
    """An expression of kernels in C.

    Parameters
    ----------
    text : str
        As `scalar_source` writes it.
    names : mapping of str to str
        What stands for each name in C.

    Raises
    ------
    InputError
        If something is in it that has no counterpart.
    """
    return _node(ast.parse(text.strip(), mode="eval").body, names)


def _node(node: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return repr(float(node.value))
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"(-{_node(node.operand, names)})"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return f"pow({_node(node.left, names)}, {_node(node.right, names)})"
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return f"({_node(node.left, names)} {OPERATORS[type(node.op)]} {_node(node.right, names)})"
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        parts = [_node(one, names) for one in node.args]
        if name in ("max", "min"):
            return reduce(lambda first, second: f"{FUNCTIONS[name]}({first}, {second})", parts)
        if name in FUNCTIONS and len(parts) == 1:
            return f"{FUNCTIONS[name]}({parts[0]})"
    raise InputError(f"{ast.unparse(node)} has no counterpart in C: leave the word out")
