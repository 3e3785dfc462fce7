"""Prepared -> Selected: which words are in the equation."""

from __future__ import annotations

from functools import partial

from symdcrnn.fitting.stages import Prepared, Selected
from symdcrnn.fitting.task import L2, EquationTask, bound_equations, loss_of, whole_of
from symdcrnn.selection.backward_elimination import STRONG_JUMP, eliminate
from symdcrnn.selection.function_elimination import eliminate_functions


def select_words(task: EquationTask, prepared: Prepared) -> Selected:
    """Choose the words by their elimination path.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    """
    progress = partial(task.report, "selecting terms")
    if not task.everything:
        judge = loss_of(task, task.judging, L2, prepared.functions, prepared.powers).regression
        path = eliminate(judge, prepared.candidates, progress, STRONG_JUMP, groups=task.columns_of_groups)
        return Selected(path, path.chosen, prepared.functions)
    whole = whole_of(task, task.judging, prepared.functions, prepared.powers)
    first = bound_equations(task, task.judging, L2)[0]
    start = first.dt * first.regression.start
    exact = partial(whole.loss_and_gradient, start)
    path = eliminate_functions(whole, start, STRONG_JUMP, exact, progress)
    return Selected(path, (), path.chosen)
