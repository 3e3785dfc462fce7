"""What noise does to the mean of a word, and the words that have the mean of the word without it.

For n of mean zero and variance s^2, N(u + n) has another mean than N(u): u^2 + s^2, u^3 + 3 u s^2.  Where the noise is
Gaussian, exp(-s^2/2 d^2/du^2) N has the mean of N, exactly if N is a polynomial: these are its Hermite polynomials
u^2 - s^2, u^3 - 3 u s^2.  For other functions the first two terms of the exponential are taken.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.trees import expression_of, function
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field, Word

MOST_TERMS = 12
"""Of the exponential, for polynomials, which end before."""

FUNCTION_TERMS = 2
"""The same for functions that are no polynomials."""


def without_bias(word: Word, variances: Mapping[Field, float | Operator]) -> tuple[tuple[float, Word], ...]:
    """A linear combination of words that has the mean of a word without noise.

    Noise in averages is not counted: it is smaller by the number of values.

    Parameters
    ----------
    word : Word
    variances : mapping of Field to float or Operator
        Of the noise; it is independent from value to value. A letter multiplies by a variance of each value.

    Returns
    -------
    tuple of (float, Word)
        The word itself where noise does not change its mean.
    """
    if isinstance(word.base, Field) or any(letter.pointwise for letter in word.letters):
        return ((1.0, word),)
    words: dict[sympy.Symbol, Word] = {}
    expression = expression_of(Word((), word.base), words)
    noisy = {symbol: variances[one.base] for symbol, one in words.items()
             if one.is_identity and isinstance(one.base, Field) and one.base in variances}
    if not noisy:
        return ((1.0, word),)
    polynomial = expression.is_polynomial(*noisy)
    terms: list[tuple[float, tuple[Operator, ...], sympy.Expr]] = [(1.0, (), expression)]
    found = {(tuple[Operator, ...](), expanded(expression)): 1.0}
    for number in range(1, MOST_TERMS if polynomial else FUNCTION_TERMS + 1):
        terms = [(-(1.0 if isinstance(variance, Operator) else variance) / (2 * number) * factor,
                  (*letters, variance) if isinstance(variance, Operator) else letters, slope)
                 for factor, letters, term in terms for symbol, variance in noisy.items()
                 if (slope := expanded(term.diff(symbol, 2))) != 0]
        for factor, letters, term in terms:
            for part in sympy.Add.make_args(term):
                ratio, rest = part.as_independent(*part.free_symbols, as_Add=False)
                found[letters, rest] = found.get((letters, rest), 0.0) + factor * float(ratio)
    return tuple((factor, function(term, words).after(letters).after(word.letters))
                 for (letters, term), factor in found.items())
