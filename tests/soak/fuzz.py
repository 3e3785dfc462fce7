"""Cases by number: what a reader makes of an input that nobody meant it to have."""

from __future__ import annotations

import random
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from symdcrnn.errors import InputError
from tests.soak.targets import TARGETS

SECONDS = 40
"""That a case may take: a damaged file is given six of processor time before it is refused."""

LONGEST = 3000
"""Characters of a message."""

VALUE, REFUSED = "value", "refused"


class TooLong(BaseException):
    """A case that does not end."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise `TooLong` after some time."""
    def late(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(name: str, number: int, folder: Path) -> str:
    """What a case ends in: `VALUE`, `REFUSED`, or what is wrong.

    Parameters
    ----------
    name : str
        A key of `TARGETS`.
    number : int
        Of the case; it decides all that is random in it.
    folder : Path
        Where its file is made.
    """
    target = TARGETS[name]
    given = target.make(random.Random(f"{name} {number}"), folder)
    try:
        with limited(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", DeprecationWarning)
            target.read(given)
    except (InputError, click.UsageError) as error:
        return _of_message(error.format_message() if isinstance(error, click.UsageError) else str(error))
    except TooLong:
        return f"does not end in {SECONDS} s"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in place if "symdcrnn/" in frame.filename] or list(place)
        return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].lineno}: {str(error)[:120]!r}"
    return VALUE


def _of_message(message: str) -> str:
    if len(message.splitlines()) != 1 or not message.isprintable():
        return f"a message that is not one printable line: {message[:200]!r}"
    if len(message) > LONGEST:
        return f"a message of {len(message)} characters: {message[:100]!r}"
    return REFUSED
