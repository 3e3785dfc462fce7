"""Entries of settings that name words of equations, such as ``g:v_dx g=-64``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described


@contextmanager
def said_of(setting: str, entry: str) -> Iterator[None]:
    """Put a setting and its entry before the message of an `InputError`."""
    try:
        yield
    except InputError as error:
        raise SettingError(setting, f"has {described(entry)}: {error}") from None


def of_equation(asked: tuple[str, ...], equation: str) -> tuple[str, ...]:
    """What follows ``EQUATION:`` in the entries of one equation."""
    parts = [one.partition(":") for one in asked]
    return tuple(" ".join(rest.split()) for name, _, rest in parts if name.strip() == equation)


def assigned(text: str) -> tuple[str, str]:
    """Both sides of ``WORD=VALUE``."""
    word, _, value = text.partition("=")
    return word.strip(), value.strip()
