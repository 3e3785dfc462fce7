"""Factors: functions of whole axes that are kept out of the rows, so that what they multiply is computed once.

A factor is a product of atoms. Its numbers belong to the grid and reach a kernel as a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.difference_weights import Formula, point_weights
from symdcrnn.kernels.ir.grid import PhaseGrid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """A known function of whole axes, by the expression that names it."""

    expression: str
    axes: tuple[str, ...]


@dataclass(frozen=True)
class SideOf:
    """One where a coordinate is positive (or where it is not), zero elsewhere."""

    coordinate: str
    axes: tuple[str, ...]
    positive: bool


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """The quadrature of a factor along an axis: its average, or its product with a kernel."""

    axis: str
    kernel: str | None
    factor: Factor
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Slope:
    """The difference of a factor along an axis."""

    formula: Formula
    factor: Factor
    axes: tuple[str, ...]


Atom = Known | SideOf | Number | Moment | Slope
Factor = tuple[Atom, ...]

ONE: Factor = ()


def times(*factors: Factor) -> Factor:
    """The product of factors; a side counts once, however often it stands."""
    found: list[Atom] = []
    for atom in sorted((atom for factor in factors for atom in factor), key=repr):
        if not (isinstance(atom, SideOf) and atom in found):
            found.append(atom)
    return tuple(found)


def sides_in(factor: Factor) -> tuple[SideOf, ...]:
    """The sides that a factor is zero beyond."""
    return tuple(atom for atom in factor if isinstance(atom, SideOf))


def side_of(factor: Factor, coordinate: str) -> bool | None:
    """On which side of zero of a coordinate a factor is not zero; None where it is on both."""
    sides = {atom.positive for atom in sides_in(factor) if atom.coordinate == coordinate}
    return sides.pop() if len(sides) == 1 else None


def is_zero(factor: Factor) -> bool:
    """Whether a factor is zero because it stands for both sides of a coordinate at once."""
    sides = {(atom.coordinate, atom.positive) for atom in sides_in(factor)}
    return any((coordinate, not positive) in sides for coordinate, positive in sides)


def axes_of(factor: Factor) -> frozenset[str]:
    """The axes that a factor depends on."""
    return frozenset(axis for atom in factor for axis in atom.axes)


def split(factor: Factor, axis: str) -> tuple[Factor, Factor]:
    """The part of a factor that depends on an axis, and the rest."""
    touching = tuple(atom for atom in factor if axis in atom.axes)
    return touching, tuple(atom for atom in factor if axis not in atom.axes)


def moment(factor: Factor, axis: str, kernel: str | None) -> Factor:
    """The quadrature of a factor along an axis, as a factor."""
    inside, outside = split(factor, axis)
    left = axes_of(inside) - ({axis} if kernel is None else frozenset())
    result = tuple(sorted(left | ({axis} if kernel is not None else frozenset())))
    if not inside and kernel is None:
        return outside
    return times(outside, (Moment(axis, kernel, inside, result),))


def slope(factor: Factor, formula: Formula) -> Factor:
    """The difference of a factor along the axis of a formula; it depends on that axis."""
    inside, outside = split(factor, formula.axis)
    return times(outside, (Slope(formula, inside, tuple(sorted(axes_of(inside)))),))


def values_of(factor: Factor, grid: PhaseGrid, order: Iterable[str]) -> Array:
    """A factor as an array over the given axes, with a length of one along those that it does not depend on."""
    everywhere = tuple(axis.name for axis in grid.axes)
    wide = _product(factor, grid, everywhere)
    names = tuple(order)
    kept = [everywhere.index(name) for name in names]
    return np.transpose(wide, [*kept, *(place for place in range(wide.ndim) if place not in kept)]).reshape(
        [wide.shape[place] for place in kept])


def _product(factor: Factor, grid: PhaseGrid, names: tuple[str, ...]) -> Array:
    result: Array = np.ones((1,) * len(names))
    for atom in factor:
        result = result * _atom(atom, grid, names)
    return result


def _atom(atom: Atom, grid: PhaseGrid, names: tuple[str, ...]) -> Array:
    if isinstance(atom, Known):
        return spread(*function(grid, atom.expression), names)
    if isinstance(atom, Number):
        return np.full((1,) * len(names), atom.value)
    if isinstance(atom, SideOf):
        axes, values = function(grid, atom.coordinate)
        return spread(axes, ((values > 0.0) == atom.positive).astype(np.float64), names)
    inner = _product(atom.factor, grid, names)
    place = names.index(atom.axis if isinstance(atom, Moment) else atom.formula.axis)
    moved = np.moveaxis(inner, place, -1)
    if isinstance(atom, Slope):
        points, weights = point_weights(atom.formula, grid.axis(atom.formula.axis))
        return np.moveaxis(np.einsum("...ik,ik->...i", moved[..., points], weights), -1, place)
    if atom.kernel is None:
        return np.moveaxis(np.sum(moved * grid.weights(atom.axis), axis=-1, keepdims=True), -1, place)
    matrix = grid.matrices[(atom.axis, atom.kernel)]
    wide = np.broadcast_to(moved, (*moved.shape[:-1], matrix.shape[1]))
    return np.moveaxis(np.einsum("...j,ij->...i", wide, matrix), -1, place)


def function(grid: PhaseGrid, expression: str) -> tuple[tuple[str, ...], Array]:
    """A known function of the grid.

    Raises
    ------
    InputError
        If the grid does not have it.
    """
    if expression not in grid.functions:
        raise InputError(f"the function {expression!r} is not known on this data: it has "
                         f"{', '.join(sorted(grid.functions)) or 'none'}")
    return grid.functions[expression]


def spread(axes: tuple[str, ...], values: Array, names: tuple[str, ...]) -> Array:
    """An array over some axes as one over all the given ones, with a length of one along the others."""
    order = [axes.index(name) for name in names if name in axes]
    shape = [values.shape[axes.index(name)] if name in axes else 1 for name in names]
    return np.transpose(values, order).reshape(shape)
