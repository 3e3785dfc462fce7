"""Operators: the letters of the ansatz (section 3.1), each composed of rules.

An operator is described by what it does, never by numbers: kernels read its rules, and how it commutes, what it does
to axes and whether it is idempotent follow from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from symdcrnn.algebra.rules import (
    Axes,
    Pointwise,
    Profile,
    Quadrature,
    Rule,
    Stencil,
    Sum,
    axes_effect,
    rules_commute,
    touched_axes,
    vanishes,
)
from symdcrnn.errors import InputError, lookup
from symdcrnn.given import described

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, init=False)
class Operator:
    """One letter of the alphabet.

    Parameters
    ----------
    name : str
        How it is written on the command line and in files.
    rules : Rule or sequence of Rule
        What it does, the outermost rule first; none for the identity.
    text : str, optional
        How it is printed; `{}` stands for what it acts on.
    latex : str, optional
        How it is typeset, likewise.
    parts : tuple of Operator
        Of the product with a function of known functions, such as ``sin(8*t)``, the letters its name is written in.

    Raises
    ------
    InputError
        If the name is no identifier, a rule is none, or `{}` is missing.
    """

    name: str
    rules: tuple[Rule, ...]
    text: str
    latex: str
    parts: tuple[Operator, ...]

    def __init__(
        self, name: str, rules: Rule | Sequence[Rule] = (), text: str | None = None, latex: str | None = None,
        parts: tuple[Operator, ...] = (),
    ) -> None:
        if not isinstance(rules, Rule | Sequence) or isinstance(rules, str):
            raise InputError(f"the operator {name!r} has the rules {described(rules)}: give a rule such as "
                             "Stencil('x', 1), or a list of them, the outermost first")
        made = (rules,) if isinstance(rules, Rule) else tuple(rules)
        if not isinstance(name, str) or not name:
            raise InputError(f"an operator is named {name!r}: give a name of letters a to z, digits and underscores")
        for rule in made:
            if not isinstance(rule, Rule):
                raise InputError(f"the operator {name!r} has the rule {described(rule)}: give Stencil, Profile, "
                                 "Quadrature, Pointwise, or Sum for a sum of lists of them")
        for form in (text, latex):
            if form is not None and (not isinstance(form, str) or "{}" not in form):
                raise InputError(f"the operator {name!r} is printed as {described(form)}: give a text with {{}} for "
                                 "what it acts on")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "rules", made)
        object.__setattr__(self, "text", f"{name} {{}}" if text is None else text)
        object.__setattr__(self, "latex", f"{latex_name(name)} {{}}" if latex is None else latex)
        object.__setattr__(self, "parts", parts)

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def symbol(self) -> sympy.Symbol:
        """The non-commuting sympy symbol of this operator."""
        import sympy

        return sympy.Symbol(self.name, commutative=False)

    @property
    def is_identity(self) -> bool:
        return not self.rules

    @cached_property
    def averaged_axes(self) -> Axes:
        """The axes it averages over, if it does nothing else; otherwise none."""
        axes = [rule.axis for rule in self.rules if isinstance(rule, Quadrature) and rule.averages]
        return frozenset(axes if len(axes) == len(self.rules) else ())

    @property
    def averages(self) -> bool:
        """Whether it is an average: applying it twice is applying it once, and it leaves what lacks its axes."""
        return bool(self.averaged_axes)

    @property
    def idempotent(self) -> bool:
        """Whether applying it twice is applying it once."""
        return self.is_identity or self.averages

    @property
    def multiplies(self) -> bool:
        """Whether it is a product with a known function."""
        return bool(self.rules) and all(isinstance(rule, Profile) for rule in self.rules)

    @cached_property
    def pointwise(self) -> bool:
        """Whether it applies a function at every point, and so is not linear."""
        parts = (part for rule in self.rules for part in (rule.rules if isinstance(rule, Sum) else (rule,)))
        return any(isinstance(part, Pointwise) for part in parts)

    @cached_property
    def touched(self) -> Axes:
        """The axes along which it differs from point to point or reads other points."""
        return frozenset().union(*map(touched_axes, self.rules))

    def axes_after(self, axes: Axes) -> Axes:
        """The axes of the result by those of the operand."""
        removed, added = self._effect
        return (axes - removed) | added

    @cached_property
    def _effect(self) -> tuple[Axes, Axes]:
        return axes_effect(self.rules)

    @property
    def stencil_axes(self) -> Axes:
        """The axes along which it has stencils."""
        parts = (part for rule in self.rules for part in (rule.rules if isinstance(rule, Sum) else (rule,)))
        return frozenset(part.axis for part in parts if isinstance(part, Stencil))

    @cached_property
    def factors(self) -> tuple[Operator, ...]:
        """The letters that it is a power of, which stand for it in words: v and v for v^2."""
        base, sign, digits = self.name.rpartition("^")
        if not (sign and digits.isdecimal() and self.multiplies and int(digits) > 1):
            return (self,)
        exponent, rules = int(digits), self.rules[:len(self.rules) // int(digits)]
        if len(rules) * exponent != len(self.rules) or rules * exponent != self.rules:
            return (self,)
        return (Operator(base, rules, latex=f"{self.latex.removesuffix(f'^{{{exponent}}} {{}}')} {{}}"),) * exponent

    def vanishes_on(self, axes: Axes) -> bool:
        """Whether it makes zero of whatever has only these axes."""
        return vanishes(self.rules, axes)

    @cached_property
    def order(self) -> tuple[int, int, str]:
        """Of two operators that commute, the one of the lower order is written first.

        Products stand before central derivatives, lower derivatives before higher ones, and those before all else.
        """
        if self.multiplies:
            return 0, 0, self.name
        stencils = [rule for rule in self.rules if isinstance(rule, Stencil) and rule.lean is None]
        if len(stencils) == len(self.rules):
            return 1, sum(rule.order for rule in stencils), self.name
        return 2, 0, self.name


@lru_cache(maxsize=4096)
def commute(first: Operator, second: Operator) -> bool:
    """Whether two operators commute exactly under the stencils, whatever they act on."""
    return all(rules_commute(one, other) for one in first.rules for other in second.rules)


def latex_name(name: str) -> str:
    """A name as it is typeset: Greek letters as such, what follows an underscore as an index."""
    stem, _, index = (name.strip("_") or "_").partition("_")
    typeset = rf"\{stem}" if stem in GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    inside = index.replace("_", ",")
    return f"{typeset}_{inside if len(inside) == 1 else f'{{{inside}}}'}" if inside else typeset


GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
})

OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("I", (), "{}", r"{}"),
        Operator("v_dx", (Profile("v", ("v",)), Stencil("x", 1, lean="v")), "v_dx {}", r"v\partial_x {}"),
        Operator("mean", Quadrature("v"), "<{}>", r"\left\langle {} \right\rangle"),
        Operator("d_x", Stencil("x", 1), "d_x {}", r"\partial_x {}"),
        Operator("d_xx", Stencil("x", 2), "d_xx {}", r"\partial_{xx} {}"),
    )
}
"""The letters of the paper, on t, v and x."""


def multiplication(profile: str, axes: tuple[str, ...] = ("x",)) -> Operator:
    """The operator that multiplies by the known function of that name.

    Parameters
    ----------
    profile : str
    axes : tuple of str
        What the function depends on.
    """
    return Operator(profile, Profile(profile, axes))


def find_operator(name: str) -> Operator:
    """The operator of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(OPERATORS, name, "operator")
