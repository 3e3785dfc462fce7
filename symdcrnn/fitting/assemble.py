"""The records of all stages -> the learned equation that a model keeps."""

from __future__ import annotations

from symdcrnn.equation import LearnedEquation, PathRecord
from symdcrnn.fitting.missing import with_stand_in, with_what_is_missing
from symdcrnn.fitting.records import learned_terms, relative
from symdcrnn.fitting.stages import Fitted, Prepared, Refitted, Selected, Trained
from symdcrnn.fitting.task import EquationTask
from symdcrnn.kernels.norms import find_norm
from symdcrnn.schemes.table import WEAK
from symdcrnn.uncertainty.stability import stability
from symdcrnn.uncertainty.verdict import Findings, checks, exact_choice


def learned_equation(
    task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted, trained: Trained, refitted: Refitted
) -> LearnedEquation:
    """What was learned of one equation.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    trained : Trained
    refitted : Refitted
    """
    path, words = selected.path, prepared.words
    residual = relative(fitted.loss, fitted.null, find_norm(task.settings.norm).quadratic)
    included = [fitted.inclusion[number] for number in selected.chosen] if fitted.inclusion is not None else []
    # Slow frames leave much under the scheme of the fit, but not under one of smaller truncation error.
    made_up = tuple((one.word, one.on) for one in prepared.dependences)
    looked = checks(Findings(path, min(residual, path.steps[path.knee].residual), tuple(included), fitted.several,
                             fitted.exchange, made_up, fitted.held_out), words)
    if fitted.exact is not None:
        looked = (*looked, exact_choice(fitted.exact, selected.chosen, words))
    if task.settings.stability:
        looked = (*looked, stability(fitted.stability, selected.chosen, prepared.candidates, words,
                                     task.settings.stability))
    if fitted.scheme != WEAK:
        looked = with_stand_in(task, with_what_is_missing(task, looked, selected.chosen, prepared.candidates),
                               selected.chosen, fitted.coefficients)
    return LearnedEquation(
        target=task.target.name,
        terms=learned_terms(task.terms, selected.chosen, fitted.coefficients, fitted.errors,
                            fitted.inclusion if fitted.stability is None else fitted.stability, prepared.powers,
                            task.ties),
        scales=trained.scales,
        scheme=fitted.scheme,
        rate=fitted.rate,
        judge=fitted.judge,
        jump=path.jump,
        runner_up=path.runner_up,
        path=tuple(
            PathRecord(tuple(words[column] for column in step.active), step.residual, again,
                       None if step.dropped is None else task.dropped(step.dropped))
            for step, again in zip(path.steps, refitted.residuals, strict=True)),
        condition=fitted.condition,
        collinear=fitted.collinear,
        vanishing=prepared.vanishing,
        loss=fitted.loss,
        residual=residual,
        points=fitted.points,
        converged=fitted.converged,
        network=trained.network,
        functions=fitted.functions,
        candidates=trained.scale_candidates,
        certain=all(check.passed for check in looked),
        checks=looked,
        inclusion={} if fitted.stability is None else {
            words[column]: fitted.stability[column] for column in prepared.candidates},
    )
