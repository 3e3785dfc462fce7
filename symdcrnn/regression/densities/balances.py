"""Densities of several fields that their equations conserve together, such as <F> + T."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Word
from symdcrnn.data.expressions import parse_number
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described

FACTOR = re.compile(r"(?P<factor>[0-9.]+(?:/[0-9.]+)?)\s*\*?\s+(?P<word>\S.*)", re.ASCII)
OPENING, CLOSING = "([{<", ")]}>"


def parts_of(text: str) -> list[tuple[float, str]]:
    """The summands of a density with their factors.

    Parameters
    ----------
    text : str
        Such as ``<F> + T`` or ``<v^2 f> + 1/14 E^2``; signs with spaces around them stand between summands.

    Raises
    ------
    InputError
        If a factor is no number.
    """
    found, depth, start, sign = [], 0, 0, 1.0
    for place, one in enumerate(text):
        depth += (one in OPENING) - (one in CLOSING)
        if depth == 0 and one in "+-" and text[place - 1:place] == " " and text[place + 1:place + 2] == " ":
            found.append((sign, text[start:place]))
            start, sign = place + 1, -1.0 if one == "-" else 1.0
    found.append((sign, text[start:]))
    parts = []
    for sign, part in found:
        written = FACTOR.fullmatch(part.strip())
        factor = 1.0 if written is None else parse_number(written["factor"])
        parts.append((sign * factor, part.strip() if written is None else written["word"]))
    return parts


def is_balance(text: str) -> bool:
    """Whether a density is a sum, which several equations conserve together."""
    return len(parts_of(text)) > 1


def balance_of(text: str, space: PhaseSpace, targets: Sequence[str]) -> dict[str, list[tuple[float, Word]]]:
    """By field the densities that a sum is made of.

    Parameters
    ----------
    text : str
    space : PhaseSpace
    targets : sequence of str
        The fields that have an equation.

    Raises
    ------
    SettingError
        If a summand cannot be read, is of none or several fields, or its field has no equation.
    """
    found: dict[str, list[tuple[float, Word]]] = {}
    for factor, part in parts_of(text):
        try:
            word = space.word(part)
        except InputError as error:
            raise SettingError("conserved", f"has {described(text)}: {error}") from None
        fields = {one.name for one in word.fields if TIME in one.axes}
        if len(fields) != 1:
            raise SettingError("conserved", f"has {text!r}, of which {part} is no density of one field: write a sum of "
                               "such ones, as in '<F> + T'")
        [name] = fields
        if name not in targets:
            raise SettingError("conserved", f"has {text!r}, but the equation of {name} is not sought: the equations "
                               f"are those of {', '.join(targets)}")
        found.setdefault(name, []).append((factor, word))
    return found
