"""Frames of a forecast by steps of an IMEX scheme."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray

from symdcrnn.embedding.march import March
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described, real_number
from symdcrnn.imex.steps import ImexMarch, Steps, imex_march
from symdcrnn.schemes.runge_kutta import TABLEAUS

Array = NDArray[np.float64]

LARGEST_VALUE = 1e50
"""A solution beyond this has blown up."""

SAME = 1e-9
"""How much intervals between frames may differ, relative to them, to be one; of a step that fits in them likewise."""

IMEX_METHODS: dict[str, str] = {
    name: f"{tableau.description}, steps of a fixed length" for name, tableau in TABLEAUS.items() if tableau.splits}
"""Pairs of an explicit and an implicit scheme by name."""


def imex_states(
    march: March, y: Array, times: Array, method: str, dt: float | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Array], int, int]:
    """The packed state at every time, steps and evaluations of compiled functions.

    Parameters
    ----------
    march : March
    y : ndarray, shape (size,)
        At the first time.
    times : ndarray, shape (frames,)
    method : str
        One of `IMEX_METHODS`.
    dt : float or None
        The longest step: each interval between frames is cut into equal ones. That interval itself if None.
    progress : callable or None
        Called as ``progress(done, total)`` with frames.

    Raises
    ------
    InputError
        If dt is none, no word is one to be solved for, or the solution blows up.
    """
    imex = imex_march(march, TABLEAUS[method])
    states, taken, evaluations = [y], 0, 0
    steps: Steps | None = None
    for number, (count, length) in enumerate(_cut(times, dt)):
        if steps is None or steps.dt != length:
            steps = Steps(imex, length)
        state, start = states[-1].copy(), float(times[number])
        for n in range(count):
            steps.advance(state, start + n * length)
        taken, evaluations = taken + count, evaluations + count * steps.evaluations
        # NaN is not below anything.
        if not np.max(np.abs(state)) < LARGEST_VALUE:
            raise InputError(_blown_up(imex, float(times[number + 1]), length))
        states.append(state)
        if progress is not None:
            progress(number + 1, times.size - 1)
    return states, taken, evaluations


def checked_step(dt: object) -> float | None:
    """The longest step that was asked for.

    Raises
    ------
    SettingError
        If it is no step.
    """
    step = real_number(dt)
    if dt is not None and (step is None or not 0.0 < step < np.inf):
        raise SettingError("dt", f"is {described(dt)}: give a positive time step")
    return step


def _cut(times: Array, dt: float | None) -> list[tuple[int, float]]:
    """By interval between frames how many steps of which length; all alike where the intervals are."""
    lengths = np.diff(times)
    if np.ptp(lengths) <= SAME * lengths.max():
        lengths = np.full(lengths.size, lengths.mean())
    counts = [1 if dt is None else max(1, ceil(length / dt * (1.0 - SAME))) for length in lengths]
    return [(count, float(length) / count) for count, length in zip(counts, lengths, strict=True)]


def _blown_up(imex: ImexMarch, t: float, dt: float) -> str:
    explicit = sorted({str(word) for words in imex.splitting.explicit.values() for word, _ in words})
    return (f"the solution blew up by t = {t:g}: steps of {dt:.3g} are too long for what {imex.scheme.name} treats "
            f"explicitly ({', '.join(explicit) or 'nothing'}): give a smaller dt, or take BDF")
