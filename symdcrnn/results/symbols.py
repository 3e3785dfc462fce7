"""Learned equations as sympy equations, and as Python text that makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil
from symdcrnn.algebra.words import UNIT, Field, Product, Word
from symdcrnn.embedding.words import equation_of, function_name, space_of_model
from symdcrnn.equation_text import function_names
from symdcrnn.errors import InputError
from symdcrnn.model import Model

PRIME = "_prime"
"""What is put after the name of a coordinate that a kernel sums over."""

IMPORTED = frozenset(("Derivative", "Eq", "Function", "Integral", "Rational", "Subs", "Symbol", "oo", "pi", "sin",
                      "cos", "tan", "exp", "log", "sqrt", "Abs", "tanh", "sinh", "cosh", "sign", "Max", "Min"))
"""Names of sympy that the text of equations may need."""

EVERYWHERE = (-sympy.oo, sympy.oo)
"""Weights are zero beyond the ends of their axis."""

EPSILON = sympy.Symbol("epsilon", positive=True)


def sympy_equations(model: Model, target: str | None = None) -> dict[str, sympy.Eq]:
    """The equations of a model in the continuum, by their fields.

    Axes are symbols; fields, known functions, coordinates on axes and learned functions are functions of them; an
    average along v is the integral of w_v(v) u with weights w_v whose integral is one, and a kernel likewise.

    Parameters
    ----------
    model : Model
    target : str, optional
        Of one equation alone.

    Returns
    -------
    dict of str to sympy.Eq

    Raises
    ------
    InputError
        If there is no such equation, or a word cannot be read.
    """
    space, found = space_of_model(model), {}
    names = {**model.data.functions, **dict.fromkeys(model.data.known, ("x",)), **model.data.coordinates}
    for number, learned in enumerate([model[target]] if target is not None else model.equations):
        own = {function_name(learned.target, place): tuple(one.points) for place, one in enumerate(learned.functions)}
        several = len(model.equations) > 1 and target is None
        called = function_names(learned.functions, {*names, *model.data.fields})
        written = {name: _told_apart(one, number + 1 if several else None, {*names, *model.data.fields})
                   for name, one in zip(own, called, strict=True)}
        language = _Continuum({**names, **own}, written)
        factors = [sympy.Float(term.coefficient) * EPSILON**-term.power for term in learned.terms]
        words = equation_of(model, learned, space).words
        right = sympy.Add(*(factor * language.word(word) for factor, word in zip(
            [*factors, *(sympy.S.One for _ in own)], words, strict=True)))
        left = sympy.Derivative(language.field(Field(learned.target, model.data.fields[learned.target])),
                                sympy.Symbol("t"))
        found[learned.target] = sympy.Eq(left, right, evaluate=False)
    return found


def sympy_source(model: Model, target: str | None = None) -> str:
    """Python text that makes `sympy_equations` as a dict named ``equations``; arguments as those.

    Raises
    ------
    InputError
        As `sympy_equations`, or if a field has a name that the text needs for something else.
    """
    equations = sympy_equations(model, target)
    used = {type(node) for one in equations.values() for node in sympy.preorder_traversal(one)}
    functions = {str(one) for one in used if issubclass(one, sympy.core.function.AppliedUndef)}
    symbols = sorted({str(symbol) for one in equations.values() for symbol in one.atoms(sympy.Symbol)} - {"epsilon"})
    text = [f"equations[{name!r}] = Eq({_Exact().doprint(one.lhs)},\n    {_Exact().doprint(one.rhs)},\n    "
            "evaluate=False)" for name, one in equations.items()]
    imported = sorted({name for name in re.findall(r"[^\W\d]\w*", "\n".join(text)) if name in IMPORTED})
    clash = sorted(set(imported) & (functions | set(symbols)))
    if clash:
        raise InputError(f"{clash[0]!r} is a name of the model and one of sympy's that its equations need: "
                         "rename it in the data")
    lines = [f"from sympy import {', '.join(sorted({*imported, 'Function', 'Symbol'}))}", ""]
    lines += [f'{name} = Symbol("{name}")' for name in symbols]
    if any(EPSILON in one.free_symbols for one in equations.values()):
        lines.append('epsilon = Symbol("epsilon", positive=True)')
    lines += [f'{name} = Function("{name}")' for name in sorted(functions)]
    return "\n".join([*lines, "", "equations = {}", *text])


class _Exact(StrPrinter):  # type: ignore[misc]
    """Numbers with all their digits."""

    def _print_Float(self, expr: Any) -> str:  # noqa: N802, sympy finds it by this name
        return repr(float(expr))

    def _print_Rational(self, expr: Any) -> str:  # noqa: N802
        return str(expr.p) if expr.q == 1 else f"Rational({expr.p}, {expr.q})"


class _Continuum:
    """Words as expressions."""

    def __init__(self, known: Mapping[str, tuple[str, ...]], written: Mapping[str, str]) -> None:
        self._known, self._written = known, written

    def field(self, field: Field) -> sympy.Expr:
        return sympy.Function(field.name)(*map(sympy.Symbol, field.axes)) if field.axes else sympy.Symbol(field.name)

    def named(self, name: str) -> sympy.Expr:
        """A coordinate or a known function."""
        axes = self._known.get(name, (name,))
        if axes == (name,):
            return sympy.Symbol(name)
        return sympy.Function(self._written.get(name, name))(*map(sympy.Symbol, axes))

    def formula(self, text: str, further: Mapping[str, sympy.Expr] | None = None) -> sympy.Expr:
        """A formula of coordinates and known functions."""
        values = {name: self.named(name) for name in names_in(text) if name == "t" or name in self._known}
        values |= further or {}
        expression = parse_formula(text, tuple(values))
        return expression.xreplace({sympy.Symbol(name): value for name, value in values.items()})

    def word(self, word: Word) -> sympy.Expr:
        base = word.base
        if isinstance(base, Field):
            found = sympy.S.One if base == UNIT else self.field(base)
        elif isinstance(base, Product):
            found = sympy.Mul(*map(self.word, base.factors))
        else:
            found = base.expression.xreplace({symbol: self.word(one) for symbol, one in base.named.items()})
        for letter in reversed(word.letters):
            for rule in reversed(letter.rules):
                found = self.rule(rule, found)
        return found

    def rule(self, rule: Rule, value: sympy.Expr) -> sympy.Expr:
        if isinstance(rule, Stencil):
            return rule.sign * sympy.Derivative(value, (sympy.Symbol(rule.axis), rule.order))
        if isinstance(rule, Profile):
            return self.named(rule.expression) * value if rule.expression.isidentifier() else (
                self.formula(rule.expression) * value)
        if isinstance(rule, Pointwise):
            return self.formula(rule.expression, {"u": value})
        if isinstance(rule, Quadrature):
            return self.quadrature(rule, value)
        parts = []
        for term in rule.terms:
            part = value
            for one in reversed(term):
                part = self.rule(one, part)
            parts.append(part)
        return sympy.Add(*parts)

    def quadrature(self, rule: Quadrature, value: sympy.Expr) -> sympy.Expr:
        axis = sympy.Symbol(rule.axis)
        weight = sympy.Function(f"w_{rule.axis}")
        if rule.averages:
            return sympy.Integral(weight(axis) * value, (axis, *EVERYWHERE))
        other = sympy.Symbol(f"{rule.axis}{PRIME}")
        moved = value.subs(axis, other)
        if rule.kernel is None:
            # A matrix is a kernel whose values stand in the model.
            kernel = sympy.Function(f"matrix_{rule.axis}")(axis, other) / weight(other)
        else:
            first, second = (other, axis) if rule.transposed else (axis, other)
            names = {f"{name}{mark}": self.named(name).subs(axis, place)
                     for name in names_in(rule.kernel) if name in self._known
                     for mark, place in (("", first), ("'", second))}
            kernel = self.formula(rule.kernel, names)
        return sympy.Integral(kernel * weight(other) * moved, (other, *EVERYWHERE))


def _told_apart(name: str, equation: int | None, taken: set[str]) -> str:
    """The name of a learned function with the number of its equation, where there are several."""
    name = name if equation is None else f"{name}_{equation}"
    while name in taken:
        name += "_"
    return name
