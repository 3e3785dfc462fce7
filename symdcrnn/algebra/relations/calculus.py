"""Calculus in the continuum on formulas whose symbols are derivatives of fields and averages.

A value is a formula, multiplied out, in symbols for *atoms*: derivatives of fields and known functions (jets),
averages, and integrals against kernels.  Derivatives go inside all of these by Leibniz and the chain rule, and factors
that do not depend on an axis come out of averages and kernels along it, so that whatever the relations make equal is
one formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.reading.formulas import maxwellian_order, parse_formula
from symdcrnn.algebra.relations.expansion import expanded, partial
from symdcrnn.algebra.rules import Axes, Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import UNIT, Field, Product, Word

Orders = tuple[tuple[str, int], ...]
Act = Callable[[sympy.Expr], sympy.Expr]


@dataclass(frozen=True)
class Declared:
    """What is not known of fields and kernels unless someone says so.

    Parameters
    ----------
    decaying : frozenset of (str, str)
        Fields and the axes along which they vanish at the ends, with the measure of the axis even: <d_v f> = 0.
    conserving : frozenset of str
        Operators with <K f> = <f> along their axis.
    """

    decaying: frozenset[tuple[str, str]] = frozenset()
    conserving: frozenset[str] = frozenset()


NOTHING = Declared()


@dataclass(frozen=True)
class Jet:
    """A derivative of a field, or of a known function by its name."""

    of: Field | str
    orders: Orders
    axes: Axes


@dataclass(frozen=True)
class Average:
    """The average of a formula over some axes."""

    over: tuple[str, ...]
    inner: sympy.Expr
    axes: Axes


@dataclass(frozen=True)
class Integral:
    """A derivative along its axis of an integral of a formula against a kernel."""

    letter: Operator
    inner: sympy.Expr
    order: int
    axes: Axes

    @property
    def axis(self) -> str:
        """The axis of the kernel."""
        [rule] = self.letter.rules
        assert isinstance(rule, Quadrature)
        return rule.axis


@dataclass(frozen=True)
class Named:
    """A function that has a name, the Maxwellian; only its derivatives are written out."""

    word: Word
    value: sympy.Expr
    axes: Axes


Atom = Jet | Average | Integral | Named


@dataclass(frozen=True)
class Calculus:
    """The calculus of one phase space; it remembers its atoms and the words it has seen.

    Parameters
    ----------
    space : PhaseSpace
    declared : Declared
    """

    space: PhaseSpace
    declared: Declared = NOTHING
    atoms: dict[sympy.Symbol, Atom] = field(default_factory=dict)
    seen: dict[Word, sympy.Expr] = field(default_factory=dict)

    def value(self, word: Word) -> sympy.Expr:
        """The formula that a word is.

        Raises
        ------
        TooManyTermsError
            If it is too long.
        """
        if word not in self.seen:
            self.seen[word] = expanded(self._value(word))
        return self.seen[word]

    def _value(self, word: Word) -> sympy.Expr:
        if word.letters:
            value = self.value(Word(word.letters[1:], word.base))
            return self._after(word.letters[0], word.letters[0].rules, value)
        base = word.base
        if base == UNIT:
            return sympy.Integer(1)
        if isinstance(base, Field):
            return self.symbol(Jet(base, (), frozenset(base.axes)))
        if isinstance(base, Product):
            return sympy.Mul(*map(self.value, base.factors))
        value = base.expression.xreplace({symbol: self.value(word) for symbol, word in base.named.items()})
        if maxwellian_order(base.expression) is None:
            return value
        return self.symbol(Named(word, expanded(value), self.axes(value)))

    def _after(self, letter: Operator, rules: tuple[Rule, ...], value: sympy.Expr) -> sympy.Expr:
        for rule in reversed(rules):
            if isinstance(rule, Stencil):
                for _ in range(rule.order):
                    value = expanded(self.derivative(value, rule.axis))
                value *= rule.sign
            elif isinstance(rule, Profile):
                value *= self._known(rule.expression)
            elif isinstance(rule, Pointwise):
                value = self._known(rule.expression, {sympy.Symbol("u"): value})
            elif isinstance(rule, Sum):
                value = sympy.Add(*(self._after(letter, term, value) for term in rule.terms))
            else:
                value = self._summed(letter, rule, value)
        return value

    def _summed(self, letter: Operator, rule: Quadrature, value: sympy.Expr) -> sympy.Expr:
        if rule.averages:
            return self.average(value, rule.axis)
        alone = letter if len(letter.rules) == 1 else Operator(f"{letter.name}_{rule.axis}", rule)
        return self.integral(value, alone, rule.axis)

    def _known(self, text: str, more: Mapping[sympy.Symbol, sympy.Expr] | None = None) -> sympy.Expr:
        """A formula of coordinates and known profiles."""
        given = more or {}
        names = [*self.space.profiles, *map(str, given)]
        known = {sympy.Symbol(name): self.symbol(Jet(name, (), frozenset(axes)))
                 for name, axes in self.space.profiles.items()}
        return parse_formula(text, names).xreplace({**known, **given})

    def axes(self, value: sympy.Expr) -> Axes:
        """What a formula depends on."""
        return frozenset().union(*(self.atoms[symbol].axes for symbol in value.free_symbols))

    def derivative(self, value: sympy.Expr, axis: str) -> sympy.Expr:
        """The derivative along an axis."""
        parts = []
        for symbol in sorted(value.free_symbols, key=str):
            if axis in self.atoms[symbol].axes:
                parts.append(partial(value, symbol) * self._slope(self.atoms[symbol], axis))
        return sympy.Add(*parts)

    def _slope(self, atom: Atom, axis: str) -> sympy.Expr:
        """The derivative of an atom that depends on the axis."""
        if isinstance(atom, Jet):
            if atom.of == axis and atom.axes == {axis}:
                return sympy.Integer(1)
            orders = {**dict(atom.orders), axis: dict(atom.orders).get(axis, 0) + 1}
            return self.symbol(Jet(atom.of, tuple(sorted(orders.items())), atom.axes))
        if isinstance(atom, Named):
            return self.derivative(atom.value, axis)
        inner = expanded(self.derivative(atom.inner, axis))
        if isinstance(atom, Average):
            for one in atom.over:
                inner = self.average(inner, one)
            return inner
        if axis == atom.axis:
            return self.symbol(Integral(atom.letter, atom.inner, atom.order + 1, atom.axes))
        return self.integral(inner, atom.letter, atom.axis, atom.order)

    def integral(self, value: sympy.Expr, letter: Operator, axis: str, order: int = 0) -> sympy.Expr:
        """A derivative of an integral against a kernel along an axis."""
        return self.linear(value, axis, lambda part: self.symbol(
            Integral(letter, part, order, self.axes(part) | {axis})))

    def average(self, value: sympy.Expr, axis: str) -> sympy.Expr:
        """The average over an axis."""
        return self.linear(value, axis, lambda part: self._average(part, axis))

    def linear(self, value: sympy.Expr, axis: str, act: Act) -> sympy.Expr:
        """A linear operation along an axis, on each term without the factors that do not depend on the axis."""
        terms = []
        for term in sympy.Add.make_args(expanded(value)):
            outside: list[sympy.Expr] = []
            inside: list[sympy.Expr] = []
            for factor in sympy.Mul.make_args(term):
                (inside if axis in self.axes(factor) else outside).append(factor)
            terms.append(sympy.Mul(*outside, act(sympy.Mul(*inside))))
        return expanded(sympy.Add(*terms))

    def _average(self, part: sympy.Expr, axis: str) -> sympy.Expr:
        """The average of a term all of whose factors depend on the axis."""
        if part == 1:
            return part
        by_parts = self._by_parts(part, axis)
        if by_parts is not None:
            return self.average(by_parts, axis)
        atom = self.atoms.get(part)
        if (isinstance(atom, Integral) and not atom.order and atom.letter.name in self.declared.conserving
                and atom.axis == axis):
            return self.average(atom.inner, axis)
        factors = sympy.Mul.make_args(part)
        averages = [(factor, atom) for factor in factors if isinstance(atom := self.atoms.get(factor), Average)]
        if len(averages) == 1:
            symbol, inner = averages[0]
            if not self.axes(part / symbol) & set(inner.over):
                return self._symbol_of_average((*inner.over, axis), inner.inner * part / symbol)
        return self._symbol_of_average((axis,), part)

    def _symbol_of_average(self, over: tuple[str, ...], inner: sympy.Expr) -> sympy.Symbol:
        return self.symbol(Average(tuple(sorted(over)), inner, self.axes(inner) - set(over)))

    def _by_parts(self, part: sympy.Expr, axis: str) -> sympy.Expr | None:
        """Minus the derivative of known functions times a decaying field, where the field itself is differentiated."""
        fields = [one for one in part.free_symbols if not self._is_known(one)]
        if len(fields) != 1 or part.diff(fields[0]).has(fields[0]):
            return None
        jet = self.atoms[fields[0]]
        if not isinstance(jet, Jet) or not isinstance(jet.of, Field):
            return None
        orders = dict(jet.orders)
        if axis not in orders or (jet.of.name, axis) not in self.declared.decaying:
            return None
        orders[axis] -= 1
        less = self.symbol(Jet(jet.of, tuple((one, order) for one, order in sorted(orders.items()) if order), jet.axes))
        return -self.derivative(part / fields[0], axis) * less

    def _is_known(self, symbol: sympy.Symbol) -> bool:
        atom = self.atoms[symbol]
        return isinstance(atom, Jet) and isinstance(atom.of, str)

    def symbol(self, atom: Atom) -> sympy.Symbol:
        """The symbol of an atom."""
        if isinstance(atom, Jet):
            name = atom.of if isinstance(atom.of, str) else atom.of.name
            text = f"{name}{''.join(f';{axis}{order}' for axis, order in atom.orders)}"
        elif isinstance(atom, Average):
            text = f"<{atom.inner}>{','.join(atom.over)}"
        elif isinstance(atom, Named):
            text = str(atom.word)
        else:
            text = f"{atom.letter.name}[{atom.inner}]{atom.order or ''}"
        symbol = sympy.Symbol(text, real=True)
        self.atoms[symbol] = atom
        return symbol
