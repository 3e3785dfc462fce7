"""Which words are the same, or zero, where averages are those of a measure of velocities."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy

from symdcrnn.algebra.relations.calculus import Average, Calculus, Jet
from symdcrnn.algebra.relations.continuum import form_of
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.hierarchy import Hierarchy, Moment


@dataclass(frozen=True)
class Sameness:
    """Formulas of words in one form; it remembers those it has seen.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of the calculus and the measures.
    without_mean : tuple of Field
        Those whose averages are zero.
    seen : dict
        Formulas by word.
    """

    hierarchy: Hierarchy
    without_mean: tuple[Field, ...]
    seen: dict[Word, sympy.Expr] = field(default_factory=dict)

    @property
    def calculus(self) -> Calculus:
        return self.hierarchy.calculus

    def value(self, word: Word) -> sympy.Expr:
        """The formula of a word; a word whose formula is too long is a symbol."""
        if word not in self.seen:
            try:
                self.seen[word] = self._value(word)
            except TooManyTermsError:
                self.seen[word] = sympy.Symbol(str(word), real=True)
        return self.seen[word]

    def vanishes(self, word: Word) -> bool:
        """Whether a word is zero, whatever its fields are."""
        return word.vanishes or bool(self.value(word) == 0)

    def multiple(self, word: Word) -> tuple[sympy.Expr, float]:
        """A formula that all multiples of a word share, and how many times it a word is."""
        terms = self.value(word).as_coefficients_dict()
        first = min(terms, key=str)
        return expanded(self.value(word) / terms[first]), float(terms[first])

    def shorter(self, word: Word) -> Word:
        """A word that a multiple of it is and that is written shorter, or the word itself."""
        value = self.value(word)
        fields = (*self.calculus.space.fields, *self.calculus.space.profiles)
        if value.is_Add or any(not isinstance(atom := self.calculus.atoms.get(one), Jet) or atom.of not in fields
                               for one in value.free_symbols):
            return word
        return min([word, *form_of(value, self.calculus)], key=lambda one: len(str(one)))

    def _value(self, word: Word) -> sympy.Expr:
        value = self.calculus.value(word)
        known = {}
        for symbol in value.free_symbols:
            if isinstance(self.calculus.atoms[symbol], Average):
                known[symbol] = self._average(symbol)
        return expanded(value.xreplace(known))

    def _average(self, symbol: sympy.Symbol) -> sympy.Expr:
        """An average in moments; what has none stands for itself."""
        try:
            value = self.hierarchy.in_variables(symbol)
        except InputError:
            return symbol
        means = [self.hierarchy.variable(Moment(one, self.hierarchy.constant)) for one in self.without_mean]
        zero = {one: sympy.Integer(0) for one in value.free_symbols
                if isinstance(atom := self.calculus.atoms[one], Jet) and atom.of in means}
        return expanded(value.xreplace(zero))

