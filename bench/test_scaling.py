"""Cost against the number of points, and against the number of threads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import Contender
from test_peers import race

BY_TIME = {f"{frames} x 16 x 1000": (frames, 16, 1000) for frames in (500, 1000, 2000, 4000)}
BY_SPACE = {"500 x 16 x 8000": (500, 16, 8000)}
BY_VELOCITY = {"500 x 128 x 1000": (500, 128, 1000)}
"""Cheaper by the point, for words that are v^k times a profile of x cost the same for any number of velocities."""


def test_cost_against_points(benchmark: Any, add_row: Callable[..., None]) -> None:
    benchmark.group = work = "loss + gradient against N_t x N_v x N_x, l2"
    shapes = {**BY_TIME, **BY_SPACE, **BY_VELOCITY}
    measured = race(benchmark, [
        Contender("symdcrnn", Path(), {"norm": "l2", "shape": shape, "warm_up": 1}, label=label)
        for label, shape in shapes.items()
    ], rounds=7)
    points = {label: float(np.prod(shape)) for label, shape in shapes.items()}
    per_point = {label: one.median / points[label] for label, one in measured.items()}
    mean = float(np.mean([per_point[label] for label in BY_TIME]))
    for label, one in measured.items():
        ratio = per_point[label] / mean
        add_row(work, f"{label}: {1e9 * per_point[label]:.2f} ns a point", one.median, one.peak, one.base, ratio,
                "at most 10 % above the mean" if label in BY_VELOCITY else "within 10 % of the mean",
                bool(ratio <= 1.1 if label in BY_VELOCITY else abs(ratio - 1.0) <= 0.1))


def test_threads(benchmark: Any, paper_folder: Path, add_row: Callable[..., None]) -> None:
    benchmark.group = work = "loss + gradient, 54 x 16 x 1000, l2, by threads"
    measured = race(benchmark, [
        Contender("symdcrnn", paper_folder, {"norm": "l2"}, threads, f"{threads} thread(s)") for threads in (1, 2)
    ], rounds=25)
    one, two = measured.values()
    add_row(work, "1 thread", one.median, one.peak, one.base)
    ratio = one.median / two.median
    add_row(work, "2 threads", two.median, two.peak, two.base, ratio, "1.8 times faster", ratio >= 1.8)
