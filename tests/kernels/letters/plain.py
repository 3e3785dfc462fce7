"""What letters mean, once in dense matrices and once in formulas: slow, obvious, and without the package's stencils."""

from __future__ import annotations

import math

import numpy as np
import sympy
from lettered import CIRCLE, Lettered

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.kernels.ir.grid import GridAxis
from symdcrnn.kernels.stencils import Stencils

Array = np.ndarray


def accuracy(rule: Stencil, stencils: Stencils) -> int:
    """The order of accuracy of a rule."""
    name = stencils.central if rule.lean is None else stencils.transport
    return rule.accuracy or int(name.removeprefix("central").removeprefix("upwind"))


def difference(axis: GridAxis, order: int, lowest: int, highest: int) -> Array:
    """The derivative of the polynomial through some points around each point, as a matrix."""
    n, matrix = axis.size, np.zeros((axis.size, axis.size))
    for i in range(n):
        points = np.arange(i + lowest, i + highest + 1)
        if not axis.periodic:
            points = points - max(points[-1] - n + 1, 0) - min(points[0], 0)
        turns = points // n
        places = axis.coordinate[points % n] + turns * (2.0 * np.pi if axis.periodic else 0.0) - axis.coordinate[i]
        for k, place in enumerate(places):
            others = np.delete(places, k)
            matrix[i, points[k] % n] += (
                math.factorial(order) * np.poly(others)[::-1][order] / np.prod(place - others))
    return matrix


def applied(
    letters: tuple[Operator, ...], values: Array, depends: set[str], one: Lettered, stencils: Stencils
) -> Array:
    """Letters on values over (frame, axes), all of them present, that depend on some of these."""
    result, _ = _rules(tuple(rule for letter in letters for rule in letter.rules), values, depends, one, stencils)
    return result


def _rules(
    rules: tuple[Rule, ...], values: Array, depends: set[str], one: Lettered, stencils: Stencils
) -> tuple[Array, set[str]]:
    for rule in reversed(rules):
        if isinstance(rule, Sum):
            parts = [_rules(term, values, depends, one, stencils) for term in rule.terms]
            values, depends = sum(part for part, _ in parts), set().union(*(more for _, more in parts))
        elif isinstance(rule, Profile):
            values, depends = values * formula(rule.expression, one), depends | set(rule.axes)
        elif isinstance(rule, Pointwise):
            values, depends = formula(rule.expression, one, values), depends | set(rule.axes)
        elif isinstance(rule, Quadrature):
            values = along(matrix_of(rule, one), rule.axis, values, one)
            depends = depends - {rule.axis} if rule.averages else depends | {rule.axis}
        else:
            values, depends = _stencil(rule, values, depends, one, stencils)
    return values, depends


def _stencil(
    rule: Stencil, values: Array, depends: set[str], one: Lettered, stencils: Stencils
) -> tuple[Array, set[str]]:
    axis = next(axis for axis in one.axes if axis.name == rule.axis)
    if rule.axis not in depends:
        return 0.0 * values, depends
    points = rule.order + accuracy(rule, stencils)
    half = (points - rule.order) // 2 + (rule.order + 1) // 2 - 1
    if rule.lean is None or (rule.accuracy is None and stencils.transport.startswith("central")):
        return rule.sign * along(difference(axis, rule.order, -half, half), rule.axis, values, one), depends
    side = rule.sides[0 if depends & set(rule.lean_axes) else 1]
    more = (points + 1) // 2
    behind = along(difference(axis, rule.order, -more, points - more - 1), rule.axis, values, one)
    ahead = along(difference(axis, rule.order, more - points + 1, more), rule.axis, values, one)
    right = formula(rule.lean, one) > 0.0
    first, second = (behind, ahead) if side == "upwind" else (ahead, behind)
    return rule.sign * np.where(right, first, second), depends | set(rule.lean_axes)


def along(matrix: Array, name: str, values: Array, one: Lettered) -> Array:
    """A matrix along one axis."""
    place = 1 + [axis.name for axis in one.axes].index(name)
    return np.moveaxis(np.tensordot(matrix, values, axes=(1, place)), 0, place)


def matrix_of(rule: Quadrature, one: Lettered) -> Array:
    """What a quadrature multiplies values by."""
    axis = next(axis for axis in one.axes if axis.name == rule.axis)
    if rule.averages:
        return np.ones((axis.size, 1)) * axis.weights
    if rule.matrix is not None:
        return np.array(rule.matrix)
    own = {"v": axis.coordinate} if rule.axis == "v" else {"c": np.cos(CIRCLE), "s": np.sin(CIRCLE)}
    names = [*own, *(f"{name}'" for name in own)]
    function = sympy.lambdify([sympy.Symbol(name) for name in names], parse_formula(rule.kernel, names), "numpy",
                              dummify=True)
    kernel = function(*(row[:, None] for row in own.values()), *(row[None, :] for row in own.values()))
    return (kernel.T if rule.transposed else kernel) * axis.weights


def formula(text: str, one: Lettered, u: Array | None = None) -> Array:
    """A function of coordinates, and of what is at hand, over (frame, axes)."""
    known = known_values(one)
    if u is not None:
        known["u"] = u
    function = sympy.lambdify([sympy.Symbol(name) for name in known], parse_formula(text, tuple(known)), "numpy")
    return np.asarray(function(*known.values())) * np.ones([1] * (1 + len(one.axes)))




def exact(letter: Operator, field: sympy.Expr, one: Lettered) -> tuple[Array, Array]:
    """A field that is given by a formula, and a letter on it by derivatives of formulas, over (frame, axes)."""
    everything = sympy.symbols("t v x y c s")
    names = [axis.name for axis in one.axes]
    known = {name: values for name, values in known_values(one).items() if name != "sigma"}
    sigma = sympy.Rational(3, 2) + sympy.sin(sympy.Symbol("x")) / 2

    def numbers(expression: sympy.Expr) -> Array:
        used = [symbol for symbol in everything if symbol.name in known]
        value = sympy.lambdify(used, expression, "numpy")(*(known[symbol.name] for symbol in used))
        return np.asarray(value) * np.ones([one.sizes[name] for name in ("t", *names)])

    def rules(these: tuple[Rule, ...], value: sympy.Expr | Array) -> sympy.Expr | Array:
        for rule in reversed(these):
            if isinstance(rule, Sum):
                value = sum(rules(term, value) for term in rule.terms)
            elif isinstance(rule, Stencil):
                value = rule.sign * sympy.diff(value, sympy.Symbol(rule.axis), rule.order)
            elif isinstance(rule, Profile | Pointwise):
                allowed = ["u", "sigma", *known]
                written = parse_formula(rule.expression, allowed).subs("sigma", sigma)
                value = written.subs("u", value) if isinstance(rule, Pointwise) else value * written
            else:
                value = along(matrix_of(rule, one), rule.axis, numbers(value), one)
        return value

    found = rules(letter.rules, field)
    return numbers(field), found if isinstance(found, np.ndarray) else numbers(found)


def known_values(one: Lettered) -> dict[str, Array]:
    """Coordinates and known functions over (frame, axes)."""
    names = ("t", *(axis.name for axis in one.axes))
    known = {}
    for name, (on, values) in one.grid_of({}, ()).functions.items():
        if name.isidentifier():
            order = [on.index(axis) for axis in names if axis in on]
            known[name] = np.transpose(values, order).reshape([one.sizes[axis] if axis in on else 1 for axis in names])
    return known
