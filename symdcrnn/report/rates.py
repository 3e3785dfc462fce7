"""The right-hand side of a learned equation against what the frames do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.changes import Changes, changes
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import units_of
from symdcrnn.embedding.grids import check_model_and_data
from symdcrnn.evaluation import right_hand_side
from symdcrnn.model import Model
from symdcrnn.report.pictures.canvas import quantity

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RateComparison:
    """At one time, along one axis, at no point of the others or at two.

    Parameters
    ----------
    time : float
    axis : str
        Its name; empty where the field has none.
    x : ndarray, shape (Nx,)
        Its points.
    labels : tuple of str
        Of the lines.
    difference, rate : ndarray, shape (lines, Nx)
        What the frames do, and what the equation says of it; NaN where stencils leave the data.
    relative : float
        The root mean square of their difference at this time, over all points, relative to that of the former.
    """

    time: float
    axis: str
    x: Array
    labels: tuple[str, ...]
    difference: Array
    rate: Array
    relative: float


def compare_rates(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None,
    found: Changes | None = None,
) -> RateComparison:
    """Compare at the middle of the frames, or near it where values are missing; differences are central there.

    Where the equation was found by the weak form, both are averages with its test functions, as `changes` has them.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    target : str
        Whose equation.
    known : mapping, optional
        As that of `right_hand_side`.
    found : Changes, optional
        What `changes` returns for the same, where it is known already.

    Raises
    ------
    InputError
        If the data does not have what the equation needs.
    """
    check_model_and_data(model, trajectory, "compare_rates")
    units = units_of(trajectory)
    if model[target].weak is not None:
        return _averaged(changes(model, trajectory, target, known) if found is None else found, units)
    middle = _whole_frame(trajectory)
    before, after = max(middle - 1, 0), min(middle + 1, trajectory.frames - 1)
    few = trajectory.select(before, after - before + 1)
    values = few.array(target)
    difference = (values[-1] - values[0]) / (few.t[-1] - few.t[0])
    rates = right_hand_side(model, few, target, known)
    rate = rates[1] if few.frames == 3 else rates.mean(axis=0)
    known_points = {axis.name: axis.coordinate for axis in few.axes}
    points = {name: known_points[name] for name in few.axes_of(target)[1:]}
    return _lines(float(few.t.mean()), points, difference, rate, units)


def _averaged(found: Changes, units: Mapping[str, str]) -> RateComparison:
    """At the time near the middle at which no value is missing, or the fewest."""
    missing = np.isnan(found.left).reshape(found.steps.size, -1).sum(axis=1)
    n = min(range(found.steps.size), key=lambda place: (missing[place], abs(place - found.steps.size // 2)))
    difference, left = (one[n] / found.steps[n] for one in (found.change, found.left))
    points = {name: there for name, there in found.places.items() if name != "t"}
    return _lines(float(found.places["t"][n]), points, difference, difference - left, units)


def _lines(
    time: float, points: Mapping[str, Array], difference: Array, rate: Array, units: Mapping[str, str]
) -> RateComparison:
    """Along the last axis, at places of the others."""
    seen = np.isfinite(rate)
    left, size = (float(np.sqrt(np.mean(one[seen] ** 2))) for one in (difference - rate, difference))
    labels: tuple[str, ...] = (quantity("t", time, units.get("t")),)
    *others, along = points or ("",)
    if others:
        # One velocity of each sign, neither the slowest nor the fastest.
        quarters = (1, 3) if max(difference.shape[:-1]) > 1 else (1,)
        chosen = [tuple(quarter * points[name].size // 4 for name in others) for quarter in quarters]
        labels = tuple(", ".join([*(quantity(name, points[name][number], units.get(name))
                                    for name, number in zip(others, place, strict=True)), labels[0]])
                       for place in chosen)
        difference, rate = (np.stack([one[place] for place in chosen]) for one in (difference, rate))
    else:
        difference, rate = difference.reshape(1, -1), rate.reshape(1, -1)
    x = points.get(along, np.zeros(1))
    return RateComparison(time, along, x, labels, difference, rate, left / size if size else 0.0)


def _whole_frame(trajectory: Trajectory) -> int:
    """The frame nearest to the middle that has no gaps and is between two of those."""
    frames = trajectory.frames
    if not trajectory.missing:
        return frames // 2
    whole = np.ones(frames, dtype=np.bool_)
    for name in trajectory.field_names:
        values = trajectory.array(name)
        whole &= ~np.isnan(values).any(axis=tuple(range(1, values.ndim)))
    between = np.flatnonzero(whole[:-2] & whole[1:-1] & whole[2:]) + 1
    return int(min(between, key=lambda frame: abs(frame - frames // 2), default=frames // 2))
