"""Runs one method in a process of its own, with its folder as the argument and an order on stdin."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from symdcrnn.comparison.dictionary import task_of
from symdcrnn.comparison.methods import find_method
from symdcrnn.data.files.formats import read_trajectory
from symdcrnn.errors import InputError
from symdcrnn.settings import FitSettings

MIB = 2.0**20


def main() -> None:
    """Read the order, run the method on ``data.nc`` in the folder, write its JSON beside it."""
    folder = Path(sys.argv[1])
    order = json.load(sys.stdin)
    try:
        method = find_method(order["method"])
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value
                                  for name, value in order["settings"].items()}
        settings = FitSettings(**values)
        trajectory = read_trajectory(folder / "data.nc")
        before = peak_memory()
        task = task_of(trajectory, order["target"], settings)
        started = time.perf_counter()
        estimate = method.run(task)
        seconds, after = time.perf_counter() - started, peak_memory()
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    result = {"coefficients": estimate.coefficients, "settings": estimate.settings, "seconds": seconds,
              "memory": None if before is None or after is None else after - before}
    (folder / f"{method.name}.json").write_text(json.dumps(result), encoding="utf-8")


def peak_memory() -> float | None:
    """The largest memory this process has had so far in MiB, None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says there starts with the memory of the process that called this one.
        peaks = [line.split()[1] for line in status.read_text(encoding="utf-8").splitlines() if "VmHWM" in line]
        return int(peaks[0]) / 1024.0 if peaks else None
    try:
        import resource
    except ImportError:
        return None
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
