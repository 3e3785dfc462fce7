"""Digests of what a result was computed from: equal digests mean equal contents, in this process or another one."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from types import FunctionType
from typing import Any

import numpy as np
import sympy


class NoDigestError(TypeError):
    """What something holds cannot be told by its value, as an open file's or a function's that was made on the way."""


def digest(*values: Any) -> str:
    """A digest of values, which may be numbers, texts, arrays, records and containers of such.

    Parameters
    ----------
    *values : object

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    NoDigestError
        If something is in them whose contents cannot be told.
    """
    into = hashlib.sha256()
    _add(into, values)
    return into.hexdigest()


def _add(into: Any, value: Any) -> None:
    if value is None or isinstance(value, bool | int | str | bytes):
        _text(into, type(value).__name__, repr(value))
    elif isinstance(value, float):
        into.update(b"float" + struct.pack("<d", value))
    elif isinstance(value, np.ndarray | np.generic):
        _add_array(into, np.asarray(value))
    elif isinstance(value, Mapping):
        _text(into, "mapping", str(len(value)))
        for key, item in value.items():
            _add(into, key)
            _add(into, item)
    elif isinstance(value, tuple | list):
        _text(into, "sequence", str(len(value)))
        for item in value:
            _add(into, item)
    elif isinstance(value, Set):
        _text(into, "set", " ".join(sorted(digest(item) for item in value)))
    else:
        _add_object(into, value)


def _add_object(into: Any, value: Any) -> None:
    if isinstance(value, Enum):
        _text(into, "enum", f"{type(value).__qualname__}.{value.name}")
    elif is_dataclass(value) and not isinstance(value, type):
        _text(into, "record", f"{type(value).__module__}.{type(value).__qualname__}")
        for field in fields(value):
            _add(into, field.name)
            _add(into, getattr(value, field.name))
    elif isinstance(value, sympy.Basic):
        _text(into, "sympy", sympy.srepr(value))
    elif isinstance(value, FunctionType) and "<" not in value.__qualname__ and value.__closure__ is None:
        _text(into, "function", f"{value.__module__}.{value.__qualname__}")
    else:
        raise NoDigestError(f"{type(value).__name__} has no digest")


def _add_array(into: Any, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.hasobject:
        raise NoDigestError("an array of objects has no digest")
    _text(into, "array", f"{array.dtype.str} {array.shape}")
    into.update(np.ascontiguousarray(array).tobytes())


def _text(into: Any, kind: str, text: str) -> None:
    encoded = f"{kind}:{text}".encode()
    into.update(struct.pack("<q", len(encoded)) + encoded)
