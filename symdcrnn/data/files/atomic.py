"""Files that are either written whole or not touched."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of `path`, moved onto it when the block ends well, removed otherwise.

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
    temporary = target.with_name(f".{target.stem[:60]}.{secrets.token_hex(4)}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """As `replacing`, for a format whose file is a folder.

    A folder cannot be moved onto another one: the old one is set aside for the moment that the new one takes to get
    its name, and comes back if that fails.

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
    token = secrets.token_hex(4)
    temporary = target.with_name(f".{target.stem[:60]}.{token}{target.suffix}")
    aside = target.with_name(f".{target.stem[:60]}.{token}.old{target.suffix}")
    try:
        yield temporary
        if target.exists():
            os.replace(target, aside)
        try:
            os.replace(temporary, target)
        except OSError:
            if aside.exists():
                os.replace(aside, target)
            raise
    finally:
        for leftover in (temporary, aside):
            shutil.rmtree(leftover, ignore_errors=True)
