"""What one part of the time says of another: how far two halves disagree, and what is left of frames that are held out.

Cells of clean data scatter by rounding alone.  What solvers and schemes do to it is smooth, so resampling does not see
it, but it changes while the solution does: the first half of the time gives other coefficients than the second.  Where
words are nearly collinear they differ by as much as the words can stand in for each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.objective import by_time
from symdcrnn.leastsquares.quadratic import total
from symdcrnn.leastsquares.regression import Regression

Array = NDArray[np.float64]

PARTS = 4
"""Of the time; the last one is held out."""

FEWEST = 4
"""Residuals in time that two halves need; fewer say nothing of how uncertain coefficients are."""

STEPS, SMALL = 6, 1e-10
"""Of Newton for each half at most; it ends where a step lowers the loss by no larger fraction."""


def held_out(regression: Regression, coefficients: Array, chosen: Sequence[int]) -> float | None:
    """The residual in the last part of the time, of the equation fitted to the rest of it.

    Parameters
    ----------
    regression : Regression
        Of the L2 norm.
    coefficients : ndarray, shape (columns,)
        Its minimum over the chosen words.
    chosen : sequence of int
        Columns of the equation.

    Returns
    -------
    float or None
        Its root mean square, relative to that of the left-hand side in all of the time; None where the loss is no sum
        over the frames.
    """
    parts = by_time(regression.loss, coefficients, PARTS) if chosen else []
    if not parts:
        return None
    rest, last = total(parts[:-1]), parts[-1]
    step = newton_step(rest.gram, rest.gradient, chosen)
    return float(np.sqrt(max(PARTS * last.at(step).loss, 0.0) / regression.null))


def between_halves(regression: Regression, chosen: Sequence[int]) -> Array | None:
    """How much the coefficients of an equation differ between the first and the second half of the residuals.

    Parameters
    ----------
    regression : Regression
        Of the L2 norm.
    chosen : sequence of int
        Columns of the equation.

    Returns
    -------
    ndarray, shape (chosen,), or None
        None where the loss is no sum over the frames.
    """
    found = [_refined(regression, chosen, half) for half in range(2)]
    if found[0] is None or found[1] is None:
        return None
    apart: Array = np.abs(found[1] - found[0])[list(chosen)]
    return apart


def _refined(regression: Regression, chosen: Sequence[int], half: int) -> Array | None:
    """The coefficients of one half, from nothing: what one half does not tell at all stays small in it."""
    coefficients = regression.start
    for _ in range(STEPS):
        halves = by_time(regression.loss, coefficients, 2)
        if not halves:
            return None
        step = newton_step(halves[half].gram, halves[half].gradient, chosen)
        coefficients = coefficients + step
        if halves[half].decrease(step) <= SMALL * halves[half].loss:
            break
    return coefficients
