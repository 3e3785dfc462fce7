"""One equation from several trajectories, each with its own grid, time step, initial state and source.

The losses of the trajectories are added, each relative to that of no equation, so that none drowns the others.
Where every trajectory has a known epsilon of its own, the coefficient of a word is c / epsilon^m, and c is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.weighted_sum import relative_sum
from symdcrnn.training.selection import eliminate

Array = NDArray[np.float64]


def epsilon_factors(trajectories: int, powers: Sequence[int], epsilons: Sequence[float] | None) -> Array:
    """epsilon^-m, shape (trajectories, columns): a shared coefficient times this is that of the trajectory.

    Parameters
    ----------
    trajectories : int
    powers : sequence of int
        m by column.
    epsilons : sequence of float, or None
        By trajectory; None where the coefficients themselves are shared.
    """
    if epsilons is None:
        return np.ones((trajectories, len(powers)))
    return np.array([[epsilon**-power for power in powers] for epsilon in epsilons])


def joined(parts: Sequence[Regression], factors: Array) -> Regression:
    """One regression over the words of several.

    Parameters
    ----------
    parts : sequence of Regression
        With the same columns.
    factors : ndarray, shape (parts, columns)
        Of `epsilon_factors`.
    """
    if len(parts) == 1:
        return parts[0]
    losses = [Affine(part.loss, factor) for part, factor in zip(parts, factors, strict=True)]
    return Regression(relative_sum(losses, parts[0].start), parts[0].fixed)


def powers_of_epsilon(
    judges: Sequence[Regression], candidates: Sequence[int], epsilons: Sequence[float], highest: int,
    smallest_jump: float,
) -> tuple[int, ...]:
    """m by column: the slope of each coefficient over epsilon, from an equation of each trajectory by itself.

    Words that are in fewer than two of these equations get m = 0.

    Parameters
    ----------
    judges : sequence of Regression
        One per trajectory.
    candidates : sequence of int
        Columns.
    epsilons : sequence of float
        Not all equal.
    highest : int
        M.
    smallest_jump : float
        Of the choice of words, see `eliminate`.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    for judge, epsilon in zip(judges, epsilons, strict=True):
        chosen = eliminate(judge, candidates, smallest_jump=smallest_jump).chosen
        coefficients = minimise(judge, chosen).coefficients
        for column in chosen:
            found.setdefault(column, []).append((float(np.log(epsilon)), float(np.log(abs(coefficients[column])))))
    powers = [0] * judges[0].columns
    for column, places in found.items():
        x, y = np.array(places).T
        if np.ptp(x) > 0.0:
            powers[column] = int(np.clip(np.round(-np.polyfit(x, y, 1)[0]), 0, highest))
    return tuple(powers)
