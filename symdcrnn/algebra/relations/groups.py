"""Words that are the same in the continuum but not on a grid: one candidate each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import sympy

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.calculus import NOTHING, Calculus, Declared
from symdcrnn.algebra.relations.continuum import coefficient
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.rules import Quadrature, Stencil
from symdcrnn.algebra.word_rules import letter_rules
from symdcrnn.algebra.words import Word


@dataclass(frozen=True)
class Same:
    """Words that are multiples of each other in the continuum.

    Parameters
    ----------
    words : tuple of Word
        The most accurate form first: fewest stencils, then lowest orders, then fewest averages.
    factors : tuple of Fraction or None
        words[k] = factors[k] words[0], a sympy number where that is not rational; None for a number that only the
        weights of an axis tell, such as <v^2>.
    """

    words: tuple[Word, ...]
    factors: tuple[Fraction | None, ...]


def same_in_the_continuum(
    words: Iterable[Word], space: PhaseSpace, declared: Declared = NOTHING
) -> tuple[Same, ...]:
    """Group words that are equal in the continuum up to a factor.

    Parameters
    ----------
    words : iterable of Word
    space : PhaseSpace
    declared : Declared
        What is known beside the relations that always hold.

    Returns
    -------
    tuple of Same
        In the order of the first of each; a word that is zero in the continuum, or of hundreds of terms, stands alone.
    """
    calculus = Calculus(space, declared)
    groups: dict[object, list[tuple[Word, sympy.Expr]]] = {}
    for word in dict.fromkeys(words):
        try:
            scale, shape = _scaled(calculus.value(word), calculus)
        except TooManyTermsError:
            scale, shape = sympy.Integer(1), sympy.Integer(0)
        groups.setdefault(word if shape == 0 else shape, []).append((word, scale))
    return tuple(map(_sorted, groups.values()))


def _sorted(members: list[tuple[Word, sympy.Expr]]) -> Same:
    ordered = sorted(members, key=lambda member: cost(member[0]))
    first = ordered[0][1]
    ratios = [scale / first for _, scale in ordered]
    return Same(tuple(word for word, _ in ordered),
                tuple(None if ratio.free_symbols else coefficient(ratio) for ratio in ratios))


def _scaled(value: sympy.Expr, calculus: Calculus) -> tuple[sympy.Expr, sympy.Expr]:
    """A formula as a constant times one whose first term has the coefficient one."""
    terms = [_constant(term, calculus) for term in sympy.Add.make_args(value)]
    first = min(terms, key=lambda term: sympy.default_sort_key(term[1]))[0]
    if value == 0:
        return sympy.Integer(1), value
    return first, expanded(sympy.Add(*(constant / first * rest for constant, rest in terms)))


def _constant(term: sympy.Expr, calculus: Calculus) -> tuple[sympy.Expr, sympy.Expr]:
    """The factors of a term that depend on nothing, and the others."""
    fixed: list[sympy.Expr] = []
    varying: list[sympy.Expr] = []
    for factor in sympy.Mul.make_args(term):
        (varying if calculus.axes(factor) else fixed).append(factor)
    return sympy.Mul(*fixed), sympy.Mul(*varying)


def cost(word: Word) -> tuple[int, int, int, int, str]:
    """By what words are ordered: how many stencils, their orders, quadratures and letters they have."""
    stencils, orders, sums, letters = _counts(word)
    return stencils, orders, sums, letters, str(word)


def _counts(word: Word) -> tuple[int, int, int, int]:
    rules = list(letter_rules(word))
    stencils = [rule.order for rule in rules if isinstance(rule, Stencil)]
    counts = [len(stencils), sum(stencils), sum(isinstance(rule, Quadrature) for rule in rules), len(word.letters)]
    for part in word.inner:
        counts = [one + other for one, other in zip(counts, _counts(part), strict=True)]
    return counts[0], counts[1], counts[2], counts[3]
