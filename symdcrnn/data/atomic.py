"""Files that are either written whole or not touched."""

from __future__ import annotations

import os
import secrets
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
