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

_TYPED: dict[tuple[Any, ...], tuple[Any, Any]] = {}
"""What operators give, and how numba names what does it, by operator and types."""


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


@contextmanager
def operators_typed_once() -> Iterator[None]:
    """Operators between numbers, arrays and indices keep the types that numba found for them.

    It tries all that it knows of an operator at each place where one stands, a sixth of a compilation.
    """
    from numba.core import types

    plain = (types.Number, types.Boolean, types.Array, types.SliceType, types.BaseTuple)
    functions: Any = types.functions.BaseFunction
    found_by_numba = functions.get_call_type

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws or getattr(self.typing_key, "__module__", "") != "_operator" or not all(
                isinstance(one, plain) for one in args):
            return found_by_numba(self, context, args, kws)
        key = (context, self, tuple(args))
        if key not in _TYPED:
            signature = found_by_numba(self, context, args, kws)
            _TYPED[key] = signature, self.get_impl_key(signature)
        signature, made = _TYPED[key]
        self._impl_keys[signature.args] = made
        return signature

    with _LOCK:
        functions.get_call_type = get_call_type
        try:
            yield
        finally:
            functions.get_call_type = found_by_numba
