"""The fastest of several forms of one pass, found by trial: what each peer is tuned by."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pass = Callable[[Array], tuple[float, Array]]
"""Mean loss and its gradient at some unknowns."""


def fastest(candidates: Sequence[Pass | None], unknowns: Array, rounds: int = 5) -> Pass:
    """The candidate of least time; they are run in turns.

    Parameters
    ----------
    candidates : sequence of Pass or None
        None stands for one that cannot be had here.
    unknowns : ndarray
    rounds : int
    """
    usable = [one for one in candidates if one is not None]
    seconds = np.full((rounds, len(usable)), np.inf)
    for one in usable:
        one(unknowns)
    for turn in range(rounds):
        for number, one in enumerate(usable):
            started = time.perf_counter()
            one(unknowns)
            seconds[turn, number] = time.perf_counter() - started
    return usable[int(np.argmin(np.min(seconds, axis=0)))]
