"""Processes of ours do not look for modules in the current folder: it holds data, and perhaps a ``numpy.py``.

Python puts that folder first on the path of whatever is started with ``-m`` or ``-c``.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SAFE_PATH = "PYTHONSAFEPATH"
"""Of Python 3.11 and later, also for the processes that a process starts."""

PACKAGES = str(Path(__file__).resolve().parents[2])
"""Where this package was found."""

START = ("import sys; sys.path[:] = [one for one in sys.path if one]; sys.path.append(sys.argv.pop(1)); "
         "from importlib import import_module; import_module(sys.argv.pop(1)).main()")

_LOCK = threading.Lock()


def isolated_command(module: str, arguments: Sequence[str]) -> list[str]:
    """The command of a process that calls ``main()`` of a module of this package.

    Parameters
    ----------
    module : str
    arguments : sequence of str
        What ``sys.argv[1:]`` is then.
    """
    return [sys.executable, "-c", START, PACKAGES, module, *arguments]


def isolated_environment() -> dict[str, str]:
    """The environment of such a process."""
    return {**os.environ, SAFE_PATH: "1"}


@contextmanager
def isolated_children() -> Iterator[None]:
    """Whatever libraries start in the block is isolated as well."""
    with _LOCK:
        before = os.environ.get(SAFE_PATH)
        os.environ[SAFE_PATH] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ[SAFE_PATH]
            else:
                os.environ[SAFE_PATH] = before
