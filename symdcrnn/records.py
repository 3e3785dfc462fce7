"""Frozen dataclasses from plain JSON values, every value checked against its annotation."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from symdcrnn.errors import InputError
from symdcrnn.given import real_number


def from_record(kind: Any, value: Any, where: str) -> Any:
    """A value of an annotated type from what json.loads gave.

    Parameters
    ----------
    kind : type
        A frozen dataclass, tuple, dict, union, or one of float, int, bool, str, None.
    value : object
        Plain lists, dicts, numbers and strings.
    where : str
        Named in messages.

    Raises
    ------
    InputError
        If the value does not fit, saying where.
    """
    origin = get_origin(kind)
    if is_dataclass(kind):
        return _dataclass(kind, value, where)
    if origin in (Union, types.UnionType):
        return _union(kind, value, where)
    if origin is tuple:
        return _tuple(kind, value, where)
    if origin is dict:
        _expect(isinstance(value, dict), where, "an object")
        inner = get_args(kind)[1]
        return {str(name): from_record(inner, item, f"{where}.{name}") for name, item in value.items()}
    return _scalar(kind, value, where)


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, dict), where, "an object")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    for name in value:
        _expect(name in names, f"{where}.{name}", f"one of {', '.join(names)}")
    found = {}
    for field in fields(kind):
        if field.name in value:
            found[field.name] = from_record(hints[field.name], value[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"damaged: {where} has no {field.name!r}")
    return kind(**found)


def _union(kind: Any, value: Any, where: str) -> Any:
    choices = get_args(kind)
    if value is None and type(None) in choices:
        return None
    if isinstance(value, str) and str in choices:
        return value
    return from_record(next(choice for choice in choices if choice is not type(None)), value, where)


def _tuple(kind: Any, value: Any, where: str) -> Any:
    inner = get_args(kind)
    _expect(isinstance(value, list), where, "a list")
    if inner[-1] is Ellipsis:
        return tuple(from_record(inner[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    _expect(len(value) == len(inner), where, f"a list of {len(inner)}")
    return tuple(from_record(k, item, f"{where}[{i}]") for i, (k, item) in enumerate(zip(inner, value, strict=True)))


def _scalar(kind: Any, value: Any, where: str) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float:
        _expect(number and real_number(value) is not None, where, "a finite number")
        return float(value)
    if kind is int:
        _expect(number and isinstance(value, int), where, "a whole number")
        return value
    _expect(isinstance(value, kind), where, {bool: "true or false", str: "text"}.get(kind, str(kind)))
    return value


def _expect(condition: bool, where: str, wanted: str) -> None:
    if not condition:
        raise InputError(f"damaged: {where} should be {wanted}")
