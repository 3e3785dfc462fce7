"""How far a learned equation is from the exact one, eq. (6.2).  For scoring only: no fit reads it."""

from __future__ import annotations

from collections.abc import Mapping


def error_percent(learned: Mapping[str, float], exact: Mapping[str, float]) -> float:
    """100 sum |learned - exact| / sum |exact| over the words of the exact equation.

    Parameters
    ----------
    learned, exact : mapping of str to float
        Coefficients by word; a word that is missing has the coefficient zero.
    """
    return 100.0 * sum(abs(learned.get(word, 0.0) - value) for word, value in exact.items()) / _size(exact)


def error_with_spurious_percent(learned: Mapping[str, float], exact: Mapping[str, float]) -> float:
    """The same, with the magnitudes of all other learned words in the numerator."""
    spurious = sum(abs(value) for word, value in learned.items() if word not in exact)
    return error_percent(learned, exact) + 100.0 * spurious / _size(exact)


def _size(exact: Mapping[str, float]) -> float:
    return sum(abs(value) for value in exact.values()) or 1.0
