"""The numbers of the grid that a kernel reads as tables; a new kind of table is one new entry in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.codegen.arguments import Table
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.difference_weights import Formula, even_weights, line_weights, point_weights
from symdcrnn.kernels.ir.factors import Factor
from symdcrnn.kernels.ir.grid import PhaseGrid

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Source:
    """What tables are made from.

    Parameters
    ----------
    grid : PhaseGrid
    fitted : ndarray of int64
        The points of the whole axes of the left-hand side that are fitted.
    """

    grid: PhaseGrid
    fitted: NDArray[np.int64]

    def points(self, whole: tuple[str, ...]) -> int:
        """How many points some whole axes have."""
        return prod(self.grid.axis(axis).size for axis in whole)


def content(table: Table, source: Source) -> Array:
    """The array of a table."""
    kind, *parts = table.content
    return KINDS[str(kind)](source, *parts)


def _flat(factor: Factor, whole: tuple[str, ...], grid: PhaseGrid) -> Array:
    shape = tuple(grid.axis(axis).size for axis in whole)
    return np.array(np.broadcast_to(fac.values_of(factor, grid, whole), shape)).reshape(-1)


def _weights(source: Source, formula: Formula) -> Array:
    spacing = source.grid.axis(formula.axis).spacing
    assert spacing is not None
    return even_weights(formula, spacing)


def _line_weights(source: Source, formula: Formula, halo: int) -> Array:
    axis = source.grid.axis(formula.axis)
    weights = line_weights(formula, axis)
    return np.ascontiguousarray(weights[(np.arange(axis.size + 2 * halo) - halo) % axis.size])


def _row_weights(source: Source, formula: Formula, halo: int) -> Array:
    return np.ascontiguousarray(_line_weights(source, formula, halo).T)


def _points(source: Source, formula: Formula) -> Array:
    return np.ascontiguousarray(point_weights(formula, source.grid.axis(formula.axis))[0])


def _point_weights(source: Source, formula: Formula) -> Array:
    return np.ascontiguousarray(point_weights(formula, source.grid.axis(formula.axis))[1])


def _side(source: Source, coordinate: str) -> Array:
    axes, values = fac.function(source.grid, coordinate)
    order = [axis.name for axis in source.grid.axes if axis.name in axes]
    return np.ascontiguousarray(np.transpose(values, [axes.index(name) for name in order]).reshape(-1))


def _average(source: Source, axis: str, factor: Factor) -> Array:
    return source.grid.weights(axis) * _flat(factor, (axis,), source.grid)


def _matrix(source: Source, axis: str, kernel: str, factor: Factor) -> Array:
    return np.ascontiguousarray(source.grid.matrices[(axis, kernel)] * _flat(factor, (axis,), source.grid))


def _every(source: Source, axis: str) -> Array:
    return np.arange(source.grid.axis(axis).size)


def _factor(source: Source, factor: Factor, whole: tuple[str, ...]) -> Array:
    return _flat(factor, whole, source.grid)


def _factors(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> Array:
    found = [_flat(factor, whole, source.grid) for factor in factors]
    return np.array(found, np.float64).reshape(len(factors), source.points(whole))


def _active(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...], most: int) -> Array:
    """Which factors are not zero at each point, in their order; then the number after the last one."""
    found = np.full((source.points(whole), most), len(factors), np.int64)
    for point, values in enumerate(_factors(source, factors, whole).T):
        here = np.flatnonzero(values)
        found[point, :here.size] = here
    return found


def _active_factors(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...], most: int) -> Array:
    """These factors; then zeros."""
    values = np.vstack([_factors(source, factors, whole), np.zeros((1, source.points(whole)))])
    found: Array = np.ascontiguousarray(np.take_along_axis(values.T, _active(source, factors, whole, most), axis=1))
    return found


def _on_sides(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> list[tuple[Array, Array]]:
    """The fitted points on the sides of each factor, beyond which it is zero, and the factor there."""
    found = []
    for factor in factors:
        values = _flat(factor, whole, source.grid)[source.fitted]
        inside = _flat(fac.sides_in(factor), whole, source.grid)[source.fitted] > 0.0
        found.append((source.fitted[inside], values[inside]))
    return found


def _where(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> Array:
    table = np.zeros((len(factors), source.fitted.size), np.int64)
    for row, (points, _) in zip(table, _on_sides(source, factors, whole), strict=True):
        row[:points.size] = points
    return table


def _there(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> Array:
    table = np.zeros((len(factors), source.fitted.size))
    for row, (_, values) in zip(table, _on_sides(source, factors, whole), strict=True):
        row[:values.size] = values
    return table


def _count(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> Array:
    return np.array([points.size for points, _ in _on_sides(source, factors, whole)], np.int64)


def _total(source: Source, factors: tuple[Factor, ...], whole: tuple[str, ...]) -> Array:
    return np.array([_flat(factor, whole, source.grid)[source.fitted].sum() for factor in factors], np.float64)


def _tables(source: Source, *numbers: int) -> Array:
    return np.array(numbers, np.int64)


def _numbers(source: Source, *parts: tuple[object, ...]) -> Array:
    return np.concatenate([KINDS[str(kind)](source, *content) for kind, *content in parts])


KINDS: dict[str, Callable[..., Array]] = {
    "weights": _weights, "line_weights": _line_weights, "row_weights": _row_weights, "points": _points,
    "point_weights": _point_weights, "side": _side, "average": _average, "matrix": _matrix, "every": _every,
    "factor": _factor, "factors": _factors, "active": _active,
    "active_factors": _active_factors, "where": _where, "there": _there,
    "count": _count, "total": _total, "tables": _tables, "numbers": _numbers,
}
