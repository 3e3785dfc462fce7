"""Results as JSON and back, with the same bits.  Only records of a list are made again from a file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from symdcrnn.errors import InputError
from symdcrnn.given import real_number

ARRAYS = ("<f8", "<f4", "<i8", "<i4", "|b1")
"""Types of the numbers in arrays that are kept."""


class NoEncodingError(TypeError):
    """A result of a kind that is not kept."""


def encoded(value: Any, records: Mapping[str, type]) -> Any:
    """A result as JSON can hold it.

    Parameters
    ----------
    value : object
        Of numbers, texts, arrays, records and tuples, lists and dicts of such.
    records : mapping of str to type
        The frozen dataclasses that may be in it, by name.

    Raises
    ------
    NoEncodingError
        If something else is in it.
    """
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, np.ndarray) and value.dtype.str in ARRAYS:
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": [value.dtype.str, list(value.shape), data]}
    if isinstance(value, tuple | list):
        return {"tuple" if isinstance(value, tuple) else "list": [encoded(item, records) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: encoded(item, records) for key, item in value.items()}}
    name = type(value).__name__
    if is_dataclass(value) and records.get(name) is type(value):
        return {"record": [name, {field.name: encoded(getattr(value, field.name), records)
                                  for field in fields(value)}]}
    raise NoEncodingError(f"{name} is not kept")


def decoded(found: Any, records: Mapping[str, type]) -> Any:
    """The result that `encoded` wrote; arguments as there.

    Raises
    ------
    InputError
        If it is something else.
    """
    try:
        return _decoded(found, records)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        raise InputError(f"damaged: it holds what no fit keeps ({type(error).__name__})") from None


def _decoded(found: Any, records: Mapping[str, type]) -> Any:
    if found is None or isinstance(found, bool | int | str):
        return found
    ((kind, content),) = found.items()
    if kind == "float":
        return float.fromhex(content)
    if kind == "array":
        name, shape, data = content
        if name not in ARRAYS or any(real_number(size) is None for size in shape):
            raise ValueError(name)
        return np.frombuffer(base64.b64decode(data, validate=True), dtype=name).reshape(shape).copy()
    if kind in ("tuple", "list"):
        items = [_decoded(item, records) for item in content]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {str(key): _decoded(item, records) for key, item in content.items()}
    if kind == "record":
        name, inside = content
        return records[name](**{str(key): _decoded(item, records) for key, item in inside.items()})
    raise ValueError(kind)
