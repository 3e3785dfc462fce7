"""How far coefficients move under wider stencils: the truncation error that neither cells nor halves of the data show.

It is the same function of the solution everywhere, and so it is in all parts of the data alike. Only stencils that
leave as little of the left-hand side are asked: data of a solver with stencils of its own is not fitted by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.fitting.stencil_choice.choice import AS_GOOD, PAIRS, sample, told_apart
from symdcrnn.fitting.stencil_choice.residuals import Trial
from symdcrnn.fitting.stencil_choice.varying import Varying
from symdcrnn.kernels.ir.grid import FrameWindows
from symdcrnn.kernels.stencils import CENTRAL_ACCURACIES, Stencils
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]

WINDOWS, RESIDUALS = 8, 2000
"""Of frames, spread over the time, and residuals in each of them, at points drawn at random."""

MOST_NUMBERS = 2e7
"""Values of words that are computed at most."""

GROUPS = 8
"""Of points; how the answers scatter that are had without one of them is the standard error (jackknife)."""

TOLD = 3.0
"""Standard errors that a shift is to have: noise moves coefficients too, and its part is in their error bars."""


def truncation_errors(
    target: Field, coefficients: Mapping[Word, float], chosen: Sequence[Word], grid: FrameWindows, dt: float,
    scheme: Scheme, stencils: Stencils,
) -> Array:
    """The largest shift of each coefficient under wider stencils that fit as well; zero where none is told from noise.

    Parameters
    ----------
    target : Field
    coefficients : mapping of Word to float
        Of all words of the equation.
    chosen : sequence of Word
        Those whose coefficients were fitted.
    grid : FrameWindows
        On even times.
    dt : float
        Their distance.
    scheme : Scheme
        That the residual is formed by.
    stencils : Stencils
        That the coefficients were found with.

    Returns
    -------
    ndarray, shape (chosen,)
    """
    shifts = np.zeros(len(chosen))
    wider = [one for one in told_apart(PAIRS, tuple(coefficients))
             if CENTRAL_ACCURACIES[one.central] > CENTRAL_ACCURACIES.get(stencils.central, np.inf)]
    trial = _trial(target, tuple(coefficients), grid, scheme) if wider else None
    if trial is None:
        return shifts
    here, right = trial.values(stencils, scheme), trial.changes(scheme)
    columns = np.stack([here[word] for word in chosen], axis=-1)
    rest = right - dt * sum(value * here[word] for word, value in coefficients.items())
    for one in wider:
        try:
            there = trial.values(one, scheme)
        except InputError:  # an axis has fewer points than the stencil, or a word is not finite
            continue
        apart = sum(value * (there[word] - here[word]) for word, value in coefficients.items())
        moved, error = _jackknife(columns, np.asarray(apart))
        if np.linalg.norm(rest - dt * (apart + columns @ moved)) <= AS_GOOD * np.linalg.norm(rest):
            shifts = np.maximum(shifts, np.where(np.abs(moved) > TOLD * error, np.abs(moved), 0.0))
    return shifts


def _trial(target: Field, words: tuple[Word, ...], grid: FrameWindows, scheme: Scheme) -> Trial | None:
    start, reads = grid.between(0, 1), scheme.frames
    points = int(np.prod([start.axis(name).size for name in target.axes if name != "t"]))
    windows = min(WINDOWS, int(MOST_NUMBERS // (reads * points * len(words))), grid.frames // reads)
    if not windows or not start.axes:
        return None
    places = np.unique(np.linspace(0, grid.frames - reads, windows).astype(int))
    return Trial(target, words, tuple(grid.runs([(int(first), int(first) + reads) for first in places])), reads,
                 Varying(frozenset(), None), sample(start, target, words, RESIDUALS))


def _jackknife(columns: Array, change: Array) -> tuple[Array, Array]:
    """How far coefficients move where columns make up for a change of their sum, and the standard errors of that.

    Parameters
    ----------
    columns : ndarray, shape (windows, points, columns)
    change : ndarray, shape (windows, points)
    """
    groups = [slice(first, None, GROUPS) for first in range(GROUPS)]
    grams = np.array([np.einsum("wpi,wpj->ij", columns[:, one], columns[:, one]) for one in groups])
    sides = np.array([np.einsum("wpi,wp->i", columns[:, one], change[:, one]) for one in groups])

    def moved(kept: NDArray[np.bool_]) -> Array:
        gram = grams[kept].sum(axis=0)
        return newton_step(gram, sides[kept].sum(axis=0), np.flatnonzero(gram.diagonal()).tolist())

    without = np.array([moved(kept) for kept in ~np.eye(GROUPS, dtype=bool)])
    return moved(np.ones(GROUPS, dtype=bool)), np.sqrt((GROUPS - 1) * np.var(without, axis=0))
