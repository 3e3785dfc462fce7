"""Words that are one candidate: in an equation together or not at all, as the parts of a collision kernel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.newton import ScaledInverse

Array = NDArray[np.float64]
Groups = Sequence[Sequence[int]]
"""Columns that go together."""

Unit = tuple[int, ...]


def units_of(columns: Sequence[int], groups: Groups) -> list[Unit]:
    """Some columns in units: groups, and each other column by itself.

    Parameters
    ----------
    columns : sequence of int
    groups : sequence of sequence of int
        What of them is not among the columns is left out.
    """
    of = {column: number for number, group in enumerate(groups) for column in group}
    found: dict[tuple[bool, int], list[int]] = {}
    for column in columns:
        found.setdefault((column in of, of.get(column, column)), []).append(column)
    return [tuple(unit) for unit in found.values()]


def unit_with(column: int, columns: Sequence[int], groups: Groups) -> Unit:
    """The unit that a column belongs to, of some columns."""
    return next((unit for unit in units_of(columns, groups) if column in unit), (column,))


def cheapest(inverse: ScaledInverse, coefficients: Array, groups: Groups) -> Unit:
    """The unit of active columns whose removal lets the loss grow least, the others fitted again.

    Parameters
    ----------
    inverse : ScaledInverse
        Of the active columns.
    coefficients : ndarray, shape (columns,)
    groups : sequence of sequence of int
    """
    single = inverse.costs(coefficients)
    place = {column: number for number, column in enumerate(inverse.active)}
    units = units_of(inverse.active, groups)
    costs = [float(single[place[unit[0]]]) if len(unit) == 1
             else inverse.cost_of([place[column] for column in unit], coefficients) for unit in units]
    return units[int(np.argmin(costs))]
