"""Which words read other points along an axis."""

from __future__ import annotations

from symdcrnn.algebra.rules import Quadrature, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Word
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import InputError


def reaches(word: Word, axis: str) -> bool:
    """Whether a word has a stencil along an axis."""
    return any(isinstance(rule, Stencil) and rule.axis == axis for rule in rules_of(word))


def check_no_sums(structure: Structure, axis: str, asked: str) -> None:
    """Refuse equations with sums along an axis: points beyond its walls have no weight in them.

    Raises
    ------
    InputError
        Naming the word.
    """
    for equation, _ in structure.numbered:
        for word in equation.words:
            if any(isinstance(rule, Quadrature) and rule.axis == axis for rule in rules_of(word)):
                raise InputError(f"{axis}={asked} goes with words that read points near by alone, but the equation of "
                                 f"{equation.target.name} has {word}, a sum along {axis}: take {axis}=periodic, or "
                                 "leave the ends to the data")
