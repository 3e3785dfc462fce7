"""Adjoints of compositions, under the average over all axes as inner product.

On a periodic even grid the transpose of a stencil has its offsets reversed, which for an odd derivative is the stencil
of the other side with the opposite sign; averages and products are their own adjoints.  Along a velocity axis with
stencils that holds where its weights are all alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.normal_form import Letters
from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.rules import (
    Axes,
    Profile,
    Quadrature,
    Rule,
    Side,
    Stencil,
    Sum,
    axes_after,
    rules_commute,
)
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError

OTHER: dict[Side, Side] = {"upwind": "downwind", "downwind": "upwind"}


def adjoint(letters: Letters, axes: Iterable[str]) -> Letters:
    """The adjoint of a composition.

    Parameters
    ----------
    letters : tuple of Operator
        Outermost first.
    axes : iterable of str
        What the operand of the composition depends on.

    Returns
    -------
    tuple of Operator
        What remains is to average over the axes that the operand lacks, see `adjoint_word`.

    Raises
    ------
    InputError
        If a letter is not linear.
    """
    found: list[Operator] = []
    reached = frozenset(axes)
    for letter in reversed(letters):
        found.append(adjoint_letter(letter, reached))
        reached = letter.axes_after(reached)
    return tuple(found)


def adjoint_word(word: Word, output: Field) -> Word:
    """The adjoint of a word, as a word on a field of the shape of its result.

    Parameters
    ----------
    word : Word
        Of letters on a field.
    output : Field
        The field the adjoint acts on; it has the axes of the target of the word.
    """
    reached = set(output.axes).union(*(letter.touched for letter in word.letters))
    averages = tuple(mean_over(axis) for axis in sorted(reached - {TIME, *word.base.axes}))
    return Word.of((*averages, *adjoint(word.letters, word.base.axes)), output)


def mean_over(axis: str) -> Operator:
    """The average over one axis, by itself."""
    if axis == "v":
        return OPERATORS["mean"]
    return Operator(f"mean_{axis}", Quadrature(axis), latex=rf"\left\langle {{}} \right\rangle_{{{axis}}}")


def adjoint_letter(letter: Operator, axes: Axes, transposed: Axes = frozenset()) -> Operator:
    """The adjoint of one letter.

    Parameters
    ----------
    letter : Operator
    axes : frozenset of str
        What this occurrence of the letter acts on depends on.
    transposed : frozenset of str
        Axes along which stencils are transposed as matrices are, because their points are uneven or they have ends.

    Raises
    ------
    InputError
        If it is not linear.
    """
    try:
        rules = _products_first(_adjoint_rules(letter.rules, axes, transposed))
    except InputError as error:
        raise InputError(f"the operator {letter.name!r} {error}") from None
    if rules == letter.rules:
        return letter
    return Operator(_adjoint_name(letter, rules), rules)


def _adjoint_rules(rules: tuple[Rule, ...], axes: Axes, transposed: Axes) -> tuple[Rule, ...]:
    found = []
    for rule in reversed(rules):
        found.append(_adjoint_rule(rule, axes, transposed))
        axes = axes_after((rule,), axes)
    return tuple(found)


def _adjoint_rule(rule: Rule, axes: Axes, transposed: Axes) -> Rule:
    if isinstance(rule, Stencil) and rule.axis in transposed:
        side = rule.sides[0 if axes & set(rule.lean_axes) else 1]
        return replace(rule, sides=(side, side), transposed=not rule.transposed)
    if isinstance(rule, Stencil):
        if not rule.even:
            raise InputError(f"has a stencil along the uneven axis {rule.axis!r}, whose adjoint is no stencil")
        sides = rule.sides
        if rule.lean is not None:
            side = OTHER[rule.sides[0] if axes & set(rule.lean_axes) else rule.sides[1]]
            sides = (side, side)
        return replace(rule, sides=sides, sign=rule.sign * (-1) ** rule.order)
    if isinstance(rule, Quadrature):
        return rule if rule.averages else replace(rule, transposed=not rule.transposed)
    if isinstance(rule, Profile):
        return rule
    if isinstance(rule, Sum):
        return Sum(tuple(_products_first(_adjoint_rules(term, axes, transposed)) for term in rule.terms))
    raise InputError("is a pointwise function, which has no adjoint: use its derivative")


def _products_first(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The same with products moved to the front, as letters are written."""
    found: list[Rule] = []
    for rule in rules:
        place = len(found)
        while isinstance(rule, Profile) and place and not isinstance(found[place - 1], Profile) and rules_commute(
                found[place - 1], rule):
            place -= 1
        found.insert(place, rule)
    return tuple(found)


def _adjoint_name(letter: Operator, rules: tuple[Rule, ...]) -> str:
    """``mv_dx_downwind`` for the adjoint of v_dx: its sign, its stem, and the side that it leans to."""
    stem = letter.name.removesuffix("_upwind").removesuffix("_downwind").removesuffix("_adjoint")
    if _sign(letter.rules) < 0:
        stem = stem.removeprefix("m")
    sides = {rule.sides for rule in _parts(rules) if isinstance(rule, Stencil) and rule.lean is not None}
    other = any(isinstance(rule, Quadrature | Stencil) and rule.transposed for rule in _parts(rules))
    suffix = "_adjoint" if other or len(sides) > 1 else f"_{next(iter(sides))[0]}" if sides else ""
    return f"{'m' if _sign(rules) < 0 else ''}{stem}{suffix}"


def _sign(rules: tuple[Rule, ...]) -> int:
    sign = 1
    for rule in rules:
        if isinstance(rule, Stencil):
            sign *= rule.sign
        elif isinstance(rule, Sum):
            sign *= _sign(rule.terms[0])
    return sign


def _parts(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(part for rule in rules for part in (rule.rules if isinstance(rule, Sum) else (rule,)))
