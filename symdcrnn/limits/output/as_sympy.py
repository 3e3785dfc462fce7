"""Limits as sympy equations in functions of t and space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy
from sympy.core.function import AppliedUndef

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.words import Field

if TYPE_CHECKING:
    from symdcrnn.limits.result import Limit


def equations(limit: Limit) -> list[sympy.Eq]:
    """One equation per slow field: d_t of what is conserved, or of the field, on the left."""
    calculus = limit.system.calculus
    large = limit.system.large
    small = sympy.Symbol(limit.small) if large is None else 1 / sympy.Symbol(large)
    found = []
    for equation in limit.equations:
        factor, content = (in_functions(calculus, limit.with_numbers(one)) for one in (equation.factor,
                                                                                         equation.content))
        left = factor * sympy.Derivative(content, sympy.Symbol(TIME))
        right = []
        for term in equation.terms:
            value = limit.size(term)
            size = (term.coefficient.xreplace(_functions(calculus, term.coefficient)) if value is None else
                    sympy.Float(value.value) if value.fraction is None else
                    sympy.Rational(value.fraction.numerator, value.fraction.denominator))
            right.append(size * small**term.power * in_functions(calculus, calculus.value(term.word)))
        found.append(sympy.Eq(left, sympy.Add(*right), evaluate=False))
    return found


def in_functions(calculus: Calculus, value: sympy.Expr) -> sympy.Expr:
    """A formula with fields as functions and derivatives as derivatives."""
    return value.xreplace(_functions(calculus, value))


def _functions(calculus: Calculus, value: sympy.Expr) -> dict[sympy.Symbol, sympy.Expr]:
    found = {}
    for one in value.free_symbols:
        atom = calculus.atoms[one]
        assert isinstance(atom, Jet)
        name = atom.of.name if isinstance(atom.of, Field) else atom.of
        axes = atom.of.axes if isinstance(atom.of, Field) else tuple(sorted(atom.axes))
        if not axes or (name,) == axes:
            found[one] = sympy.Symbol(name)
            continue
        whole = sympy.Function(name)(*map(sympy.Symbol, axes))
        found[one] = sympy.Derivative(whole, *((sympy.Symbol(axis), order) for axis, order in atom.orders)) \
            if atom.orders else whole
    return found


def sympy_code(limit: Limit) -> str:
    """Python text that makes the equations with sympy."""
    made = equations(limit)
    functions = sorted({str(one.func) for equation in made for one in equation.atoms(AppliedUndef)})
    symbols = sorted({str(one) for equation in made for one in equation.free_symbols})
    lines = ["from sympy import *", ""]
    lines += [f'{name} = Symbol("{name}")' for name in symbols]
    lines += [f'{name} = Function("{name}")' for name in functions]
    return "\n".join([*lines, f"equations = [{', '.join(map(str, made))}]"])
