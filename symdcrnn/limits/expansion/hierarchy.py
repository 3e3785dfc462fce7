"""Equations as rows: each field with velocities becomes its moments <v^k f>, and every letter a rule on them.

<v^k .> takes v to the next moment, d_v to the one before, an average to the lowest, a kernel of v and v' to products of
moments; derivatives in space and products stay what they are.  So <v> = 0, <v^2> = 1/3 and [d_v, v] = 1 come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.reading.formulas import maxwellian_order, parse_formula
from symdcrnn.algebra.relations.calculus import Atom, Average, Calculus, Integral, Jet, Named
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import Field, Function
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.measures import Exponents, Measure, Polynomial

Powers = tuple[Exponents, ...]
Derivatives = Mapping[int, sympy.Expr]
"""The parts of a right-hand side by the power of 1/epsilon."""


@dataclass(frozen=True)
class Moment:
    """What a variable of the rows is: <v^k f>, or a field without velocity, whose powers are none."""

    field: Field
    powers: Powers

    @property
    def degree(self) -> int:
        return sum(map(sum, self.powers))


@dataclass(frozen=True)
class Hierarchy:
    """Moments of formulas.

    Parameters
    ----------
    calculus : Calculus
        Whose atoms formulas are made of.
    measures : tuple of Measure
        Of every velocity axis.
    variables : dict of Moment to Field
        Those that have been named so far.
    """

    calculus: Calculus
    measures: tuple[Measure, ...]
    variables: dict[Moment, Field] = field(default_factory=dict)

    @property
    def velocities(self) -> frozenset[str]:
        """The velocity axes."""
        return frozenset(one.axis for one in self.measures)

    def kinetic(self, one: Field) -> bool:
        """Whether a field depends on velocities."""
        return bool(self.velocities & set(one.axes))

    def variable(self, moment: Moment) -> Field:
        """The field that stands for a moment in rows; a field without velocity stands for itself."""
        if not self.kinetic(moment.field):
            return moment.field
        if moment not in self.variables:
            axes = tuple(axis for axis in moment.field.axes if axis not in self.velocities)
            self.variables[moment] = Field(f"<{self.monomial(moment.powers)}{moment.field.name}>", axes)
        return self.variables[moment]

    def monomial(self, powers: Powers) -> str:
        """``v^2 `` in front of a field; nothing for the monomial 1."""
        names = [(name, power) for one, exponents in zip(self.measures, powers, strict=True)
                 for name, power in zip(one.coordinates, exponents, strict=True) if power]
        return "".join(f"{name} " if power == 1 else f"{name}^{power} " for name, power in names)

    def symbol(self, one: Field) -> sympy.Symbol:
        """The symbol of a field by itself in formulas."""
        return self.calculus.symbol(Jet(one, (), frozenset(one.axes)))

    @property
    def constant(self) -> Powers:
        """The powers of the monomial 1."""
        return tuple((0,) * len(one.coordinates) for one in self.measures)

    def moment(self, value: sympy.Expr, powers: Powers) -> sympy.Expr:
        """<v^k value> in variables.

        Raises
        ------
        InputError
            If the value is no polynomial in velocities times what has moments.
        """
        return self.in_variables(self._averaged(sympy.Mul(self._monomial_symbols(powers), value)))

    def _monomial_symbols(self, powers: Powers) -> sympy.Expr:
        factors = []
        for one, exponents in zip(self.measures, powers, strict=True):
            for name, power in zip(one.coordinates, exponents, strict=True):
                axes = frozenset(self.calculus.space.coordinates[name])
                factors.append(self.calculus.symbol(Jet(name, (), axes)) ** power)
        return sympy.Mul(*factors)

    def _averaged(self, value: sympy.Expr) -> sympy.Expr:
        for axis in sorted(self.velocities):
            value = self.calculus.average(value, axis)
        return value

    def in_variables(self, value: sympy.Expr) -> sympy.Expr:
        """A formula that does not depend on velocities, with its averages as derivatives of variables.

        Raises
        ------
        InputError
            If it does depend on them.
        """
        known: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol in value.free_symbols:
            atom = self.calculus.atoms[symbol]
            if isinstance(atom, Average):
                known[symbol] = self._average(atom)
            elif atom.axes & self.velocities:
                raise InputError(f"{symbol} depends on {', '.join(sorted(atom.axes & self.velocities))} where nothing "
                                 "is averaged: an equation of a field without velocity has averages alone")
        return expanded(value.xreplace(known))

    def _average(self, atom: Average) -> sympy.Expr:
        if set(atom.over) != self.velocities & self.calculus.axes(atom.inner):
            raise InputError(f"the average over {', '.join(atom.over)} alone of what depends on other velocities too "
                             "has no moments here")
        exponents = {name: 0 for one in self.measures for name in one.coordinates}
        rest: list[sympy.Expr] = []
        for factor in sympy.Mul.make_args(atom.inner):
            base, power = factor.as_base_exp()
            found = self.calculus.atoms.get(base)
            name = found.of if isinstance(found, Jet) and isinstance(found.of, str) and not found.orders else None
            if name in exponents and power.is_Integer and power > 0:
                exponents[name] += int(power)
            else:
                rest.append(factor)
        powers = tuple(tuple(exponents[name] for name in one.coordinates) for one in self.measures)
        if not rest:
            return self._of_constant(powers)
        inner = self.calculus.atoms.get(rest[0]) if len(rest) == 1 else None
        if isinstance(inner, Jet) and isinstance(inner.of, Field) and self.kinetic(inner.of):
            return self._of_field(inner, inner.of, powers)
        if isinstance(inner, Integral) and not inner.order:
            return self._of_kernel(inner, powers)
        if isinstance(inner, Named):
            return self._of_maxwellian(inner, powers)
        raise InputError(f"{self._shown(rest)} is no polynomial of the velocity times a field: its moments do not "
                         "follow from those of the field")

    @staticmethod
    def _shown(factors: Sequence[sympy.Expr]) -> str:
        text = str(sympy.Mul(*factors))
        return text if len(text) < 60 else f"{text[:57]}..."

    def _of_constant(self, powers: Powers) -> sympy.Expr:
        found = [one.average(exponents) for one, exponents in zip(self.measures, powers, strict=True)]
        if any(one is None for one in found):
            raise InputError(f"<{self.monomial(powers).strip()}> is infinite on a line: what is constant in the "
                             "velocity has no limit there, choose another measure of velocities")
        return sympy.Mul(*found)

    def _of_field(self, jet: Jet, of: Field, powers: Powers) -> sympy.Expr:
        """<v^k d_v^n d_x^m f> by parts; what is left at the ends stands for itself."""
        terms: list[tuple[sympy.Expr, Powers]] = [(sympy.Integer(1), powers)]
        left: sympy.Expr = sympy.Integer(0)
        orders = dict(jet.orders)
        space = tuple((axis, order) for axis, order in jet.orders if axis not in self.velocities)
        for place, one in enumerate(self.measures):
            for order in range(orders.get(one.axis, 0), 0, -1):
                following = []
                for factor, now in terms:
                    if one.ends == "interval":
                        left += factor * self._ends(of, one.axis, order - 1, now[place][0], space)
                    polynomial: Polynomial = {now[place]: factor}
                    following += [(value, (*now[:place], exponents, *now[place + 1:]))
                                  for exponents, value in one.by_parts(polynomial).items()]
                terms = following
        return left + sympy.Add(*(factor * self._differentiated(of, now, space) for factor, now in terms))

    def _differentiated(self, of: Field, powers: Powers, space: tuple[tuple[str, int], ...]) -> sympy.Expr:
        variable = self.variable(Moment(of, powers))
        return self.calculus.symbol(Jet(variable, space, frozenset(variable.axes)))

    def _ends(self, of: Field, axis: str, order: int, power: int, space: tuple[tuple[str, int], ...]) -> sympy.Expr:
        """Half of [v^power d_v^order f] from -1 to 1."""
        parts = []
        for sign in (1, -1):
            name = f"d_{axis * order} {of.name} at {axis} = {sign}" if order else f"{of.name} at {axis} = {sign}"
            end = Field(name, tuple(one for one in of.axes if one not in self.velocities))
            parts.append(sign ** (power + 1) * self.calculus.symbol(Jet(end, space, frozenset(end.axes))))
        return sympy.Add(*parts) / 2

    def _of_kernel(self, atom: Integral, powers: Powers) -> sympy.Expr:
        [rule] = atom.letter.rules
        assert isinstance(rule, Quadrature)
        place = next(number for number, one in enumerate(self.measures) if one.axis == rule.axis)
        names = self.measures[place].coordinates
        if rule.kernel is None:
            raise InputError(f"{atom.letter.name} is a matrix, not a kernel of {', '.join(names)}: give it as "
                             "kernel=..., a polynomial")
        primed = [f"{name}'" for name in names]
        kernel = parse_formula(rule.kernel, [*names, *primed])
        symbols = [sympy.Symbol(name) for name in (*names, *primed)]
        if not kernel.is_polynomial(*symbols):
            raise InputError(f"the kernel {rule.kernel} of {atom.letter.name} is no polynomial: expand it in Legendre "
                             "polynomials")
        total: sympy.Expr = sympy.Integer(0)
        for exponents, factor in sympy.Poly(kernel, *symbols).terms():
            outer, inner = exponents[:len(names)], exponents[len(names):]
            if rule.transposed:
                outer, inner = inner, outer
            alone = list(self.constant)
            alone[place] = tuple(map(sum, zip(powers[place], outer, strict=True)))
            within = (*powers[:place], tuple(inner), *powers[place + 1:])
            total += factor * self._of_constant(tuple(alone)) * self.moment(atom.inner, within)
        return total

    def _of_maxwellian(self, atom: Named, powers: Powers) -> sympy.Expr:
        """The moments of the Maxwellian of n, m and e: n E[(u + sqrt(T) z)^k] with z normal."""
        base = atom.word.base
        assert isinstance(base, Function)
        order = maxwellian_order(base.expression)
        if order is None or len(self.measures) != 1 or self.measures[0].name not in ("line", "ordinates"):
            raise InputError("a Maxwellian has moments on one line of velocities: choose the measure line")
        n, m, e = (self.in_variables(self.calculus.value(base.named[symbol])) for symbol in order[:3])
        [(power,)] = powers
        mean = m / n
        heat = e / n - mean**2
        terms = [comb(power, even) * mean ** (power - even) * heat ** (even // 2) * sympy.factorial2(even - 1)
                 for even in range(0, power + 1, 2)]
        return sympy.expand(n * sympy.Add(*terms)) / self.measures[0].length

    def atom(self, symbol: sympy.Symbol) -> Atom:
        """What a symbol of a row stands for."""
        return self.calculus.atoms[symbol]

    def is_given(self, symbol: sympy.Symbol) -> bool:
        """Whether a symbol is a coordinate, a known function or a parameter."""
        atom = self.calculus.atoms[symbol]
        return isinstance(atom, Jet) and isinstance(atom.of, str)


def by_power(value: sympy.Expr, epsilon: sympy.Symbol) -> dict[int, sympy.Expr]:
    """The parts of a formula by the power of 1/epsilon.

    Raises
    ------
    InputError
        If it is no sum of whole powers of epsilon.
    """
    parts: dict[int, list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(value):
        factor, rest = term.as_independent(epsilon, as_Add=False)
        power = rest.as_base_exp()[1] if rest != 1 else sympy.Integer(0)
        if rest != epsilon**power or not power.is_Integer:
            raise InputError(f"{epsilon} stands in {term} as more than a whole power: an equation is a sum of "
                             "powers of the small parameter")
        parts.setdefault(-int(power), []).append(factor)
    return {power: sympy.Add(*terms) for power, terms in parts.items()}


def space_axes(one: Field) -> tuple[str, ...]:
    """The axes of a field without time."""
    return tuple(axis for axis in one.axes if axis != TIME)
