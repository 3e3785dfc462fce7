"""Time and memory where the data are large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from side_by_side import Contender, Measured
from test_peers import OURS, add_rows, check, race

DATA = 56 * (16 + 1) * 8000 * 8 / 1e6
"""MB of g and rho."""

ALLOWED = 1.3
"""Times the data, on top of the base."""


def memory_row(add_row: Callable[..., None], work: str, one: Measured) -> None:
    ratio = (one.peak - one.base) / DATA
    add_row(work, f"{OURS}: peak less base by the data of {DATA:.0f} MB", ratio=ratio, target=f"at most {ALLOWED}",
            met=ratio <= ALLOWED)


def test_large_pass(benchmark: Any, large_folder: Path, add_row: Callable[..., None]) -> None:
    benchmark.group = work = "loss + gradient, 54 x 16 x 8000, 31 words, l2"
    measured = race(benchmark, [Contender(name, large_folder, {"norm": "l2", "warm_up": 1})
                                for name in (OURS, "JAX tuned", "PyTorch tuned")], rounds=7)
    check(measured, OURS, "JAX tuned", "PyTorch tuned")
    add_rows(add_row, work, measured)
    add_row(work, f"{OURS}: time", measured[OURS].median, target="at most 40 ms", met=measured[OURS].median <= 0.04)
    memory_row(add_row, work, measured[OURS])


def test_large_fit(benchmark: Any, large_folder: Path, add_row: Callable[..., None]) -> None:
    benchmark.group = work = "symdcrnn fit of a file, 56 x 16 x 8000"
    # The rehearsal on fewer points would choose stencils, and so compile kernels, of its own.
    settings = {"equations": ["g"], "scheme": "imex-bdf2", "bootstrap": 0, "starts": 1,
                "transport_stencil": "upwind3", "central_stencil": "central4"}
    measured = race(benchmark, [
        Contender("symdcrnn fit", large_folder, {"fit": settings, "rehearsal": True, "warm_up": 0}),
    ], rounds=1)
    one = measured["symdcrnn fit"]
    add_row(work, "symdcrnn fit", one.median, one.peak, one.base)
    memory_row(add_row, work, one)
