"""Sizes of memory as people write them."""

from __future__ import annotations

import re

from symdcrnn.errors import InputError
from symdcrnn.given import described

UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "k": 10**3, "m": 10**6, "g": 10**9,
    "t": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}
"""In lower case."""


MOST = 2.0**63
"""Bytes that can be addressed."""


def parse_memory(text: str) -> int:
    """Bytes from ``2GB``, ``512 MB``, ``1.5GiB`` or a plain number of bytes.

    Raises
    ------
    InputError
        If it is written in another way, or is not positive.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Z]*)\s*", text)
    unit = UNITS.get(found.group(2).lower()) if found else None
    if found is None or unit is None:
        raise InputError(f"{described(text)} is no size of memory: write a number with kB, MB, GB, MiB or GiB, "
                         "such as 2GB")
    return checked_memory(float(found.group(1)) * unit, text)


def checked_memory(size: float, given: object) -> int:
    """A number of bytes as a whole number.

    Raises
    ------
    InputError
        If it is not positive, or more than can be addressed.
    """
    if not 1.0 <= size < MOST:
        raise InputError(f"{described(given)} is no memory {'at all' if size < 1.0 else 'that a machine has'}: give a "
                         "positive size, such as 2GB")
    return int(size)


def memory_text(size: float) -> str:
    """A size in decimal units, rounded up so that it is enough when it is typed in: ``36MB``."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= 10 * scale:
            return f"{-int(-size // scale)}{unit}"
    return f"{-int(-size // 10**3)}kB"
