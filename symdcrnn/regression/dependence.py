"""Words that are linear combinations of simpler ones in some data: no coefficient of theirs can be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Stencil
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.interpret import Known, evaluate, not_finite
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.regression.terms import Term

Array = NDArray[np.float64]

TAKES_PART = 1e-4
"""Of the size of a word: what each word that it is a sum of gives to it at least."""

ALL_DATA = 1e-8
"""What a sum that holds for any fields leaves at most, relative to the word."""

ROUNDING = 64.0
"""How many times the rounding of a Gram matrix, per column, the square of what is left may be."""


SAME = 1.0 - 1e-9
"""The correlation of columns that are one quantity."""


def equal_in_the_continuum(
    words: Sequence[Word], twins: Mapping[Word, Word | None], gone: Mapping[int, str]
) -> dict[int, str]:
    """The words that are others in the continuum, which are in the dictionary and computed more accurately.

    Parameters
    ----------
    words : sequence of Word
        By column.
    twins : mapping of Word to Word or None
        Words, and what they are in the continuum up to a factor; None for those that are zero there.
    gone : mapping of int to str
        Columns that are left out already.
    """
    found = {}
    for number, word in enumerate(words):
        if word not in twins or number in gone:
            continue
        twin = twins[word]
        if twin is None:
            found[number] = f"{word} is nothing in the continuum, by what is declared"
        elif words.index(twin) not in gone:
            found[number] = f"{word} is {twin} in the continuum, which is computed more accurately"
    return found


MADE_UP = "is a linear combination of simpler candidates in this data"
"""How a reason ends that a word is left out for, as simpler ones make it up."""


@dataclass(frozen=True)
class Dependence:
    """A word that simpler ones make up in some data.

    Parameters
    ----------
    word : int
        Column.
    on : tuple of int
        Columns of the words that it is a sum of.
    """

    word: int
    on: tuple[int, ...]

    def reason(self, words: Sequence[Word]) -> str:
        """Why it is left out."""
        return f"{words[self.word]} {MADE_UP}"


def dependent(
    words: Sequence[Word], judges: Sequence[Regression], gone: Mapping[int, str], asked: Collection[int] = ()
) -> list[Dependence]:
    """The words that simpler ones make up in all data.

    As c^2 + s^2 = 1 on the circle, c^2 f is f less s^2 f; of a single Fourier mode d_xx u is a multiple of u.

    Parameters
    ----------
    words : sequence of Word
        By column.
    judges : sequence of Regression
        By trajectory.
    gone : mapping of int to str
        Columns that are left out already.
    asked : collection of int
        Columns that more is asked of than a constant coefficient: they count as simpler than all others.

    Raises
    ------
    InputError
        If a word is not finite everywhere.
    """
    gram = np.sum([judge.evaluate(judge.start).gram for judge in judges], axis=0)
    for word, size in zip(words, np.diag(gram), strict=True):
        if not np.isfinite(size):
            raise not_finite(str(word))
    order = sorted((number for number in range(len(words)) if number not in gone),
                   key=lambda number: (number not in asked, complexity(words[number]), number))
    sizes = np.sqrt(np.diag(gram)[order])
    scaled = gram[np.ix_(order, order)] / np.outer(sizes, sizes)
    allowed = ROUNDING * len(order) * float(np.finfo(float).eps)
    factor: list[Array] = []
    kept: list[int] = []
    found = []
    for place, number in enumerate(order):
        parts = np.array([row[place] for row in factor])
        left = scaled[place, place] - float(parts @ parts)
        if left <= allowed:
            # Columns of the Cholesky factor: what the words that are kept have to be taken times.
            times = np.linalg.solve(np.array([row[kept] for row in factor]), parts)
            found.append(Dependence(number, tuple(order[one] for one, value in zip(kept, times, strict=True)
                                                  if abs(value) > TAKES_PART)))
            continue
        rest = scaled[place] - sum((part * row for part, row in zip(parts, factor, strict=True)), np.zeros(len(order)))
        factor.append(rest / np.sqrt(left))
        kept.append(place)
    return found


def holds_for_all_data(found: Dependence, words: Sequence[Word], outline: PhaseGrid, stencils: Stencils) -> bool:
    """Whether a word is the same sum of others for any fields on this grid, as c^2 f is, and not in this data alone.

    Parameters
    ----------
    found : Dependence
    words : sequence of Word
        By column.
    outline : PhaseGrid
        The axes with all functions of the words, at one time; values of fields are not read.
    stencils : Stencils
    """
    random = np.random.default_rng(0)
    sizes = {axis.name: axis.size for axis in outline.axes}
    fields = {name: 1.5 + random.random((1, *(sizes[axis] for axis in axes[1:])))
              for name, axes in outline.field_axes.items()}
    grid, known = replace(outline, fields=fields), Known()
    values = [evaluate(words[number], grid, stencils, (0,), known) for number in (*found.on, found.word)]
    columns = np.array([one.ravel() for one in np.broadcast_arrays(*values)])
    columns /= np.sqrt(np.mean(columns**2, axis=1, keepdims=True)) + np.finfo(float).tiny
    times = np.linalg.lstsq(columns[:-1].T, columns[-1], rcond=None)[0]
    return bool(np.max(np.abs(columns[-1] - times @ columns[:-1])) <= ALL_DATA)


def written_otherwise(
    terms: Sequence[Term], candidates: Sequence[int], judge: Regression
) -> tuple[tuple[int, int], ...]:
    """Pairs of words that are one quantity in two forms: d_x d_x and d_xx, or an average and a field that holds it.

    Parameters
    ----------
    terms : sequence of Term
    candidates : sequence of int
        Columns.
    judge : Regression
        Whose columns tell whether a field is an average.
    """
    gram = judge.evaluate(judge.start).gram
    found = []
    for number, first in enumerate(candidates):
        for second in candidates[number + 1:]:
            one, other = terms[first].word, terms[second].word
            held = one.is_identity != other.is_identity and any(
                letter.averaged_axes for letter in (*one.letters, *other.letters))
            alike = gram[first, second] ** 2 > SAME**2 * gram[first, first] * gram[second, second]
            if _steps(one) == _steps(other) or (held and alike):
                found.append((first, second))
    return tuple(found)


def _steps(word: Word) -> tuple[object, ...]:
    """What a word does, with derivatives that follow each other as one and their stencils left out."""
    found: list[object] = [word.base]
    for letter in reversed(word.letters):
        for rule in reversed(letter.rules):
            if not isinstance(rule, Stencil):
                found.append(rule)
                continue
            last = found[-1]
            if isinstance(last, tuple) and last[0] == rule.axis:
                found[-1] = (rule.axis, last[1] + rule.order)
            else:
                found.append((rule.axis, rule.order))
    return tuple(found)


def complexity(word: Word) -> int:
    """How many letters, factors and arguments a word has."""
    own = 1 if isinstance(word.base, Field) else 0
    return len(word.letters) + own + sum(map(complexity, word.inner))
