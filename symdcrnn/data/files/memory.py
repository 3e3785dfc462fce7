"""Sizes of memory as people write them."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from symdcrnn.errors import InputError
from symdcrnn.given import described, whole_text

UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "k": 10**3, "m": 10**6, "g": 10**9,
    "t": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}
"""In lower case."""


OF_MEMORY = ("unable to allocate", "memory allocation failed", "cannot allocate memory", "out of memory")
"""What libraries say that raise other errors for lack of memory."""

ADVICE = ("read it in blocks of frames (open_trajectory, or --memory; of .nc and .zarr), give fewer frames, or use a "
          "machine with more memory")

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


def machine_memory() -> int | None:
    """The memory of this machine in bytes, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def process_memory() -> int | None:
    """What this process may have at most, in bytes: the machine's memory, or less where it is limited."""
    limits = [machine_memory(), _container_memory()]
    try:
        import resource
    except ImportError:
        pass
    else:
        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        limits.append(None if soft == resource.RLIM_INFINITY else soft)
    return min((one for one in limits if one is not None), default=None)


def _container_memory() -> int | None:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError):
            return whole_text(Path(path).read_text(encoding="ascii"))
    return None


def check_memory(size: int) -> None:
    """Refuse arrays that this process cannot hold, before any of them is made.

    Parameters
    ----------
    size : int
        In bytes.

    Raises
    ------
    InputError
        Naming both sizes.
    """
    held = process_memory()
    if held is not None and size > held:
        raise InputError(f"takes {memory_text(size)} of memory, and there is {memory_text(held)}: {ADVICE}")


def memory_error(error: BaseException, size: int | None = None) -> InputError | None:
    """What is said of an error that comes of too little memory; None of any other error.

    Parameters
    ----------
    error : BaseException
        As a library raised it, which may have put its own words around it.
    size : int, optional
        Bytes that the arrays take.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or any(words in str(seen).lower() for words in OF_MEMORY):
            detail = " ".join(str(seen).split())[:200]
            needed = f"its arrays take {memory_text(size)}" if size else detail or "an array could not be made"
            return InputError(f"takes more memory than there is ({needed}): {ADVICE}")
        seen = seen.__cause__ or seen.__context__
    return None


def memory_text(size: float) -> str:
    """A size in decimal units, rounded up so that it is enough when it is typed in: ``36MB``."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= 10 * scale:
            return f"{-int(-size // scale)}{unit}"
    return f"{-int(-size // 10**3)}kB"
