"""Words in which fields are replaced by sums of words, multiplied out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product as tuples

from symdcrnn.algebra.reading.trees import function, product
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.errors import InputError

Image = dict[tuple[Word, int], float]
"""A sum of words: the number before each, by the word and its power of epsilon."""


def image(word: Word, leaves: Mapping[Field, Image], vanishes: Callable[[Word], bool]) -> Image:
    """A word after fields were replaced.

    Parameters
    ----------
    word : Word
    leaves : mapping of Field to Image
        What stands for each field that is replaced.
    vanishes : callable
        Whether a word is zero.

    Raises
    ------
    InputError
        If a function of what is replaced would be one of a sum.
    """
    base = word.base
    if isinstance(base, Field):
        inner = leaves.get(base, {(Word((), base), 0): 1.0})
    elif isinstance(base, Product):
        inner = _product([image(factor, leaves, vanishes) for factor in base.factors])
    else:
        inner = _function(word, base, leaves, vanishes)
    if any(letter.pointwise for letter in word.letters):
        _single(word, inner)
    found: Image = {}
    for (part, power), number in inner.items():
        made = part.after(word.letters)
        if not vanishes(made):
            found[made, power] = found.get((made, power), 0.0) + number
    return found


def _product(factors: list[Image]) -> Image:
    found: Image = {}
    for chosen in tuples(*(factor.items() for factor in factors)):
        word, power, number = product([one[0][0] for one in chosen]), sum(one[0][1] for one in chosen), 1.0
        for _, factor in chosen:
            number *= factor
        found[word, power] = found.get((word, power), 0.0) + number
    return found


def _function(
    word: Word, base: Function, leaves: Mapping[Field, Image], vanishes: Callable[[Word], bool]
) -> Image:
    named = {symbol: _single(word, image(one, leaves, vanishes)) for symbol, one in base.named.items()}
    return {(function(base.expression, named), 0): 1.0}


def _single(word: Word, inner: Image) -> Word:
    """The one word that a sum is."""
    if len(inner) != 1 or list(inner.values()) != [1.0] or next(iter(inner))[1]:
        raise InputError(f"{word} is no polynomial of what is replaced: its form would be a function of a sum, move "
                         "an equation whose words are products of fields and averages")
    return next(iter(inner))[0]
