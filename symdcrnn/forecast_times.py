"""When the frames of a forecast are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import described, real_number, whole_number

Array = NDArray[np.float64]

MOST_STEPS = 2**31
"""Of a forecast."""


def forecast_times(trajectory: Trajectory, from_frame: int, steps: int | None, until: float | None) -> Array:
    """The times from a frame on, shape (frames,).

    Parameters
    ----------
    trajectory : Trajectory
        Whose frames they are as far as they reach, and whose step goes on beyond them.
    from_frame : int
    steps : int or None
    until : float or None
        One of both at most; as many frames as the data has if neither is given.

    Raises
    ------
    InputError
        If they are out of range, or beyond frames that are unevenly spaced.
    """
    first_frame = whole_number(from_frame)
    if first_frame is None or not 0 <= first_frame < trajectory.frames:
        raise InputError(f"the first frame is {described(from_frame)}: the data has frames 0 to "
                         f"{trajectory.frames - 1}")
    from_frame = first_frame
    if steps is not None and until is not None:
        raise InputError("steps and until are given at once: leave out one of both")
    steps, until = _checked(steps, until)
    first = float(trajectory.t[from_frame])
    if not trajectory.even_times:
        return _uneven_times(trajectory.t[from_frame:], steps, until)
    dt = trajectory.dt
    if until is not None:
        if not first + 0.5 * dt < until < np.inf:
            raise InputError(f"until is {until:g}: give a time after {first:g}, at least one step of {dt:g} later")
        steps = round((until - first) / dt)
    if steps is None:
        steps = trajectory.frames - 1 - from_frame
        if steps < 1:
            raise InputError(f"frame {from_frame} is the last one: give steps or until, or an earlier frame")
    if steps < 1:
        raise InputError(f"steps is {steps!r}: give a whole number from 1 on")
    inside = trajectory.t[from_frame:from_frame + steps + 1]
    return np.concatenate([inside, first + dt * np.arange(inside.size, steps + 1)])


def _checked(steps: int | None, until: float | None) -> tuple[int | None, float | None]:
    """Both as plain numbers."""
    whole, time = whole_number(steps), real_number(until)
    if steps is not None and (whole is None or not 1 <= whole <= MOST_STEPS):
        end = f"to {MOST_STEPS}" if whole is not None and whole > MOST_STEPS else "on"
        raise InputError(f"steps is {described(steps)}: give a whole number from 1 {end}")
    if until is not None and time is None:
        raise InputError(f"until is {described(until)}: give a time after that of the first frame")
    return whole, time


def _uneven_times(times: Array, steps: int | None, until: float | None) -> Array:
    """Those of the data, which alone say where unevenly spaced frames are."""
    count = times.size - 1 if steps is None else steps
    if until is not None:
        count = int(np.searchsorted(times, until * (1.0 + 1e-12), side="right")) - 1
    if not 1 <= count < times.size or (until is not None and until > times[-1]):
        raise InputError(f"the frames are unevenly spaced and reach from t = {times[0]:g} to {times[-1]:g}, "
                         f"{times.size - 1} steps: give steps or until within that")
    return times[:count + 1]
