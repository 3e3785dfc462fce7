"""The weak form in space and time: a fit of a million noisy values with 21 words."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from conftest import Store
from machine import Machine
from side_by_side import Contender
from test_peers import race

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.fit import fit

FIT = "symdcrnn fit"
POINTS, HALF, APART, WORDS, CORES = 1000, 40, 10, 21, 3
"""Along t and x each; half a window and the distance of windows in steps; u, u^2, u^3 under d_x of order 0 to 6."""

NOISE = 0.01


def waves() -> Trajectory:
    """d_t u = -0.3 d_x u + 0.02 d_xx u, with noise."""
    t, x = 0.01 * np.arange(POINTS), 2.0 * np.pi * np.arange(POINTS) / POINTS
    u = sum(np.sin(k * (x - 0.3 * t[:, None]) + k) * np.exp(-0.02 * k * k * t[:, None]) / k for k in (1, 2, 3))
    noisy = np.asarray(u) + NOISE * np.random.default_rng(0).standard_normal((POINTS, POINTS))
    return Trajectory.from_arrays({"u": noisy}, t=t, x=x, periodic=True)


def operations() -> float:
    """Of sums along t, along x for every derivative, and of the Gram matrix."""
    support, rows_t, rows_x = 2 * HALF + 1, (POINTS - 2 * HALF) // APART, POINTS // APART
    return 2.0 * (rows_t * support * POINTS * (CORES + 1) + rows_x * support * rows_t * (WORDS + 1)
                  + rows_t * rows_x * (WORDS + 1) ** 2)


def allocated(settings: dict[str, Any]) -> float:
    """Bytes that a second fit holds at most, beside its data: what the first one loads is not of the fit."""
    trajectory = waves()
    fit(trajectory, **settings)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        fit(trajectory, **settings)
        return float(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


def test_weak_fit(
    benchmark: Any, store: Store, machine: tuple[Machine, Machine], add_row: Callable[..., None]
) -> None:
    benchmark.group = work = f"weak form, {POINTS} x {POINTS} points, {WORDS} words, given test functions"
    settings = {"library": ["poly 3, d_x 6"], "test_functions": [f"t={HALF}", f"x={HALF}"], "scheme": "weak",
                "starts": 1}
    one = race(benchmark, [Contender(FIT, store("waves", waves()), {"fit": settings, "warm_up": 1})], rounds=5)[FIT]
    add_row(work, FIT, one.median, target="under 0.3 s", met=one.median < 0.3)
    ratio = allocated(settings) / (8.0 * POINTS**2)
    add_row(work, f"{FIT}: arrays that it allocates at most by the data of {8e-6 * POINTS**2:.0f} MB", ratio=ratio,
            target="at most 3", met=ratio <= 3.0)
    least = max(operations() / machine[1].flops, 8.0 * POINTS**2 / machine[1].read)
    add_row(work, f"roofline: {8e-6 * POINTS**2:.0f} MB, {operations() / 1e9:.2f} GFLOP", least)
    add_row(work, f"{FIT} by the roofline", ratio=one.median / least, target="at most 3",
            met=bool(one.median <= 3.0 * least))
