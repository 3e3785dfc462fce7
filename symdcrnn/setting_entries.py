"""What settings say of the words of equations: entries such as ``g:v_dx g=-64``, and whether networks compose more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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


def says_words(given: Mapping[str, Any]) -> bool:
    """Whether words are given and nothing is said of networks; letters may be given for the words."""
    return any(given.get(name) for name in ("words", "library", "groups", "kernels")) and not (
        "layers" in given or given.get("nonlinear"))


def with_dictionary_alone(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were given; where words are given and nothing is said of networks, these compose nothing."""
    given = dict(changes)
    if says_words(given) and "operators" not in given:
        given |= {"operators": ("I",), "layers": 0}
        given.setdefault("scales", 0)
    return given
