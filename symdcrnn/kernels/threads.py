"""Work that is cut into parts, done by several threads; which of them does a part is of no consequence."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Result = TypeVar("Result")

NUMBER = "NUMBA_NUM_THREADS"

PARTS_PER_THREAD = 2
"""Into how many parts the work of a thread is cut, so that one that is held up does not hold up all."""


def thread_count() -> int:
    """How many threads work on a pass: numba's number, set by ``NUMBA_NUM_THREADS`` or `numba.set_num_threads`."""
    if "numba" not in sys.modules and NUMBER not in os.environ and hasattr(os, "sched_getaffinity"):
        # What numba would say: little data is fitted without it, and it takes half a second to import.
        return len(os.sched_getaffinity(0))
    from symdcrnn.kernels.pinned_numba import numba

    return int(numba.get_num_threads())


def part_count(most: int) -> int:
    """Into how many parts to cut work that can be cut into so many at most."""
    threads = 1 if most == 1 else min(thread_count(), most)
    return 1 if threads == 1 else min(PARTS_PER_THREAD * threads, most)


def each_part(part: Callable[[int], Result], parts: int) -> list[Result]:
    """The results of all parts in their order; the thread that calls is one of those that work.

    Parameters
    ----------
    part : callable
        From the number of a part to its result.
    parts : int
    """
    if parts == 1:
        return [part(0)]
    todo = deque(range(parts))
    results: dict[int, Result] = {}

    def work() -> None:
        while todo:
            try:
                number = todo.popleft()
            except IndexError:
                return
            results[number] = part(number)

    helpers = min(thread_count(), parts) - 1
    started = [_pool(helpers).submit(work) for _ in range(helpers)]
    try:
        work()
    finally:
        todo.clear()
        for one in started:
            if not one.cancel():
                one.result()
    return [results[number] for number in range(parts)]


@lru_cache(maxsize=8)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="symdcrnn")
