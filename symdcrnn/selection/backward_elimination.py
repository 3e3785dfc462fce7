"""Which words are in the equation: backward elimination and the knee of its path.

Starting from all words, the one whose removal costs least is dropped and the rest is fitted again,
until none is left.  While superfluous words go the residual stays at the noise of the data, or grows
slowly with the truncation error that they had fitted; when a word of the equation goes, it jumps.
The equation is the step before the jump that stands out most from those before it.  The size of a
jump by a factor q is sqrt(q) - 1: q itself would overrate the last words of the path, of which one
often is most of the right-hand side, and its logarithm the first ones.

The path is walked on the residual of smallest truncation error that the frames allow (the
*judge*), because on a coarse scheme superfluous words can pay by fitting its truncation error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.minimise import Minimum, minimise
from symdcrnn.leastsquares.newton import scaled_inverse
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.selection.units import Groups, cheapest

Array = NDArray[np.float64]

EXACT_TERMS = 32
"""Up to so many words every step is refined with passes over the data; above, only its Gram matrix is used."""

PATH_ACCURACY = 1e-3
"""To this part of it the loss is known on the path: far less than the least growth that tells words apart."""

STRONG_JUMP = 1.5
"""Smaller factors of the residual are not told apart under a strong form, where words fit truncation and rounding."""

WEAK_JUMP = 1.01
"""The same under a weak form, where the residual is averaged noise, to which a superfluous word means nothing."""


SURE = 0.9
"""Where much is unexplained, every word of an equation has to be in this part of the resamples at least."""

EXPLAINED = 0.2
"""With a smaller relative residual, a word that matters at all need not change it by as much."""

MATTERS = 1.1
"""Such a word's factor of the residual."""


@dataclass(frozen=True)
class PathStep:
    """One step of the elimination.

    Parameters
    ----------
    active : tuple of int
        The columns that are left.
    residual : float
        The norm of the judge's residual relative to that of its left-hand side, both without the
        known terms.
    dropped : int or None
        The column that is dropped next, or the first one of its group.
    """

    active: tuple[int, ...]
    residual: float
    dropped: int | None


@dataclass(frozen=True)
class Path:
    """A whole elimination.

    Parameters
    ----------
    steps : tuple of PathStep
        From all words to none.
    knee : int
        The step that is the equation.
    jump : float
        How many times the residual grows when one more word is dropped there.
    runner_up : float
        The largest such factor at a step before, where the words that went were superfluous.
    """

    steps: tuple[PathStep, ...]
    knee: int
    jump: float
    runner_up: float

    @property
    def chosen(self) -> tuple[int, ...]:
        """The columns of the equation."""
        return self.steps[self.knee].active


def eliminate(
    judge: Regression, candidates: Sequence[int], progress: Callable[[int, int], None] | None = None,
    smallest_jump: float = STRONG_JUMP, known_form: bool = False, groups: Groups = (),
) -> Path:
    """The elimination path of a quadratic regression and its knee.

    Parameters
    ----------
    judge : Regression
        Of the L2 norm.
    candidates : sequence of int
        The columns to start with.
    progress : callable, optional
        Called with the number of words dropped and the number of all.
    smallest_jump : float
        `STRONG_JUMP` or `WEAK_JUMP`.
    known_form : bool
        Whether the loss is a quadratic form that is known beforehand, to which passes over data would add nothing.
    groups : sequence of sequence of int
        Columns that are dropped together.

    Returns
    -------
    Path
    """
    full = minimise(judge, candidates, accuracy=PATH_ACCURACY)
    whole = judge.null
    active = list(candidates)
    minimum = full
    steps: list[PathStep] = []
    while active:
        inverse = minimum.inverse or scaled_inverse(full.model.gram, active)
        dropped = cheapest(inverse, minimum.coefficients, groups)
        steps.append(PathStep(tuple(active), relative_residual(minimum.loss, whole), dropped[0]))
        active = [column for column in active if column not in dropped]
        refined = not known_form and len(active) <= EXACT_TERMS
        minimum = (minimise(judge, active, minimum.coefficients, limit=3, accuracy=PATH_ACCURACY) if refined
                   else _by_gram(judge, full, active, minimum.coefficients))
        if progress is not None:
            progress(len(candidates) - len(active), len(candidates))
    steps.append(PathStep((), relative_residual(judge.evaluate(judge.start, active=()).loss, whole), None))
    return with_knee(steps, smallest_jump, judge.whole is not None)


def _by_gram(judge: Regression, full: Minimum, active: Sequence[int], start: Array) -> Minimum:
    """The minimum over the active columns of the quadratic form around the minimum over all."""
    coefficients = judge.start
    coefficients[list(active)] = start[list(active)]
    inverse = scaled_inverse(full.model.gram, active)
    for _ in range(2):
        coefficients = coefficients + inverse.step(full.model.slope_at(coefficients - full.coefficients))
    there = full.model.at(coefficients - full.coefficients)
    return Minimum(coefficients, there.bounded(full.loss), 0, True, inverse)


def relative_residual(loss: float, whole: float) -> float:
    """The norm of a residual relative to that of no equation, from both losses."""
    return float(np.sqrt(loss / whole)) if whole > 0.0 else 0.0


def with_knee(steps: list[PathStep], smallest_jump: float, may_be_empty: bool = False) -> Path:
    """The path with its knee; residuals below what double precision resolves count as equal to that.

    Where functions of x are in the equation already it may need no more words, and then no jump is large.
    """
    rounding = float(np.finfo(float).eps)
    floored = [max(step.residual, rounding) for step in steps]
    jumps = [after / before for before, after in pairwise(floored)]
    if not jumps:
        return Path(tuple(steps), 0, 1.0, 1.0)
    if may_be_empty and max(jumps) < smallest_jump:
        return Path(tuple(steps), len(jumps), 1.0, max(jumps))
    before = [max(jumps[:number], default=1.0) for number in range(len(jumps))]
    knee = int(np.argmax([_size(jump) / max(_size(other), _size(smallest_jump))
                          for jump, other in zip(jumps, before, strict=True)]))
    return Path(tuple(steps), knee, jumps[knee], before[knee])


def clarity(path: Path, smallest_jump: float) -> float:
    """How much the growth of the residual at the knee stands out from all growth before it."""
    return _size(path.jump) / max(_size(path.runner_up), _size(smallest_jump))


def stands_out(path: Path, residual: float, inclusion: Sequence[float]) -> bool:
    """Whether the data singles out an equation, or what was found is a guess.

    Parameters
    ----------
    path : Path
    residual : float
        Of the equation, relative to that of no equation.
    inclusion : sequence of float
        Of its words in resamples, empty without resampling.
    """
    if not path.chosen or (residual <= EXPLAINED and path.jump >= MATTERS):
        return True
    return path.jump >= STRONG_JUMP and min(inclusion, default=1.0) >= SURE


def _size(jump: float) -> float:
    return float(np.sqrt(jump)) - 1.0
