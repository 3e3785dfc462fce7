"""The one exception that symdcrnn raises about what a user gave it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TypeVar

Entry = TypeVar("Entry")

LONGEST, ENDING = 2000, 500
"""Characters of a message, and those of its end that are kept: what to do stands there."""


class InputError(ValueError):
    """Something in the input cannot be used.

    The message is one line: what was wrong, where, what was expected and what to do.
    The command line prints it as it is and ends with exit code 1.

    Parameters
    ----------
    message : str
        What it holds of somebody's file is made printable, and shortened where it is longer than `LONGEST`.
    """

    def __init__(self, message: object = "") -> None:
        text = str(message)
        if not text.isprintable():
            text = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
        super().__init__(text if len(text) <= LONGEST else f"{text[:LONGEST - ENDING]} ... {text[-ENDING:]}")


class UnservedError(InputError):
    """Settings or data that the weak form does not serve, though another scheme may."""


class SettingError(InputError):
    """A setting that cannot be used.

    Parameters
    ----------
    setting : str
        Its name in `FitSettings`; the command line says its option instead.
    problem : str
        What follows the name in the message.
    said : str, optional
        The name that it is given under, where that is another one.
    """

    def __init__(self, setting: str, problem: str, said: str | None = None) -> None:
        super().__init__(f"{said or setting} {problem}")
        self.setting = setting
        self.problem = problem
        self.said = said

    def __reduce__(self) -> tuple[type[SettingError], tuple[str, str, str | None]]:
        """Errors of other processes travel by the arguments they are made of."""
        return SettingError, (self.setting, self.problem, self.said)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of what was given before the message of an `InputError`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def nearest(name: object, names: Collection[str]) -> str:
    """What to say after a name that is none of some: those that it may have meant, or all there are."""
    close = get_close_matches(name, sorted(names)) if isinstance(name, str) else []
    if close:
        return f"the nearest {'are' if len(close) > 1 else 'is'} {', '.join(close)}"
    return f"choose from {', '.join(sorted(names))}"


def lookup(table: Mapping[str, Entry], name: str, noun: str) -> Entry:
    """The entry of a table of operators, schemes, norms, ...

    Raises
    ------
    InputError
        If there is none of that name; it lists the names there are.
    """
    if not isinstance(name, str) or name not in table:
        shown = repr(name) if isinstance(name, str) else f"of type {type(name).__name__}"
        raise InputError(f"unknown {noun} {shown}: choose from {', '.join(table)}")
    return table[name]
