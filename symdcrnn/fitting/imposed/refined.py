"""Functions of a matrix of collisions as sharp as the data gives them, with standard errors.

Squares of small moments are lost in the rounding of a Gram matrix; its errors are removed by steps with the exact
gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.fitting.stages import Fitted, Prepared, Selected
from symdcrnn.fitting.task import EquationTask, bound_equations, whole_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.schemes.table import find_scheme
from symdcrnn.varying_coefficients.regression import Whole

Array = NDArray[np.float64]

STEPS, STEP = 4, 1e-6
"""Steps, and the relative changes of constants that their slopes are told from."""

DAMPED, ROUNDING = 1e-15, 1e-17
"""The least eigenvalues of the scaled normal equations that steps and errors reckon with."""


def refined(task: EquationTask, prepared: Prepared, selected: Selected, fitted: Fitted) -> Fitted:
    """A fit under a multistep scheme with sharper functions and their standard errors.

    Parameters
    ----------
    task : EquationTask
        Whose functions have a value for each velocity.
    prepared : Prepared
    selected : Selected
    fitted : Fitted
    """
    scheme = find_scheme(fitted.scheme)
    if task.settings.norm != "l2" or not fitted.functions:
        return fitted
    whole = whole_of(task, scheme, selected.functions, prepared.powers)
    unit = bound_equations(task, scheme, find_norm("l2"))[0].dt
    known = unit * np.array(fitted.coefficients)
    known[list(selected.functions)] = 0.0
    values = unit * np.array([one.values for one in fitted.functions])
    moments, velocities = values.shape
    chosen = list(selected.chosen)
    solve = _inverse(_hessian(whole, chosen), DAMPED)
    now = np.concatenate([known[chosen], values.ravel()])
    loss, slope = _slope(whole, known, chosen, now)
    for _ in range(STEPS):
        moved = now - solve @ slope
        after, there = _slope(whole, known, chosen, moved)
        if not after < loss:
            break
        now, loss, slope = moved, after, there
    values = now[len(chosen):].reshape(moments, velocities)
    # The normal equations of all velocities are the same.
    block = whole.extended.stiffness.toarray()[::velocities, ::velocities]
    spread = _inverse(block, ROUNDING)
    rows = fitted.points / (scheme.frames * velocities)
    # The stiffness is twice the mean over all velocities, of which each has its own rows.
    errors = np.sqrt(np.maximum(np.diag(spread), 0.0) * 2.0 * loss / (velocities * rows)) / unit
    functions = tuple(
        replace(one, values=tuple(map(float, row / unit)), errors=(float(error),) * velocities)
        for one, row, error in zip(fitted.functions, values, errors, strict=True))
    coefficients = np.array(fitted.coefficients)
    coefficients[chosen] = now[:len(chosen)] / unit
    return replace(fitted, functions=functions, loss=loss, coefficients=tuple(map(float, coefficients)))


def _hessian(whole: Whole, chosen: Sequence[int]) -> Array:
    """By the chosen constants and all values of functions."""
    extended, columns = whole.extended, list(chosen)
    coupling = extended.coupling[:, columns]
    return np.block([[extended.constants.gram[np.ix_(columns, columns)], coupling.T],
                     [coupling, extended.stiffness.toarray()]])


def _slope(whole: Whole, known: Array, chosen: Sequence[int], unknowns: Array) -> tuple[float, Array]:
    """The loss and its gradient; by constants from differences, which are exact but for rounding as it is quadratic."""
    constants, values = known.copy(), unknowns[len(chosen):]
    constants[list(chosen)] = unknowns[:len(chosen)]
    loss, slope = whole.loss_and_gradient(constants, values)
    found = []
    for column in chosen:
        step = np.zeros(known.size)
        step[column] = STEP * constants[column]
        up, down = (whole.loss_and_gradient(constants + sign * step, values)[0] for sign in (1.0, -1.0))
        found.append((up - down) / (2.0 * step[column]))
    return loss, np.concatenate([found, slope])


def _inverse(matrix: Array, least: float) -> Array:
    """The inverse in the scale where the diagonal is one, eigenvalues being no smaller than that."""
    size = np.sqrt(np.diag(matrix))
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    found: Array = (vectors / np.maximum(values, least)) @ vectors.T / np.outer(size, size)
    return found
