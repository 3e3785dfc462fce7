"""The largest memory that a process has had, which Linux can be told to forget."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MB = 1e6


def start_over() -> None:
    """Count anew from what is resident now, where the system can."""
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        try:
            forget.write_text("5", encoding="ascii")
        except OSError:
            return


def peak() -> float:
    """In MB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / MB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB
