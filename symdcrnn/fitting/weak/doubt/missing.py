"""What is missing from an equation of noisy data: the kind of word with which noise would explain the residual.

Each kind that could be missing is added to the words of the dictionary by itself, under the test functions of the
equation, in one pass for all of them. Functions of an axis are low powers of it, or its longest waves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.divergence_form import divergence_form
from symdcrnn.algebra.words import Word
from symdcrnn.equation import Check
from symdcrnn.errors import InputError
from symdcrnn.fitting.missing import with_findings
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.data import windows_of
from symdcrnn.fitting.weak.doubt.known_functions import of_time, words_of_kind
from symdcrnn.fitting.weak.doubt.wider import points_of
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.regression.missing_kinds import Kind, kinds_of_words
from symdcrnn.weak_form.columns import WeakWords
from symdcrnn.weak_form.decision.checks import UNUSUAL, spread_of_excess
from symdcrnn.weak_form.decision.choice import left_by
from symdcrnn.weak_form.noise.covariances import least_squares
from symdcrnn.weak_form.study import Study, WeakData, power_of, study
from symdcrnn.weak_form.test_functions import TestFunction

HELPS, MUCH = 0.1, 0.4
"""A kind of word is named if it leaves at most this part of what noise does not explain; or that one, and by chance."""

NEARLY = 1.5
"""Of kinds that leave nearly the same, within this factor, the one of fewest columns is named."""

HIGHEST, IN_TIME = 4, 8
"""Power of a coordinate, or half as many waves, in a function of it; and of t."""

MOST_VALUES = 4e8
"""Of all columns at all points; with more it would take minutes."""


def with_what_is_missing(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], best: Study,
    checks: Sequence[Check], chosen: Sequence[int], candidates: Sequence[int],
) -> tuple[Check, ...]:
    """The checks, and in one of `fit` that is not passed what is missing from the equation.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    data : sequence of WeakData
        Of all trajectories.
    readings : sequence of Reading
    best : Study
        That the equation was told by.
    checks : sequence of Check
    chosen, candidates : sequence of int
        Columns of the equation, and of all words that the data shows.
    """
    return with_findings(task, checks, chosen, candidates,
                         lambda own, every: _findings(task, space, data, readings, best, own, every))


def _findings(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], best: Study,
    chosen: Sequence[Word], every: Sequence[Word],
) -> Iterator[str]:
    outline = data[0].grid.outline
    kinds = list(kinds_of_words(space, task.target, chosen, [term.word for term in task.terms],
                                of_time(outline.t, IN_TIME)))
    axes = {axis.name: axis for axis in outline.axes}
    added = [words_of_kind(kind, axes, HIGHEST) for kind in kinds]
    columns = list(dict.fromkeys([*every, *(word for words in added for word in words)]))
    if len(columns) * points_of(data) > MOST_VALUES:
        return
    number = {word: place for place, word in enumerate(columns)}
    try:
        one = _study(task, space, data, readings, best, columns)
    except InputError:  # a word that is tried has no value somewhere, or there are too few test functions
        return
    own = [number[word] for word in every]
    before = left_by(one, own, least_squares(one, own))[0] - 1.0
    left: list[tuple[float, float, int, Kind]] = []
    for kind, words in zip(kinds, added, strict=True):
        if words:
            more = list(dict.fromkeys([*own, *(number[word] for word in words)]))
            excess, residual = left_by(one, more, least_squares(one, more))
            left.append((excess - 1.0, residual, len(words), kind))
    limit = UNUSUAL * spread_of_excess(one, len(own))
    least = min((entry[0] for entry in left), default=before)
    if before <= limit or least > max(HELPS * before, min(limit, MUCH * before)):
        return
    after, residual, _, kind = min((entry for entry in left if entry[0] <= max(NEARLY * least, limit)),
                                   key=lambda entry: entry[2])
    found = f"{after + 1.0:.3g} times what noise explains" if after < 1.0 else f"{residual:.2g} of the left-hand side"
    yield f"with {kind.name} it would be {found}"


def _study(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], best: Study,
    words: Sequence[Word],
) -> Study:
    """All columns under the test functions of the equation, with as high a power as they need."""
    axes = [axis.name for axis in space.axes if axis.ordered]
    taken = WeakWords(task.target, tuple(divergence_form(word, space, axes) for word in words))
    functions = {name: TestFunction(one.half_width, max(one.power, power_of(taken, name)))
                 for name, one in best.functions.items()}
    own = np.eye(len(words) + 1)
    read = (windows_of(one, taken, task.stencils) for one in readings)
    wider = [replace(one, words=taken, grid=windows, gaps=gaps, transform=own, basis=None, drawn=True)
             for one, (windows, gaps) in zip(data, read, strict=True)]
    return study(wider, [functions])[0]
