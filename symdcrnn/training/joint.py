"""One equation from several trajectories, each with its own grid, time step, initial state and source.

The losses of the trajectories are added, each relative to that of no equation, so that none drowns the others.
Where every trajectory has a known epsilon of its own, the coefficient of a word is c / epsilon^m, and c is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.norms import Norm
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.training.regression import Regression, minimise
from symdcrnn.training.selection import eliminate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class JointKernel:
    """The weighted sum of the losses of several regressions over the same words.

    Parameters
    ----------
    parts : tuple of Regression
    weights : tuple of float
        Of their losses.
    factors : ndarray, shape (parts, columns)
        epsilon^-m: a shared coefficient times this is that of the part.
    norm : Norm
    width : float
        Not used: each part has its own.
    """

    parts: tuple[Regression, ...]
    weights: tuple[float, ...]
    factors: Array
    norm: Norm
    width: float = 1.0

    @property
    def linear(self) -> bool:
        return all(part.linear for part in self.parts)

    @property
    def points(self) -> int:
        return sum(part.kernel.points for part in self.parts)

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gram matrix by the shared coefficients; arguments as those of `BoundKernel`."""
        return total(
            part.equations(factor * coefficients, width, active).pullback(factor).scaled(weight)
            for part, weight, factor in zip(self.parts, self.weights, self.factors, strict=True)
        )


def joined(parts: Sequence[Regression], powers: Sequence[int], epsilons: Sequence[float] | None) -> Regression:
    """One regression over the words of several.

    Parameters
    ----------
    parts : sequence of Regression
        With the same columns.
    powers : sequence of int
        m by column.
    epsilons : sequence of float, or None
        By part; None where the coefficients themselves are shared.
    """
    if len(parts) == 1:
        return parts[0]
    points = [part.kernel.points for part in parts]
    nothing = [part.equations(part.start, active=()).loss for part in parts]
    weights = tuple(n / sum(points) / loss for n, loss in zip(points, nothing, strict=True))
    factors = np.ones((len(parts), parts[0].columns))
    if epsilons is not None:
        factors = np.array([[epsilon**-power for power in powers] for epsilon in epsilons])
    return Regression(JointKernel(tuple(parts), weights, factors, parts[0].kernel.norm), 1.0, parts[0].fixed)


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
