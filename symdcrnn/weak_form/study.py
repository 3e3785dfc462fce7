"""The normal equations of the weak form for one choice of test functions, and what noise makes of them.

Noise adds to the normal equations, in the mean, those of the noise alone. They are subtracted, for otherwise
coefficients come out too small, and they say how large the residual of the right equation is. Where derivatives are
left inside of words, columns of synthetic noise stand for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.mean_values import without_bias
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, WeakWords
from symdcrnn.weak_form.gaps.mask import Gaps
from symdcrnn.weak_form.multiplied import BasisValues, point_sums
from symdcrnn.weak_form.noise.at_points import covariance_at_points
from symdcrnn.weak_form.noise.correlations import Correlations
from symdcrnn.weak_form.noise.gram import noise_gram
from symdcrnn.weak_form.noise.gram_of_rows import noise_gram_of_rows
from symdcrnn.weak_form.noise.precision import Precision, variance_letter, variances_on
from symdcrnn.weak_form.noise.synthetic import SyntheticNoise
from symdcrnn.weak_form.rows import Means, weak_rows
from symdcrnn.weak_form.test_functions import OVERLAP, AxisSums, TestFunction, axis_sums, centres_of, power_for

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
        Standard deviations of the noise by field, as sums over many values have it.
    stencils : Stencils
        Of derivatives that are left in words.
    transform : ndarray, shape (columns + 1, unknowns + 1)
        From the columns to those of the unknowns, the left-hand side last: known coefficients, ties and powers of
        epsilon.
    seed : int
    basis : BasisValues, optional
        Of functions that multiply words.
    gaps : Gaps, optional
        Where values are missing; `grid` has others there.
    variances : frozenset of str
        Fields each of whose values has a variance of its own: a function of `grid`, see `variance_name`.
    correlations : mapping
        Of the noise of neighbours, by field and axis.
    usual : float
        The standard deviation of values of the left-hand side whose rows weigh one, where they have such variances.
    drawn : bool
        Whether columns of synthetic noise stand for noise in all words: rough, but its cost grows with the words alone.
    single : mapping of str to float
        Standard deviations of single values, of fields of which those are not the levels.
    means_in_time : mapping of str to ndarray, shape (runs of frames, axes of the grid)
        Of the variances of fields that are on disk.
    """

    words: WeakWords
    space: PhaseSpace
    grid: FrameWindows
    levels: Mapping[str, float]
    stencils: Stencils
    transform: Array
    seed: int = 0
    basis: BasisValues | None = None
    gaps: Gaps | None = None
    variances: frozenset[str] = frozenset()
    usual: float = 1.0
    correlations: Correlations = field(default_factory=dict)
    drawn: bool = False
    single: Mapping[str, float] = field(default_factory=dict)
    means_in_time: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def means(self) -> Means:
        """By inner word, the words whose mean noise does not change."""
        variances = {self.space.variables[name]: variance_letter(name, self.grid.outline) if name in self.variances
                     else self.single.get(name, level) ** 2 for name, level in self.levels.items()}
        return {inner: without_bias(inner, variances, self._covariance) for inner in self.words.uses}

    def _covariance(self, first: Word, second: Word) -> float:
        """That of the noise in two words of the same field at a point."""
        assert isinstance(first.base, Field)
        name = first.base.name
        return covariance_at_points(first, second, self.grid.outline, self.stencils,
                                    self.single.get(name, self.levels[name]), self.correlations)

    def integrals(self, functions: Sequence[Functions]) -> list[Integrals]:
        """The sums against test functions; those of one axis that are the same are one."""
        known: dict[tuple[str, TestFunction | None], AxisSums] = {}
        found = []
        for each in functions:
            for name in ("t", *(axis.name for axis in self.grid.outline.axes)):
                if (name, each.get(name)) not in known and (name in each or self._multiplies(name)):
                    known[name, each.get(name)] = self._sums(name, each.get(name))
            along = {axis.name: known[axis.name, each.get(axis.name)] for axis in self.grid.outline.axes
                     if (axis.name, each.get(axis.name)) in known}
            found.append(Integrals(self.grid.outline, self.words.target, known["t", each["t"]], along, self.gaps,
                                   self._precision))
        return found

    @cached_property
    def _precision(self) -> Precision | None:
        target, outline = self.words.target, self.grid.outline
        means = self.means_in_time.get(target.name)
        values = variances_on(target.name, outline) if means is None else means
        return None if values is None else Precision(values, self.usual**2)

    def _multiplies(self, name: str) -> bool:
        return self.basis is not None and self.basis.axis == name

    def _sums(self, name: str, function: TestFunction | None) -> AxisSums:
        """The sums of an axis, with those of what is multiplied by functions of it."""
        orders = [0] if name == "t" else list(range(self.words.highest(name) + 1))
        if function is None:
            sums, orders = point_sums(self.grid.outline.axis(name).size), [0]
        elif name == "t":
            sums = axis_sums(self.grid.outline.t, None, function, (0, 1), _stride(function), whole=False)
        else:
            axis = self.grid.outline.axis(name)
            period = axis.period if axis.periodic else None
            sums = axis_sums(axis.coordinate, period, function, orders, _stride(function))
        return self.basis.onto(sums, orders) if self.basis is not None and self.basis.axis == name else sums

    def row_count(self, functions: Functions) -> int:
        """How many rows the columns have that are kept."""
        if self.gaps is not None:
            return int(self.integrals([functions])[0].kept.sum())
        count = 1
        for name in self.words.target.axes:
            points = self.grid.frames if name == "t" else self.grid.outline.axis(name).size
            periodic = name != "t" and self.grid.outline.axis(name).periodic
            count *= centres_of(points, periodic, functions[name], _stride(functions[name])).size if (
                name in functions) else points
        return count

    def rows(self, integrals: Sequence[Integrals]) -> Iterator[tuple[int, int, Array]]:
        """The columns of the unknowns and the left-hand side, shape (unknowns + 1, rows), as those of `weak_rows`."""
        for number, first, columns in weak_rows(self.words, self.grid, integrals, self.stencils, self.means):
            yield number, first, columns if self._plain else self.transform.T @ columns

    @cached_property
    def _plain(self) -> bool:
        """Whether the unknowns are the columns."""
        return np.array_equal(self.transform, np.eye(len(self.transform)))

    def noise_rows(self, integrals: Sequence[Integrals]) -> Iterator[tuple[int, int, Array]]:
        """What synthetic noise of the measured levels adds to these columns, as those of `rows`."""
        noise = SyntheticNoise(self.grid, self.levels, self.seed, correlations=self.correlations)
        if all(isinstance(inner.base, Field) for inner in self.words.uses):
            for number, first, columns in weak_rows(self._without_sources, noise, integrals, self.stencils):
                yield number, first, self.transform.T @ columns
            return
        up, down = (weak_rows(self.words, replace(noise, onto=sign), integrals, self.stencils, self.means)
                    for sign in (1.0, -1.0))
        for (number, first, one), (_, _, other) in zip(up, down, strict=True):
            yield number, first, self.transform.T @ (0.5 * (one - other))

    def noise_gram(self, integrals: Sequence[Integrals]) -> list[Array]:
        """What noise adds to the products of the columns, in the mean."""
        return [first + second for first, second in self.noise_in_halves(integrals)]

    def noise_in_halves(self, integrals: Sequence[Integrals]) -> list[tuple[Array, Array]]:
        """`noise_gram` of the rows of both halves of the time."""
        if not self.drawn and not any(part.has_derivatives for parts in self.words.words for part in parts):
            halves = [half for one in _with_halves(integrals) for half in one]
            if self.gaps is None and not self.variances and not self.correlations:
                found = noise_gram(self.words, self.space, self.grid, halves, self.levels, self.stencils)
            else:
                found = noise_gram_of_rows(self.words, self.space, self.grid, halves, self.levels, self.stencils,
                                           self.correlations)
            moved = [self.transform.T @ one @ self.transform for one in found]
            return list(zip(moved[::2], moved[1::2], strict=True))
        total = np.zeros((len(integrals), 2, *(self.transform.shape[1],) * 2))
        for group in _of_one_time(integrals):
            there = [integrals[place] for place in group]
            for number, first, columns in self.noise_rows(there):
                for half, part in enumerate(_in_halves(there[number], first, columns)):
                    total[group[number], half] += part @ part.T
        return [(one, other) for one, other in total]

    @cached_property
    def _without_sources(self) -> WeakWords:
        """The words without those that noise does not change."""
        return replace(self.words, words=tuple(
            tuple(part for part in parts if part.inner.fields) for parts in self.words.words))


