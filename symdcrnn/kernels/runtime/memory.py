"""Whether the pass of a dictionary over the data fits in memory, before anything is compiled for it."""

from __future__ import annotations

import os
from math import sqrt
from pathlib import Path

from symdcrnn.errors import InputError
from symdcrnn.kernels.codegen.emit import storage_of
from symdcrnn.kernels.codegen.storage import values_bytes
from symdcrnn.kernels.runtime.bound import SHARES, PhaseKernel
from symdcrnn.kernels.threads import part_count

GRAM_COPIES = SHARES + 4
"""Partial sums of a pass, and what is made of the whole one."""


def check_memory(kernel: PhaseKernel, available: float | None = None) -> None:
    """Refuse a dictionary whose pass does not fit in memory.

    Parameters
    ----------
    kernel : PhaseKernel
        Of the Gram matrix of its words.
    available : float, optional
        Bytes; what the system has left by default.

    Raises
    ------
    InputError
        Saying what it would take, and about how many words would fit.
    """
    left = available_bytes() if available is None else available
    words = kernel.columns
    grams = 8.0 * GRAM_COPIES * (1 + words + words**2)
    if grams > left:
        raise InputError(_message(words, grams, left, sqrt(left / (8.0 * GRAM_COPIES))))
    sizes = {axis.name: axis.size for axis in kernel.grid.axes}
    values = float(part_count(SHARES) * values_bytes(storage_of(kernel.spec), sizes, kernel.program.frames))
    if grams + values > left:
        each = values / max(words, 1)
        quadratic = 8.0 * GRAM_COPIES
        fitting = (sqrt(each**2 + 4.0 * quadratic * left) - each) / (2.0 * quadratic)
        raise InputError(_message(words, grams + values, left, fitting))


def _message(words: int, needed: float, left: float, fitting: float) -> str:
    return (f"a pass over the data with {words} words needs {needed / 1e9:.3g} GB of memory, of which "
            f"{left / 1e9:.3g} GB are left: about {int(fitting)} words would fit, so give a smaller library, or fewer "
            "layers or operators")


def available_bytes() -> float:
    """The memory that the system has left, or all it has where it does not say so."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024.0 * next(float(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
        return float("inf") if pages is None else float(os.sysconf("SC_PAGE_SIZE") * pages)
