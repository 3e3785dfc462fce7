"""Windows of frames: some of them, at even distances."""

from __future__ import annotations

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


def _window_number(name: str, value: object, least: int) -> int:
    whole = whole_number(value)
    if whole is None or not least <= whole <= MOST_FRAMES:
        raise SettingError("frames", f"has {name} = {described(value)}: give a whole number from {least} on")
    return whole