def _of_one_time(integrals: Sequence[Integrals]) -> list[list[int]]:
    """The numbers of those that have the same sums along t."""
    groups: dict[int, list[int]] = {}
    for number, there in enumerate(integrals):
        groups.setdefault(id(there.time), []).append(number)
    return list(groups.values())


def _in_halves(integrals: Integrals, first: int, columns: Array) -> tuple[Array, Array]:
    """Columns in rows of which one along t is the first, those of the first half of the time and those after."""
    middle = max(integrals.middle - first, 0) * (integrals.rows // integrals.time.rows)
    return columns[:, :middle], columns[:, middle:]


def _with_halves(integrals: Sequence[Integrals]) -> Iterator[tuple[Integrals, Integrals]]:
    """Both halves of the time of each; of those with the same sums along t and the same middle these are the same."""
    known: dict[tuple[int, int], tuple[AxisSums, AxisSums]] = {}
    for one in integrals:
        key = (id(one.time), one.middle)
        if key not in known:
            known[key] = one.time.between(0, one.middle), one.time.between(one.middle, one.time.rows)
        first, second = (replace(one, time=half) for half in known[key])
        yield first, second


def _stride(function: TestFunction) -> int:
    return max(1, function.half_width // OVERLAP)


@dataclass(frozen=True, eq=False)
class Study:
    """The normal equations under some test functions; sums over all rows of all trajectories.

    Parameters
    ----------
    functions : mapping of str to TestFunction
        By axis.
    rows : int
    grams : tuple of (ndarray, ndarray), shape (unknowns + 1, unknowns + 1)
        Of all columns, the left-hand side last, in the rows of the first and of the second half of the time.
    noises : tuple of (ndarray, ndarray), shape (unknowns + 1, unknowns + 1)
        What noise adds to these in the mean.
    left_out : int
        Rows that would read missing values.
    off : float
        How far sums along t are from integrals, which changes all coefficients alike: relative to them.
    """

    functions: Functions
    rows: int
    grams: tuple[Array, Array]
    noises: tuple[Array, Array]
    left_out: int = 0
    off: float = 0.0

    @property
    def unknowns(self) -> int:
        return int(self.grams[0].shape[0]) - 1

    @cached_property
    def gram(self) -> Array:
        """Of all columns in all rows."""
        return self.grams[0] + self.grams[1]

    @cached_property
    def noise(self) -> Array:
        """What noise adds to it in the mean."""
        return self.noises[0] + self.noises[1]

    @cached_property
    def signal(self) -> Array:
        """The normal equations without what noise adds."""
        return self.gram - self.noise

    @cached_property
    def halves(self) -> tuple[Array, Array]:
        """The same of both halves of the time."""
        first, second = (gram - noise for gram, noise in zip(self.grams, self.noises, strict=True))
        return first, second


def study(
    data: Sequence[WeakData], functions: Sequence[Functions], progress: Callable[[int, int], None] | None = None
) -> list[Study]:
    """The normal equations of all trajectories.

    Parameters
    ----------
    data : sequence of WeakData
    functions : sequence of mapping of str to TestFunction
    progress : callable, optional
        Called with what is done and all there is.

    Raises
    ------
    InputError
        If a test function is longer than an axis.
    """
    width = data[0].transform.shape[1]
    rows, left_out, off = [0] * len(functions), [0] * len(functions), [0.0] * len(functions)
    gram = np.zeros((len(functions), 2, width, width))
    noise = np.zeros_like(gram)
    for trajectory, one in enumerate(data):
        integrals = one.integrals(functions)
        for number, added in enumerate(one.noise_in_halves(integrals)):
            noise[number] += added
            rows[number] += int(integrals[number].kept.sum())
            left_out[number] += integrals[number].rows - int(integrals[number].kept.sum())
            off[number] = max(off[number], integrals[number].time.off(one.grid.outline.t))
        groups = _of_one_time(integrals)
        for done, group in enumerate(groups):
            if progress is not None:
                progress(trajectory * len(groups) + done, len(data) * len(groups))
            for place, first, columns in one.rows([integrals[number] for number in group]):
                for half, part in enumerate(_in_halves(integrals[group[place]], first, columns)):
                    gram[group[place], half] += part @ part.T
    return [Study(dict(each), count, (both[0], both[1]), (moved[0], moved[1]), lost, error)
            for each, count, both, moved, lost, error in zip(functions, rows, gram, noise, left_out, off, strict=True)]


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
    more = 0.0 if added is None else 0.5 * added
    grams, noises = (tuple(matrix.T @ (half + extra) @ matrix for half in both)
                     for both, extra in ((one.grams, more), (one.noises, 0.0)))
    return replace(one, grams=(grams[0], grams[1]), noises=(noises[0], noises[1]))


def power_of(words: WeakWords, axis: str) -> int:
    """The power of the test function along an axis."""
    return power_for(1 if axis == "t" else words.highest(axis))
