"""What a fit by differences in time says of its coefficients: normal equations, and how they scatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.collisions.shaped import Normal
from symdcrnn.errors import InputError
from symdcrnn.fitting.coefficients import regression_of
from symdcrnn.fitting.imposed.stage import Evidence
from symdcrnn.fitting.stages import Fitted, Prepared, Selected
from symdcrnn.fitting.task import EquationTask
from symdcrnn.leastsquares.objective import by_time
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.selection.backward_elimination import STRONG_JUMP, relative_residual
from symdcrnn.uncertainty.choosing import CELLS

Array = NDArray[np.float64]


def evidence_of(task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted) -> Evidence:
    """The evidence of a fit under a multistep scheme.

    Parameters
    ----------
    task : EquationTask
    prepared : Prepared
    selected : Selected
    fitted : Fitted

    Raises
    ------
    InputError
        If the loss is no quadratic form of the coefficients.
    """
    regression = regression_of(task, prepared, selected, fitted)
    if selected.functions or not (regression.linear and regression.quadratic):
        raise InputError("kernels and constraints of an equation need the l2 norm, a multistep scheme or the weak "
                         "form, and coefficients that are constant: change one of these")
    found, known = np.array(fitted.coefficients), regression.start
    found[list(task.followers)] = 0.0
    halves = by_time(regression.loss, found, 2) if fitted.several else []

    def spread(coefficients: Array, columns: Sequence[int]) -> Array:
        cells = regression.loss.cells(coefficients + known, CELLS)
        slopes = np.array([cell.gradient for cell in cells]).reshape(len(cells), regression.columns)
        found: Array = slopes.T @ slopes * (len(cells) / max(len(cells) - 1, 1))
        return found

    free = found - known
    return Evidence(
        _normal(regression.evaluate(found), free), tuple(_normal(one, free) for one in halves), spread,
        lambda coefficients: relative_residual(regression.evaluate(coefficients + known, active=()).loss,
                                               regression.null), STRONG_JUMP)


def _normal(model: QuadraticModel, found: Array) -> Normal:
    return Normal(model.gram, model.gram @ found - model.gradient)
