"""What the machine can do: bandwidth of memory and of the last cache, and floating-point operations per second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from threadpoolctl import threadpool_limits

BEYOND_CACHE = 2**27
"""Bytes per array that no cache holds."""

IN_CACHE = 2**21
"""Bytes per array that the last cache holds, the second one does not."""


@dataclass(frozen=True)
class Machine:
    """Rates at one number of threads, in bytes and operations per second.

    Parameters
    ----------
    threads : int
    read, triad : float
        Reading one array; a = b + s c, the reads and the write counted once each.
    cache_read : float
        Reading an array again and again that the last cache holds.
    flops : float
        Of a matrix product in float64.
    """

    threads: int
    read: float
    triad: float
    cache_read: float
    flops: float


@numba.njit("f8(f8[::1], i8)", nogil=True, fastmath=True)
def _sum(a: Any, times: int) -> float:
    total = 0.0
    for _ in range(times):
        for i in range(a.size):
            total += a[i]
        a[0] += 1e-300
    return total


@numba.njit("void(f8[::1], f8[::1], f8[::1], f8)", nogil=True, fastmath=True)
def _triad(a: Any, b: Any, c: Any, s: float) -> None:
    for i in range(a.size):
        a[i] = b[i] + s * c[i]


def measure(threads: int) -> Machine:
    """Medians of several runs."""
    n = BEYOND_CACHE // 8
    shares = [tuple(np.ones(n // threads) for _ in range(3)) for _ in range(threads)]
    small = [np.ones(IN_CACHE // 8) for _ in range(threads)]
    again = 64
    with ThreadPoolExecutor(threads) as workers:
        read = _seconds(lambda: list(workers.map(lambda share: _sum(share[0], 1), shares)))
        triad = _seconds(lambda: list(workers.map(lambda share: _triad(*share, 3.0), shares)))
        cached = _seconds(lambda: list(workers.map(lambda one: _sum(one, again), small)))
    size = 1500
    left, right = np.ones((size, size)), np.ones((size, size))
    with threadpool_limits(threads):
        product = _seconds(lambda: left @ right)
    return Machine(threads, BEYOND_CACHE / read, 3 * BEYOND_CACHE / triad, threads * again * IN_CACHE / cached,
                   2.0 * size**3 / product)


def _seconds(run: Callable[[], Any], rounds: int = 7) -> float:
    run()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
