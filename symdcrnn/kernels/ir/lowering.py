"""Words to values: every word and every rule of a letter is lowered by itself; `passes` make equal values one.

What is linear in the fields acts on combinations of frames; what is not, or changes in time by itself, is computed
frame by frame and combined where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import UNIT, Field, Function, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.difference_weights import Formula, formula
from symdcrnn.kernels.ir.factors import ONE, Factor, Known, Number, SideOf
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.ir.passes import rewritten
from symdcrnn.kernels.ir.scalar_source import count_operations, scalar_source
from symdcrnn.kernels.ir.values import (
    Average,
    Axes,
    Combine,
    Difference,
    Item,
    Load,
    Map,
    Operation,
    Program,
    Scale,
    Spread,
    Transform,
    Value,
)
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.residual import Residual

Terms = tuple[tuple[Factor, Value], ...]
"""A lowered word: the sum of factors times values."""


def lower(residual: Residual, axes: Axes, stencils: Stencils) -> Program:
    """The program of a residual after all rewrites; arguments as those of `lower_words`."""
    return rewritten(lower_words(residual, axes, stencils))


def lower_words(residual: Residual, axes: Axes, stencils: Stencils) -> Program:
    """The program of a residual, each word by itself.

    Parameters
    ----------
    residual : Residual
        Its columns stand in the order of their coefficients.
    axes : Axes
    stencils : Stencils
        Which stencils the operators use.
    """
    levels: dict[tuple[float, ...], int] = {tuple(residual.time_weights): 0}
    for column in residual.columns:
        levels.setdefault(tuple(column.time_weights), len(levels))
    lowering = _Lowering(axes, stencils)
    target = lowering.field(residual.target, 0)
    items: list[Item] = []
    for number, column in enumerate(residual.columns):
        terms = lowering.word(column.word, levels[tuple(column.time_weights)])
        for factor, value in terms:
            if fac.is_zero(factor):
                continue
            _check_axes(column.word, residual.target, {*value.axes, *fac.axes_of(factor)} - set(target.axes))
            items.append(Item(number, factor, lowering.spread_to(value, target).name))
    return Program(
        axes, tuple(lowering.values), tuple(items), len(residual.columns), target.name, residual.target.name,
        len(residual.time_weights), len(levels), tuple(sorted(lowering.fields.items())),
        tuple(sorted(lowering.leans.items())),
    )


@dataclass
class _Lowering:
    """The values made so far, each after its sources."""

    axes: Axes
    stencils: Stencils
    values: list[Value] = field(default_factory=list)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    leans: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def made(
        self, operation: Operation, sources: Sequence[Value], axes: set[str] | frozenset[str], framewise: bool
    ) -> Value:
        """The value of an operation."""
        names = tuple(source.name for source in sources)
        self.values.append(Value(f"value_{len(self.values)}", operation, names, self.axes.sorted(axes), framewise))
        return self.values[-1]

    def field(self, one: Field, level: int | None) -> Value:
        """A field on a combination of frames, or at one frame."""
        steady = "t" not in one.axes
        self.fields[one.name] = tuple(axis for axis in ("t", *self.axes.order) if axis in one.axes)
        return self.made(Load(one.name, level, steady), (), set(one.axes) - {"t"}, level is None)

    def word(self, word: Word, level: int | None) -> Terms:
        """A word on a combination of frames, or at one frame."""
        rules = [(rule, letter) for letter in word.letters for rule in letter.rules]
        if level is None:
            return self.applied(rules, self.base(word, None), None)
        apart = [number for number, (rule, _) in enumerate(rules) if _alone_in_time(rule)]
        if isinstance(word.base, Field):
            if not apart:
                return self.applied(rules, self.base(word, level), level)
            inner = self.applied(rules[apart[0]:], self.base(word, None), None)
            return self.applied(rules[:apart[0]], self.combined(inner, level), level)
        first = apart[0] if apart else len(rules)
        inner = self.applied(rules[first:], self.base(word, None), None)
        return self.applied(rules[:first], self.combined(inner, level), level)

    def combined(self, terms: Terms, level: int) -> Terms:
        """The combination of frames of what is computed frame by frame."""
        return tuple((factor, self.made(Combine(level), (value,), set(value.axes), False)) for factor, value in terms)

    def base(self, word: Word, level: int | None) -> Terms:
        """What the letters of a word act on."""
        base = word.base
        if isinstance(base, Field):
            return ((ONE, self.field(base, level)),)
        if isinstance(base, Product):
            return self.product(base)
        assert isinstance(base, Function)
        return self.mapped(base, [self.single(self.word(argument, None)) for argument in base.arguments])

    def product(self, base: Product) -> Terms:
        """The product of words: factors are taken out, values are multiplied point by point."""
        powers = {factor: base.factors.count(factor) for factor in base.factors}
        outside: list[Factor] = []
        inside: list[Value] = []
        for factor, power in powers.items():
            terms = self.word(factor, None)
            alone = len(terms) == 1
            inside.append(terms[0][1] if alone else self.single(terms))
            outside += [terms[0][0] if alone else ONE] * power
        text = " * ".join(" * ".join([f"{{{number}}}"] * power) for number, power in enumerate(powers.values()))
        axes = {axis for value in inside for axis in value.axes}
        return ((fac.times(*outside), self.made(Map(text, len(base.factors) - 1), inside, axes, True)),)

    def mapped(self, base: Function, arguments: Sequence[Value]) -> Terms:
        """A function of words."""
        text = scalar_source(base.expression, {f"a{number}": f"{{{number}}}" for number in range(len(arguments))})
        axes = {axis for value in arguments for axis in value.axes}
        return ((ONE, self.made(Map(text, count_operations(base.expression)), arguments, axes, True)),)

    def single(self, terms: Terms) -> Value:
        """A sum of factors times values as one value."""
        if len(terms) == 1 and terms[0][0] == ONE:
            return terms[0][1]
        kept = tuple(factor for factor, _ in terms)
        axes = {axis for factor, value in terms for axis in (*fac.axes_of(factor), *value.axes)}
        return self.made(Scale(kept), [value for _, value in terms], axes, terms[0][1].framewise)

    def spread_to(self, value: Value, target: Value) -> Value:
        """The value along all tiled axes of the left-hand side."""
        wanted = set(self.axes.tiled) & set(target.axes)
        if wanted <= set(value.axes):
            return value
        return self.made(Spread(), (value,), set(value.axes) | wanted, value.framewise)

    def applied(self, rules: Sequence[tuple[Rule, Operator]], terms: Terms, level: int | None) -> Terms:
        """Rules, the outermost first, applied to a lowered word."""
        for rule, _ in reversed(rules):
            terms = self.rule(rule, terms, level)
        return terms

    @singledispatchmethod
    def rule(self, rule: Rule, terms: Terms, level: int | None) -> Terms:
        raise TypeError(f"no lowering for the rule {type(rule).__name__}")

    @rule.register
    def _(self, rule: Profile, terms: Terms, level: int | None) -> Terms:
        if set(rule.axes) <= set(self.axes.whole):
            factor = (Known(rule.expression, tuple(sorted(rule.axes))),)
            return tuple((fac.times(factor, other), value) for other, value in terms)
        self.fields[rule.expression] = tuple(axis for axis in ("t", *self.axes.order) if axis in rule.axes)
        load = Load(rule.expression, None, "t" not in rule.axes)
        known = self.made(load, (), set(rule.axes) - {"t"}, level is None)
        return tuple(
            (factor, self.made(Map("{0} * {1}", 1), (known, value), {*known.axes, *value.axes}, value.framewise))
            for factor, value in terms
        )

    @rule.register
    def _(self, rule: Quadrature, terms: Terms, level: int | None) -> Terms:
        return self.collected([self.averaged(rule, factor, value) for factor, value in terms])

    def collected(self, terms: Sequence[tuple[Factor, Value]]) -> Terms:
        """The terms with numbers in their factors put into values, so that few different factors are left."""
        if all(atom.axes for factor, _ in terms for atom in factor):
            return tuple(terms)
        groups: dict[Factor, list[tuple[Factor, Value]]] = {}
        for factor, value in terms:
            numbers = tuple(atom for atom in factor if not atom.axes)
            rest = tuple(atom for atom in factor if atom.axes)
            groups.setdefault(rest, []).append((numbers, value))
        return tuple((factor, self.single(tuple(parts))) for factor, parts in groups.items())

    def averaged(self, rule: Quadrature, factor: Factor, value: Value) -> tuple[Factor, Value]:
        kernel = kernel_name(rule)
        if rule.axis not in value.axes:
            return fac.moment(factor, rule.axis, kernel), value
        inside, outside = fac.split(factor, rule.axis)
        if fac.axes_of(inside) - {rule.axis}:
            value, inside = self.single(((inside, value),)), ONE
        if kernel is None:
            axes = set(value.axes) - {rule.axis}
            return outside, self.made(Average(rule.axis, inside), (value,), axes, value.framewise)
        return outside, self.made(Transform(rule.axis, kernel, inside), (value,), set(value.axes), value.framewise)

    @rule.register
    def _(self, rule: Stencil, terms: Terms, level: int | None) -> Terms:
        return tuple(one for factor, value in terms for one in self.difference(rule, factor, value))

    def difference(self, rule: Stencil, factor: Factor, value: Value) -> Terms:
        if rule.axis not in value.axes and rule.axis not in fac.axes_of(factor):
            return (((Number(0.0),), value),)
        if rule.sign < 0:
            factor = fac.times((Number(-1.0),), factor)
        even = rule.axis not in self.axes.uneven
        if rule.lean is None:
            return self.along(factor, value, stencil_formula(rule, central_offsets(self.stencils, rule), even))
        lean_axes = rule.lean_axes
        if not set(lean_axes) <= set(self.axes.whole):
            raise InputError(f"a stencil cannot lean by the sign of {rule.lean!r}, a function of space: use a central "
                             "one")
        depends = set(lean_axes) & {*value.axes, *fac.axes_of(factor)}
        right, left = (stencil_formula(rule, offsets, even)
                       for offsets in leaning_offsets(self.stencils, rule, rule.sides[0 if depends else 1]))
        if right == left:
            return self.along(factor, value, right)
        side = fac.side_of(factor, rule.lean)
        if side is not None:
            return self.along(factor, value, right if side else left)
        if set(lean_axes) <= set(value.axes):
            self.leans[rule.lean] = lean_axes
            made = self.made(Difference(right, left, rule.lean), (value,), set(value.axes), value.framewise)
            return ((factor, made),)
        return tuple(
            one for positive, chosen in ((True, right), (False, left))
            for one in self.along(fac.times(factor, (SideOf(rule.lean, lean_axes, positive),)), value, chosen)
        )

    def along(self, factor: Factor, value: Value, one: Formula) -> Terms:
        """A formula on a factor times a value: on the one of both that depends on its axis."""
        if one.axis not in value.axes:
            return ((fac.slope(factor, one), value),)
        if one.axis in fac.axes_of(factor):
            inside, factor = fac.split(factor, one.axis)
            value = self.single(((inside, value),))
        return ((factor, self.made(Difference(one), (value,), set(value.axes), value.framewise)),)

    @rule.register
    def _(self, rule: Sum, terms: Terms, level: int | None) -> Terms:
        found: list[tuple[Factor, Value]] = []
        for rules in rule.terms:
            made = terms
            for one in reversed(rules):
                made = self.rule(one, made, level)
            found.extend(made)
        return tuple(found)

    @rule.register
    def _(self, rule: Pointwise, terms: Terms, level: int | None) -> Terms:
        names, parts = ["u"], [self.single(terms)]
        for name, axes in rule.known:
            one = ((ONE, self.field(UNIT, None)),)
            names.append(name)
            parts.append(self.single(self.rule(Profile(name, axes), one, None)))
        expression = pointwise_formula(rule)
        text = scalar_source(expression, {name: f"{{{number}}}" for number, name in enumerate(names)})
        depends = {axis for part in parts for axis in part.axes}
        return ((ONE, self.made(Map(text, count_operations(expression)), parts, depends, True)),)


def stencil_formula(rule: Stencil, offsets: tuple[int, ...], even: bool) -> Formula:
    """The formula of a stencil over some points."""
    made = formula(rule.axis, rule.order, offsets, even)
    return made.mirrored if rule.transposed else made


def pointwise_formula(rule: Pointwise) -> Any:
    """The formula of a pointwise function of what it acts on, and of what else it names."""
    return parse_formula(rule.expression, ["u", *(name for name, _ in rule.known)])


def _check_axes(word: Word, target: Field, further: set[str]) -> None:
    if further:
        raise InputError(f"{word} depends on {', '.join(sorted(further))}, on which {target.name!r} does not: average "
                         "it, or leave it out of this equation")


def _alone_in_time(rule: Rule) -> bool:
    """Whether a rule does not commute with combinations of frames."""
    if isinstance(rule, Sum):
        return any(_alone_in_time(one) for one in rule.rules)
    return isinstance(rule, Pointwise) or (isinstance(rule, Profile) and "t" in rule.axes)


def kernel_name(rule: Quadrature) -> str | None:
    """How the matrix of a quadrature is named among those of the grid; None for an average."""
    return None if rule.averages else repr((rule.kernel, rule.matrix, rule.transposed))
