"""Kinds of words that an equation could lack: sources, coefficients that are functions, kernels, products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.reading.trees import order_of
from symdcrnn.algebra.rules import HIGHEST_ORDER, Quadrature, Stencil
from symdcrnn.algebra.words import UNIT, Field, Product, Word

Letters = tuple[Operator, ...]

CLOCK: tuple[Letters, ...] = tuple((multiplication("t", ("t",)),) * power for power in (1, 2))
"""Functions of t, in a coefficient that changes in time."""


@dataclass(frozen=True)
class Kind:
    """A kind of word that could be missing.

    Parameters
    ----------
    name : str
        In a sentence.
    words : tuple of Word
    axis : str, optional
        Of the functions that multiply them.
    """

    name: str
    words: tuple[Word, ...]
    axis: str | None = None


def kinds_of_words(
    space: PhaseSpace, target: Field, words: Sequence[Word], tried: Sequence[Word], clock: Sequence[Letters] = CLOCK
) -> Iterator[Kind]:
    """What could be missing from an equation, the simplest first.

    Parameters
    ----------
    space : PhaseSpace
    target : Field
    words, tried : sequence of Word
        Of the equation, and of its dictionary.
    clock : sequence of tuple of Operator
        Functions of t, by which a coefficient that changes in time changes.
    """
    one, itself = Word.of((), UNIT), Word((), target)
    ordered = [axis.name for axis in space.axes if axis.role == "space" and axis.name in target.axes]
    yield Kind("a constant", (one,))
    yield Kind("a source that changes in time", (one, *_in_time(one, clock)))
    for axis in ordered:
        yield Kind(f"a source that is a function of {axis}", (one,), axis)
    for word in words:
        yield Kind(f"a coefficient of {word} that changes in time", _in_time(word, clock))
        for axis in ordered:
            yield Kind(f"a coefficient of {word} that is a function of {axis}", (word,), axis)
    if len(words) > 1:
        yield Kind("coefficients that change in time", tuple(one for word in words for one in _in_time(word, clock)))
        for axis in ordered:
            yield Kind(f"coefficients that are functions of {axis}", tuple(words), axis)
    for axis in (one.name for one in space.axes if one.role == "velocity" and one.name in target.axes):
        if axis in space.coordinates:
            yield Kind(f"a kernel in {axis}, such as {axis} <{axis} {target.name}>", _moments(axis, target))
            over = f"mean_{axis}" if f"mean_{axis}" in space.operators else "mean"
            moments = ", ".join(f"{over} {power}{target.name}" for power in ("", f"{axis} ", f"{axis}^2 "))
            word = space.word(f"maxwellian({moments}, {axis})")
            yield Kind(f"the word {word}", (word,) if word not in tried else ())
    for field in space.fields:
        if len(words) > 1 and "t" in field.axes and set(field.axes) <= set(target.axes):
            yield Kind(f"products of the words and {field.name}",
                       tuple(one for word in words for one in _times(field, word) if one not in tried))
    grids = [axis.name for axis in space.axes if axis.ordered and axis.name in target.axes]
    further = [_next_derivative(axis, target, [*words, *tried]) for axis in grids]
    further += [one for field in space.fields if field != target and set(field.axes) <= set(target.axes)
                for axis in grids for one in _times(field, _derivative(axis, 1, target))]
    further += [one for word in (itself, *words) for one in _times(target, word)]
    yield from (Kind(f"the word {word}", (word,)) for word in dict.fromkeys(further)
                if word is not None and word not in tried)


def _moments(axis: str, target: Field) -> tuple[Word, ...]:
    """v <v u> and v^2 <v^2 u>."""
    nodes, average = multiplication(axis, (axis,)), Operator(f"mean_{axis}", Quadrature(axis))
    return tuple(Word.of((*powers, average, *powers), target) for powers in ((nodes,), (nodes, nodes)))


def _times(field: Field, word: Word) -> Iterator[Word]:
    """The product of a field and a word on another one."""
    if isinstance(word.base, Field) and word.base != UNIT:
        yield Word.of((), Product(tuple(sorted((Word((), field), word), key=order_of))))


def _in_time(word: Word, clock: Sequence[Letters]) -> tuple[Word, ...]:
    return tuple(word.after(letters) for letters in clock)


def _next_derivative(axis: str, target: Field, words: Sequence[Word]) -> Word | None:
    """The derivative of a field along an axis that is one higher than all in the words."""
    highest = max((sum(rule.order for letter in word.letters for rule in letter.rules
                       if isinstance(rule, Stencil) and rule.axis == axis) for word in words), default=0)
    if highest >= HIGHEST_ORDER:
        return None
    return _derivative(axis, highest + 1, target)


def _derivative(axis: str, order: int, target: Field) -> Word:
    return Word.of((Operator(f"d_{axis * order}", Stencil(axis, order)),), target)
