"""Windows of frames: some of them, at even distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described, whole_number

MOST_FRAMES = 2**63 - 1
"""That an array could have."""


def window_of(available: int, first: object, count: object, stride: object) -> slice:
    """The frames of a window; see `Trajectory.select`.

    Raises
    ------
    InputError
        If the window does not lie within the frames.
    """
    start, step = _window_number("first", first, 0), _window_number("stride", stride, 1)
    wanted = None if count is None else _window_number("count", count, 2)
    kept = range(start, available, step)
    if len(kept) < (wanted or 2):
        raise InputError(f"a window of {wanted or 'at least 2'} frames from number {start} on, one of {step}, is "
                         f"more than the {available} frames of the data hold: there are {len(kept)}, choose a "
                         "smaller window")
    return slice(start, start + step * ((len(kept) if wanted is None else wanted) - 1) + 1, step)


def indexed(available: int, frames: Any) -> slice:
    """The frames of an index as libraries that split samples use it.

    Parameters
    ----------
    available : int
        How many frames there are.
    frames : slice, array_like of int or bool, or a tuple of one of these and an ellipsis

    Raises
    ------
    InputError
        If they are not at least two, one after the other at even distances.
    """
    if isinstance(frames, tuple) and len(frames) == 2 and frames[1] is Ellipsis:
        frames = frames[0]
    try:
        chosen = np.arange(available)[frames if isinstance(frames, slice) else np.asarray(frames)]
    except (IndexError, TypeError, ValueError):
        raise InputError(f"frames were asked for by {described(frames)}: give a slice, or numbers from 0 to "
                         f"{available - 1}") from None
    steps = np.diff(chosen) if np.ndim(chosen) == 1 else np.zeros(0)
    if not steps.size:
        raise InputError(f"frames were asked for by {described(frames)}: give at least two, such as trajectory[:10]")
    if np.any(steps < 1) or np.any(steps != steps[0]):
        place = int(np.argmax((steps < 1) | (steps != steps[0])))
        raise InputError(f"frame {chosen[place + 1]} comes after frame {chosen[place]}: give frames one after the "
                         "other at even distances, which TimeSeriesSplit does, KFold and shuffling do not")
    return slice(int(chosen[0]), int(chosen[-1]) + 1, int(steps[0]))


def _window_number(name: str, value: object, least: int) -> int:
    whole = whole_number(value)
    if whole is None or not least <= whole <= MOST_FRAMES:
        raise SettingError("frames", f"has {name} = {described(value)}: give a whole number from {least} on")
    return whole
