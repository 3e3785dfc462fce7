"""The machine itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from machine import Machine


def test_machine(benchmark: Any, machine: tuple[Machine, Machine], add_row: Callable[..., None]) -> None:
    benchmark.group = "machine"
    benchmark.pedantic(lambda: None, rounds=1)
    for one in machine:
        add_row(f"the machine, {one.threads} thread(s)", "read from memory", note=f"{one.read / 1e9:.0f} GB/s")
        add_row(f"the machine, {one.threads} thread(s)", "triad in memory", note=f"{one.triad / 1e9:.0f} GB/s")
        add_row(f"the machine, {one.threads} thread(s)", "read from the last cache",
                note=f"{one.cache_read / 1e9:.0f} GB/s")
        add_row(f"the machine, {one.threads} thread(s)", "matrix product", note=f"{one.flops / 1e9:.0f} GFLOP/s")
