"""Operator polynomials: {word: coefficient}, with coefficients kept as a shared graph (eq. 1.5).

The coefficient of a word is a sympy expression in the weights and in *shared symbols*, each
defined once by a smaller expression.  Composing two polynomials then costs one product per pair
of words, however large the expanded coefficients would be; they are expanded only to be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.normal_form import Letters, normal_form
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.words import Base, Word

Definitions = tuple[tuple[sympy.Symbol, sympy.Expr], ...]


@dataclass(frozen=True)
class OperatorPolynomial:
    """A linear combination of compositions of operators, by itself or applied to a word.

    Parameters
    ----------
    coefficients : mapping of letters to sympy.Expr
        Keys are compositions in normal form, values are expressions in weights and shared symbols.
    definitions : tuple of (symbol, expression)
        What the shared symbols mean; a definition uses only weights and earlier symbols.
    base : Field, Product or Function, optional
        Of the words, once it is applied to one.  Before it is applied nothing is known of its argument;
        afterwards an average along an axis that the argument lacks is dropped.
    """

    coefficients: Mapping[Letters, sympy.Expr]
    definitions: Definitions = ()
    base: Base | None = None

    def on(self, word: Word) -> OperatorPolynomial:
        """This polynomial applied to a word, which may make some of its words equal and others zero."""
        collected: dict[Letters, list[sympy.Expr]] = defaultdict(list)
        for key, value in self.coefficients.items():
            found = word.after(key)
            if not found.vanishes:
                collected[found.letters].append(value)
        return OperatorPolynomial(_sums(collected), self.definitions, word.base)

    def restricted(self, axes: Iterable[str]) -> OperatorPolynomial:
        """The words that depend on no other axes than these, and vanish by no stencil along an axis they lack.

        It must have been applied to something.
        """
        if self.base is None:
            raise ValueError("a polynomial has words once it is applied to a word: use on(word)")
        allowed = frozenset(axes)
        kept = {}
        for key, value in self.coefficients.items():
            word = Word(key, self.base)
            if frozenset(word.axes) <= allowed and not word.vanishes:
                kept[key] = value
        return OperatorPolynomial(kept, self.definitions, self.base)

    def without(self, words: Collection[Word]) -> OperatorPolynomial:
        """All but some words; it must have been applied to something."""
        left = {word.letters for word in self.words if word not in words}
        kept = {key: value for key, value in self.coefficients.items() if key in left}
        return OperatorPolynomial(kept, self.definitions, self.base)

    @property
    def letters(self) -> tuple[Letters, ...]:
        """Its compositions, shorter ones first."""
        return tuple(sorted(self.coefficients, key=lambda key: (len(key), [letter.name for letter in key])))

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words, shorter ones first; it must have been applied to a word."""
        if self.base is None:
            raise ValueError("a polynomial has words once it is applied to a word: use on(word)")
        return tuple(Word(key, self.base) for key in self.letters)

    def __add__(self, other: OperatorPolynomial) -> OperatorPolynomial:
        """The sum, word by word."""
        collected: dict[Letters, list[sympy.Expr]] = defaultdict(list)
        for polynomial in (self, other):
            for key, value in polynomial.coefficients.items():
                collected[key].append(value)
        return OperatorPolynomial(_sums(collected), _merge(self.definitions, other.definitions), self.base)

    def scale(self, factor: sympy.Expr) -> OperatorPolynomial:
        """The product with an expression that commutes with every operator."""
        return OperatorPolynomial(
            {key: factor * value for key, value in self.coefficients.items()}, self.definitions, self.base
        )

    def compose(self, other: OperatorPolynomial) -> OperatorPolynomial:
        """The composition self after other: every pair of words, brought to normal form, eq. (3.7).

        Raises
        ------
        ValueError
            If self has been applied to a word already.
        """
        if self.base is not None:
            raise ValueError("a polynomial that was applied to a word cannot act on another one")
        argument = None if other.base is None else other.base.axes
        collected: dict[Letters, list[sympy.Expr]] = defaultdict(list)
        reduced: dict[Letters, Letters] = {}
        for left, left_value in self.coefficients.items():
            for right, right_value in other.coefficients.items():
                composed = left + right
                if composed not in reduced:
                    reduced[composed] = normal_form(composed, argument)
                collected[reduced[composed]].append(left_value * right_value)
        return OperatorPolynomial(_sums(collected), _merge(self.definitions, other.definitions), other.base)

    def share(self, prefix: str) -> OperatorPolynomial:
        """The same polynomial with every coefficient given a name of its own.

        Parameters
        ----------
        prefix : str
            The names are ``prefix[word]``.
        """
        coefficients: dict[Letters, sympy.Expr] = {}
        definitions = list(self.definitions)
        for key, value in self.coefficients.items():
            symbol = sympy.Symbol(f"{prefix}[{' '.join(letter.name for letter in key) or 'I'}]")
            definitions.append((symbol, value))
            coefficients[key] = symbol
        return OperatorPolynomial(coefficients, tuple(definitions), self.base)

    def expand(self) -> dict[Letters, sympy.Expr]:
        """Every coefficient as a plain expression in the weights, shared symbols written out.

        The expressions grow exponentially with the number of layers: this is for reading, the
        kernels and the training never need it.
        """
        values: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol, expression in self.definitions:
            values[symbol] = expression.xreplace(values)
        return {key: self.coefficients[key].xreplace(values) for key in self.letters}

    def derivative(self, weight: sympy.Symbol) -> OperatorPolynomial:
        """The derivative by one weight, through the shared graph (forward mode).

        Parameters
        ----------
        weight : sympy.Symbol
            The weight.

        Returns
        -------
        OperatorPolynomial
            With one more definition for each shared symbol that depends on the weight.
        """
        tangents: dict[sympy.Symbol, sympy.Expr] = {weight: sympy.Integer(1)}
        definitions = list(self.definitions)

        def chain(expression: sympy.Expr) -> sympy.Expr:
            return sympy.Add(
                *(expression.diff(symbol) * tangents[symbol]
                  for symbol in sorted(expression.free_symbols, key=str) if symbol in tangents)
            )

        for symbol, expression in self.definitions:
            tangent = chain(expression)
            if tangent != 0:
                name = sympy.Symbol(f"d{symbol.name}/d{weight.name}")
                definitions.append((name, tangent))
                tangents[symbol] = name
        derived = {key: chain(value) for key, value in self.coefficients.items()}
        return OperatorPolynomial(
            {key: value for key, value in derived.items() if value != 0}, tuple(definitions), self.base
        )


