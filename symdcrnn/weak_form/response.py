"""How noise in the fields moves the weak residual: the covariance of sums over its rows.

Noise n moves a word D^a N by D^a N'(u) n, so the residual moves by L n with a linear L, and white noise of variance
s^2 gives a sum a . r over the rows the variance s^2 |L^T a|^2. L^T is made of the adjoints of the sums over points and
of the adjoint of N'(u), which the algebra derives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.weak_form.columns import Integrals, Orders, WeakWords, times, values_of
from symdcrnn.weak_form.test_functions import Sums

Array = NDArray[np.float64]

OUTPUT = "residual_"
"""The field that adjoints act on."""


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

    def covariance(self, weights: Array, coefficients: Array, levels: Mapping[str, float]) -> Array:
        """The covariance of weighted sums of the residual over the rows.

        Parameters
        ----------
        weights : ndarray, shape (rows, sums)
        coefficients : ndarray, shape (columns,)
            Of the words in the residual.
        levels : mapping of str to float
            Standard deviations of the noise by field.

        Returns
        -------
        ndarray, shape (sums, sums)
        """
        integrals, count = self.integrals, weights.shape[1]
        rows = np.ascontiguousarray(weights.T).reshape(count, *integrals.shape)
        uses = self._uses(coefficients)
        total = np.zeros((count, count))
        for start, stop in self._frames(count):
            grid = integrals.grid.between(start, stop)
            moved = [self._moved(one, uses, grid, start, stop) for one in rows]
            for name, level in levels.items():
                parts = [one[name] for one in moved if name in one]
                if len(parts) == count:
                    matrix = np.array(parts).reshape(count, -1)
                    total += level**2 * (matrix @ matrix.T)
        return total

    def _uses(self, coefficients: Array) -> dict[Word, dict[Orders, float]]:
        """How many times the residual takes each derivative of each inner word."""
        found: dict[Word, dict[Orders, float]] = {}
        for inner, by_orders in self.words.uses.items():
            factors = {orders: -sum(number * coefficients[column] for column, number in columns)
                       for orders, columns in by_orders.items()}
            # Whether a word takes part is said by its coefficient, which is set to zero elsewhere and not computed.
            used = {orders: float(factor) for orders, factor in factors.items() if abs(factor) > 0.0}
            if used:
                found[inner] = used
        return found

    def _frames(self, count: int) -> list[tuple[int, int]]:
        """Frames that are worked on together."""
        grid = self.integrals.grid
        points = int(np.prod([axis.size for axis in grid.axes]))
        each = max(1, 2**22 // max(points * count, 1))
        return [(first, min(first + each, grid.frames)) for first in range(0, grid.frames, each)]

    def _moved(
        self, row: Array, uses: Mapping[Word, Mapping[Orders, float]], grid: PhaseGrid, start: int, stop: int
    ) -> dict[str, Array]:
        """The adjoint of the residual on a weight of its rows, by field, at some frames."""
        integrals, target = self.integrals, self.words.target
        found: dict[str, Array] = {target.name: self._in_time(integrals.back_in_space(row, ()), 1, start, stop)}
        scale = self._measure(target.axes)
        for inner, by_orders in uses.items():
            summed = sum(factor * integrals.back_in_space(row, orders) for orders, factor in by_orders.items())
            values = self._in_time(np.asarray(summed), 0, start, stop)
            if inner == Word((), target):
                found[target.name] = found[target.name] + values
                continue
            changed = self._with_output(grid, values / scale)
            for field in inner.fields:
                for number, word in self.adjoints.get((inner, field.name), ()):
                    back = number * values_of(word, changed, self.stencils, range(stop - start))
                    back = back * self._measure(field.axes)
                    found[field.name] = found[field.name] + back if field.name in found else back
        return {name: self._own(values, name, stop - start) for name, values in found.items()}

    def _in_time(self, values: Array, order: int, start: int, stop: int) -> Array:
        matrix: Sums = self.integrals.time.sums[order][:, start:stop].T
        return times(matrix, values.reshape(values.shape[0], -1)).reshape(stop - start, *values.shape[1:])

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
