"""The rules that a word is made of."""

from __future__ import annotations

from collections.abc import Iterator

from symdcrnn.algebra.rules import Rule, Sum
from symdcrnn.algebra.words import Function, Product, Word


def rules_of(word: Word) -> Iterator[Rule]:
    """Every rule of the letters of a word, and of the words in it."""
    for letter in word.letters:
        for rule in letter.rules:
            yield from rule.rules if isinstance(rule, Sum) else (rule,)
    inner: tuple[Word, ...] = ()
    if isinstance(word.base, Product):
        inner = word.base.factors
    elif isinstance(word.base, Function):
        inner = word.base.arguments
    for one in inner:
        yield from rules_of(one)
