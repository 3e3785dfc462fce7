"""How noise in the fields moves the weak residual: the covariance of sums over its rows.

Noise n moves a word D^a N by D^a N'(u) n, so the residual moves by L n with a linear L, and white noise of variance
s^2 gives a sum a . r over the rows the variance s^2 |L^T a|^2. L^T is made of the adjoints of the sums over points and
of the adjoint of N'(u), which the algebra derives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.rules import Quadrature, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import Integrals, Multiplied, Orders, WeakWords, by_time, frame_ranges, values_of
from symdcrnn.weak_form.cores import SUMMED, applied, splits
from symdcrnn.weak_form.noise.correlations import Correlations, InTime, correlated_in_space
from symdcrnn.weak_form.noise.precision import variances_on
from symdcrnn.weak_form.test_functions import Order, Sums, times

Array = NDArray[np.float64]

Uses = dict[Word, dict[Orders, float]]
"""By inner word and derivative, how many times."""

Letters = tuple[Operator, ...]
Plan = dict[Word, dict[Order, dict[Orders, list[tuple[Letters, float]]]]]
"""By core and derivative, along t and along other axes, letters and how many times they are taken."""

ALL_FUNCTIONS = -1
"""In place of the order of a derivative: a sum over basis functions."""

OUTPUT = "residual_"
"""The field that adjoints act on."""

MOVED = 4
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

    def covariance(
        self, frames: FrameWindows, weights: Iterable[Array], coefficients: Array, levels: Mapping[str, float],
        correlations: Correlations | None = None,
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
            Standard deviations of the noise by field, of those whose values do not have variances of their own.
        correlations : mapping, optional
            Of the noise of neighbours.

        Returns
        -------
        ndarray, shape (sums, sums)
        """
        uses, integrals = combined(self._uses(coefficients), self.integrals, self.words.multiplied)
        plan = self._plan(uses)
        time, coming = integrals.time, iter(weights)
        first, held = 0, next(coming)
        count, each = len(held), integrals.rows // time.rows
        total = np.zeros((count, count))
        in_time = {name: InTime(found["t"]) for name, found in (correlations or {}).items() if "t" in found}
        ranges = [one for one in frame_ranges(integrals.grid, -(-count // MOVED)) if time.touched(*one)]
        for (start, stop), grid in zip(ranges, frames.runs(ranges), strict=True):
            rows = time.touched(start, stop)
            while first * each + held.shape[1] < rows.stop * each:
                held = np.concatenate([held, next(coming)], axis=1)
            held, first = held[:, (rows.start - first) * each:], rows.start
            part = held[:, :len(rows) * each].reshape(count, len(rows), *integrals.shape[1:])
            for name, moved in self._moved(part, rows, plan, integrals, grid, range(start, stop)).items():
                if name in levels:
                    own = variances_on(name, grid)
                    values = moved if own is None else moved * np.sqrt(own)
                    matrix = values.reshape(count, -1)
                    if correlations is None or name not in correlations:
                        added = matrix @ matrix.T
                    else:
                        other = correlated_in_space(values, correlations[name], grid)
                        added = matrix @ other.reshape(count, -1).T
                        if name in in_time:
                            added += in_time[name].products(*(one.reshape(count, stop - start, -1)
                                                              for one in (values, other)))
                    total += (levels[name]**2 if own is None else 1.0) * added
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

    def _plan(self, uses: Uses) -> Plan:
        """What the residual takes of every core that has noise; the left-hand side is a word too."""
        target = Word((), self.words.target)
        integrals = self.integrals
        split = splits([target, *uses], integrals.grid, integrals.along, self.words.target)
        plan: Plan = {split[target].core: {1: {(): [(split[target].letters, 1.0)]}}}
        for inner, by_orders in uses.items():
            if any("t" in field.axes for field in inner.fields):
                for order, in_space in by_time(by_orders).items():
                    there = plan.setdefault(split[inner].core, {}).setdefault(order, {})
                    for orders, factor in in_space.items():
                        there.setdefault(orders, []).append((split[inner].letters, factor))
        return plan

    def _moved(
        self, weights: Array, rows: range, plan: Plan, integrals: Integrals, some: PhaseGrid, frames: range
    ) -> dict[str, Array]:
        """The adjoint of the residual on weights of its rows, shape (sums, rows), by field, at some frames."""
        found: dict[str, Array] = {}
        for core, by_order in plan.items():
            axes = self._between(core)
            values = np.zeros(())
            for order, in_space in by_order.items():
                summed = sum(integrals.back_in_space(self._on_core(weights, core, axes, users), orders)
                             for orders, users in in_space.items())
                values = values + _in_time(integrals, rows, frames, np.asarray(summed), len(weights), order)
            for field in core.fields:
                if "t" in field.axes:
                    back = self._through_each(core, field, axes, values, some)
                    back = np.broadcast_to(back, (len(weights), len(frames), *self._sizes(field.axes)))
                    found[field.name] = found[field.name] + back if field.name in found else back
        return found

    def _between(self, core: Word) -> tuple[str, ...]:
        """The axes of what sums give back to a core: its own, where those that sums are over are among them."""
        kept, target = {"t", *self.integrals.along}, self.words.target.axes
        return core.axes if set(core.axes) & kept == set(target) & kept else target

    def _on_core(
        self, weights: Array, core: Word, axes: tuple[str, ...], users: Sequence[tuple[Letters, float]]
    ) -> Array:
        """The adjoint of letters on weights of rows, one sum after the other along t."""
        stacked, target = weights.reshape(-1, *weights.shape[2:]), self.words.target.axes
        if axes == target and not any(letters for letters, _ in users):
            return sum(factor for _, factor in users) * stacked
        output, field = Field(OUTPUT, target), Field(SUMMED, axes)
        words = [(factor * number, word) for letters, factor in users
                 for number, word in adjoints(Word(letters, field), field, output)]
        back = applied(words, stacked / self._measure(target), output, self.integrals.grid, self.stencils)
        return back * self._measure(axes)

    def _through_each(self, core: Word, field: Field, axes: tuple[str, ...], values: Array, some: PhaseGrid) -> Array:
        """`_through` of several; what acts at every point by itself is a product, the same for all of them."""
        if core == Word((), field) and axes == field.axes:
            return values
        apart = any(isinstance(rule, Stencil | Quadrature) for _, word in adjoints(core, field, Field(OUTPUT, axes))
                    for rule in rules_of(word))
        if apart:
            return np.array([self._through(core, field, axes, one, some) for one in values])
        found: Array = values * self._through(core, field, axes, np.ones_like(values[0]), some)
        return found

    def _through(self, core: Word, field: Field, axes: tuple[str, ...], values: Array, some: PhaseGrid) -> Array:
        """The adjoint of the derivative of a core by a field."""
        output = Field(OUTPUT, axes)
        names = ("t", *(axis.name for axis in some.axes))
        own = [place for place, name in enumerate(names) if name in axes]
        array = (values / self._measure(axes)).reshape([values.shape[place] for place in own])
        changed = replace(some, fields={**some.fields, OUTPUT: array},
                          field_axes={**some.field_axes, OUTPUT: tuple(names[place] for place in own)})
        parts = [number * values_of(word, changed, self.stencils) for number, word in adjoints(core, field, output)]
        found: Array = sum(parts[1:], parts[0]) * self._measure(field.axes)
        return found

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

    def _sizes(self, axes: tuple[str, ...]) -> list[int]:
        return [axis.size if axis.name in axes else 1 for axis in self.integrals.grid.axes]


@lru_cache(maxsize=4096)
def adjoints(word: Word, field: Field, output: Field) -> tuple[tuple[float, Word], ...]:
    """The adjoint of the derivative of a word by a field, as a linear combination of words on another one."""
    return tuple((float(chain.coefficient), chain.adjoint(field, output)) for chain in derivative(word, field))


def transposed(words: Iterable[Word], target: Field) -> list[Word]:
    """The adjoints of words that have a kernel: the transposed kernel is a matrix of its own, which grids must hold."""
    return [adjoint for word in words if any(isinstance(rule, Quadrature) and not rule.averages
                                             for rule in rules_of(word))
            for field in word.fields if "t" in field.axes
            for _, adjoint in adjoints(word, field, Field(OUTPUT, target.axes))]


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
            key = (ALL_FUNCTIONS, len(matrices))
            matrices[key] = sum((factor * matrices[order] for order, factor in parts[1:]),
                                parts[0][1] * matrices[parts[0][0]])
            there[tuple(sorted((*rest, (name, key))))] = 1.0
    changed = replace(sums, sums=matrices)
    if name == "t":
        return found, replace(integrals, time=changed)
    return found, replace(integrals, along={**integrals.along, name: changed})


def _in_time(integrals: Integrals, rows: range, frames: range, stacked: Array, count: int, order: Order) -> Array:
    """The adjoint of sums along t, of some rows at some frames, of one sum after the other."""
    part: Sums = integrals.time.part(order, rows, frames.start, frames.stop)
    shape = stacked.shape[1:]
    if part is None:
        return np.zeros((count, len(frames), *shape))
    values = np.moveaxis(stacked.reshape(count, len(rows), -1), 0, 1)
    moved = times(part.T, np.ascontiguousarray(values).reshape(len(rows), -1)).reshape(len(frames), count, *shape)
    return np.moveaxis(moved, 0, 1)
