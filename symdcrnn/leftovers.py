"""Names of temporary files that tell whose they are, so that those of killed runs can be removed by the next one."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

TOKEN = re.compile(r"([0-9a-f]{8})-([0-9a-f]{1,8})-([0-9a-f]{8})")


def token() -> str:
    """The part of the name of a temporary file: the machine, the process, and a random number."""
    return f"{_machine()}-{os.getpid():x}-{secrets.token_hex(4)}"


def remove_leftovers(folder: Path, start: str) -> None:
    """Remove what runs of this machine that are no more have left in a folder; nothing is said if that fails.

    Parameters
    ----------
    folder : Path
    start : str
        What the names begin with, before their token.
    """
    with suppress(OSError):
        for entry in os.scandir(folder):
            if not entry.name.startswith(start):
                continue
            found = TOKEN.match(entry.name, len(start))
            if found is None or found[1] != _machine() or _runs(int(found[2], 16)):
                continue
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)


@lru_cache(maxsize=1)
def _machine() -> str:
    """Of the numbers of processes: another machine, or another container, has its own."""
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    if os.name != "posix":
        # There a signal of zero would end it.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
