"""Powers of epsilon in front of coefficients, from trajectories that each have an epsilon of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.selection.backward_elimination import eliminate

Array = NDArray[np.float64]


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
