"""The form of a word in the continuum: a linear combination of words that no relation can make any shorter.

d_x d_x = d_xx, v_dx = v d_x, [d_v, v] = 1, Leibniz and the chain rule, <v d_x f> = d_x <v f>, and what is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy

from symdcrnn.algebra.alphabet import derivative
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.reading.trees import function
from symdcrnn.algebra.relations.calculus import NOTHING, Atom, Average, Calculus, Declared, Jet, Orders
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError

Form = dict[Word, Fraction]


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
        Empty for a word that is zero.  A word with coefficients that are not rational stands for itself.
    """
    calculus = Calculus(space, declared)
    return form_of(calculus.value(word), calculus, word)


def form_of(value: sympy.Expr, calculus: Calculus, otherwise: Word | None = None) -> Form:
    """The words of a formula.

    Raises
    ------
    InputError
        If a coefficient is not rational and there is no word to stand for it.
    """
    writer = _Writer(calculus)
    found: Form = {}
    for term in sympy.Add.make_args(sympy.expand(value)):
        coefficient, rest = term.as_coeff_Mul()
        if coefficient == 0:
            continue
        try:
            word = writer.word(rest)
        except InputError:
            if otherwise is None:
                raise
            return {otherwise: Fraction(1)}
        found[word] = found.get(word, Fraction(0)) + Fraction(int(coefficient.p), int(coefficient.q))
    return {word: coefficient for word, coefficient in found.items() if coefficient}


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
    return sympy.expand(sympy.Add(*(
        sympy.Rational(Fraction(coefficient)) * calculus.value(word) for word, coefficient in terms.items())))
