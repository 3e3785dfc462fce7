"""Files that are either written whole or not touched."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from symdcrnn.leftovers import remove_leftovers, token

LONGEST_STEM = 60

ASIDE = ".old"
"""In the name of an old folder for the moment that the new one takes to get its name."""

TRIES, PAUSE = 20, 0.05
"""How often a folder is removed that is filled again, and the seconds between."""

AT_CURRENT, EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of `path`, moved onto it when the block ends well, removed otherwise.

    It is removed as well when the process is told to end, and what killed processes have left is removed here.

    Parameters
    ----------
    path : path
        The file to write; an existing one stays as it is until the new one is complete.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    # A link stays a link: the file it points to is the one that is replaced.
    target = Path(os.path.realpath(path))
    start = _start(target)
    remove_leftovers(target.parent, start)
    temporary = target.with_name(f"{start}{token()}{target.suffix}")
    with _ended_by_exit():
        try:
            yield temporary
            os.replace(temporary, target)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


@contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """As `replacing`, for a format whose file is a folder.

    Where the system can exchange two names in one step it does.  Elsewhere the old folder is set aside for the moment
    that the new one takes to get its name, and comes back if that fails.

    Parameters
    ----------
    path : path
        The folder to write.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OSError
        If the folder around it cannot be written to.
    """
    target = Path(os.path.realpath(path))
    start, mark = _start(target), token()
    temporary = target.with_name(f"{start}{mark}{target.suffix}")
    aside = target.with_name(f"{start}{mark}{ASIDE}{target.suffix}")
    with _ended_by_exit():
        try:
            yield temporary
            if not (target.exists() and _exchanged(temporary, target)):
                _moved(temporary, target, aside)
            remove_leftovers(target.parent, start)
        finally:
            for leftover in (temporary, aside):
                _remove_folder(leftover)


def check_room(path: str | os.PathLike[str], size: int) -> None:
    """Refuse a file for which there is no room, before a library is in the middle of it that could not bear that.

    Parameters
    ----------
    path : path
        Of a file that is not there yet, and is not after that.
    size : int
        In bytes.

    Raises
    ------
    OSError
        If the disk is full, or files may not be as large.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        # Some file systems cannot tell beforehand.
        if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise
    finally:
        os.close(file)
        os.unlink(path)


def _remove_folder(path: Path) -> None:
    """Remove a folder into which threads of a library whose write has failed may still be writing."""
    for _ in range(TRIES):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(PAUSE)


def set_aside(path: str | os.PathLike[str]) -> Path | None:
    """Where the old folder of that name is, if a process was killed between setting it aside and replacing it."""
    target = Path(os.path.realpath(path))
    with suppress(OSError):
        start, end = _start(target), f"{ASIDE}{target.suffix}"
        found = sorted(one for one in target.parent.iterdir() if one.name.startswith(start) and one.name.endswith(end))
        return found[-1] if found else None
    return None


def _start(target: Path) -> str:
    return f".{target.stem[:LONGEST_STEM]}."


def _moved(temporary: Path, target: Path, aside: Path) -> None:
    if target.exists():
        os.replace(target, aside)
    try:
        os.replace(temporary, target)
    except BaseException:
        if aside.exists():
            os.replace(aside, target)
        raise


def _exchanged(first: Path, second: Path) -> bool:
    """Whether two names were exchanged in one step; not where the system or its file system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return bool(rename(AT_CURRENT, os.fsencode(first), AT_CURRENT, os.fsencode(second), EXCHANGE) == 0)


@contextmanager
def _ended_by_exit() -> Iterator[None]:
    """Let a signal that ends the process unwind it, so that temporary files are removed."""
    able = threading.current_thread() is threading.main_thread() and os.name == "posix"
    ours = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL] if able else []
    for one in ours:
        signal.signal(one, _exit)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
