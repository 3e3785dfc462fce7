"""The attributes of a trajectory: periodic, epsilon, exact."""

from __future__ import annotations

import json

import numpy as np

from symdcrnn.data.axes import first_line
from symdcrnn.data.expressions import parse_number
from symdcrnn.errors import InputError
from symdcrnn.given import described, real_number


def parse_periodic(value: object) -> bool:
    """Whether x is periodic, from an attribute that should be 0 or 1.

    Raises
    ------
    InputError
        If it is anything else.
    """
    value = plain(value)
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise InputError(f"attribute periodic is {shown_value(value)}: set it to 1 (periodic in x) or 0 (not periodic)")


def parse_period(value: object, axis: str) -> float:
    """The length after which an axis repeats, from a number or text such as ``6.283185307179586``.

    Raises
    ------
    InputError
        If it is not a positive number.
    """
    value = plain(value)
    if isinstance(value, str):
        try:
            value = parse_number(value)
        except InputError:
            value = None
    length = real_number(value)
    if length is None or length <= 0.0:
        raise InputError(f"attribute period of {axis!r} is {shown_value(value)}: give the length after which {axis} "
                         "repeats")
    return length


def parse_epsilon(value: object) -> float:
    """The scale epsilon, from a number or text such as ``1/256``.

    Raises
    ------
    InputError
        If it is not a number in (0, 1].
    """
    value = plain(value)
    if isinstance(value, str):
        try:
            value = parse_number(value)
        except InputError as error:
            raise InputError(f"attribute epsilon: {error}") from None
    number = real_number(value)
    if number is None or not 0.0 < number <= 1.0:
        raise InputError(f"epsilon is {shown_value(value)}: give a number above 0 and at most 1")
    return number


def parse_exact(text: object) -> dict[str, dict[str, float]] | None:
    """The true coefficients by field and word, from JSON text such as ``{"g": {"v_dx g": -256.0}}``.

    Raises
    ------
    InputError
        If it is not JSON of that shape, or a coefficient is not finite.
    """
    if text is None:
        return None
    hint = 'write JSON such as {"g": {"v_dx g": -256.0}}'
    try:
        value = json.loads(str(plain(text)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"attribute exact is not JSON ({first_line(error)}): {hint}") from None
    if not isinstance(value, dict) or not all(isinstance(words, dict) for words in value.values()):
        raise InputError(f"attribute exact is not an object of objects: {hint}")
    for field, words in value.items():
        for word, number in words.items():
            if real_number(number) is None:
                raise InputError(f"attribute exact has {described(number)} for {word!r} of {field!r}: give a "
                                 "finite number")
    return {field: {word: float(number) for word, number in words.items()} for field, words in value.items()}


def plain(value: object) -> object:
    """A Python number or text, where a file format hands back an array of one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, np.generic):
        value = value.item()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def shown_value(value: object) -> str:
    """An attribute on one line."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else described(value)
