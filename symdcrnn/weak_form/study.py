"""The normal equations of the weak form for one choice of test functions, and what noise makes of them.

Noise adds to the normal equations, in the mean, those of the noise alone. They are subtracted, for otherwise
coefficients come out too small, and they say how large the residual of the right equation is. Where derivatives are
left inside of words, columns of synthetic noise stand for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.mean_values import without_bias
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field
from symdcrnn.kernels.ir.grid import FrameWindows, GridAxis
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Means, WeakWords, weak_rows
from symdcrnn.weak_form.multiplied import BasisValues, point_sums
from symdcrnn.weak_form.noise.gram import noise_gram
from symdcrnn.weak_form.noise.response import Response
from symdcrnn.weak_form.noise.synthetic import SyntheticNoise
from symdcrnn.weak_form.test_functions import OVERLAP, AxisSums, TestFunction, axis_sums, power_for

Array = NDArray[np.float64]
Functions = Mapping[str, TestFunction]


@dataclass(frozen=True, eq=False)
class WeakData:
    """One trajectory under the weak form.

    Parameters
    ----------
    words : WeakWords
    space : PhaseSpace
    grid : FrameWindows
        With the known functions of the words.
    levels : mapping of str to float
        Standard deviations of the noise by field.
    stencils : Stencils
        Of derivatives that are left in words.
    transform : ndarray, shape (columns + 1, unknowns + 1)
        From the columns to those of the unknowns, the left-hand side last: known coefficients, ties and powers of
        epsilon.
    seed : int
    basis : BasisValues, optional
        Of functions that multiply words.
    """

    words: WeakWords
    space: PhaseSpace
    grid: FrameWindows
    levels: Mapping[str, float]
    stencils: Stencils
    transform: Array
    seed: int = 0
    basis: BasisValues | None = None

    @cached_property
    def means(self) -> Means:
        """By inner word, the words whose mean noise does not change."""
        variances = {self.space.variables[name]: level**2 for name, level in self.levels.items()}
        return {inner: without_bias(inner, variances) for inner in self.words.uses}

    def integrals(self, functions: Functions) -> Integrals:
        """The sums against test functions."""
        along = {}
        for axis in self.grid.outline.axes:
            orders = list(range(self.words.highest(axis.name) + 1))
            if axis.name in functions:
                along[axis.name] = self._multiplied(axis.name, _sums(axis, functions[axis.name], orders), orders)
            elif self.basis is not None and self.basis.axis == axis.name:
                along[axis.name] = self._multiplied(axis.name, point_sums(axis.size), [0])
        time = axis_sums(self.grid.outline.t, None, functions["t"], (0, 1), _stride(functions["t"]), whole=False)
        return Integrals(self.grid.outline, self.words.target, self._multiplied("t", time, [0]), along)

    def _multiplied(self, name: str, sums: AxisSums, orders: Sequence[int]) -> AxisSums:
        """The sums of an axis, with those of what is multiplied by functions of it."""
        return self.basis.onto(sums, orders) if self.basis is not None and self.basis.axis == name else sums

    def rows(self, integrals: Sequence[Integrals]) -> Iterator[tuple[int, int, Array]]:
        """The columns of the unknowns and the left-hand side, shape (unknowns + 1, rows), as those of `weak_rows`."""
        for number, first, columns in weak_rows(self.words, self.grid, integrals, self.stencils, self.means):
            yield number, first, self.transform.T @ columns

    def noise_rows(self, integrals: Sequence[Integrals]) -> Iterator[tuple[int, Array]]:
        """What synthetic noise of the measured levels adds to these columns."""
        noise = SyntheticNoise(self.grid, self.levels, self.seed)
        if all(isinstance(inner.base, Field) for inner in self.words.uses):
            for number, _, columns in weak_rows(self._without_sources, noise, integrals, self.stencils):
                yield number, self.transform.T @ columns
            return
        up, down = (weak_rows(self.words, replace(noise, onto=sign), integrals, self.stencils, self.means)
                    for sign in (1.0, -1.0))
        for (number, _, one), (_, _, other) in zip(up, down, strict=True):
            yield number, self.transform.T @ (0.5 * (one - other))

    def noise_gram(self, integrals: Sequence[Integrals]) -> list[Array]:
        """What noise adds to the products of the columns, in the mean."""
        if not any(part.has_derivatives for parts in self.words.words for part in parts):
            found = noise_gram(self.words, self.space, self.grid, integrals, self.levels, self.stencils)
            return [self.transform.T @ one @ self.transform for one in found]
        total = [np.zeros((self.transform.shape[1],) * 2) for _ in integrals]
        for number, columns in self.noise_rows(integrals):
            total[number] += columns @ columns.T
        return total

    @cached_property
    def _without_sources(self) -> WeakWords:
        """The words without those that noise does not change."""
        return replace(self.words, words=tuple(
            tuple(part for part in parts if part.inner.fields) for parts in self.words.words))


def _sums(axis: GridAxis, function: TestFunction, orders: Sequence[int]) -> AxisSums:
    return axis_sums(axis.coordinate, axis.period if axis.periodic else None, function, orders, _stride(function))


def _stride(function: TestFunction) -> int:
    return max(1, function.half_width // OVERLAP)


@dataclass(frozen=True, eq=False)
class Known:
    """The covariance of the right-hand side of the normal equations.

    Parameters
    ----------
    columns : tuple of int
        That it was computed for; it is zero elsewhere.
    pilot : ndarray, shape (unknowns,)
        The coefficients of the residual.
    matrix : ndarray, shape (unknowns, unknowns)
    """

    columns: tuple[int, ...]
    pilot: Array
    matrix: Array


@dataclass(frozen=True, eq=False)
class Study:
    """The normal equations under some test functions; sums over all rows of all trajectories.

    Parameters
    ----------
    functions : mapping of str to TestFunction
        By axis.
    rows : int
    gram : ndarray, shape (unknowns + 1, unknowns + 1)
        Of all columns, the left-hand side last.
    noise : ndarray, shape (unknowns + 1, unknowns + 1)
        What noise adds to it in the mean.
    halves : tuple of (ndarray, ndarray)
        The normal equations without noise, of the rows of the first and of the second half of the time.
    covariances : dict
        What was asked for last.
    """

    functions: Functions
    rows: int
    gram: Array
    noise: Array
    halves: tuple[Array, Array]
    covariances: dict[int, Known] = field(default_factory=dict)

    @property
    def unknowns(self) -> int:
        return int(self.gram.shape[0]) - 1

    @cached_property
    def signal(self) -> Array:
        """The normal equations without what noise adds."""
        return self.gram - self.noise


def study(data: Sequence[WeakData], functions: Sequence[Functions]) -> list[Study]:
    """The normal equations of all trajectories.

    Parameters
    ----------
    data : sequence of WeakData
    functions : sequence of mapping of str to TestFunction
        With the same one along t.

    Raises
    ------
    InputError
        If a test function is longer than an axis.
    """
    width = data[0].transform.shape[1]
    rows = [0] * len(functions)
    gram = np.zeros((len(functions), 2, width, width))
    noise = np.zeros((len(functions), width, width))
    for one in data:
        integrals = [one.integrals(each) for each in functions]
        for number, added in enumerate(one.noise_gram(integrals)):
            noise[number] += added
            rows[number] += integrals[number].rows
        for number, first, columns in one.rows(integrals):
            there = integrals[number]
            each = there.rows // there.time.rows
            middle = min(max(there.time.rows // 2 - first, 0) * each, columns.shape[1])
            for half, part in enumerate((columns[:, :middle], columns[:, middle:])):
                gram[number, half] += part @ part.T
    return [Study(dict(each), count, both.sum(axis=0), moved, (both[0] - 0.5 * moved, both[1] - 0.5 * moved))
            for each, count, both, moved in zip(functions, rows, gram, noise, strict=True)]


def pulled_back(one: Study, matrix: Array, added: Array | None = None) -> Study:
    """The study of other unknowns.

    Parameters
    ----------
    one : Study
    matrix : ndarray, shape (unknowns + 1, others + 1)
        What makes the unknowns, the left-hand side last, of others.
    added : ndarray, shape (unknowns + 1, unknowns + 1), optional
        What is added to the normal equations first.
    """
    more = np.zeros_like(one.gram) if added is None else added
    first, second = (matrix.T @ (half + 0.5 * more) @ matrix for half in one.halves)
    return Study(one.functions, one.rows, matrix.T @ (one.gram + more) @ matrix, matrix.T @ one.noise @ matrix,
                 (first, second))


def covariance(data: Sequence[WeakData], functions: Functions, pilot: Array, columns: Sequence[int]) -> Array:
    """The covariance of the right-hand side of the normal equations, as white noise makes it.

    Parameters
    ----------
    data : sequence of WeakData
    functions : mapping of str to TestFunction
    pilot : ndarray, shape (unknowns,)
        Coefficients near those of the equation.
    columns : sequence of int
        It is zero for others.

    Returns
    -------
    ndarray, shape (unknowns, unknowns)
    """
    chosen = list(columns)
    total = np.zeros((pilot.size, pilot.size))
    for one in data if chosen else ():
        integrals = one.integrals(functions)
        coefficients = -(one.transform @ np.append(-pilot, 1.0))[:-1]
        response = Response(one.words, one.space, integrals, one.stencils)
        part = one.transform[:, chosen]
        wanted = frozenset(map(int, np.flatnonzero(np.any(part[:-1], axis=1))))
        weights = (part.T @ columns for _, _, columns in weak_rows(
            one.words, one.grid, [integrals], one.stencils, one.means, wanted))
        total[np.ix_(chosen, chosen)] += response.covariance(one.grid, weights, coefficients, one.levels)
    return total


def power_of(words: WeakWords, axis: str) -> int:
    """The power of the test function along an axis."""
    return power_for(1 if axis == "t" else words.highest(axis))
