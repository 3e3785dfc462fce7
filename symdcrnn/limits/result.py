"""A limit: the equations of slow fields, as text, LaTeX, sympy, JSON and as a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from symdcrnn.algebra.words import Field
from symdcrnn.limits.coefficients import Known, Size, rational, size
from symdcrnn.limits.expansion.jets import along, symbol, tidy
from symdcrnn.limits.expansion.orders import Expansion, expansion
from symdcrnn.limits.expansion.system import System
from symdcrnn.limits.output.terms import Numbers, Term, joined, terms_of, terms_of_balance

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory
    from symdcrnn.model import DataSummary, Model

ONE = sympy.Integer(1)


@dataclass(frozen=True)
class LearnedProfile:
    """A coefficient that is a function, by its name in a limit.

    Parameters
    ----------
    points : dict of str to tuple of float
        By axis.
    values : tuple of float
        With the power of epsilon taken out; of several axes the last one is the fastest.
    """

    points: dict[str, tuple[float, ...]]
    values: tuple[float, ...]


@dataclass(frozen=True)
class LimitEquation:
    """The equation of one slow field.

    Parameters
    ----------
    target : Field
    content : sympy.Expr
        What d_t acts on: the field itself, or a formula of slow fields.
    factor : sympy.Expr
        In front of d_t target, where that stands on the left instead; 1 otherwise.
    terms : tuple of Term
        The right-hand side, lower powers of epsilon first.
    """

    target: Field
    content: sympy.Expr
    factor: sympy.Expr
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Limit:
    """The equations of what is slow, up to a power of the small parameter.

    Parameters
    ----------
    system : System
        What it is the limit of.
    expansion : Expansion
    order : int
    known : dict of sympy.Symbol to Known
        Values of the parameters that learned coefficients are.
    epsilon : float or None
        The value of the small parameter, where there is one.
    profiles : dict of str to LearnedProfile
        Learned functions.
    assumed : tuple of str
        What was taken for granted, one line each.
    summary : DataSummary or None
        Of the data of the model that it is the limit of.
    """

    system: System
    expansion: Expansion
    order: int
    known: Mapping[sympy.Symbol, Known] = field(default_factory=dict)
    epsilon: float | None = None
    profiles: Mapping[str, LearnedProfile] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    summary: DataSummary | None = None

    @property
    def small(self) -> str:
        """The small parameter in formulas: eps, its own name, or 1/nu for one that is large."""
        if self.system.large is not None:
            return f"1/{self.system.large}"
        name = str(self.system.epsilon)
        return "eps" if name == "epsilon" else name

    @property
    def numbers(self) -> dict[sympy.Symbol, sympy.Rational]:
        """Learned coefficients as fractions where they agree with one."""
        return {one: rational(value) for one, value in self.known.items()}

    @cached_property
    def equations(self) -> tuple[LimitEquation, ...]:
        """One per slow field."""
        return self._equations(self.numbers, balanced=True)

    def solved(self, values: Numbers | None = None) -> tuple[LimitEquation, ...]:
        """The same with d_t of each slow field alone on the left, and values of parameters put in."""
        return self._equations({**self.numbers, **(values or {})}, balanced=False)

    def _equations(self, numbers: Numbers, balanced: bool) -> tuple[LimitEquation, ...]:
        found, calculus = self.expansion, self.system.calculus
        own = [symbol(calculus, one) for one in found.slow.fields]
        plain = list(found.contents) == own
        alone = not plain and len(own) == 1
        equations = []
        for number, target in enumerate(found.slow.fields):
            content = found.contents[number] if balanced and not alone else own[number]
            factor = tidy(calculus, found.contents[number].diff(own[number])) if balanced and alone else ONE
            terms: list[Term] = []
            for power in sorted(found.balances):
                if (balanced or plain) and power not in found.corrected:
                    terms += terms_of_balance(found.balances[power][number], power, calculus, numbers)
                    continue
                rates = found.rates[power]
                value = factor * rates[target] if content == own[number] else along(calculus, content, rates)
                terms += terms_of(tidy(calculus, value), power, calculus, numbers)
            equations.append(LimitEquation(target, content, factor, joined(terms)))
        return tuple(equations)

    def size(self, term: Term) -> Size | None:
        """The value of a coefficient, without its power of epsilon; None where it holds parameters."""
        found = size(term.coefficient, self.known)
        return replace(found, error=None) if found is not None and term.inside else found

    def with_numbers(self, value: sympy.Expr) -> sympy.Expr:
        """A formula in which learned coefficients are numbers."""
        return sympy.expand(value.xreplace(self.numbers)) if value.free_symbols & self.known.keys() else value

    @property
    def text(self) -> str:
        """The equations, and what their fields are."""
        from symdcrnn.limits.output.printing import text

        return text(self)

    def __str__(self) -> str:
        return self.text

    def latex(self) -> str:
        """The equations, one aligned environment."""
        from symdcrnn.limits.output.printing import latex

        return latex(self)

    def sympy(self) -> list[sympy.Eq]:
        """The equations in functions of t and space."""
        from symdcrnn.limits.output.as_sympy import equations

        return equations(self)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        from symdcrnn.limits.output.printing import to_json

        return to_json(self)

    def project(self, trajectory: Trajectory) -> Trajectory:
        """The slow fields of data, to start a simulation of the limit from and to compare it with.

        Parameters
        ----------
        trajectory : Trajectory
            With the fields of the equations that this is the limit of.

        Raises
        ------
        InputError
            If it lacks a field.
        """
        from symdcrnn.limits.output.as_model import project

        return project(self, trajectory)

    def model(self, trajectory: Trajectory | None = None, epsilon: float | None = None,
              values: Mapping[str, float] | None = None) -> Model:
        """The limit as a model that can be simulated, printed and saved.

        Parameters
        ----------
        trajectory : Trajectory, optional
            Data of the slow fields, as `project` makes it; needed where this is no limit of a model.
        epsilon : float, optional
            The small parameter, if the limit holds powers of it and does not know it.
        values : mapping of str to float, optional
            Of other parameters.

        Raises
        ------
        InputError
            If a parameter has no value, or nothing tells the axes.
        """
        from symdcrnn.limits.output.as_model import as_model

        return as_model(self, trajectory, epsilon, values or {})


def limit_of(
    system: System, order: int, known: Mapping[sympy.Symbol, Known] | None = None, epsilon: float | None = None,
    profiles: Mapping[str, LearnedProfile] | None = None, assumed: tuple[str, ...] = (),
    summary: DataSummary | None = None,
) -> Limit:
    """The limit of a system; arguments as the fields of `Limit`.

    Raises
    ------
    InputError
        If there is none.
    """
    made = Limit(system, expansion(system, order), order, known or {}, epsilon, profiles or {}, assumed, summary)
    # What cannot be written as equations is refused here, not where it is printed.
    _ = made.equations
    return made
