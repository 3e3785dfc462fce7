"""The folder of generated kernels: sources that a person can read, and numba's machine code beside them.

Two things must never happen: that what another user wrote is run, and that half of a file is.  So the folder must
belong to the user alone, the source that is run is the one in memory and never what stands in the file, and machine
code is loaded only if its digest is the one that was noted when it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from symdcrnn.errors import InputError
from symdcrnn.kernels.cache_folder import ADVICE, MACHINE_CODE, shipped_folder
from symdcrnn.kernels.shared_functions import called_by_symbol, taken_apart
from symdcrnn.leftovers import remove_leftovers, token

KERNEL, FUNCTION = "kernel", "function"
"""What names of sources begin with: of kernels, and of functions that they share."""

CALLS = "calls"
"""Under what the notes of machine code have the symbols of what it calls: without one of them it ends the process."""

NAME = re.compile(rf"({KERNEL}|{FUNCTION})_([0-9a-f]{{24}})\.py")


@dataclass(frozen=True)
class CachedKernel:
    """One kernel of the cache folder.

    Parameters
    ----------
    path : Path
        Of its source.
    size : int
        Bytes of the source and all machine code.
    age : float
        Seconds since the source was written.
    title : str
        What it computes, from the head of the source.
    intact : bool
        Whether the source is the one that its name was made from; another one is never run.
    shared : bool
        Whether it is a function that kernels share.
    """

    path: Path
    size: int
    age: float
    title: str
    intact: bool
    shared: bool = False


def source_path(source: str, folder: Path, kind: str = KERNEL) -> Path:
    """Where a source is kept: its name is a hash of it."""
    return folder / f"{kind}_{_digest(source.encode())[:24]}.py"


def load(source: str, folder: Path, whole: bool = False) -> ModuleType:
    """The module of a generated source, compiled or taken from the folder.

    Parameters
    ----------
    source : str
    folder : Path
        Made by `cache_directory`.
    whole : bool
        Whether its machine code holds all that it calls, so that it may become part of what others compile and keep.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    try:
        return _load(source, folder, KERNEL, whole)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"the cache folder {folder} cannot be used ({reason}): {ADVICE}") from None


@lru_cache(maxsize=1024)
def _load(source: str, folder: Path, kind: str, whole: bool) -> ModuleType:
    # It takes a moment to import, and the list of kernels does without.
    from symdcrnn.kernels.pinned_numba import collection_paused, machine_code_beside_sources, operators_typed_once

    path = source_path(source, folder, kind)
    (folder / MACHINE_CODE).mkdir(mode=0o700, exist_ok=True)
    with _locked(folder):
        if not path.is_file():
            _take_shipped(path, source)
        if not path.is_file() or path.read_bytes() != source.encode():
            _write(path, source)
    module = ModuleType(_module_name(path))
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        # Of several processes that need one kernel, one compiles it and the others load it.
        with _locked(path), machine_code_beside_sources(), collection_paused(), operators_typed_once():
            parts = taken_apart(source, whole)
            symbols = [] if whole else sorted(_symbol(*part) for part in parts.shared.items())
            noted = _drop_unknown(path, symbols)
            for name, text in parts.shared.items():
                function = _load(text, folder, FUNCTION, whole).__dict__[name]
                module.__dict__[name] = function if whole else called_by_symbol(function, _symbol(name, text))
            # Not the file but the text in memory is run: nobody can have changed that.
            exec(compile(parts.kept, str(path), "exec"), module.__dict__)
            _note(path, noted, symbols)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _module_name(path: Path) -> str:
    """How numba's machine code names the module of a source, which it imports by that name."""
    return f"symdcrnn_generated_{path.stem}"


def _symbol(name: str, source: str) -> str:
    """How machine code names a function that kernels share."""
    return f"symdcrnn_{name}_{_digest(source.encode())[:24]}"


