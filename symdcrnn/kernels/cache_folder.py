"""Where compiled kernels are kept: a folder that belongs to the user alone, or one that a system was shipped with."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from symdcrnn.errors import InputError

VARIABLE = "SYMDCRNN_CACHE_DIR"

ADVICE = f"set {VARIABLE} to a folder of your own"

MACHINE_CODE = "__pycache__"
"""Where numba keeps an index (.nbi) and code (.nbc) of every function, both pickles, beside the source."""

ROOT = 0
"""Who could put code anywhere, and so is trusted."""


def cache_path() -> Path:
    """Where the folder is, whether or not it exists: ``SYMDCRNN_CACHE_DIR``, or in the user's cache folder.

    Raises
    ------
    InputError
        If the user has no home folder that it could be in.
    """
    override = os.environ.get(VARIABLE)
    try:
        if override:
            return Path(override).expanduser().absolute()
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "symdcrnn"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "symdcrnn"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "symdcrnn"
    except (RuntimeError, KeyError, OSError):
        raise InputError(f"there is no home folder to keep compiled kernels in: {ADVICE}") from None


def cache_directory() -> Path:
    """The folder that kernels are written to, made if need be.

    Where the user has none, or cannot write to it, it is a private folder among the temporary files; that is said once
    on stderr.  A folder that `SYMDCRNN_CACHE_DIR` names is made and written to, or refused, unless kernels are in it.

    Raises
    ------
    InputError
        If it cannot be made or written to, belongs to another user, or can be written to by others.
    """
    chosen = bool(os.environ.get(VARIABLE))
    try:
        folder = cache_path()
    except InputError as error:
        if chosen:
            raise
        return _temporary_folder(str(error).partition(":")[0])
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        if chosen or folder.exists():
            raise InputError(f"the cache folder {folder} cannot be made ({error.strerror}): {ADVICE}") from None
        return _temporary_folder(f"the cache folder {folder} cannot be made ({error.strerror})")
    writable = os.access(folder, os.W_OK | os.X_OK)
    if not writable and chosen and not _has_kernels(folder):
        raise InputError(f"the cache folder {folder} is not writable: {ADVICE}")
    check_owner(folder, shipped=not writable)
    return folder if writable else _temporary_folder(f"the cache folder {folder} is not writable")


def shipped_folder(written: Path) -> Path | None:
    """A folder of kernels that can be read and not written to, as in a container image; None if there is none.

    Parameters
    ----------
    written : Path
        What `cache_directory` gave.
    """
    try:
        folder = cache_path()
        if folder == written or not _has_kernels(folder):
            return None
        check_owner(folder, shipped=True)
    except (InputError, OSError):
        return None
    return folder


def check_owner(folder: Path, shipped: bool = False) -> None:
    """Refuse a folder of kernels that others could have written to.

    Parameters
    ----------
    folder : Path
    shipped : bool
        Whether it may belong to the system.

    Raises
    ------
    InputError
        Naming the folder.
    """
    if os.name != "posix":
        return
    for one in (folder, folder / MACHINE_CODE):
        if not one.exists():
            continue
        found = one.stat()
        if found.st_uid not in ((os.geteuid(), ROOT) if shipped else (os.geteuid(),)):
            raise InputError(f"the cache folder {one} belongs to another user, who could put code into it: {ADVICE}")
        if stat.S_IMODE(found.st_mode) & 0o022:
            raise InputError(f"others can write to the cache folder {one} and so put code into it: "
                             f"chmod 700 {one}, or {ADVICE}")


def _has_kernels(folder: Path) -> bool:
    try:
        return next(folder.glob("kernel_*.py"), None) is not None
    except OSError:
        return False


@lru_cache(maxsize=8)
def _temporary_folder(why: str) -> Path:
    """The same folder for all processes of the user until the system clears its temporary files."""
    try:
        base = Path(tempfile.gettempdir())
        folder = base / f"symdcrnn-{os.geteuid() if os.name == 'posix' else os.environ.get('USERNAME', '')}"
        fresh = not folder.is_dir()
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or not os.access(folder, os.W_OK | os.X_OK):
                raise InputError("it is not ours")
            check_owner(folder)
        except (InputError, OSError):
            # Somebody was there before: this process gets one by itself.
            fresh, folder = True, Path(tempfile.mkdtemp(prefix="symdcrnn-", dir=base))
    except OSError as error:
        raise InputError(f"{why}, and neither can a temporary one ({error.strerror or error}): {ADVICE}") from None
    if fresh:
        print(f"Note: {why}: compiled kernels are kept in {folder}; to keep them elsewhere, {ADVICE}", file=sys.stderr)
    return folder
