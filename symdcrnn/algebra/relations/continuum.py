"""The form of a word in the continuum: a linear combination of words that no relation can make any shorter.

d_x d_x = d_xx, v_dx = v d_x, [d_v, v] = 1, Leibniz and the chain rule, <v d_x f> = d_x <v f>, and what is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.reading.alphabet import derivative
from symdcrnn.algebra.reading.trees import function
from symdcrnn.algebra.relations.calculus import (
    NOTHING,
    Atom,
    Average,
    Calculus,
    Declared,
    Jet,
    Named,
    Orders,
)
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import UNIT, Field, Word

Form = dict[Word, Fraction]
"""Words and their coefficients; those that are not rational, such as 2 pi, are sympy numbers."""


def continuum_form(word: Word, space: PhaseSpace, declared: Declared = NOTHING) -> Form:
    """A word as a linear combination of words in one form, in which words are equal if they are in the continuum.

    Parameters
    ----------
    word : Word
    space : PhaseSpace
    declared : Declared
        What is known beside the relations that always hold.

    Returns
    -------
    dict of Word to Fraction
        Empty for a word that is zero.  A word of hundreds of terms stands for itself.
    """
    calculus = Calculus(space, declared)
    try:
        return form_of(calculus.value(word), calculus)
    except TooManyTermsError:
        return {word: Fraction(1)}


def form_of(value: sympy.Expr, calculus: Calculus) -> Form:
    """The words of a formula."""
    writer = _Writer(calculus)
    found: Form = {}
    for term in sympy.Add.make_args(expanded(value)):
        number, rest = term.as_independent(*term.free_symbols, as_Add=False)
        if number != 0:
            word = writer.word(rest)
            found[word] = found.get(word, 0) + coefficient(number)
    return {word: number for word, number in found.items() if number}


def coefficient(number: sympy.Expr) -> Fraction:
    """A number as a fraction, if it is one."""
    return Fraction(int(number.p), int(number.q)) if number.is_Rational else number


class _Writer:
    """Writes formulas as words."""

    def __init__(self, calculus: Calculus) -> None:
        self._calculus = calculus
        self._axes = {axis.name: axis for axis in calculus.space.axes}

    def word(self, value: sympy.Expr) -> Word:
        """The word of a product of atoms and functions of atoms."""
        words = {symbol: self._atom(self._calculus.atoms[symbol]) for symbol in value.free_symbols}
        return function(value, words)

    def _atom(self, atom: Atom) -> Word:
        if isinstance(atom, Named):
            return atom.word
        if isinstance(atom, Jet):
            word = Word((), atom.of) if isinstance(atom.of, Field) else Word(
                (self._calculus.space.operators[atom.of],), UNIT)
            return word.after(self._derivatives(atom.orders))
        inner = self.word(atom.inner)
        if isinstance(atom, Average):
            return inner.after(self._averages(atom.over))
        along = self._derivatives(((atom.axis, atom.order),) if atom.order else ())
        return inner.after((*along, atom.letter))

    def _derivatives(self, orders: Orders) -> tuple[Operator, ...]:
        return tuple(derivative({self._axes[axis]: order}) for axis, order in orders)

    def _averages(self, over: tuple[str, ...]) -> tuple[Operator, ...]:
        letters = self._calculus.space.operators
        if letters["mean"].averaged_axes == set(over):
            return (letters["mean"],)
        return tuple(letters.get(f"mean_{axis}") or Operator(f"mean_{axis}", Quadrature(axis)) for axis in over)


def combined(terms: Mapping[Word, Fraction], calculus: Calculus) -> sympy.Expr:
    """The formula of a linear combination of words."""
    return expanded(sympy.Add(*(sympy.sympify(number) * calculus.value(word) for word, number in terms.items())))
