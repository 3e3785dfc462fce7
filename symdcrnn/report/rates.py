"""The right-hand side of a learned equation against what the frames do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.evaluation import right_hand_side
from symdcrnn.model import Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RateComparison:
    """At one time, at no velocity or at two.

    Parameters
    ----------
    time : float
    x : ndarray, shape (Nx,)
    labels : tuple of str
        Of the lines.
    difference, rate : ndarray, shape (lines, Nx)
        What the frames do, and what the equation says of it; NaN where stencils leave the data.
    relative : float
        The root mean square of their difference at this time, over all velocities, relative to that of the former.
    """

    time: float
    x: Array
    labels: tuple[str, ...]
    difference: Array
    rate: Array
    relative: float


def compare_rates(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None
) -> RateComparison:
    """Compare at the middle of the frames, where differences are central.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    target : str
        Whose equation.
    known : mapping, optional
        As that of `right_hand_side`.

    Raises
    ------
    InputError
        If the data does not have what the equation needs.
    """
    middle = trajectory.frames // 2
    before, after = max(middle - 1, 0), min(middle + 1, trajectory.frames - 1)
    few = trajectory.select(before, after - before + 1)
    values = few.array(target)
    difference = (values[-1] - values[0]) / (few.t[-1] - few.t[0])
    rates = right_hand_side(model, few, target, known)
    rate = rates[1] if few.frames == 3 else rates.mean(axis=0)
    seen = np.isfinite(rate)
    left, size = (float(np.sqrt(np.mean(one[seen] ** 2))) for one in (difference - rate, difference))
    labels: tuple[str, ...] = (f"t = {few.t.mean():.6g}",)
    if difference.ndim == 2:
        # One velocity of each sign, neither the slowest nor the fastest.
        chosen = [few.v.size // 4, (3 * few.v.size) // 4] if few.v.size > 1 else [0]
        labels = tuple(f"v = {few.v[number]:.4g}, {labels[0]}" for number in chosen)
        difference, rate = difference[chosen], rate[chosen]
    else:
        difference, rate = difference[None], rate[None]
    return RateComparison(float(few.t.mean()), few.x, labels, difference, rate, left / size if size else 0.0)
