"""Standard errors and inclusion probabilities from resampled data.

Residuals that are near each other share frames, points and noise, so what is drawn again and again is not single
residuals but cells of time and x.  The loss of every resample is a quadratic form that the cells add up to: no pass
over the data is needed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.engines.engine import IN_PROCESS, Engine
from symdcrnn.leastsquares.minimise import Minimum
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.selection.units import Groups
from symdcrnn.uncertainty.choosing import CELLS, FEWEST, Choosing, choosing, chosen_words

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Uncertainty:
    """What resampling says of an equation.

    Parameters
    ----------
    errors : ndarray, shape (chosen,)
        Standard errors of the coefficients; the truncation error of their scheme relative to the judge is in them.
    inclusion : ndarray, shape (columns,)
        How often the choice of words, made again, has each of them.
    """

    errors: Array
    inclusion: Array


def bootstrap(
    judge: Regression, regression: Regression, sharp: Minimum, best: Minimum, chosen: Sequence[int],
    candidates: Sequence[int], smallest_jump: float, resamples: int, seed: int, engine: Engine = IN_PROCESS,
    groups: Groups = (),
) -> Uncertainty | None:
    """Draw cells with replacement, fit the equation and choose the words again.

    Parameters
    ----------
    judge : Regression
        That chose the words.
    regression : Regression
        That gave the coefficients.
    sharp, best : Minimum
        Of the judge and of the other one; their difference, the truncation error of the latter, counts as an error.
    chosen, candidates : sequence of int
        Columns of the equation and of all words.
    smallest_jump : float
        Of the choice, see `eliminate`.
    resamples : int
    seed : int
    engine : Engine
        Where the resamples are fitted.
    groups : sequence of sequence of int
        Columns that are chosen together.

    Returns
    -------
    Uncertainty or None
        None where a residual is not a sum over cells of a quadratic form, or there are too few cells.
    """
    again = choosing(judge, candidates, smallest_jump, groups)
    cells = (regression if regression.linear else judge).loss.cells(best.coefficients, CELLS)
    if again is None or len(cells) < FEWEST:
        return None
    random = np.random.default_rng(seed)
    # All are drawn beforehand, in one order, so that the answer does not depend on the engine.
    draws = [(random.integers(len(cells), size=len(cells)), random.integers(len(again.cells), size=len(again.cells)))
             for _ in range(resamples)]
    common = Resampling(tuple(cells), tuple(chosen), again)
    moved = np.empty((resamples, len(chosen)))
    counts = np.zeros(regression.columns)
    for number, (step, included) in enumerate(engine.map(resampled, common, draws)):
        moved[number] = step
        counts[list(included)] += 1.0
    few = np.sqrt(len(cells) / (len(cells) - 1.0))
    spread = few * np.std(moved, axis=0, ddof=1)
    truncation = best.coefficients[list(chosen)] - sharp.coefficients[list(chosen)]
    return Uncertainty(np.hypot(spread, truncation), counts / resamples)


@dataclass(frozen=True)
class Resampling:
    """What all resamples have in common.

    Parameters
    ----------
    cells : tuple of QuadraticModel
        Where the coefficients were found.
    chosen : tuple of int
        Columns of the equation.
    again : Choosing
        For the choice of words.
    """

    cells: tuple[QuadraticModel, ...]
    chosen: tuple[int, ...]
    again: Choosing


Draw = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Which cells are drawn for the coefficients, and for the choice of words."""


def resampled(common: Resampling, draw: Draw) -> tuple[Array, tuple[int, ...]]:
    """How far the chosen coefficients move in one resample, and which words it chooses."""
    drawn, there = _drawn(common.cells, draw[0]), _drawn(common.again.cells, draw[1])
    moved = newton_step(drawn.gram, drawn.gradient, common.chosen)[list(common.chosen)]
    return moved, chosen_words(common.again, there)


def _drawn(cells: Sequence[QuadraticModel], drawn: NDArray[np.int64]) -> QuadraticModel:
    counts = np.bincount(drawn, minlength=len(cells))
    return total(cell if count == 1 else cell.scaled(float(count))
                 for count, cell in zip(counts, cells, strict=True) if count)
