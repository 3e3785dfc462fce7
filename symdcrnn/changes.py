"""What fields do from frame to frame, and what an equation leaves of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.evaluation import right_hand_side
from symdcrnn.kernels.interpolation import LONGEST
from symdcrnn.model import Model
from symdcrnn.weak_record import WeakRecord

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Changes:
    """The changes of a field from each frame to the next.

    Parameters
    ----------
    change : ndarray, shape (frames - 1, ...)
        Axes those of the field; fewer points along axes that averages do not reach the ends of.
    left : ndarray, of the same shape
        What is left of them by an equation; NaN where its stencils leave the data.
    places : dict of str to ndarray
        By axis, t first, where the values are; times are in the middle between frames.
    steps : ndarray, shape (frames - 1,)
        The times between frames, of those that are left.
    """

    change: Array
    left: Array
    places: dict[str, Array]
    steps: Array


def changes(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None
) -> Changes:
    """The changes of a field, and what an equation leaves of them.

    The change that an equation predicts is the integral of its rates, by polynomials in time through the frames
    around. Where it was found by the weak form, both are first averaged with test functions of its widths.

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
    learned, t = model[target], trajectory.t
    change = np.diff(trajectory.array(target), axis=0)
    left = change - _integrals(right_hand_side(model, trajectory, target, known), t)
    points = {axis.name: axis.coordinate for axis in trajectory.axes}
    places = {"t": 0.5 * (t[1:] + t[:-1]), **{name: points[name] for name in trajectory.axes_of(target)[1:]}}
    steps = np.diff(t)
    if learned.weak is not None:
        change, left = (_averaged(one, trajectory, target, learned.weak) for one in (change, left))
        lost = {name: (there.size - size) // 2 for (name, there), size in zip(places.items(), left.shape, strict=True)}
        places = {name: there[lost[name]:there.size - lost[name]] for name, there in places.items()}
        steps = steps[lost["t"]:steps.size - lost["t"]]
    return Changes(change, left, places, steps)


def _integrals(rates: Array, t: Array) -> Array:
    """Of rates from each frame to the next, shape (frames - 1, ...)."""
    frames = t.size
    used = min(frames, LONGEST)
    found = np.empty((frames - 1, *rates.shape[1:]))
    for n in range(frames - 1):
        first = min(max(n + 1 - used // 2, 0), frames - used)
        step = t[n + 1] - t[n]
        places = (t[first:first + used] - t[n]) / step
        # The integral of s^j from 0 to 1 is to be exact for every power.
        moments = 1.0 / np.arange(1.0, used + 1.0)
        weights = step * np.linalg.solve(np.vander(places, used, increasing=True).T, moments)
        found[n] = np.tensordot(weights, rates[first:first + used], axes=1)
    return found


def _averaged(values: Array, trajectory: Trajectory, target: str, weak: WeakRecord) -> Array:
    """Averages with the test functions of a weak form, where these lie inside the data."""
    periodic = {axis.name: axis.periodic for axis in trajectory.axes}
    for place, axis in enumerate(trajectory.axes_of(target)):
        size = values.shape[place]
        width = min(weak.half_widths.get(axis, 1), (size + 1) // 2)
        offsets = np.arange(1 - width, width)
        weights = (1.0 - (offsets / width) ** 2) ** weak.powers.get(axis, 1)
        weights /= weights.sum()
        around = periodic.get(axis, False)
        stop = size if around else size - 2 * (width - 1)
        moved = np.moveaxis(values, place, 0)
        total = np.zeros((stop, *moved.shape[1:]))
        for number, weight in enumerate(weights):
            total += weight * (np.roll(moved, width - 1 - number, axis=0) if around else moved[number:number + stop])
        values = np.moveaxis(total, 0, place)
    return values
