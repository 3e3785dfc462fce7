"""Checked expressions as source text, and their derivatives.

What is written into a kernel is made anew from the nodes of the expression; nothing of its text is copied.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from symdcrnn.data.expressions import CONSTANTS, Expression, expression_tree

LARGEST_WHOLE_POWER = 16
"""Powers up to this one are products."""

DERIVATIVES: dict[str, str] = {
    "sin": "cos(u)", "cos": "-sin(u)", "tan": "1 + tan(u)**2", "exp": "exp(u)", "log": "1/u", "sqrt": "0.5/sqrt(u)",
    "tanh": "1 - tanh(u)**2", "sinh": "cosh(u)", "cosh": "sinh(u)",
}
"""By function of u; that of abs is its sign, those of min and max choose."""


def expression_source(expression: Expression, names: Mapping[str, str]) -> str:
    """The expression with every variable replaced by source text."""
    return _source(expression_tree(expression), names)


def derivative_source(expression: Expression, variable: str, names: Mapping[str, str]) -> str | None:
    """d expression / d variable with every variable replaced by source text; None where it is zero.

    At the kinks of abs, min and max it is the derivative of one side.
    """
    return _derivative(expression_tree(expression), variable, names)


def _source(node: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return f"({_number(node)!r})"
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else repr(CONSTANTS[node.id])
    if isinstance(node, ast.UnaryOp):
        return f"(-{_source(node.operand, names)})" if isinstance(node.op, ast.USub) else _source(node.operand, names)
    if isinstance(node, ast.BinOp):
        left = _source(node.left, names)
        if isinstance(node.op, ast.Pow):
            return f"({left}) ** {_exponent(node.right, names)}"
        sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(node.op)]
        return f"({left} {sign} {_source(node.right, names)})"
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_source(argument, names) for argument in node.args]
    if node.func.id in ("min", "max"):
        result = arguments[0]
        for argument in arguments[1:]:
            result = f"np.{node.func.id}imum({result}, {argument})"
        return result
    return f"np.{node.func.id}({arguments[0]})"


def _exponent(node: ast.expr, names: Mapping[str, str]) -> str:
    value = _constant(node)
    if value is not None and value == int(value) and 0 <= value <= LARGEST_WHOLE_POWER:
        return str(int(value))
    return _source(node, names)


def _constant(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant):
        return _number(node)
    if isinstance(node, ast.UnaryOp):
        inner = _constant(node.operand)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    return None


def _number(node: ast.Constant) -> float:
    assert isinstance(node.value, int | float)
    try:
        return float(node.value)
    except OverflowError:
        return 1e308


def _derivative(node: ast.expr, variable: str, names: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return None
    if isinstance(node, ast.Name):
        return "1.0" if node.id == variable else None
    if isinstance(node, ast.UnaryOp):
        inner = _derivative(node.operand, variable, names)
        return None if inner is None else f"(-{inner})" if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        return _of_operation(node, variable, names)
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    slopes = [_derivative(argument, variable, names) for argument in node.args]
    if all(slope is None for slope in slopes):
        return None
    arguments = [_source(argument, names) for argument in node.args]
    name = node.func.id
    if name in ("min", "max"):
        value, slope = arguments[0], slopes[0] or "0.0"
        for other, other_slope in zip(arguments[1:], slopes[1:], strict=True):
            sign = "<=" if name == "min" else ">="
            slope = f"({slope} if {value} {sign} {other} else {other_slope or '0.0'})"
            value = f"np.{name}imum({value}, {other})"
        return slope
    if name == "abs":
        return f"(np.sign({arguments[0]}) * {slopes[0]})"
    outer = _source(expression_tree(Expression(DERIVATIVES[name], ("u",))), {"u": arguments[0]})
    return f"(({outer}) * {slopes[0]})"


def _of_operation(node: ast.BinOp, variable: str, names: Mapping[str, str]) -> str | None:
    left, right = _source(node.left, names), _source(node.right, names)
    by_left, by_right = _derivative(node.left, variable, names), _derivative(node.right, variable, names)
    parts: list[str] = []
    if isinstance(node.op, ast.Add | ast.Sub):
        sign = "-" if isinstance(node.op, ast.Sub) else ""
        parts = [*([by_left] if by_left else []), *([f"{sign}{by_right}"] if by_right else [])]
    elif isinstance(node.op, ast.Mult):
        parts = [*([f"{by_left} * {right}"] if by_left else []), *([f"{left} * {by_right}"] if by_right else [])]
    elif isinstance(node.op, ast.Div):
        parts = [*([f"{by_left} / {right}"] if by_left else []),
                 *([f"-{left} * {by_right} / ({right} * {right})"] if by_right else [])]
    else:
        exponent = _constant(node.right)
        if by_left and exponent is not None:
            lower = _source(ast.BinOp(node.left, ast.Pow(), ast.Constant(exponent - 1.0)), names)
            parts.append(f"{exponent!r} * ({lower}) * {by_left}")
        elif by_left:
            parts.append(f"{right} * ({left}) ** ({right} - 1.0) * {by_left}")
        if by_right:
            parts.append(f"({left}) ** ({right}) * np.log({left}) * {by_right}")
    return f"({' + '.join(parts)})".replace("+ -", "- ") if parts else None
