"""What callers hand in: numbers and names of any library as plain values, and a line about what does not fit."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from symdcrnn.errors import InputError

LONGEST = 60
"""Letters of a value in a message."""

DEEPEST = 4
"""Lists in lists whose entries a message shows."""

MOST_DIGITS = 18
"""Of a whole number that is written."""

Kind = type[Any] | tuple[type[Any], ...]


def plain_scalar(value: Any) -> Any:
    """What an array without axes holds; everything else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def whole_number(value: Any) -> int | None:
    """A whole number of Python, NumPy or any other library as an int; None for everything else, true and false too."""
    found = plain_scalar(value)
    return int(found) if isinstance(found, Integral) and not isinstance(found, bool) else None


def whole_text(text: str) -> int | None:
    """The whole number that digits write, as many as an array could count; None for every other text."""
    digits = text.strip()
    return int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS else None


def truth(value: Any) -> bool | None:
    """True or false of Python or NumPy; None for everything else, 0 and 1 too."""
    found = plain_scalar(value)
    return found if isinstance(found, bool) else None


def real_number(value: Any) -> float | None:
    """A finite real number of any library as a float; None for everything else, true and false too."""
    found = plain_scalar(value)
    if not isinstance(found, Real) or isinstance(found, bool):
        return None
    try:
        number = float(found)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def text_tuple(value: Any) -> tuple[str, ...] | None:
    """One text, or a list, tuple or array of texts, as a tuple of them; None for everything else."""
    items = plain_tuple(value)
    return None if items is None or not all(isinstance(item, str) for item in items) else tuple(map(str, items))


def plain_tuple(value: Any) -> tuple[Any, ...] | None:
    """What something holds in order, NumPy's scalars as Python's; one text is one entry; None if it holds nothing."""
    found = plain_scalar(value)
    if isinstance(found, str):
        return (str(found),)
    if not isinstance(found, Iterable) or isinstance(found, bytes | bytearray | Mapping | Set):
        return None
    return tuple(plain_scalar(item) for item in found)


def described(value: Any) -> str:
    """What something is, on one line of bounded length."""
    if _is_plain(value, DEEPEST):
        try:
            text = repr(value)
        except ValueError:  # Python refuses to write whole numbers of thousands of digits
            return "a whole number of thousands of digits"
        return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."
    shape, name = getattr(value, "shape", None), type(value).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    return f"{article} {name} of shape {tuple(shape)}" if isinstance(shape, tuple) else f"{article} {name}"


def _is_plain(value: Any, depth: int) -> bool:
    if type(value) in (list, tuple, dict):
        inside = (*value, *value.values()) if isinstance(value, dict) else value
        return depth > 0 and len(value) <= LONGEST and all(_is_plain(one, depth - 1) for one in inside)
    return value is None or isinstance(value, str | bytes | int | float | complex)


def check_kind(value: Any, kind: Kind, where: str, advice: str) -> None:
    """Refuse what is of another kind.

    Parameters
    ----------
    value : object
    kind : type or tuple of type
    where : str
        What is being given it, such as ``simulate, as its model``.
    advice : str
        What to give instead.

    Raises
    ------
    InputError
        Naming what was given.
    """
    if not isinstance(value, kind):
        raise InputError(f"{where} was given {described(value)}: {advice}")


def check_all(values: Any, kind: Kind, name: str, advice: str) -> None:
    """Refuse what is no sequence of one kind.

    Raises
    ------
    InputError
        Naming the argument, and the first entry that does not fit.
    """
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InputError(f"{name} was given {described(values)}: give {advice}")
    for value in values:
        check_kind(value, kind, name, f"give {advice}")


def check_mappings(**given: Any) -> None:
    """Refuse arguments that should be mappings from names and are not; None is no argument.

    Raises
    ------
    InputError
        Naming the argument and what was given.
    """
    for name, value in given.items():
        if value is not None and not isinstance(value, Mapping):
            raise InputError(f"{name} was given {described(value)}: give a dict with a value for each name")
        for key in value or ():
            if not isinstance(key, str):
                raise InputError(f"{name} has {described(key)} as a name: give names as text")


def check_path(path: Any, advice: str) -> Path:
    """A path of text or of `pathlib`.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(path, str | os.PathLike) and isinstance(os.fspath(path), str):
        return Path(path)
    raise InputError(f"{described(path)} is no path of a file: {advice}")
