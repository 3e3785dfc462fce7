"""Selected -> Fitted: the coefficients, under the scheme that the equation asks for, and how certain they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.fitting.records import (
    collinearity,
    largest_damping,
    learned_functions,
    relative,
    with_function_sizes,
)
from symdcrnn.fitting.stages import Fitted, Prepared, Selected
from symdcrnn.fitting.stencil_choice.truncation import truncation_errors
from symdcrnn.fitting.task import L2, EquationTask, bound_equations, factors_of, loss_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.leastsquares.minimise import ROUNDED, Minimum, minimise
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.width import Widened, with_huber_width
from symdcrnn.regression.constraints import with_followers
from symdcrnn.regression.dependence import written_otherwise
from symdcrnn.regression.rates import fastest_rate
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import find_scheme
from symdcrnn.selection.backward_elimination import STRONG_JUMP
from symdcrnn.selection.exact_choice import BestSet, best_set
from symdcrnn.uncertainty.choosing import choosing
from symdcrnn.uncertainty.resampling import Uncertainty, bootstrap
from symdcrnn.uncertainty.split_half import FEWEST, between_halves, held_out
from symdcrnn.uncertainty.stability import inclusion, words_of_half
from symdcrnn.uncertainty.verdict import best_exchange
from symdcrnn.varying_coefficients.equation_loss import EquationLoss

Array = NDArray[np.float64]

AS_GOOD = 2.0
"""A residual is not told from one that is smaller by less than this factor."""


@dataclass(frozen=True)
class Found:
    """Where the coefficients of the chosen words are found.

    Parameters
    ----------
    regression : Regression
    best : Minimum
    width : float or None
        Of a norm that needs one.
    same : bool
        Whether words were chosen by the same loss.
    """

    regression: Regression
    best: Minimum
    width: float | None
    same: bool


def fit_coefficients(task: EquationTask, prepared: Prepared, selected: Selected) -> Fitted:
    """Fit the coefficients of the chosen words.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    """
    task.report("fitting coefficients", 0, 1)
    judged = loss_of(task, task.judging, L2, selected.functions, prepared.powers)
    sharp = minimise(judged.regression, selected.chosen)
    _show(task, selected, judged.regression, sharp)
    rate = _rate(task, prepared, judged, sharp)
    scheme = task.asked_scheme or task.sharpest(rate)
    loss = loss_of(task, scheme, find_norm(task.settings.norm), selected.functions, prepared.powers)
    found = _best(task, prepared, selected, judged, loss, sharp, scheme)
    if task.asked_scheme is None and not found.same and _leaves_less(judged.regression, sharp, found):
        scheme, found = task.judging, Found(judged.regression, sharp, None, True)
    _show(task, selected, found.regression, found.best)
    task.report("fitting coefficients", 1, 1)
    task.report("resampling", 0, 1)
    several = sum(one.frames - task.judging.frames + 1 for one in task.data) >= FEWEST
    uncertainty = _uncertainty(task, prepared, selected, judged.regression, sharp, found) if several else None
    task.report("resampling", 1, 1)
    condition, collinear = collinearity(task.terms, selected.chosen, sharp.model.gram)
    regression = found.regression
    return Fitted(
        scheme=scheme.name, judge=task.judging.name, rate=rate, width=found.width,
        coefficients=tuple(map(float, found.best.coefficients)),
        errors=None if uncertainty is None else tuple(map(float, uncertainty.errors)),
        inclusion=None if uncertainty is None else tuple(map(float, uncertainty.inclusion)),
        loss=found.best.loss, null=regression.null, points=regression.loss.points, converged=found.best.converged,
        several=several,
        functions=learned_functions(loss.functions, found.best.coefficients, task.terms),
        condition=condition, collinear=collinear, same=found.same,
        exchange=best_exchange(judged.regression, sharp.coefficients, task.alone(selected.chosen),
                               prepared.candidates,
                               written_otherwise(task.terms, prepared.candidates, judged.regression), selected.chosen),
        exact=(exact_set(judged.regression, prepared.candidates, selected.chosen)
               if task.settings.exact_choice else None),
        held_out=held_out(judged.regression, sharp.coefficients, selected.chosen) if several else None,
        stability=_stability(task, prepared, judged.regression) if task.settings.stability else None,
    )


def _show(task: EquationTask, selected: Selected, regression: Regression, best: Minimum) -> None:
    """Tell the equation as it stands."""
    quadratic = regression.loss.norm.quadratic
    task.show(selected.chosen, [float(best.coefficients[column]) for column in selected.chosen],
              relative(best.loss, regression.null, quadratic))


def exact_set(judge: Regression, candidates: Sequence[int], chosen: Sequence[int]) -> BestSet | None:
    """The best set of as many words as were chosen.

    Parameters
    ----------
    judge : Regression
        Of the L2 norm.
    candidates, chosen : sequence of int
        Columns.
    """
    if not chosen or len(chosen) == len(candidates):
        return None
    full = minimise(judge, candidates)
    return best_set(full.model.gram, full.coefficients, candidates, chosen, max(full.loss, ROUNDED * judge.null))


def regression_of(task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted) -> Regression:
    """The regression that the coefficients were found by, from the records of the stages."""
    loss = loss_of(task, find_scheme(fitted.scheme),
                   find_norm(task.settings.norm), selected.functions, prepared.powers)
    if fitted.width is None:
        return loss.regression
    return replace(loss.regression, loss=Widened(loss.regression.loss, fitted.width))


def _rate(task: EquationTask, prepared: Prepared, judged: EquationLoss, sharp: Minimum) -> float:
    """dt times the fastest rate of the equation in this data."""
    judges = [part.regression for part in bound_equations(task, task.judging, L2)]
    sizes = with_function_sizes(judged.functions, with_followers(sharp.coefficients, task.ties))
    by_trajectory = list(factors_of(task, prepared.powers) * sizes)
    rate = fastest_rate(task.judging, task.target, judges, by_trajectory, task.data)
    return max(rate, task.data[0].dt * largest_damping(judged.functions, sharp.coefficients, task.terms, task.target))


def _best(
    task: EquationTask, prepared: Prepared, selected: Selected, judged: EquationLoss, loss: EquationLoss,
    sharp: Minimum, scheme: Scheme | DoubleTableau,
) -> Found:
    if scheme == task.judging and task.settings.norm == L2.name:
        return Found(judged.regression, sharp, None, True)
    regression = with_huber_width(loss.regression, prepared.candidates)
    width = None if regression is loss.regression else regression.loss.width
    return Found(regression, minimise(regression, selected.chosen, sharp.coefficients), width, False)


def _leaves_less(judge: Regression, sharp: Minimum, found: Found) -> bool:
    """Whether the scheme that words are chosen by leaves less than the one of smallest truncation error for the rate.

    A term may be fast and its sum with others slow: then it is the frames that count, not the rate.
    """
    if found.regression.loss.norm.name != L2.name:
        return False
    return AS_GOOD**2 * sharp.loss / judge.null < found.best.loss / found.regression.null


def _uncertainty(
    task: EquationTask, prepared: Prepared, selected: Selected, judge: Regression, sharp: Minimum, found: Found
) -> Uncertainty | None:
    settings, chosen = task.settings, selected.chosen
    if not settings.bootstrap or not chosen:
        return None
    resampled = bootstrap(judge, found.regression, sharp, found.best, chosen, prepared.candidates, STRONG_JUMP,
                          settings.bootstrap, settings.seed, task.engine, task.columns_of_groups)
    if resampled is None:
        return None
    drift = between_halves(judge, chosen)
    errors = resampled.errors if drift is None else np.hypot(resampled.errors, drift)
    return replace(resampled, errors=np.hypot(errors, _truncation(task, prepared, selected, sharp)))


def _truncation(task: EquationTask, prepared: Prepared, selected: Selected, sharp: Minimum) -> Array:
    """What stencils do to the coefficients; not told where some are functions or follow others, or times are uneven."""
    data, words = task.data[0], [task.terms[column].word for column in selected.chosen]
    if selected.functions or task.ties or data.grid.dt is None:
        return np.zeros(len(words))
    there = factors_of(task, prepared.powers)[0]
    known = [column for column, term in enumerate(task.terms) if term.known]
    values = {task.terms[column].word: float(there[column] * sharp.coefficients[column])
              for column in (*selected.chosen, *known)}
    shifts = truncation_errors(task.target, values, words, data.windows(list(values)), data.dt, task.judging,
                               task.stencils)
    return np.asarray(shifts / np.abs(there[list(selected.chosen)]))


def _stability(task: EquationTask, prepared: Prepared, judge: Regression) -> tuple[float, ...] | None:
    """How often halves of the data choose each column; None where the residual is no sum over cells."""
    settings = task.settings
    again = choosing(judge, prepared.candidates, STRONG_JUMP, task.columns_of_groups) if prepared.candidates else None
    if again is None:
        return None
    often = inclusion(words_of_half, again, len(again.cells), judge.columns, settings.stability, settings.seed,
                      task.engine)
    return tuple(map(float, often))
