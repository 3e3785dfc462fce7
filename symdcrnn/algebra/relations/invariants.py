"""What it takes of coefficients that an equation conserves something or is invariant, by symbols.

A density is conserved if its rate of change is a derivative along space.  A formula is one exactly if its variational
derivatives by all fields are zero, so those of all words, times their coefficients, have to cancel.  Each monomial of
them is one linear relation of the coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.calculus import NOTHING, Average, Calculus, Declared, Jet
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.relations.terms import (
    Dissipation,
    Form,
    Relation,
    as_number,
    average_of,
    monomials,
)
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError

Averages = Mapping[str, tuple[Mapping[str, Sequence[float]], Sequence[float]]]
"""By velocity axis its coordinates and its weights, whose sum is one."""


@dataclass(frozen=True)
class Invariants:
    """The relations of one phase space.

    Parameters
    ----------
    calculus : Calculus
    averages : mapping
        What averages of velocities alone are.
    """

    calculus: Calculus
    averages: Averages

    @classmethod
    def of(cls, space: PhaseSpace, averages: Averages, declared: Declared = NOTHING) -> Invariants:
        """Those of a phase space; arguments as the fields of the class and of `Calculus`."""
        return cls(Calculus(space, declared), averages)

    def conserving(self, words: Sequence[Word], target: Field, density: Word) -> list[Relation]:
        """What makes the integral of a density over space constant, but for what passes through its ends.

        Parameters
        ----------
        words : sequence of Word
            Of the equation of a field.
        target : Field
        density : Word
            Of that field alone, such as <v f>, <f^2> or u^2.

        Raises
        ------
        InputError
            If the density is of another field, or depends on a velocity.
        """
        return self.conserving_together([(words, target, [(1.0, density)])])

    def conserving_together(
        self, parts: Sequence[tuple[Sequence[Word], Field, Sequence[tuple[float, Word]]]]
    ) -> list[Relation]:
        """What makes the integral of a sum of densities of several fields constant; see `conserving`.

        Parameters
        ----------
        parts : sequence of (sequence of Word, Field, sequence of (float, Word))
            By equation its words, its field, and densities of this field with their factors.

        Returns
        -------
        list of Relation
            Words are numbered through all equations.

        Raises
        ------
        InputError
            As `conserving`.
        """
        formulas: list[sympy.Expr] = []
        for words, target, densities in parts:
            rates = [[as_number(factor) * rate for rate in self._rates(words, target, density)]
                     for factor, density in densities]
            formulas += [sympy.Add(*some) for some in zip(*rates, strict=True)]
        varied = [[self._with_numbers(self._variation(rate, one)) for rate in formulas]
                  for one in self.calculus.space.variables.values()]
        return self._cancelling([*varied, list(map(self._without_fields, formulas))])

    def _rates(self, words: Sequence[Word], target: Field, density: Word) -> list[sympy.Expr]:
        """What each word adds to the rate of change of a density, but for divergences."""
        over = [axis.name for axis in self.calculus.space.axes if axis.role == "velocity" and axis.name in target.axes]
        value = self.calculus.value(density)
        if {one.name for one in density.fields if TIME in one.axes} != {target.name}:
            raise InputError(f"{density} is no density of {target.name} alone")
        if self.calculus.axes(value) & set(over):
            raise InputError(f"{density} depends on {', '.join(over)}: average it, as in <{density}>")
        slope = self._variation(value, target)
        formulas = []
        for word in words:
            rate = expanded(slope * self.calculus.value(word))
            for axis in over:
                rate = self.calculus.average(rate, axis)
            formulas.append(self._with_numbers(rate))
        return formulas

    def dissipation(self, words: Sequence[Word], target: Field, density: Word) -> Dissipation:
        """What each word adds to the rate of change of the integral of a density, as a quadratic form of the field.

        Parameters
        ----------
        words : sequence of Word
        target : Field
        density : Word
            Such as <f^2> or u^2.

        Raises
        ------
        InputError
            As that of `conserving`.
        """
        varied = [self._with_numbers(self._variation(rate, target)) for rate in self._rates(words, target, density)]
        forms: list[dict[Form, float]] = []
        others = []
        for formula in varied:
            forms.append({})
            others.append(sympy.Integer(0))
            for monomial, factor in monomials(formula).items():
                form = self._form(monomial, target)
                if form is None:
                    others[-1] += factor * monomial
                else:
                    forms[-1][form] = forms[-1].get(form, 0.0) + factor
        return Dissipation(tuple(forms), tuple(self._cancelling([others])))

    def _form(self, monomial: sympy.Expr, target: Field) -> Form | None:
        """What v^k d^n f or v^k <v^j d^n f> is, of even derivatives; None of all else."""
        found = self.linear(monomial, target)
        return None if found is None or any(order % 2 for _, order in found.orders) else found

    def terms(self, word: Word) -> dict[sympy.Expr, float]:
        """The monomials that a word is a sum of, and their factors."""
        return monomials(self._with_numbers(self.calculus.value(word)))

    def linear(self, monomial: sympy.Expr, target: Field) -> Form | None:
        """What v^k d^n f or v^k <v^j d^n f> is; None of all else."""
        outside, inside, orders, averaged = 0, 0, None, False
        for factor in sympy.Mul.make_args(monomial):
            base, power = factor.as_base_exp()
            atom = self.calculus.atoms.get(base)
            if isinstance(atom, Jet) and isinstance(atom.of, str) and not atom.orders and atom.of in target.axes:
                outside += int(power)
            elif isinstance(atom, Jet) and atom.of == target and power == 1 and orders is None:
                orders = atom.orders
            elif isinstance(atom, Average) and power == 1 and orders is None:
                inner = self.linear(atom.inner, target)
                if inner is None or inner.averaged:
                    return None
                inside, orders, averaged = inner.outside, inner.orders, True
            else:
                return None
        if orders is None:
            return None
        moved = any(axis in self.averages for axis, _ in orders)
        return None if moved and (outside or inside) else Form(orders, outside, inside, averaged)

    def galilean(self, words: Sequence[Word], target: Field, velocity: str, axis: str) -> list[Relation]:
        """What makes the equation the same for whoever moves along an axis at a constant speed.

        Parameters
        ----------
        words : sequence of Word
        target : Field
        velocity : str
            A coordinate or a field that grows by that speed.
        axis : str
            Of space.
        """
        moved = [self._with_numbers(self._shifted(self.calculus.value(word), velocity)) for word in words]
        jet = self.calculus.symbol(Jet(target, (), frozenset(target.axes)))
        return self._cancelling([moved], [-self.calculus.derivative(jet, axis)])

    def odd(self, word: Word, target: Field, mirrored: Iterable[str]) -> bool:
        """Whether a word changes otherwise than its equation if all axes of space and velocity change their signs.

        Parameters
        ----------
        word : Word
        target : Field
        mirrored : iterable of str
            Fields and known functions that change theirs with them.
        """
        other = frozenset(mirrored)
        sign = -1 if target.name in other else 1
        return self._sign(self.calculus.value(word), other) != sign

    def _variation(self, value: sympy.Expr, field: Field, along: frozenset[str] | None = None) -> sympy.Expr:
        """The variational derivative by a field, under the average over the velocities that it depends on.

        Derivatives are moved along space and what the field decays in, or along some axes alone.
        """
        moved = self._by_parts(field) if along is None else along
        total = sympy.Integer(0)
        for symbol in sorted(value.free_symbols, key=str):
            atom = self.calculus.atoms[symbol]
            outer = value.diff(symbol)
            if isinstance(atom, Jet) and atom.of == field:
                total += self._moved_over(outer, atom, moved)
            elif isinstance(atom, Average):
                for inner in sorted(atom.inner.free_symbols, key=str):
                    own = self.calculus.atoms[inner]
                    if isinstance(own, Jet) and own.of == field:
                        total += self._moved_over(expanded(outer * atom.inner.diff(inner)), own, moved)
        return expanded(total)

    def _by_parts(self, field: Field) -> frozenset[str]:
        """What derivatives of a field are moved along."""
        space = {axis.name for axis in self.calculus.space.axes if axis.role == "space"}
        return frozenset(space | {axis for name, axis in self.calculus.declared.decaying if name == field.name})

    def _without_fields(self, value: sympy.Expr) -> sympy.Expr:
        """The terms that no field is in: sources, whatever their shape."""
        return sympy.Add(*(term for term in sympy.Add.make_args(value) if not any(map(self._has_field,
                                                                                      term.free_symbols))))

    def _has_field(self, symbol: sympy.Symbol) -> bool:
        atom = self.calculus.atoms[symbol]
        return not isinstance(atom, Jet) or isinstance(atom.of, Field)

    def _moved_over(self, factor: sympy.Expr, jet: Jet, along: frozenset[str]) -> sympy.Expr:
        """Derivatives from a field to its factor; along other axes they stay, as those of another field."""
        for axis, order in jet.orders:
            if axis not in along:
                factor = factor * self.calculus.symbol(Jet(jet.of, ((axis, order),), jet.axes))
                continue
            for _ in range(order):
                factor = -expanded(self.calculus.derivative(factor, axis))
        return factor

    def _vanishes(self, average: Average) -> bool:
        """Whether what is averaged is a derivative along what is averaged over, where fields decay."""
        decaying = self.calculus.declared.decaying & {
            (name, axis) for name in self.calculus.space.variables for axis in average.over}
        along = frozenset(axis for _, axis in decaying)
        if not along or self._without_fields(average.inner) != 0:
            return False
        names = {name for name, _ in decaying}
        return all(self._variation(average.inner, one, along if one.name in names else frozenset()) == 0
                   for one in self.calculus.space.variables.values())

    def _shifted(self, value: sympy.Expr, velocity: str) -> sympy.Expr:
        """The derivative by a velocity that grows everywhere by the same."""
        total = sympy.Integer(0)
        for symbol in sorted(value.free_symbols, key=str):
            atom = self.calculus.atoms[symbol]
            if isinstance(atom, Jet):
                own = atom.of.name if isinstance(atom.of, Field) else atom.of
                total += value.diff(symbol) if own == velocity and not atom.orders else 0
            elif isinstance(atom, Average):
                inner = self._shifted(atom.inner, velocity)
                for axis in atom.over:
                    inner = self.calculus.average(inner, axis)
                total += value.diff(symbol) * inner
        return expanded(total)

    def _sign(self, value: sympy.Expr, mirrored: frozenset[str]) -> int | None:
        """How a formula changes its sign; None where its terms differ."""
        known = {symbol: self._sign_of(symbol, mirrored) for symbol in value.free_symbols}
        if any(sign is None for sign in known.values()):
            return None
        turned = expanded(value.xreplace({symbol: symbol * sign for symbol, sign in known.items()}))
        if expanded(turned - value) == 0:
            return 1
        return -1 if expanded(turned + value) == 0 else None

    def _sign_of(self, symbol: sympy.Symbol, mirrored: frozenset[str]) -> int | None:
        atom = self.calculus.atoms[symbol]
        if isinstance(atom, Jet):
            name = atom.of.name if isinstance(atom.of, Field) else atom.of
            axes = self.calculus.space.coordinates.get(name, ())
            own = name in mirrored or (isinstance(atom.of, str) and bool(axes) and TIME not in axes)
            return -1 if (own + sum(order for _, order in atom.orders)) % 2 else 1
        if isinstance(atom, Average):
            return self._sign(atom.inner, mirrored)
        return None

    def _with_numbers(self, value: sympy.Expr) -> sympy.Expr:
        """A formula with the averages of polynomials of velocities as numbers."""
        found = {}
        for symbol in value.free_symbols:
            atom = self.calculus.atoms[symbol]
            if isinstance(atom, Average) and self._vanishes(atom):
                found[symbol] = sympy.Integer(0)
            elif isinstance(atom, Average) and len(atom.over) == 1 and atom.over[0] in self.averages:
                [axis] = atom.over
                own = {self.calculus.symbol(Jet(name, (), frozenset((axis,)))): values
                       for name, values in self.averages[axis][0].items()}
                if atom.inner.free_symbols <= own.keys() and atom.inner.is_polynomial(*own):
                    found[symbol] = average_of(sympy.Poly(atom.inner, *own), tuple(own.values()),
                                                self.averages[axis][1])
        return expanded(value.xreplace(found))

    def cancelling(self, formulas: Sequence[sympy.Expr]) -> list[Relation]:
        """Relations by which formulas by word, times coefficients, cancel."""
        return self._cancelling([formulas])

    def _cancelling(
        self, formulas: Sequence[Sequence[sympy.Expr]], given: Sequence[sympy.Expr] = ()
    ) -> list[Relation]:
        """Relations by which sums of formulas by word, times coefficients, are what is given, or zero."""
        found: list[Relation] = []
        for number, row in enumerate(formulas):
            parts: dict[sympy.Expr, dict[int, float]] = {}
            for place, formula in enumerate(row):
                for monomial, factor in monomials(formula).items():
                    parts.setdefault(monomial, {})[place] = factor
            values = monomials(given[number]) if given else {}
            found += [Relation(parts.get(one, {}), values.get(one, 0.0)) for one in dict.fromkeys((*parts, *values))]
        return found
