"""The words and the rules that a word is made of."""

from __future__ import annotations

from collections.abc import Iterator

from symdcrnn.algebra.rules import Rule, Sum
from symdcrnn.algebra.words import Word


def words_in(word: Word) -> Iterator[Word]:
    """A word and all words in it."""
    yield word
    for one in word.inner:
        yield from words_in(one)


def letter_rules(word: Word) -> Iterator[Rule]:
    """Every rule of the letters of a word, of a sum its parts; not of the words in it."""
    for letter in word.letters:
        for rule in letter.rules:
            yield from rule.rules if isinstance(rule, Sum) else (rule,)


def rules_of(word: Word) -> Iterator[Rule]:
    """Every rule of the letters of a word, and of the words in it."""
    for one in words_in(word):
        yield from letter_rules(one)
