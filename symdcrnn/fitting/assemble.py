"""The records of all stages -> the learned equation that a model keeps."""

from __future__ import annotations

from collections.abc import Sequence

from symdcrnn.equation import LearnedEquation, PathRecord
from symdcrnn.fitting.records import learned_terms, relative
from symdcrnn.fitting.stages import Fitted, Prepared, Refitted, Selected, Trained
from symdcrnn.fitting.task import EquationTask
from symdcrnn.kernels.norms import find_norm
from symdcrnn.selection.backward_elimination import STRONG_JUMP, SURE, Path, stands_out

CLEAN = 0.005
"""The residual of a right equation of data without noise at most: more says that a word is missing."""

CLEAR_JUMP = 5.0
"""How many times the residual grows at least without any word of a right equation, on data on any axes.

Where words go on like a series, as P_l <P_l f> of a kernel, those that are missing leave nearly as much as the last.
"""


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
    return LearnedEquation(
        target=task.target.name,
        terms=learned_terms(task.terms, selected.chosen, fitted.coefficients, fitted.errors, fitted.inclusion,
                            prepared.powers, task.ties),
        scales=trained.scales,
        scheme=fitted.scheme,
        rate=fitted.rate,
        judge=fitted.judge,
        jump=path.jump,
        runner_up=path.runner_up,
        path=tuple(
            PathRecord(tuple(words[column] for column in step.active), step.residual, again,
                       None if step.dropped is None else words[step.dropped])
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
        certain=fitted.several and stands_out(path, residual, included) and _explained(task, path, residual, included),
    )


def _explained(task: EquationTask, path: Path, residual: float, included: Sequence[float]) -> bool:
    """Whether what an equation leaves is what noise, or the steps of the data, may leave of the right one.

    Under noise the residual does not tell it, so the words must stand out and be in nearly all resamples.
    """
    kinetic = task.measured.kinetic
    if task.measured.noise:
        return kinetic or (path.jump >= STRONG_JUMP and min(included, default=0.0) >= SURE)
    # Slow frames leave much under the scheme of the fit, but not under one of smaller truncation error.
    if min(residual, path.steps[path.knee].residual) > CLEAN:
        return False
    return kinetic or path.jump >= CLEAR_JUMP or not path.chosen
