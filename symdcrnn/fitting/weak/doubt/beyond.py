"""Whether a word beyond the dictionary is larger than chance makes it, in an equation that passes all other checks.

A residual as a whole is told from noise where it is a good part of that.  What one kind of word explains of it
is told long before, as coefficients are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Product, Word
from symdcrnn.equation import Check
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.doubt.known_functions import of_time, times_functions
from symdcrnn.fitting.weak.doubt.wider import wider
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.regression.missing_kinds import Kind, kinds_of_words
from symdcrnn.weak_form.decision.beside import chance
from symdcrnn.weak_form.decision.choice import ADDED, Estimate
from symdcrnn.weak_form.study import Functions, WeakData

NEARLY = 0.8
"""Of kinds that are at least this part of the largest, the one of fewest words is named."""

HIGHEST = 4
"""Power of a coordinate or of t, or half as many waves, in a function of it."""


def beyond_checks(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], functions: Functions,
    found: Estimate,
) -> tuple[Check, ...]:
    """The check of words that are not in the dictionary; none where there is too much data.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    data : sequence of WeakData
        Of all trajectories.
    readings : sequence of Reading
    functions : mapping of str to TestFunction
        That the equation was told by.
    found : Estimate
        The equation; its coefficients are constants.
    """
    axes = {axis.name: axis for axis in data[0].grid.outline.axes if axis.size > 2}
    known = {task.terms[column].word: column for column in found.active}
    tried: list[tuple[str, tuple[Word, ...]]] = []
    for kind in _kinds(task, space, data, list(known)):
        if kind.axis is None:
            tried.append((kind.name, kind.words))
        elif kind.axis in axes:
            tried.append((kind.name, tuple(one for word in kind.words
                                           for one in times_functions(word, axes[kind.axis], HIGHEST))))
    added = [(name, tuple(word for word in dict.fromkeys(words) if word not in known)) for name, words in tried]
    wide = wider(task, space, data, readings, functions, dict(zip(found.active, found.coefficients, strict=True)),
                 list(dict.fromkeys(word for _, words in added for word in words)))
    if wide is None:
        return ()
    sizes = [(chance(wide.whole, wide.spread, found.active, [wide.column[word] for word in words]), len(words), name)
             for name, words in added if words]
    value = max(size for size, _, _ in sizes)
    if value <= ADDED:
        return (Check("dictionary", True, f"nothing beyond the dictionary is more than {value:.3g} standard errors "
                      "from none", value),)
    size, _, name = min((one for one in sizes if one[0] >= NEARLY * value), key=lambda one: one[1])
    return (Check("dictionary", False, f"{name} would be {size:.3g} standard errors from none beside these terms: too "
                  "much for chance, and not in the dictionary", size),)


def _kinds(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], own: Sequence[Word]
) -> Iterator[Kind]:
    """Kinds of words that are polynomials of the fields, the next power of the field among them."""
    words = [term.word for term in task.terms]
    clock = of_time(data[0].grid.outline.t, HIGHEST)
    for kind in kinds_of_words(space, task.target, own, words, clock):
        if all(isinstance(word.base, Field | Product) for word in kind.words):
            yield kind
    itself, power = Word((), task.target), 2
    while (word := Word.of((), Product((itself,) * power))) in words:
        power += 1
    yield Kind(f"the word {word}", (word,))
