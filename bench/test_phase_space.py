"""Passes over other axes: two space axes with ordinates, and a dictionary of nonlinear words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import Machine
from passes import plane_cost
from side_by_side import Contender
from test_peers import add_rows, check, race

Add = Callable[..., None]

PLANE, DICTIONARY = "symdcrnn, plane", "symdcrnn, dictionary"
SHAPE = (20, 12, 256, 256)
ALLOWED = 1.3
"""Times the data, on top of the base."""


def memory_row(add_row: Add, work: str, name: str, over_base: float, data: float) -> None:
    ratio = over_base / data
    add_row(work, f"{name}: peak less base by the data of {data:.0f} MB", ratio=ratio, target=f"at most {ALLOWED}",
            met=bool(ratio <= ALLOWED))


def test_plane(benchmark: Any, machine: tuple[Machine, Machine], tmp_path: Path, add_row: Add) -> None:
    frames, angles, ny, nx = SHAPE
    benchmark.group = work = f"loss + gradient, {angles} x {ny} x {nx} x {frames} frames, 25 words, l2"
    measured = race(benchmark, [Contender(name, tmp_path, {"shape": SHAPE, "warm_up": 1})
                                for name in (PLANE, "JAX plane")], rounds=7)
    check(measured, PLANE, "JAX plane")
    add_rows(add_row, work, measured, PLANE, {"JAX plane": 5.0})
    memory, operations = plane_cost(SHAPE)
    least = max(memory / machine[1].read, operations / machine[1].flops)
    add_row(work, f"roofline: {memory / 1e6:.0f} MB, {operations / 1e9:.2f} GFLOP", least)
    ratio = measured[PLANE].median / least
    add_row(work, f"{PLANE} by the roofline", ratio=ratio, target="at most 4", met=bool(ratio <= 4.0))
    memory_row(add_row, work, PLANE, measured[PLANE].peak - measured[PLANE].base, memory / 1e6)


def test_plane_is_linear_in_every_axis(benchmark: Any, tmp_path: Path, add_row: Add) -> None:
    benchmark.group = work = "loss + gradient on two space axes against the points of each axis, l2"
    shapes = {"20 x 12 x 256 x 256": (20, 12, 256, 256), "38 x 12 x 256 x 256": (38, 12, 256, 256),
              "20 x 24 x 256 x 256": (20, 24, 256, 256), "20 x 12 x 512 x 256": (20, 12, 512, 256),
              "20 x 12 x 256 x 512": (20, 12, 256, 512)}
    measured = race(benchmark, [Contender(PLANE, tmp_path, {"shape": shape, "warm_up": 1}, label=label)
                                for label, shape in shapes.items()], rounds=7)
    per_point = {label: one.median / float(np.prod([shapes[label][0] - 2, *shapes[label][1:]]))
                 for label, one in measured.items()}
    first = per_point["20 x 12 x 256 x 256"]
    for label, one in measured.items():
        ratio = per_point[label] / first
        add_row(work, f"{label}: {1e9 * per_point[label]:.2f} ns a point", one.median, one.peak, one.base, ratio,
                "within 10 % of the first", bool(abs(ratio - 1.0) <= 0.1))


def test_dictionary(benchmark: Any, tmp_path: Path, add_row: Add) -> None:
    shape, words = (1000, 1000), 100
    benchmark.group = work = f"loss, gradient and Gram matrix of {words} nonlinear words, 1000 x 1000 points, l2"
    measured = race(benchmark, [Contender(DICTIONARY, tmp_path, {"shape": shape, "words": words, "warm_up": 1})],
                    rounds=7)
    one = measured[DICTIONARY]
    add_row(work, DICTIONARY, one.median, one.peak, one.base, target="under 1 s", met=bool(one.median < 1.0))
    memory_row(add_row, work, DICTIONARY, one.peak - one.base, 2 * 8 * float(np.prod(shape)) / 1e6)
