"""The operators of the ansatz (section 3.1) and their relations.

An operator is described by what it does (its rule), never by numbers: the kernels read the
rule, the algebra reads the relations.  A new operator is one new entry in `OPERATORS`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from symdcrnn.errors import lookup

if TYPE_CHECKING:
    import sympy

Side = Literal["upwind", "downwind"]


@dataclass(frozen=True)
class Identity:
    """u -> u, eq. (3.1)."""


@dataclass(frozen=True)
class Transport:
    """u -> sign * v d/dx u with a stencil chosen by the sign of v, eq. (3.2).

    `full` is the side the stencil leans to when u depends on v, `averaged` the side when it
    does not.  The micro-macro schemes take opposite sides for the two, so that v d/dx of
    v d/dx rho is a compact second difference.
    """

    full: Side = "upwind"
    averaged: Side = "downwind"
    sign: int = 1


@dataclass(frozen=True)
class Average:
    """u -> <u> = 1/2 int u dv by quadrature, eq. (3.3)."""


@dataclass(frozen=True)
class Derivative:
    """u -> sign * d^order/dx^order u by a central stencil."""

    order: int
    sign: int = 1


@dataclass(frozen=True)
class Multiplication:
    """u -> p(x) u with a known profile p, given to the kernel at run time."""

    profile: str


Rule = Identity | Transport | Average | Derivative | Multiplication


@dataclass(frozen=True)
class Operator:
    """One letter of the alphabet.

    Parameters
    ----------
    name : str
        How it is written on the command line and in files.
    latex : str
        How it is typeset; `{}` stands for what it acts on.
    rule : Rule
        What it does.
    text : str
        How it is printed; `{}` stands for what it acts on.
    idempotent : bool
        Whether applying it twice is applying it once.
    commutes_with : frozenset of str
        Names of the operators with which it commutes exactly *under the stencils*, not only in
        the continuum.  Of two that commute, the one with the lower rank is written first.
    rank : int
        See `commutes_with`.
    """

    name: str
    latex: str
    rule: Rule
    text: str
    idempotent: bool = False
    commutes_with: frozenset[str] = frozenset()
    rank: int = 10

    @property
    def symbol(self) -> sympy.Symbol:
        """The non-commuting sympy symbol of this operator."""
        import sympy

        return sympy.Symbol(self.name, commutative=False)

    @property
    def is_identity(self) -> bool:
        return isinstance(self.rule, Identity)

    @property
    def averages(self) -> bool:
        """Whether the result no longer depends on v, and a v-independent u is left as it is."""
        return isinstance(self.rule, Average)

    @property
    def multiplies(self) -> bool:
        """Whether it is a pointwise product with a function of x."""
        return isinstance(self.rule, Multiplication)

    @property
    def spreads(self) -> bool:
        """Whether the result depends on v even where u does not."""
        return isinstance(self.rule, Transport)

    def adjoint(self, v_dependent: bool) -> Operator:
        """The adjoint under the inner product sum over x of <u z>, on a periodic grid.

        Parameters
        ----------
        v_dependent : bool
            Whether this occurrence acts on a field that depends on v.

        Returns
        -------
        Operator
            Transposing a one-sided stencil reverses its offsets, which for an odd derivative
            is the stencil of the other side with the opposite sign.
        """
        rule = self.rule
        if isinstance(rule, Transport):
            side = rule.full if v_dependent else rule.averaged
            other: Side = "downwind" if side == "upwind" else "upwind"
            transposed: Rule = Transport(other, other, -rule.sign)
            sign = "m" if rule.sign > 0 else ""
            return replace(self, name=f"{sign}v_dx_{other}", rule=transposed, commutes_with=frozenset())
        if isinstance(rule, Derivative) and rule.order % 2:
            return replace(self, name=f"m{self.name}", rule=Derivative(rule.order, -rule.sign))
        return self


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("I", r"{}", Identity(), "{}"),
        Operator("v_dx", r"v\partial_x {}", Transport(), "v_dx {}", commutes_with=frozenset({"d_x", "d_xx"})),
        Operator("mean", r"\left\langle {} \right\rangle", Average(), "<{}>", idempotent=True,
                 commutes_with=frozenset({"d_x", "d_xx"})),
        Operator("d_x", r"\partial_x {}", Derivative(1), "d_x {}",
                 commutes_with=frozenset({"v_dx", "mean", "d_xx"}), rank=1),
        Operator("d_xx", r"\partial_{{xx}} {}", Derivative(2), "d_xx {}",
                 commutes_with=frozenset({"v_dx", "mean", "d_x"}), rank=2),
    )
}


def multiplication(profile: str) -> Operator:
    """The operator that multiplies by the known profile of that name."""
    latex = rf"\{profile}" if profile.startswith("sigma") else profile
    return Operator(profile, f"{latex} {{}}", Multiplication(profile),
                    f"{profile} {{}}", rank=0, commutes_with=frozenset({"mean"}))


def find_operator(name: str) -> Operator:
    """The operator of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(OPERATORS, name, "operator")
