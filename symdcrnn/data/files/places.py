"""Where data is: a file or folder, and in some formats a group in it, ``run.h5:/output/u``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = "/"

WITH_GROUPS = (".nc", ".h5", ".hdf5", ".mat", ".zarr")
"""Suffixes of formats that may have groups."""


@dataclass(frozen=True)
class Place:
    """A file and what is meant in it.

    Parameters
    ----------
    file : str
        The path of the file or folder.
    inside : str
        The group or variable in it, ``/`` for all of it.
    """

    file: str
    inside: str = ROOT

    @property
    def steps(self) -> tuple[str, ...]:
        """The names on the way to what is meant."""
        return tuple(name for name in self.inside.split("/") if name)


def place_of(path: str | os.PathLike[str]) -> Place:
    """The file of a path and what it names inside; a file whose own name has a colon is that file."""
    text = os.fspath(path)
    endings = "|".join(map(re.escape, WITH_GROUPS))
    found = re.fullmatch(rf"(.+?(?:{endings})):(/.*)", text, re.IGNORECASE | re.DOTALL)
    if found is None or _exists(text):
        return Place(text)
    return Place(found.group(1), found.group(2))


def file_of(path: str | os.PathLike[str]) -> Path:
    """The file or folder that a path is in."""
    return Path(place_of(path).file)


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
