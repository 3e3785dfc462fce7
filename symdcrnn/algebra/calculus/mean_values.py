"""What noise does to the mean of a word, and the words that have the mean of the word without it.

For n of mean zero and variance s^2, N(u + n) has another mean than N(u): u^2 + s^2, u^3 + 3 u s^2.  Where the noise is
Gaussian, exp(-s^2/2 d^2/du^2) N has the mean of N, exactly if N is a polynomial: these are its Hermite polynomials
u^2 - s^2, u^3 - 3 u s^2.  For other functions the first two terms of the exponential are taken.  Factors with a
derivative have noise of their own, whose covariance with each other and with u stands in the place of s^2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations_with_replacement

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.trees import expression_of, function
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import Field, Word

MOST_TERMS = 12
"""Of the exponential, for polynomials, which end before."""

FUNCTION_TERMS = 2
"""The same for functions that are no polynomials."""


Covariance = Callable[[Word, Word], float]
"""That of the noise in two words at the same point."""


def without_bias(
    word: Word, variances: Mapping[Field, float | Operator], covariance: Covariance | None = None
) -> tuple[tuple[float, Word], ...]:
    """A linear combination of words that has the mean of a word without noise.

    Noise in averages is not counted: it is smaller by the number of values.

    Parameters
    ----------
    word : Word
    variances : mapping of Field to float or Operator
        Of the noise. A letter multiplies by a variance of each value.
    covariance : callable, optional
        Of the noise in derivatives of fields; without it that is not counted.

    Returns
    -------
    tuple of (float, Word)
        The word itself where noise does not change its mean.
    """
    if isinstance(word.base, Field) or any(letter.pointwise for letter in word.letters):
        return ((1.0, word),)
    words: dict[sympy.Symbol, Word] = {}
    expression = expression_of(Word((), word.base), words)
    noisy = _covariances(words, variances, covariance)
    if not noisy:
        return ((1.0, word),)
    polynomial = expression.is_polynomial(*{symbol for pair in noisy for symbol in pair})
    terms: list[tuple[float, tuple[Operator, ...], sympy.Expr]] = [(1.0, (), expression)]
    found = {(tuple[Operator, ...](), expanded(expression)): 1.0}
    for number in range(1, MOST_TERMS if polynomial else FUNCTION_TERMS + 1):
        terms = [(-(1.0 if isinstance(variance, Operator) else variance) / (2 * number) * factor,
                  (*letters, variance) if isinstance(variance, Operator) else letters, slope)
                 for factor, letters, term in terms for (one, other), variance in noisy.items()
                 if (slope := expanded(term.diff(one, other) * (1 if one == other else 2))) != 0]
        for factor, letters, term in terms:
            for part in sympy.Add.make_args(term):
                ratio, rest = part.as_independent(*part.free_symbols, as_Add=False)
                found[letters, rest] = found.get((letters, rest), 0.0) + factor * float(ratio)
    return tuple((factor, function(term, words).after(letters).after(word.letters))
                 for (letters, term), factor in found.items())


def _covariances(
    words: Mapping[sympy.Symbol, Word], variances: Mapping[Field, float | Operator], covariance: Covariance | None
) -> dict[tuple[sympy.Symbol, sympy.Symbol], float | Operator]:
    """Those of the noise in all pairs of factors that have some in common."""
    found: dict[tuple[sympy.Symbol, sympy.Symbol], float | Operator] = {}
    for one, other in combinations_with_replacement(words, 2):
        first, second = words[one], words[other]
        if not isinstance(first.base, Field) or first.base != second.base or first.base not in variances:
            continue
        if first.is_identity and second.is_identity:
            found[one, other] = variances[first.base]
        elif covariance is not None and (value := covariance(first, second)):
            found[one, other] = value
    return found
