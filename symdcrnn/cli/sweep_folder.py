"""The folder of a sweep: its models, and an index from which an interrupted sweep goes on."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.files.places import file_of
from symdcrnn.errors import InputError
from symdcrnn.model import Model, load_model
from symdcrnn.settings import FitSettings

INDEX = "sweep.json"

OF_ASKED = {"symdcrnn": "versions of symdcrnn", "data": "data (or it was changed since)",
            "read": "options of reading it", "settings": "settings"}
"""What tells one sweep from another, in words."""


@dataclass(frozen=True)
class SweepFolder:
    """Where the fits of a sweep are kept.

    Parameters
    ----------
    path : Path
    asked : dict
        What the sweep is of: version, data and settings, as plain JSON values.
    width : int
        Digits of the numbers of models.
    """

    path: Path
    asked: Mapping[str, Any]
    width: int

    def model_path(self, number: int) -> Path:
        """Of the model of one fit."""
        return self.path / f"fit-{number + 1:0{self.width}d}.json"

    @property
    def replaceable(self) -> bool:
        """Whether what is in the folder is a sweep, and so may be replaced by another one."""
        return (self.path / INDEX).exists()

    def kept(self) -> dict[int, Model | str]:
        """By number, the models of the fits that are done, or why there is none.

        Raises
        ------
        InputError
            If the folder holds something else, or another sweep.
        """
        if not self.path.exists():
            return {}
        index = self.path / INDEX
        if not self.replaceable:
            if any(self.path.iterdir()):
                raise InputError(f"{self.path} holds other things than a sweep: choose another folder")
            return {}
        try:
            content = json.loads(index.read_text(encoding="utf-8"))
            asked, done = dict(content["asked"]), {int(number): dict(one) for number, one in content["done"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise InputError(f"{index} is damaged: choose another folder, or add --force to replace it") from None
        other = " and other ".join(OF_ASKED[name] for name in self.asked if asked.get(name) != self.asked[name])
        if other:
            raise InputError(f"{self.path} holds a sweep of other {other}: choose another folder, or add --force to "
                             "replace it")
        return {number: found for number, one in done.items() if (found := self._kept(number, one)) is not None}

    def _kept(self, number: int, entry: Mapping[str, Any]) -> Model | str | None:
        if isinstance(entry.get("problem"), str):
            return str(entry["problem"])
        path = self.model_path(number)
        if not path.exists():
            return None
        if _digest(path) != entry.get("digest"):
            raise InputError(f"{path} was changed since the sweep has written it: move it away, and its fit is made "
                             "anew")
        return load_model(path)

    def start(self, done: Mapping[int, Model | str]) -> None:
        """Make the folder, with what is kept of it and without models of another sweep.

        Raises
        ------
        InputError
            If it cannot be made.
        """
        try:
            self.path.mkdir(exist_ok=True)
            self._write_index(done)
            kept = [self.model_path(number) for number in done]
            for old in self.path.iterdir():
                if re.fullmatch(r"fit-\d+\.json", old.name) and old not in kept:
                    old.unlink()
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written to ({error.strerror}): choose another folder") from None

    def add(self, done: Mapping[int, Model | str], number: int) -> None:
        """Keep one more fit.

        Raises
        ------
        InputError
            If its model cannot be written.
        OSError
            If the index cannot be written.
        """
        found = done[number]
        if not isinstance(found, str):
            found.save(self.model_path(number))
        self._write_index(done)

    def _write_index(self, done: Mapping[int, Model | str]) -> None:
        known = {str(number): {"problem": found} if isinstance(found, str)
                 else {"digest": _digest(self.model_path(number))} for number, found in sorted(done.items())}
        with replacing(self.path / INDEX) as temporary:
            temporary.write_text(json.dumps({"asked": self.asked, "done": known}, indent=1) + "\n", encoding="utf-8")


def sweep_folder(
    path: Path, data: Sequence[Path], read: Mapping[str, Any], points: Sequence[FitSettings]
) -> SweepFolder:
    """The folder of a sweep.

    Parameters
    ----------
    path : Path
    data : sequence of Path
        The files that are fitted; they count as others when their size or time of change is another one.
    read : mapping of str to object
        What says how they are read, as plain values.
    points : sequence of FitSettings
        Of all fits.
    """
    from symdcrnn import __version__

    asked = {"symdcrnn": __version__, "data": [_stamp(file) for file in data], "read": dict(read),
             "settings": [asdict(point) for point in points]}
    # Through JSON, so that it can be compared with what an index holds.
    return SweepFolder(path, json.loads(json.dumps(asked)), len(str(len(points))))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp(path: Path) -> dict[str, Any]:
    at = file_of(path)
    files = [at] if at.is_file() else sorted(one for one in at.rglob("*") if one.is_file())
    states = [one.stat() for one in files]
    return {"path": os.path.abspath(path), "bytes": sum(one.st_size for one in states),
            "changed": max((one.st_mtime_ns for one in states), default=0)}
