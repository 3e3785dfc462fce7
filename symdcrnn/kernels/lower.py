"""Words to program: a trie of shared suffixes, each operator lowered by its rules."""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.algebra import rules
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.words import acted_on
from symdcrnn.errors import InputError
from symdcrnn.kernels.passes.share_suffixes import share_suffixes
from symdcrnn.kernels.program import (
    AVERAGED,
    FULL,
    OF_WORD,
    Difference,
    Layout,
    Load,
    Multiply,
    Node,
    Operation,
    Program,
    Quadrature,
    Target,
)
from symdcrnn.kernels.stencils import central_stencil, transport_stencil
from symdcrnn.schemes.residual import Residual

AUTO = "auto"
"""In place of the name of a stencil: what the data asks for."""


@dataclass(frozen=True)
class Stencils:
    """Which stencils the operators use.

    Parameters
    ----------
    transport : str
        Of v_dx, a key of `TRANSPORT_STENCILS`.
    central : str
        Of d_x, d_xx and on, a key of `CENTRAL_ACCURACIES`.
    """

    transport: str = "upwind3"
    central: str = "central4"

    @classmethod
    def named(cls, transport: str, central: str) -> Stencils:
        """Stencils by name; `AUTO` stands for those of the kernels on data of t, v and x."""
        return cls(cls.transport if transport == AUTO else transport, cls.central if central == AUTO else central)

    def __post_init__(self) -> None:
        transport_stencil(self.transport, True)
        central_stencil(self.central, 1)


def lower(residual: Residual, stencils: Stencils) -> Program:
    """The program of a residual, every suffix of a word computed once, however many words end in it.

    Parameters
    ----------
    residual : Residual
        Its columns stand in the order of their coefficients.
    stencils : Stencils
        Which stencils the operators use.
    """
    return share_suffixes(lower_words(residual, stencils))


def lower_words(residual: Residual, stencils: Stencils) -> Program:
    """The program of a residual with a chain of operations for each word by itself; see `lower`."""
    loads: list[Load] = []
    nodes: list[Node] = []
    names: list[str] = []
    for number, column in enumerate(residual.columns):
        word, field = column.word, acted_on(column.word)
        layout = FULL if field.v_dependent else AVERAGED
        meaning = f"{field.name}_{column.level}"
        name = f"{meaning}{OF_WORD}{number}"
        loads.append(Load(name, field.name, column.time_weights, layout))
        for letter in reversed(word.letters):
            operation, layout_after = lower_letter(letter, layout, stencils)
            if operation is not None:
                meaning = f"{letter.name}_{meaning}"
                source, name = name, f"{meaning}{OF_WORD}{number}"
                nodes.append(Node(name, source, operation, layout_after))
            layout = layout_after
        names.append(name)
    target = residual.target
    left = Target(target.name, residual.time_weights, FULL if target.v_dependent else AVERAGED)
    return Program(tuple(loads), tuple(nodes), tuple(names), left)


def lower_letter(letter: Operator, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    """The operation of a letter on a value of a layout, and the layout of the result.

    No operation means that the value is left as it is.

    Raises
    ------
    InputError
        If it is none of what acts on t, v and x here.
    """
    match letter.rules:
        case ():
            return None, layout
        case (rules.Profile(expression="v"), rules.Stencil(axis="x", order=1, lean="v") as stencil):
            side = stencil.sides[1] if layout.averaged else stencil.sides[0]
            upwind = side == "upwind"
            difference = Difference(
                right=transport_stencil(stencils.transport, from_the_left=upwind),
                left=transport_stencil(stencils.transport, from_the_left=not upwind),
                times_v=True,
                sign=stencil.sign,
            )
            return difference, Layout(None if layout.power is None else layout.power + 1)
        case (rules.Quadrature(axis="v", kernel=None, matrix=None),):
            return (None if layout.averaged else Quadrature()), AVERAGED
        case (rules.Stencil(axis="x", lean=None) as stencil,):
            formula = central_stencil(stencils.central, stencil.order)
            return Difference(formula, formula, times_v=False, sign=stencil.sign), layout
        case (rules.Profile(expression=name, axes=("x",)),):
            return Multiply(name), layout
    raise InputError(f"the operator {letter.name!r} cannot be compiled here: use v_dx, mean, derivatives along x and "
                     "products with known functions of x")
