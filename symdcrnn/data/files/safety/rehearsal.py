"""Files are first read by a process that may end: one flipped bit can end the interpreter, or never return.

The process is a copy of this one, so that it costs milliseconds; what it reads is thrown away.  It has limits of time
and memory, and this process reads the file only after it has ended by itself.  Where processes cannot be copied
safely, and for whoever sets the variable `TRUST`, files are read at once.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Collection, Hashable
from contextlib import suppress
from functools import lru_cache

from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import process_memory
from symdcrnn.errors import InputError

TRUST = "SYMDCRNN_TRUST_FILES"

LARGEST = 64_000_000
"""Bytes of a file that is read twice: of larger ones the second reading would be felt."""

SECONDS, BYTES_PER_SECOND = 6, 10_000_000
"""Of processor time: a part for any file, and what the slowest codecs do."""

PATIENCE = 20.0
"""Times as long a process may take by the clock, on a machine that does other things as well."""

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""What ends the copy together with this process."""

Reading = Callable[..., object]


def rehearse(path: str | os.PathLike[str], reading: Reading, *arguments: Hashable) -> None:
    """Read a file in a process of its own, to see whether that ends.

    Parameters
    ----------
    path : path
    reading : callable
        What reads it, of its path and the arguments; errors that it raises are left to whoever reads the file after
        that.  It should do all that is done then: a library may end at any step that was left out.
    *arguments : hashable

    Raises
    ------
    InputError
        If the process was ended by a signal, or took too long.
    """
    found = os.stat(path)
    if sys.platform == "linux" and not os.environ.get(TRUST) and found.st_size <= LARGEST:
        _rehearsed(os.path.realpath(path), (found.st_ino, found.st_size, found.st_mtime_ns), reading,
                   arguments)


@lru_cache(maxsize=256)
def _rehearsed(
    path: str, stamp: tuple[int, int, int], reading: Reading, arguments: tuple[Hashable, ...]
) -> None:
    """Once for a file that stays as it is: those that are read in blocks are opened again and again."""
    limit = SECONDS + stamp[1] // BYTES_PER_SECOND
    # Some versions of Python warn of copies of processes with threads: the copy calls nothing that they could hold.
    with quietly():
        # An interrupt waits until somebody would end the copy.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
        try:
            child = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            raise
    if child == 0:
        _read_and_end(path, reading, arguments, limit)
    status = _waited_for(child, limit, before)
    if status is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        raise InputError(f"is damaged: reading it does not end (it was given {limit} s): copy or write the file anew, "
                         f"or set {TRUST}=1 if it is sound")
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        raise InputError(f"is damaged: reading it ends the process that does ({name}): copy or write the file anew")


def _read_and_end(path: str, reading: Reading, arguments: tuple[Hashable, ...], limit: int) -> None:
    """What the copy does; it never returns."""
    try:
        import faulthandler
        import resource

        faulthandler.disable()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        held = process_memory()
        if held is not None:
            resource.setrlimit(resource.RLIMIT_AS, (held, resource.getrlimit(resource.RLIMIT_AS)[1]))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        reading(path, *arguments)
    except BaseException:  # whoever reads the file next says what is wrong with it
        os._exit(0)
    os._exit(0)


def _waited_for(child: int, limit: int, signals: Collection[int]) -> int | None:
    """How the process has ended, None if it had to be; from now on only some signals are held back."""
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        watched = os.pidfd_open(child)
        try:
            waiting = select.poll()
            waiting.register(watched, select.POLLIN)
            if waiting.poll(1000.0 * PATIENCE * limit):
                return os.waitpid(child, 0)[1]
        finally:
            os.close(watched)
    except ChildProcessError:
        # Somebody else waits for all processes.
        return 0
    except BaseException:
        _end(child)
        raise
    _end(child)
    return None


def _end(child: int) -> None:
    with suppress(OSError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