def linear_form(terms: Iterable[tuple[Operator | OperatorPolynomial, sympy.Expr]]) -> OperatorPolynomial:
    """The linear combination of operators and polynomials, one row of eq. (3.6)."""
    collected: dict[Letters, list[sympy.Expr]] = defaultdict(list)
    definitions: Definitions = ()
    for term, factor in terms:
        if isinstance(term, OperatorPolynomial):
            definitions = _merge(definitions, term.definitions)
            for key, value in term.coefficients.items():
                collected[key].append(factor * value)
        else:
            collected[normal_form((term,), None)].append(factor)
    return OperatorPolynomial(_sums(collected), definitions)


def averaged(polynomial: OperatorPolynomial, average: Operator) -> OperatorPolynomial:
    """<polynomial>: what a field that does not depend on v can have on its right-hand side."""
    one = OperatorPolynomial({(average,): sympy.Integer(1)})
    return one.compose(polynomial)


def _sums(collected: Mapping[Letters, list[sympy.Expr]]) -> dict[Letters, sympy.Expr]:
    return {key: sympy.Add(*values) for key, values in collected.items()}


def _merge(first: Definitions, second: Definitions) -> Definitions:
    if len(second) <= len(first) and first[: len(second)] == second:
        return first
    if second[: len(first)] == first:
        return second
    known = {symbol for symbol, _ in first}
    return first + tuple(item for item in second if item[0] not in known)
