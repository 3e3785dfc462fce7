"""What is fuzzed, and the command line as a reader."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from symdcrnn.cli.main import commands


@dataclass(frozen=True)
class Target:
    """One reader or parser.

    Parameters
    ----------
    name : str
    make : callable
        From random numbers and a folder to an input: a text, or the path of a file in the folder.
    read : callable
        What reads it.
    """

    name: str
    make: Callable[[random.Random, Path], Any]
    read: Callable[[Any], object]


def command(*arguments: str) -> None:
    """The command line in this process, its output thrown away; errors come as they are."""
    # What cannot be encoded would end the process of a user.
    out, errors = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
    with redirect_stdout(out), redirect_stderr(errors):
        commands.main(list(arguments), standalone_mode=False)


