"""One equation from several trajectories, each with its own grid, time step, initial state and source.

The losses of the trajectories are added, each relative to that of no equation, so that none drowns the others.
Where every trajectory has a known epsilon of its own, the coefficient of a word is c / epsilon^m, and c is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.weighted_sum import relative_sum

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