def _take_shipped(path: Path, source: str) -> None:
    """Copy a kernel of a folder that is only read: numba needs to write beside what it loads."""
    folder = shipped_folder(path.parent)
    if folder is None or not (folder / path.name).is_file() or (folder / path.name).read_bytes() != source.encode():
        return
    # Some versions of numba know a source by the time of its file.
    for file in (*(folder / MACHINE_CODE).glob(f"{path.stem}.*"), folder / path.name):
        shutil.copy2(file, path.parent / file.relative_to(folder))


def _machine_code(path: Path) -> list[Path]:
    folder, start = path.parent / MACHINE_CODE, f"{path.stem}."
    # Names are compared as texts: a pattern for each of many functions would be looked for in all of a long folder.
    names = os.listdir(folder) if folder.is_dir() else []
    return [folder / name for name in sorted(names) if name.startswith(start) and not name.endswith(".sha256")]


def _notes(path: Path) -> Path:
    return path.parent / MACHINE_CODE / f"{path.stem}.sha256"


def _drop_unknown(path: Path, symbols: list[str]) -> dict[str, Any]:
    """Remove machine code whose digest is not the noted one, or that calls anything but some symbols; the notes."""
    try:
        noted = json.loads(_notes(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        noted = {}
    files = _machine_code(path)
    if (not isinstance(noted, dict) or noted.get(CALLS) != symbols
            or any(noted.get(file.name) != _digest(file.read_bytes()) for file in files)):
        # The index of one file names others: what is left of a damaged set is of no use.
        _remove(files)
        return {}
    return noted


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _note(path: Path, noted: dict[str, Any], symbols: list[str]) -> None:
    found = {CALLS: symbols, **{file.name: _digest(file.read_bytes()) for file in _machine_code(path)}}
    if found != noted:
        _write(_notes(path), json.dumps(found, indent=1))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, text: str) -> None:
    remove_leftovers(path.parent, f"{path.stem}-tmp-")
    temporary = path.parent / f"{path.stem}-tmp-{token()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes waiting; where a file system has no locks they may do the same work twice."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # A forked child shares the handle: to close it here would not end the lock.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def cached_kernels(folder: Path) -> list[CachedKernel]:
    """What is in a cache folder, the newest first; nothing of it is run."""
    found = []
    now = time.time()
    for path in (*folder.glob(f"{KERNEL}_*.py"), *folder.glob(f"{FUNCTION}_*.py")):
        name = NAME.fullmatch(path.name)
        if name is None:
            continue
        content = path.read_bytes()
        size = len(content) + sum(file.stat().st_size for file in _machine_code(path))
        intact = _digest(content)[:24] == name[2]
        age = max(now - path.stat().st_mtime, 0.0)
        found.append(CachedKernel(path, size, age, _title(content), intact, name[1] == FUNCTION))
    return sorted(found, key=lambda kernel: (kernel.age, kernel.path.name))


def _title(content: bytes) -> str:
    """The lines of the head after the first, as one."""
    parts = content.decode("utf-8", errors="replace").split('"""')
    lines = [line.strip() for line in parts[1].splitlines()[1:]] if len(parts) > 2 else []
    text = " ".join(line for line in lines if line)
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def clear_cache(folder: Path) -> list[CachedKernel]:
    """Remove all kernels with their machine code, and temporary files of processes that were killed.

    Other files stay.  A process that has loaded a kernel keeps it.

    Returns
    -------
    list of CachedKernel
        What was removed.

    Raises
    ------
    InputError
        If a file cannot be removed.
    """
    removed = cached_kernels(folder)
    try:
        for kernel in removed:
            kernel.path.unlink(missing_ok=True)
        for kind in (KERNEL, FUNCTION):
            for pattern in (f"{kind}_*.tmp", f"{kind}_*-tmp-*", f"{MACHINE_CODE}/{kind}_*"):
                for left in folder.glob(pattern):
                    left.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"the cache folder {folder} cannot be cleared ({error.strerror}): "
                         "remove it yourself") from None
    return removed
