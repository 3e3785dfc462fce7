"""How large values are in some data, against what they are made from and what rounding makes of it.

A stencil divides by powers of the spacing: what rounding leaves of the difference of a field that does not change along
an axis is not zero, and large where the field is.  So every value is measured against the sum of the sizes that it is
added up from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ValueSize:
    """The size of one value.

    Parameters
    ----------
    name : str
        Of the value.
    source : str or None
        What it is made from; None where that is the data itself.
    rms : float
        The root of its mean square.
    of_source : float
        The same of what it is made from.
    rounding : float
        What the value would be if it were made of rounding errors alone.
    is_average : bool
        Whether it is an average over v.
    is_moment : bool
        Whether what is averaged is weighted by a function of v, as in <v^2 u>.
    """

    name: str
    source: str | None
    rms: float
    of_source: float
    rounding: float
    is_average: bool
    is_moment: bool = False


@dataclass(frozen=True)
class ValueSizes:
    """The sizes of all values of a program.

    Parameters
    ----------
    values : tuple of ValueSize
        Each after its source.
    columns : tuple of str
        The names of those that are columns, in the order of the coefficients.
    change : ValueSize
        That of the left-hand side.
    """

    values: tuple[ValueSize, ...]
    columns: tuple[str, ...]
    change: ValueSize


def sampled_residuals(residuals: int) -> list[int]:
    """The first, the middle and the last of so many."""
    return sorted({0, (residuals - 1) // 2, residuals - 1})
