"""Equations with a small parameter, as formulas, whatever they came from."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symdcrnn.algebra.relations.calculus import Calculus
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.hierarchy import Hierarchy, Moment, by_power
from symdcrnn.limits.expansion.measures import Measure, exponents_up_to

Parts = dict[int, sympy.Expr]
"""The parts of a row by the power of 1/epsilon."""


@dataclass(frozen=True)
class System:
    """Equations d_t field = formula.

    Parameters
    ----------
    calculus : Calculus
        Whose atoms the formulas are made of.
    measures : tuple of Measure
        Of every velocity axis.
    rates : dict of Field to sympy.Expr
        The right-hand sides, with powers of `epsilon`.
    epsilon : sympy.Symbol
        The small parameter.
    large : str or None
        What it is one over, where that was named instead.
    parameters : tuple of str
        All others.
    """

    calculus: Calculus
    measures: tuple[Measure, ...]
    rates: dict[Field, sympy.Expr]
    epsilon: sympy.Symbol
    large: str | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The equations of all variables up to some degree; it remembers those that were made.

    Parameters
    ----------
    system : System
    hierarchy : Hierarchy
    made : dict
        Rows by variable.
    degrees : dict
        Degrees of variables.
    """

    system: System
    hierarchy: Hierarchy
    made: dict[Field, Parts]
    degrees: dict[Field, int]

    @classmethod
    def of(cls, system: System) -> Rows:
        """No rows yet."""
        return cls(system, Hierarchy(system.calculus, system.measures), {}, {})

    def up_to(self, degree: int) -> dict[Field, Parts]:
        """The rows of moments up to a degree, and of fields without velocity.

        Raises
        ------
        InputError
            If moments of an equation do not follow from those of its field.
        """
        constant = self.hierarchy.constant
        found = {}
        for field, rate in self.system.rates.items():
            kinetic = self.hierarchy.kinetic(field)
            for powers in exponents_up_to(self.system.measures, degree) if kinetic else [constant]:
                moment = Moment(field, powers)
                variable = self.hierarchy.variable(moment)
                if variable not in self.made:
                    value = self.hierarchy.moment(rate, powers) if kinetic else self.hierarchy.in_variables(rate)
                    self.made[variable] = by_power(value, self.system.epsilon)
                    self.degrees[variable] = moment.degree if kinetic else 0
                    self._check_ends(value)
                found[variable] = self.made[variable]
        return found

    def _check_ends(self, value: sympy.Expr) -> None:
        for symbol in value.free_symbols:
            if " at " in str(symbol):
                raise InputError(f"a derivative along the velocity leaves the value of {symbol}: where the field "
                                 "vanishes at the ends choose the measure line")

    def moment_of(self, variable: Field) -> Moment:
        """What a variable is."""
        return next((moment for moment, one in self.hierarchy.variables.items() if one == variable),
                    Moment(variable, self.hierarchy.constant))

    def degree_of(self, variable: Field) -> int:
        """The degree of a variable, whether it has a row or not."""
        moment = self.moment_of(variable)
        return moment.degree if variable != moment.field else 0
