"""Fitted -> Trained: how many scales there are, and networks that reach the coefficients; Fitted -> Refitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from symdcrnn.fitting.coefficients import regression_of
from symdcrnn.fitting.records import learned_terms, refitted_path
from symdcrnn.fitting.stages import Fitted, Prepared, Refitted, Selected, Trained
from symdcrnn.fitting.task import EquationTask
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.networks.training import train_networks, untrained
from symdcrnn.scaled_form import ScaleCandidate, scale_candidates, scaled_form
from symdcrnn.schemes.table import find_scheme
from symdcrnn.settings import AUTO


def train(task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted) -> Trained:
    """Train the networks of an equation.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    """
    scheme = find_scheme(fitted.scheme)
    return train_on(task, prepared, selected, fitted, regression_of(task, prepared, selected, fitted),
                    task.frames - scheme.frames + 1, scheme.splits)


def train_on(
    task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted, regression: Regression, residuals: int,
    splits: bool = False,
) -> Trained:
    """Train the networks of an equation on a loss of its coefficients.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    regression : Regression
        That gave the coefficients.
    residuals : int
        In time, of the shortest trajectory.
    splits : bool
        Whether the stiff term has a coefficient outside the networks.
    """
    terms = learned_terms(task.terms, selected.chosen, fitted.coefficients, fitted.errors, fitted.inclusion,
                          prepared.powers, task.ties)
    found = [term.coefficient for term in terms] if selected.chosen else []
    scales, candidates = _scales(task, prepared, selected, found)
    ansatz = replace(task.ansatz, scales=scales)
    coefficients = np.array(fitted.coefficients)
    if task.settings.dictionary_alone:
        # Networks that compose nothing are the coefficients themselves.
        loss = regression.evaluate(coefficients, active=()).loss
        return Trained(scales, candidates, untrained(ansatz, task.settings.interval, loss))
    scaled = scaled_form(found, scales)
    null = regression.evaluate(regression.start, active=()).loss
    network = train_networks(
        ansatz, regression, splits, task.terms, prepared.candidates, coefficients, null,
        scaled.epsilon if scaled else None, task.settings, residuals,
        partial(task.report, "training networks"), task.engine, task.journal,
    )
    return Trained(scales, candidates, network)


def refit_path(task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted) -> Refitted:
    """Fit each step of the elimination again, where another multistep scheme gave the coefficients.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    """
    regression = regression_of(task, prepared, selected, fitted)
    if fitted.same or task.everything or not (regression.linear and regression.quadratic):
        return Refitted((None,) * len(selected.path.steps))
    return Refitted(refitted_path(selected.path, regression, task.report))


def _scales(
    task: EquationTask, prepared: Prepared, selected: Selected, found: Sequence[float]
) -> tuple[int, tuple[ScaleCandidate, ...]]:
    """M, and what it is chosen from where it was not given."""
    if task.settings.scales != AUTO:
        return task.ansatz.scales, ()
    if task.measured.epsilons is not None:
        return max((prepared.powers[column] for column in selected.chosen), default=0), ()
    candidates = scale_candidates(found)
    return min(candidates, key=lambda one: one.criterion).scales if candidates else max(
        (prepared.powers[column] for column in selected.chosen), default=0), candidates
