"""numba, configured by the environment and by us alone: import it from here.

By itself it reads ``.numba_config.yaml`` in the current folder when it is imported, and again at every compilation.
That folder holds the data of others, and the file could name a prepared folder of machine code.
"""

from __future__ import annotations

import gc
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

CONFIGURED = "numba.core.config"


def _pinned() -> ModuleType:
    """numba, of which the file was not read, or whatever was read of it is forgotten."""
    if CONFIGURED not in sys.modules:
        # Without yaml it cannot read the file; it would say so.
        before = sys.modules.get("yaml")
        sys.modules["yaml"] = None  # type: ignore[assignment]
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "A Numba config file is found")
                import numba
        finally:
            del sys.modules["yaml"]
            if before is not None:
                sys.modules["yaml"] = before
    import numba

    config: Any = sys.modules[CONFIGURED]
    config._config_fname = ""
    config.reload_config()
    return numba


numba: Any = _pinned()

_LOCK = threading.RLock()


@contextmanager
def machine_code_beside_sources() -> Iterator[None]:
    """Compiled functions are kept beside their source, also where ``NUMBA_CACHE_DIR`` names another folder.

    That folder is not looked at before machine code is loaded from it.
    """
    config: Any = sys.modules[CONFIGURED]
    with _LOCK:
        # What has changed in the environment is read now, and so not while we compile.
        config.reload_config()
        before = config.CACHE_DIR
        config.CACHE_DIR = ""
        try:
            yield
        finally:
            config.CACHE_DIR = before


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for cyclic garbage: it takes a sixth of a compilation, whose trees are all in use."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
