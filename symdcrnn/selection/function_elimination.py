"""Which words are in an equation whose coefficients are all functions of x, eq. (3.10).

Weights and biases that are functions of x make, by (3.7), coefficients that are: a_w(theta(x)) in front of every word.
They are chosen as constant ones are, see `selection`, but the function of a word goes as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.selection.backward_elimination import Path, PathStep, relative_residual, with_knee
from symdcrnn.varying_coefficients.regression import ROUNDING, Whole

Array = NDArray[np.float64]

FLOOR = 1e-13
"""Of the curvature of the loss, in the scale where its diagonal is one: what is flatter is rounding."""

REFINEMENTS = 3
"""Passes over the data that remove the rounding errors of the Gram matrix from the fit with all words."""


def eliminate_functions(
    whole: Whole, known: Array, smallest_jump: float,
    exact: Callable[[Array], tuple[float, Array]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """The elimination path of functions and its knee.

    All words are fitted first.  What the loss grows by when some go is a quadratic form of what their functions were
    there, so the small losses of clean data are not differences of large ones.

    Parameters
    ----------
    whole : Whole
        Of all words that may be in the equation.
    known : ndarray, shape (columns,)
        Constant coefficients that are given, zero elsewhere.
    smallest_jump : float
        See `eliminate`.
    exact : callable, optional
        Loss and gradient at given unknowns by a pass over the data; without it they are known from the Gram matrix,
        which is good enough for noisy data.
    progress : callable, optional
        Called with the number of words dropped and the number of all.

    Returns
    -------
    Path
        Its numbers are columns.
    """
    nothing = whole.extended.constants.at(known).loss
    stiffness = whole.extended.stiffness.toarray()
    force = whole.extended.force + whole.extended.coupling @ known
    scale = np.sqrt(np.diag(stiffness))
    scale[scale < np.finfo(float).tiny] = 1.0
    form = QuadraticModel(nothing, force / scale, stiffness / np.outer(scale, scale))

    def at(unknowns: Array) -> QuadraticModel:
        if exact is None:
            return form.at(unknowns)
        loss, gradient = exact(unknowns / scale)
        return QuadraticModel(loss, gradient / scale, form.gram)

    inverse = _inverse(form.gram)
    centre = -inverse @ form.gradient
    there = at(centre)
    for _ in range(REFINEMENTS):
        moved = centre - inverse @ there.gradient
        found = at(moved)
        if found.loss >= there.loss:
            break
        centre, there = moved, found
    size = int(whole.basis.shape[1])
    active = list(range(len(whole.leading)))
    steps: list[PathStep] = []
    while active:
        rows = np.concatenate([np.arange(group * size, (group + 1) * size) for group in active])
        inverse = _inverse(form.gram[np.ix_(rows, rows)])
        away = -centre
        away[rows] = 0.0
        away[rows] = -inverse @ there.at(away).gradient[rows]
        left = there.at(away).bounded(ROUNDING**2 * nothing).loss
        unknowns = (centre + away)[rows]
        costs = []
        for number in range(len(active)):
            part = slice(number * size, (number + 1) * size)
            costs.append(float(unknowns[part] @ np.linalg.lstsq(inverse[part, part], unknowns[part], rcond=None)[0]))
        dropped = active[int(np.argmin(costs))]
        columns = tuple(whole.leading[group] for group in active)
        steps.append(PathStep(columns, relative_residual(left, nothing), whole.leading[dropped]))
        active.remove(dropped)
        if progress is not None:
            progress(len(steps), len(whole.leading))
    steps.append(PathStep((), 1.0, None))
    return with_knee(_nested(steps), smallest_jump)


def _nested(steps: list[PathStep]) -> list[PathStep]:
    """More words never have a larger residual: where they seem to it is rounding."""
    found: list[PathStep] = []
    least = float("inf")
    for step in reversed(steps):
        least = min(least, step.residual)
        found.append(replace(step, residual=least))
    return found[::-1]


def _inverse(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    found: Array = (vectors / np.maximum(values, FLOOR)) @ vectors.T
    return found
