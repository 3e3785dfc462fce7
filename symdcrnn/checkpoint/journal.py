"""A file that keeps results while a run goes on: a line each, with its checksum, written when the result is there.

A result is kept under a digest of all that it was computed from.  A run that is taken up computes as the first one
did, and is given what is kept: so it comes to the same bits, whatever it was doing when it was ended.  A line
that was cut short by the end of a process or a machine is left out, like any whose checksum is wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from symdcrnn.checkpoint.digests import NoDigestError, digest
from symdcrnn.checkpoint.encoding import NoEncodingError, decoded, encoded
from symdcrnn.errors import InputError
from symdcrnn.given import described

FORMAT = "symdcrnn-checkpoint-1"

WORTH = 0.05
"""Seconds; what takes less is computed again."""

SYNCED = 5.0
"""Seconds after which what was written is on the disk, also if the machine fails; a killed process loses nothing."""

Result = TypeVar("Result")


@dataclass(eq=False)
class Journal:
    """Results that are kept; it grows while a run goes on.

    Parameters
    ----------
    file : int or None
        The descriptor that lines are appended to; None: nothing is kept.
    lines : dict of str to object
        Encoded results of this run and the ones before it, by digest.
    records : mapping of str to type
        The frozen dataclasses that results may be made of.
    answered : int
        How many results were taken from an earlier run.
    """

    file: int | None = None
    lines: dict[str, Any] = field(default_factory=dict)
    records: Mapping[str, type] = field(default_factory=dict)
    answered: int = 0
    synced: float = 0.0
    lock: Any = field(default_factory=threading.Lock)

    def has(self, inputs: tuple[Any, ...]) -> bool:
        """Whether a result is there; False where its inputs have no digest."""
        try:
            return digest(*inputs) in self.lines
        except NoDigestError:
            return False

    def kept(self, inputs: tuple[Any, ...], compute: Callable[[], Result], worth: float = WORTH) -> Result:
        """A result, from an earlier run if it is there.

        Parameters
        ----------
        inputs : tuple
            All that the result follows from, see `digest`; where it has no digest nothing is kept.
        compute : callable
        worth : float
            Seconds of work below which the result is not kept.

        Raises
        ------
        InputError
            If the file cannot be written to.
        """
        if self.file is None:
            return compute()
        try:
            key = digest(*inputs)
        except NoDigestError:
            return compute()
        if key in self.lines:
            self.answered += 1
            answer: Result = decoded(self.lines[key], self.records)
            return answer
        started = time.perf_counter()
        result = compute()
        if time.perf_counter() - started >= worth:
            with suppress(NoEncodingError):
                self._append(key, encoded(result, self.records))
        return result

    def _append(self, key: str, value: Any) -> None:
        assert self.file is not None
        with self.lock:
            self.lines[key] = value
            write_line(self.file, {"key": key, "value": value})
            if time.monotonic() - self.synced > SYNCED:
                os.fsync(self.file)
                self.synced = time.monotonic()


NO_JOURNAL = Journal()
"""That of a run that keeps nothing."""


@contextmanager
def opened_journal(
    path: str | os.PathLike[str], resume: bool, of: Mapping[str, str], records: Mapping[str, type],
    again: str = "go on by --resume", anew: str = "choose another name, or remove it",
) -> Iterator[Journal]:
    """The journal in a file, for the length of a ``with`` block.

    Parameters
    ----------
    path : path
    resume : bool
        Whether the file is there and its results are used.
    of : mapping of str to str
        What the run must have in common with the one that the file is of, and what to say if it does not.
    records : mapping of str to type
        The frozen dataclasses that results may be made of.
    again, anew : str
        What a user does to go on with the file, and what to do without it; both end messages.

    Raises
    ------
    InputError
        If the file is there and `resume` is not said, is not there and it is, is of other data or another version, is
        no checkpoint, is in use, or cannot be written to.
    """
    name = os.fspath(path)
    there = Path(path).exists()
    if there and not resume:
        raise InputError(f"{name}: there is a checkpoint already: go on with it by --resume, or remove it")
    if resume and not there:
        raise InputError(f"{name}: there is no checkpoint to go on with: leave --resume out to start one")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise InputError(f"{name}: cannot be written ({error.strerror}): choose another name for the checkpoint"
                         ) from None
    try:
        _lock(file, name)
        lines = _read(file, name, of, anew) if there and os.fstat(file).st_size else {}
        if not lines and os.lseek(file, 0, os.SEEK_END) == 0:
            write_line(file, {"format": FORMAT, "of": dict(of)})
        journal = Journal(file, lines, records)
        try:
            yield journal
        finally:
            os.fsync(file)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: cannot be written ({error.strerror}): free some space, and {again}") from None
    finally:
        os.close(file)


def write_line(file: int, content: Mapping[str, Any]) -> None:
    """Append a line with its checksum, all of it in one step where the system can.

    Raises
    ------
    OSError
        If it cannot be written; what was written of it is taken away again.
    """
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    line = f"{hashlib.sha256(text.encode()).hexdigest()} {text}\n".encode()
    before = os.lseek(file, 0, os.SEEK_END)
    try:
        left = memoryview(line)
        while left:
            left = left[os.write(file, left):]
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, before)
        raise


def _lock(file: int, name: str) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError(f"{name}: another run is using this checkpoint: wait for it, or choose another name") from None


def _read(file: int, name: str, of: Mapping[str, str], anew: str) -> dict[str, Any]:
    """The results in a file; what is cut short or damaged at its end is taken away."""
    lines: dict[str, Any] = {}
    good, first = 0, True
    with os.fdopen(os.dup(file), "rb") as stream:
        stream.seek(0)
        for raw in stream:
            content = _checked(raw)
            if content is None:
                if first:
                    raise InputError(f"{name}: is no checkpoint, or damaged at its beginning: {anew}")
                # What follows a damaged line is whole: a line stands by itself.
                good += len(raw) if raw.endswith(b"\n") else 0
                continue
            if first:
                _check_of(content, name, of, anew)
                first = False
            elif "key" in content and "value" in content:
                lines[str(content["key"])] = content["value"]
            good += len(raw)
    if good < os.fstat(file).st_size:
        os.ftruncate(file, good)
    return lines


def _checked(raw: bytes) -> dict[str, Any] | None:
    """What a line holds; None if it is cut short, damaged, or nothing that was ever written."""
    checksum, _, text = raw.rstrip(b"\n").partition(b" ")
    if not raw.endswith(b"\n") or hashlib.sha256(text).hexdigest().encode() != checksum:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _check_of(content: Mapping[str, Any], name: str, of: Mapping[str, str], anew: str) -> None:
    before = content.get("of")
    if content.get("format") != FORMAT or not isinstance(before, dict):
        raise InputError(f"{name}: is no checkpoint of this kind ({FORMAT}): {anew}")
    for what, value in of.items():
        if before.get(what) != value:
            raise InputError(f"{name}: is a checkpoint of {_other(what, before.get(what), value)}: give what it was "
                             f"begun with, or {anew}")


def _other(what: str, before: object, now: str) -> str:
    if what == "data":
        return "other data"
    return f"{what} {before if isinstance(before, str) else described(before)}, and this is {now}"
