"""Text and how it is bound, so that parentheses stand only where they are needed."""

from __future__ import annotations

from typing import NamedTuple


class Written(NamedTuple):
    """Text, and what binds it together, from `SUM` to `ATOM`."""

    text: str
    binding: int


SUM, PRODUCT, PREFIX, POWER, ATOM = range(5)
"""A sum, a product, operators in front of one factor, a power, and what is as close as a name."""


def enclosed(part: Written, least: int) -> str:
    """The text, in parentheses if it is bound more weakly than asked."""
    return part.text if part.binding >= least else f"({part.text})"
