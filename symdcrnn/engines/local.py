"""The engines of one machine: threads, and processes by joblib's loky, which needs no guard in a user's script."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from typing import Any

from symdcrnn.engines.engine import Work
from symdcrnn.engines.isolation import SAFE_PATH, isolated_children
from symdcrnn.errors import InputError

ENVIRONMENT = {SAFE_PATH: "1", "NUMBA_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
"""Of worker processes: pieces are done side by side already, and warnings of libraries would come once for each."""

REPLACED = "A worker stopped while some jobs were given to the executor"
"""What loky warns of where it starts another worker for one that was idle or has grown."""

IDLE = 300.0
"""Seconds that a process waits for its next piece, as joblib has it: a new one takes seconds to start."""

WAITING = 2
"""So many pieces per worker are given out beforehand: results that wait for their turn take memory."""


def workers() -> int:
    """How many pieces are done at once: one per core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads(work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
    """Results in order, by threads of this process."""
    with ThreadPoolExecutor(min(workers(), max(1, len(pieces))), thread_name_prefix="symdcrnn-block") as pool:
        yield from _in_order(pool, work, common, pieces)


def processes(work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
    """Results in order, by processes that are kept for the next call.

    Raises
    ------
    InputError
        If one of them dies.
    """
    from multiprocessing import resource_tracker

    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.backend.resource_tracker import ensure_running

    # It says so in the thread that hands results on: where warnings are errors that thread would end, and we would wait
    # for ever.
    warnings.filterwarnings("ignore", REPLACED, UserWarning)
    count = workers()
    with isolated_children():
        # They are started by the first worker, and go on for all others.
        resource_tracker.ensure_running()
        ensure_running()
        pool = get_reusable_executor(max_workers=count, timeout=IDLE, env=ENVIRONMENT)
    try:
        yield from _in_order(pool, work, common, pieces)
    except KeyboardInterrupt:
        pool.shutdown(wait=False, kill_workers=True)
        raise
    except BrokenExecutor:
        raise InputError(
            f"one of {count} worker processes died, perhaps for lack of memory: give less --memory, or leave "
            "--scheduler out"
        ) from None


def _in_order(pool: Any, work: Work, common: Any, pieces: Sequence[Any]) -> Iterator[Any]:
    window = WAITING * workers()
    given: list[Any] = [pool.submit(work, common, piece) for piece in pieces[:window]]
    try:
        for number in range(len(pieces)):
            if number + window < len(pieces):
                given.append(pool.submit(work, common, pieces[number + window]))
            result = given[number].result()
            given[number] = None
            yield result
    finally:
        for future in given:
            if future is not None:
                future.cancel()
