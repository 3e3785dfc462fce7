"""How noise in the fields moves the weak residual: the covariance of sums over its rows.

Noise n moves a word D^a N by D^a N'(u) n, so the residual moves by L n with a linear L, and white noise of variance
s^2 gives a sum a . r over the rows the variance s^2 |L^T a|^2. L^T is made of the adjoints of the sums over points and
of the adjoint of N'(u), which the algebra derives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import (
    Integrals,
    Multiplied,
    Orders,
    WeakWords,
    by_time,
    frame_ranges,
    times,
    values_of,
)
from symdcrnn.weak_form.test_functions import Order, Sums

Array = NDArray[np.float64]

Uses = dict[Word, dict[Orders, float]]
"""By inner word and derivative, how many times."""

SUMMED = -1
"""In place of the order of a derivative: a sum over basis functions."""

OUTPUT = "residual_"
"""The field that adjoints act on."""

MOVED = 16
"""Adjoints that are held at a time at as many frames as are read."""


@dataclass(frozen=True, eq=False)
class Response:
    """How noise moves the weak residual of some words.

    Parameters
    ----------
    words : WeakWords
    space : PhaseSpace
    integrals : Integrals
    stencils : Stencils
    """

    words: WeakWords
    space: PhaseSpace
    integrals: Integrals
    stencils: Stencils

    @cached_property
    def output(self) -> Field:
        """A field of the shape of the residual at every point."""
        return Field(OUTPUT, self.words.target.axes)

    @cached_property
    def adjoints(self) -> dict[tuple[Word, str], tuple[tuple[float, Word], ...]]:
        """The adjoint of N'(u) by inner word and field, as words on `output`."""
        found = {}
        for inner in self.words.uses:
            for field in inner.fields:
                if "t" in field.axes:
                    chains = derivative(inner, field)
                    found[(inner, field.name)] = tuple(
                        (float(chain.coefficient), chain.adjoint(field, self.output)) for chain in chains)
        return found

    def covariance(
        self, frames: FrameWindows, weights: Iterable[Array], coefficients: Array, levels: Mapping[str, float]
    ) -> Array:
        """The covariance of weighted sums of the residual over the rows.

        Parameters
        ----------
        frames : FrameWindows
            Read once.
        weights : iterable of ndarray, shape (sums, rows)
            Of some rows after the other; those along t at a time.
        coefficients : ndarray, shape (columns,)
            Of the words in the residual.
        levels : mapping of str to float
            Standard deviations of the noise by field.

        Returns
        -------
        ndarray, shape (sums, sums)
        """
        uses, integrals = combined(self._uses(coefficients), self.integrals, self.words.multiplied)
        time, coming = integrals.time, iter(weights)
        first, held = 0, next(coming)
        count, each = len(held), integrals.rows // time.rows
        total = np.zeros((count, count))
        ranges = [one for one in frame_ranges(integrals.grid, max(1, count // MOVED)) if time.touched(*one)]
        for (start, stop), grid in zip(ranges, frames.runs(ranges), strict=True):
            rows = time.touched(start, stop)
            while first * each + held.shape[1] < rows.stop * each:
                held = np.concatenate([held, next(coming)], axis=1)
            held, first = held[:, (rows.start - first) * each:], rows.start
            part = held[:, :len(rows) * each]
            moved = [self._moved(one.reshape(len(rows), *integrals.shape[1:]), rows, uses, integrals, grid, start, stop)
                     for one in part]
            for name, level in levels.items():
                parts = [one[name] for one in moved if name in one]
                if len(parts) == count:
                    matrix = np.array(parts).reshape(count, -1)
                    total += level**2 * (matrix @ matrix.T)
        return total

    def _uses(self, coefficients: Array) -> Uses:
        """How many times the residual takes each derivative of each inner word."""
        found: Uses = {}
        for inner, by_orders in self.words.uses.items():
            factors = {orders: -sum(number * coefficients[column] for column, number in columns)
                       for orders, columns in by_orders.items()}
            # Whether a word takes part is said by its coefficient, which is set to zero elsewhere and not computed.
            used = {orders: float(factor) for orders, factor in factors.items() if abs(factor) > 0.0}
            if used:
                found[inner] = used
        return found

    def _moved(
        self, row: Array, rows: range, uses: Uses, integrals: Integrals, grid: PhaseGrid, start: int, stop: int
    ) -> dict[str, Array]:
        """The adjoint of the residual on a weight of its rows, by field, at some frames."""
        target = self.words.target
        in_time = partial(_in_time, integrals, rows, start, stop)
        found: dict[str, Array] = {target.name: in_time(integrals.back_in_space(row, ()), 1)}
        scale = self._measure(target.axes)
        for inner, by_orders in uses.items():
            values = np.zeros(())
            for order, in_space in by_time(by_orders).items():
                summed = sum(factor * integrals.back_in_space(row, orders) for orders, factor in in_space.items())
                values = values + in_time(np.asarray(summed), order)
            if inner == Word((), target):
                found[target.name] = found[target.name] + values
                continue
            changed = self._with_output(grid, values / scale)
            for field in inner.fields:
                for number, word in self.adjoints.get((inner, field.name), ()):
                    back = number * values_of(word, changed, self.stencils)
                    back = back * self._measure(field.axes)
                    found[field.name] = found[field.name] + back if field.name in found else back
        return {name: self._own(values, name, stop - start) for name, values in found.items()}

    def _measure(self, axes: tuple[str, ...]) -> Array:
        """The weights of the mean over the axes of a field: adjoints are taken under it, sums over points are not."""
        names = [axis.name for axis in self.integrals.grid.axes]
        found: Array = np.ones((1,) * (1 + len(names)))
        for place, axis in enumerate(self.integrals.grid.axes, start=1):
            if axis.name in axes and axis.weights is not None:
                shape = [1] * (1 + len(names))
                shape[place] = axis.size
                found = found * axis.weights.reshape(shape)
        return found

    def _with_output(self, grid: PhaseGrid, values: Array) -> PhaseGrid:
        names = ("t", *(axis.name for axis in grid.axes))
        own = [place for place, name in enumerate(names) if name in self.output.axes]
        array = values.reshape([values.shape[place] for place in own])
        return replace(grid, fields={**grid.fields, OUTPUT: array},
                       field_axes={**grid.field_axes, OUTPUT: tuple(names[place] for place in own)})

    def _own(self, values: Array, name: str, frames: int) -> Array:
        """Values over the axes of a field; those that are the same along one of them are spread."""
        grid = self.integrals.grid
        shape = [frames, *(axis.size if axis.name in grid.field_axes[name] else 1 for axis in grid.axes)]
        return np.broadcast_to(values, shape)


def combined(uses: Uses, integrals: Integrals, multiplied: Multiplied | None) -> tuple[Uses, Integrals]:
    """The same with what is multiplied by basis functions as one: their sum takes no longer than one of them."""
    if multiplied is None:
        return uses, integrals
    name = multiplied.axis
    sums = integrals.time if name == "t" else integrals.along[name]
    matrices = dict(sums.sums)
    found: Uses = {}
    for inner, by_orders in uses.items():
        there = found.setdefault(inner, {})
        groups: dict[Orders, list[tuple[Order, float]]] = {}
        for orders, factor in by_orders.items():
            order = dict(orders).get(name, 0)
            if isinstance(order, tuple):
                rest = tuple((axis, one) for axis, one in orders if axis != name)
                groups.setdefault(rest, []).append((order, factor))
            else:
                there[orders] = factor
        for rest, parts in groups.items():
            key = (SUMMED, len(matrices))
            matrices[key] = sum((factor * matrices[order] for order, factor in parts[1:]),
                                parts[0][1] * matrices[parts[0][0]])
            there[tuple(sorted((*rest, (name, key))))] = 1.0
    changed = replace(sums, sums=matrices, diagonals={})
    if name == "t":
        return found, replace(integrals, time=changed)
    return found, replace(integrals, along={**integrals.along, name: changed})


def _in_time(integrals: Integrals, rows: range, start: int, stop: int, values: Array, order: Order) -> Array:
    """The adjoint of sums along t, of some rows at some frames."""
    part: Sums = integrals.time.part(order, rows, start, stop)
    if part is None:
        return np.zeros((stop - start, *values.shape[1:]))
    return times(part.T, values.reshape(values.shape[0], -1)).reshape(stop - start, *values.shape[1:])
