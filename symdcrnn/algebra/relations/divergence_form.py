"""Words as sums of derivatives of what has none left in it, D^a N(u): what the weak form can integrate by parts.

Derivatives of a chain of letters are taken out in front of products and averages that do not depend on their axis.
Where that fails, as for u d_x u, the highest derivative of a formula is integrated by parts,

    S u_k = d_x(int S du_(k-1)) - lower terms,

until nothing is left but products of derivatives that no integration lowers, such as (d_x u)^2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.calculus import Calculus
from symdcrnn.algebra.relations.conservation import MOST_STEPS, antiderivative, level, lowered
from symdcrnn.algebra.relations.continuum import form_of
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.rules import Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word


@dataclass(frozen=True)
class Part:
    """coefficient * D^orders inner.

    Parameters
    ----------
    coefficient : Fraction
        A sympy number where it is not rational.
    orders : tuple of (str, int)
        The derivatives by axis, in alphabetical order.
    inner : Word
    """

    coefficient: Fraction
    orders: tuple[tuple[str, int], ...]
    inner: Word

    @property
    def has_derivatives(self) -> bool:
        """Whether derivatives are left inside, which no integration by parts removes."""
        return any(isinstance(rule, Stencil) for rule in rules_of(self.inner))


def divergence_form(word: Word, space: PhaseSpace, axes: Sequence[str]) -> tuple[Part, ...]:
    """A word as a sum of derivatives of words with as few derivatives left in them as can be.

    Parameters
    ----------
    word : Word
    space : PhaseSpace
    axes : sequence of str
        Along which derivatives are taken out.

    Returns
    -------
    tuple of Part
        ``1/2 d_x (u^2)`` for u d_x u.
    """
    return _divergence_form(word, space, tuple(axes))


@lru_cache(maxsize=8192)
def _divergence_form(word: Word, space: PhaseSpace, axes: tuple[str, ...]) -> tuple[Part, ...]:
    # Checks of one fit ask for the same words several times, and so do fits of one kind of data.
    return _collected(_parts(word, Calculus(space), axes))


def _collected(parts: Iterator[Part]) -> tuple[Part, ...]:
    found: dict[tuple[tuple[tuple[str, int], ...], Word], Fraction] = {}
    for part in parts:
        key = (part.orders, part.inner)
        found[key] = found.get(key, Fraction(0)) + part.coefficient
    return tuple(Part(number, *key) for key, number in found.items() if number)


def _parts(word: Word, calculus: Calculus, axes: tuple[str, ...]) -> Iterator[Part]:
    for number, letter in enumerate(word.letters):
        if len(letter.rules) == 1 and isinstance(letter.rules[0], Sum):
            for count, term in enumerate(letter.rules[0].terms):
                one = Operator(f"{letter.name}_{count}", term)
                split = Word((*word.letters[:number], one, *word.letters[number + 1:]), word.base)
                yield from _parts(split, calculus, axes)
            return
    peeled = _peeled(word, calculus.space, axes)
    if peeled is not None:
        yield peeled
        return
    try:
        yield from _integrated(calculus.value(word), calculus, axes, Counter())
    except TooManyTermsError:
        yield Part(Fraction(1), (), word)


def _peeled(word: Word, space: PhaseSpace, axes: tuple[str, ...]) -> Part | None:
    """A chain of letters with its derivatives in front; None where one cannot be taken out."""
    if not isinstance(word.base, Field) and any(
            isinstance(rule, Stencil) and rule.axis in axes for rule in rules_of(Word((), word.base))):
        return None
    orders: Counter[str] = Counter()
    sign = 1
    outer: list[Rule] = []
    letters: list[Operator] = []
    for letter in word.letters:
        kept: list[Rule] = []
        for rule in letter.rules:
            if isinstance(rule, Stencil) and rule.axis in axes:
                if not all(_passes(rule.axis, one) for one in (*outer, *kept)):
                    return None
                orders[rule.axis] += rule.order
                sign *= rule.sign
            else:
                kept.append(rule)
        outer += kept
        letters += _letters(letter, tuple(kept), space)
    return Part(Fraction(sign), _ordered(orders), Word.of(tuple(letters), word.base))


def _passes(axis: str, rule: Rule) -> bool:
    """Whether a derivative along an axis may be taken out in front of a rule."""
    if isinstance(rule, Profile):
        return axis not in rule.axes
    return isinstance(rule, Quadrature | Stencil) and rule.axis != axis


def _letters(letter: Operator, kept: tuple[Rule, ...], space: PhaseSpace) -> tuple[Operator, ...]:
    """What is left of a letter."""
    if kept == letter.rules:
        return (letter,)
    if not kept:
        return ()
    for one in space.operators.values():
        if one.rules == kept:
            return (one,)
    return (Operator(f"{letter.name}_left", kept),)


def _integrated(
    value: sympy.Expr, calculus: Calculus, axes: tuple[str, ...], orders: Counter[str]
) -> Iterator[Part]:
    """A formula by parts, along one axis after the other."""
    if value == 0:
        return
    if not axes:
        for inner, number in form_of(value, calculus).items():
            yield Part(number, _ordered(orders), inner)
        return
    inner, rest = _by_parts(value, axes[0], calculus)
    yield from _integrated(rest, calculus, axes[1:], orders)
    if inner != 0:
        yield from _integrated(inner, calculus, axes, orders + Counter({axes[0]: 1}))


def _by_parts(value: sympy.Expr, axis: str, calculus: Calculus) -> tuple[sympy.Expr, sympy.Expr]:
    """P and R of value = dP/d axis + R, where R has no derivative along the axis that could be lowered."""
    inner, rest = sympy.Integer(0), sympy.Integer(0)
    seen = set()
    for _ in range(MOST_STEPS):
        # What comes back is passed from one factor to the other, as in u d_x w.
        if value in seen:
            break
        seen.add(value)
        levels = {symbol: level(symbol, axis, calculus) for symbol in value.free_symbols}
        highest = min(levels, key=lambda symbol: (-levels[symbol], str(symbol)), default=None)
        if highest is None or not levels[highest]:
            break
        slope = value.diff(highest)
        part = None
        if not any(slope.has(symbol) for symbol, depth in levels.items() if depth == levels[highest]):
            factor, lower = lowered(highest, axis, calculus) or (sympy.Integer(1), highest)
            part = antiderivative(slope, lower)
        if part is None:
            stuck = sympy.Add(*(term for term in sympy.Add.make_args(value) if term.has(highest)))
            rest, value = rest + stuck, expanded(value - stuck)
            continue
        inner += factor * part
        value = expanded(value - factor * calculus.derivative(part, axis))
    return expanded(inner), expanded(rest + value)


def _ordered(orders: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((axis, order) for axis, order in orders.items() if order))
