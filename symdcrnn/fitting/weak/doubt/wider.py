"""The normal equations of an equation and of further words, with the covariance that noise gives them, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.divergence_form import divergence_form
from symdcrnn.algebra.words import Field, Product, Word
from symdcrnn.errors import InputError
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.data import windows_of
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.weak_form.noise.covariances import covariance
from symdcrnn.weak_form.study import Functions, Study, WeakData, power_of, study
from symdcrnn.weak_form.test_functions import TestFunction

Array = NDArray[np.float64]

MOST_MIXED = 6e7
"""Of all columns at all points, for each velocity: more would take longer than the fit."""

MOST_VALUES, MOST_PRODUCTS = 3e7, 2e9
"""Of all columns at all points, for each term and axis: more would take longer than the fit; and of two columns,
with more of which samples of noise, which tell their mean well where there are so many points, stand for it."""


TOO_MUCH = "in this data it would take longer than the fit"


@dataclass(frozen=True, eq=False)
class Wider:
    """An equation with further words.

    Parameters
    ----------
    whole : Study
        Of the unknowns of the equation, with those of the words after its constants.
    spread : ndarray, shape (unknowns, unknowns)
        The covariance of the right-hand side of the normal equations; zero for words that are not looked at.
    column : mapping of Word to int
        Of the words.
    found : tuple of int
        The unknowns of the equation here.
    """

    whole: Study
    spread: Array
    column: Mapping[Word, int]
    found: tuple[int, ...]


def wider(
    task: EquationTask, space: PhaseSpace, data: Sequence[WeakData], readings: Sequence[Reading], functions: Functions,
    found: Mapping[int, float], words: Sequence[Word],
) -> Wider | None:
    """The equation and further words; None if a word has no value somewhere.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    data : sequence of WeakData
        Of all trajectories.
    readings : sequence of Reading
    functions : mapping of str to TestFunction
        Of the equation; their powers are raised where words need that.
    found : mapping of int to float
        The equation: its unknowns and their values, those of functions after all constants.
    words : sequence of Word
        Not those of the equation.
    """
    constants, more = len(task.terms), len(words)
    if not words:
        return None
    there = tuple(column if column < constants else column + more for column in found)
    try:
        wide = [replace(_with_words(task, space, one, reading, words), drawn=more**2 * points_of(data) > MOST_PRODUCTS)
                for one, reading in zip(data, readings, strict=True)]
        raised = {name: TestFunction(one.half_width, max(one.power, power_of(wide[0].words, name)))
                  for name, one in functions.items()}
        whole = study(wide, [raised])[0]
        pilot = np.zeros(whole.unknowns)
        pilot[list(there)] = list(found.values())
        spread = covariance(wide, raised, pilot, [*there, *range(constants, constants + more)])
    except InputError:
        return None
    return Wider(whole, spread, {word: constants + place for place, word in enumerate(words)}, there)


def affordable(words: int, terms: int, data: Sequence[WeakData]) -> bool:
    """Whether so many further words beside so many terms take no longer than a fit."""
    axes = data[0].grid.outline.axes
    # Noise at every velocity adds to what words that mix them are at all others.
    mixed = int(np.prod([axis.size for axis in axes if axis.role == "velocity"]))
    return (words * terms * len(axes) * points_of(data) <= MOST_VALUES
            and words * mixed * points_of(data) <= MOST_MIXED)


def points_of(data: Sequence[WeakData]) -> int:
    """How many points all trajectories have, in time and along all axes."""
    return sum(one.grid.frames * int(np.prod([axis.size for axis in one.grid.outline.axes])) for one in data)


def movable(word: Word, space: PhaseSpace) -> bool:
    """Whether a word is a polynomial under derivatives that can be moved: what noise does to that is known.

    Parameters
    ----------
    word : Word
    space : PhaseSpace
    """
    axes = [axis.name for axis in space.axes if axis.ordered]
    return isinstance(word.base, Field | Product) and not any(
        part.has_derivatives for part in divergence_form(word, space, axes))


def _with_words(
    task: EquationTask, space: PhaseSpace, one: WeakData, reading: Reading, words: Sequence[Word]
) -> WeakData:
    """The data of an equation with further words after its own, before those times basis functions."""
    axes = [axis.name for axis in space.axes if axis.ordered]
    taken = replace(one.words, words=(*one.words.words, *(divergence_form(word, space, axes) for word in words)))
    windows, gaps = windows_of(reading, taken, task.stencils)
    before, more = len(one.words.words), len(words)
    rows, columns = (np.r_[:before, before + more:count + more] for count in one.transform.shape)
    transform = np.zeros(tuple(count + more for count in one.transform.shape))
    transform[np.ix_(rows, columns)] = one.transform
    transform[before:before + more, before:before + more] = np.eye(more)
    return replace(one, words=taken, grid=windows, gaps=gaps, transform=transform)
