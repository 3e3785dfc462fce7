"""Coefficients with values: of what a limit is made, how large it is, how certain, and which fraction it may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy

LARGEST_DENOMINATOR = 2000
"""Of a fraction that is recognised."""

CHANCE = 0.05
"""How likely it may be that some fraction of so small a denominator is as near by chance."""

STANDARD_ERRORS = 3.0
"""Within so many a coefficient agrees with a fraction."""

ASSUMED_ERROR = 1e-6
"""Relative to the coefficient, where none is known."""


@dataclass(frozen=True)
class Known:
    """A learned coefficient.

    Parameters
    ----------
    value : float
    error : float or None
        Its standard error.
    """

    value: float
    error: float | None


@dataclass(frozen=True)
class Size:
    """The value of a coefficient of a limit.

    Parameters
    ----------
    value : float
    error : float or None
        Propagated from standard errors, taken as independent.
    fraction : Fraction or None
        What it agrees with.
    """

    value: float
    error: float | None
    fraction: Fraction | None


def size(coefficient: sympy.Expr, known: Mapping[sympy.Symbol, Known]) -> Size | None:
    """The value of a coefficient; None where it holds parameters without values."""
    if not coefficient.free_symbols <= known.keys():
        return None
    values = {symbol: sympy.Float(known[symbol].value) for symbol in coefficient.free_symbols}
    value = float(coefficient.xreplace(values))
    if coefficient.is_Rational:
        return Size(value, 0.0, Fraction(int(coefficient.p), int(coefficient.q)))
    errors = [(float(coefficient.diff(symbol).xreplace(values)), known[symbol].error) for symbol in values]
    error = None if any(one is None for _, one in errors) else \
        math.sqrt(sum((slope * (one or 0.0)) ** 2 for slope, one in errors))
    return Size(value, error, recognised(value, error))


def recognised(value: float, error: float | None) -> Fraction | None:
    """The fraction of the smallest denominator that agrees with a value, if that can hardly be by chance.

    Parameters
    ----------
    value : float
    error : float or None
        Its standard error; `ASSUMED_ERROR` of it where None.
    """
    if not math.isfinite(value):
        return None
    reach = max(STANDARD_ERRORS * (abs(value) * ASSUMED_ERROR if error is None else error), 1e-12 * abs(value))
    for denominator in range(1, LARGEST_DENOMINATOR + 1):
        numerator = round(value * denominator)
        if abs(numerator / denominator - value) <= reach:
            # Fractions up to a denominator q lie about 3 / q^2 apart.
            likely = 2.0 * reach * denominator**2 / 3.0
            return Fraction(numerator, denominator) if likely <= CHANCE and numerator else None
    return None


def rational(known: Known) -> sympy.Rational:
    """A learned coefficient as a fraction: the one that it agrees with, or itself."""
    found = recognised(known.value, known.error) or Fraction(known.value).limit_denominator(10**12)
    return sympy.Rational(found.numerator, found.denominator)
