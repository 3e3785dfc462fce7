"""Words to program: a trie of shared suffixes, each operator lowered by its rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from symdcrnn.algebra.operators import (
    OPERATORS,
    Average,
    Derivative,
    Identity,
    Multiplication,
    Operator,
    Rule,
    Side,
    Transport,
)
from symdcrnn.algebra.words import Field, Letters, Word
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


@dataclass(frozen=True)
class Stencils:
    """Which stencils the operators use.

    Parameters
    ----------
    transport : str
        Of v_dx, a key of `TRANSPORT_STENCILS`.
    central : str
        Of d_x and d_xx, a key of `CENTRAL_HALF_WIDTHS`.
    """

    transport: str = "upwind3"
    central: str = "central4"

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
        word = column.word
        layout = FULL if word.field.v_dependent else AVERAGED
        meaning = f"{word.field.name}_{column.level}"
        name = f"{meaning}{OF_WORD}{number}"
        loads.append(Load(name, word.field.name, column.time_weights, layout))
        for letter in reversed(word.letters):
            operation, layout_after = lower_rule(letter.rule, layout, stencils)
            if operation is not None:
                meaning = f"{letter.name}_{meaning}"
                source, name = name, f"{meaning}{OF_WORD}{number}"
                nodes.append(Node(name, source, operation, layout_after))
            layout = layout_after
        names.append(name)
    target = residual.target
    left = Target(target.name, residual.time_weights, FULL if target.v_dependent else AVERAGED)
    return Program(tuple(loads), tuple(nodes), tuple(names), left)


@singledispatch
def lower_rule(rule: Rule, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    """The operation of a rule on a value of a layout, and the layout of the result.

    No operation means that the value is left as it is.
    """
    raise TypeError(f"no lowering for the rule {type(rule).__name__}")


@lower_rule.register
def _(rule: Identity, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    return None, layout


@lower_rule.register
def _(rule: Transport, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    side: Side = rule.averaged if layout.averaged else rule.full
    upwind = side == "upwind"
    difference = Difference(
        right=transport_stencil(stencils.transport, from_the_left=upwind),
        left=transport_stencil(stencils.transport, from_the_left=not upwind),
        times_v=True,
        sign=rule.sign,
    )
    return difference, Layout(None if layout.power is None else layout.power + 1)


@lower_rule.register
def _(rule: Average, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    return (None if layout.averaged else Quadrature()), AVERAGED


@lower_rule.register
def _(rule: Derivative, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    formula = central_stencil(stencils.central, rule.order)
    return Difference(formula, formula, times_v=False, sign=rule.sign), layout


@lower_rule.register
def _(rule: Multiplication, layout: Layout, stencils: Stencils) -> tuple[Operation | None, Layout]:
    return Multiply(rule.profile), layout


def adjoint_word(word: Word, output: Field) -> Word:
    """The adjoint of a word, as a word on a field of the shape of its result.

    Under the inner product sum over x of <u z> an average is its own adjoint, a multiplication
    too, and a difference is transposed; on a field without v the adjoint ends with an average.

    Parameters
    ----------
    word : Word
        The word.
    output : Field
        The field the adjoint acts on; it depends on v if the target of the word does.
    """
    transposed: list[Operator] = []
    varies = word.field.v_dependent
    if not varies:
        transposed.append(OPERATORS["mean"])
    for letter in reversed(word.letters):
        transposed.append(letter.adjoint(varies))
        varies = Word((letter,), Field(word.field.name, varies)).v_dependent
    letters: Letters = tuple(transposed)
    return Word.of(letters, output)
