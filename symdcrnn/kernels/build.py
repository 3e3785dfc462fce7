"""Source to machine code: a real file in the user's cache folder, imported by path.

numba can cache only what comes from a file, so every kernel is one.  Its name is a hash of its
source: a kernel that is asked for again, in this process or another, is not compiled again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from symdcrnn.errors import InputError
from symdcrnn.kernels.emit import GENERATOR_VERSION, KernelSpec, emit, signature


@dataclass(frozen=True)
class Kernel:
    """A compiled kernel.

    Parameters
    ----------
    spec : KernelSpec
        What it was made from.
    source : str
        Its numba source.
    path : Path
        The file that holds the source.
    signature : str
        Its numba signature.
    function : callable
        The compiled function; it returns nothing and writes to its last argument.
    """

    spec: KernelSpec
    source: str
    path: Path
    signature: str
    function: Callable[..., None]


def cache_directory() -> Path:
    """The folder of generated kernels: ``SYMDCRNN_CACHE_DIR``, or the user's cache folder.

    Raises
    ------
    InputError
        If it cannot be made or written to.
    """
    override = os.environ.get("SYMDCRNN_CACHE_DIR")
    if override:
        folder = Path(override).expanduser()
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "symdcrnn"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "symdcrnn"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symdcrnn"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(
            f"the cache folder {folder} cannot be made ({error.strerror}): set SYMDCRNN_CACHE_DIR to another one"
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"the cache folder {folder} is not writable: set SYMDCRNN_CACHE_DIR to another one")
    return folder


def build(spec: KernelSpec) -> Kernel:
    """Compile a kernel, or load it from the cache.

    Raises
    ------
    InputError
        If the cache folder cannot be used.
    """
    source = emit(spec)
    folder = cache_directory()
    path, function = _load(source, folder)
    return Kernel(spec, source, path, signature(spec), function)


def kernel_path(spec: KernelSpec) -> Path:
    """Where the source of a kernel is kept once it has been built."""
    return _path(emit(spec), cache_directory())


def _path(source: str, folder: Path) -> Path:
    digest = hashlib.sha256(f"{GENERATOR_VERSION}\n{source}".encode()).hexdigest()[:24]
    return folder / f"kernel_{digest}.py"


@lru_cache(maxsize=256)
def _load(source: str, folder: Path) -> tuple[Path, Callable[..., None]]:
    path = _path(source, folder)
    if not path.is_file() or path.read_text(encoding="utf-8") != source:
        _write(path, source)
    name = f"symdcrnn_generated_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise InputError(f"the generated kernel {path} cannot be imported: remove the file and try again")
    module: Any = importlib.util.module_from_spec(found)
    # numba's cached machine code names the module it was made in, and imports it by that name.
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return path, module.kernel


def _write(path: Path, source: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(source)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
