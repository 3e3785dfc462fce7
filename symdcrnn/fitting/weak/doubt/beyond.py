"""Whether a word beyond the dictionary is larger than chance makes it, in an equation that passes all other checks.

A residual as a whole is told from noise where it is a good part of that.  What one kind of word explains of it
is told long before, as coefficients are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Product, Word
from symdcrnn.equation import Check
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.doubt.known_functions import of_time, words_of_kind
from symdcrnn.fitting.weak.doubt.wider import TOO_MUCH, affordable, movable, wider
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.regression.missing_kinds import kinds_of_words
from symdcrnn.weak_form.decision.beside import chance
from symdcrnn.weak_form.decision.checks import UNUSUAL
from symdcrnn.weak_form.decision.choice import NOISY, Estimate, noisiness
from symdcrnn.weak_form.study import Functions, WeakData

NEARLY = 0.8
"""Of kinds that are at least this part of the largest, the one of fewest words is named."""

HIGHEST = (4, 2, 1)
"""Power of a coordinate or of t, or half as many waves, in a function of it; the first that is not too much data."""


def beyond_checks(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], functions: Functions,
    found: Estimate,
) -> tuple[Check, ...]:
    """The check of words that are not in the dictionary; none where there are none.

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
    known = {task.terms[column].word: column for column in found.active}
    # Of noise whose variance is that of the noisy value, what products make of it is known to first order alone.
    uniform = not any(one.variances for one in data)
    for highest in HIGHEST:
        tried = {name: tuple(word for word in dict.fromkeys(words) if word not in known and movable(word, space)
                             and (uniform or not isinstance(word.base, Product)))
                 for name, words in _tried(task, space, data, list(known), highest)}
        every = list(dict.fromkeys(word for words in tried.values() for word in words))
        if affordable(len(every), len(known), data):
            break
    else:
        return (Check("dictionary", True, f"nothing beyond the dictionary was looked for: {TOO_MUCH}"),)
    equation = dict(zip(found.active, found.coefficients, strict=True))
    wide = wider(task, space, data, readings, functions, equation, every)
    if wide is None:
        return ()
    quiet = {word: column for word, column in wide.column.items()
             if noisiness(wide.whole, (*found.active, column))[-1] <= NOISY}
    sizes = [(chance(wide.whole, wide.spread, found.active, [quiet[word] for word in words]), len(words), name)
             for name, these in tried.items() if (words := [word for word in these if word in quiet])]
    if not sizes:
        return ()
    value = max(size for size, _, _ in sizes)
    if value <= UNUSUAL:
        return (Check("dictionary", True, f"nothing beyond the dictionary is more than {value:.3g} standard errors "
                      "from none", value),)
    size, _, name = min((one for one in sizes if one[0] >= NEARLY * value), key=lambda one: one[1])
    return (Check("dictionary", False, f"{name} would be {size:.3g} standard errors from none beside these terms: too "
                  "much for chance, and not in the dictionary", size),)


def _tried(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], own: Sequence[Word], highest: int
) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """What is looked for, in a sentence, and its words: kinds of words, and the next power of the field."""
    words, outline = [term.word for term in task.terms], data[0].grid.outline
    axes = {axis.name: axis for axis in outline.axes if axis.size > 2}
    for kind in kinds_of_words(space, task.target, own, words, of_time(outline.t, highest)):
        yield kind.name, words_of_kind(kind, axes, highest)
    itself, power = Word((), task.target), 2
    while (word := Word.of((), Product((itself,) * power))) in words:
        power += 1
    yield f"the word {word}", (word,)
