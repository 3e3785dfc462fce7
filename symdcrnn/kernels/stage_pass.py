"""Residual, loss and gradient of a scheme with stages: some steps marched forward, then the adjoint marched back.

At each stage one kernel applies all explicit words; on the way back one sums the products of the force with each
word, and one applies the adjoint words.  No array of a single word is ever made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.build import Kernel, build
from symdcrnn.kernels.emit import KernelSpec, Kind
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import NORMS, Norm
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.kernels.stage_functions import stage_functions
from symdcrnn.kernels.stage_sums import END, FORCE, REPLY, RESIDUAL, START, Combination, StageSums
from symdcrnn.kernels.threads import each_part, part_count
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]

ONE = np.ones(1)
"""The weight of every v where values are not averaged."""

NUMBERS = 1 << 15
"""Of one row: so many steps go together that the rows of all stages stay near the processor."""


@dataclass(frozen=True)
class Sums:
    """What is summed at each stage for some coefficients; see `StageSums`.

    Parameters
    ----------
    form : StageSums
    coefficients : ndarray, shape (columns,)
    values, explicit, stiff, starts : tuple of Combination
        One for each stage.
    residual : Combination
    """

    form: StageSums
    coefficients: Array
    values: tuple[Combination, ...]
    residual: Combination
    explicit: tuple[Combination, ...]
    stiff: tuple[Combination, ...]
    starts: tuple[Combination, ...]


@dataclass(frozen=True)
class StagePass:
    """The part of `BoundStages` that makes no arrays of words.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
    words : tuple of Word
        The right-hand side, in the order of the coefficients.
    data : GridData
    stencils : Stencils
    norm : Norm
    explicit, forcing, own : tuple of int
        Which words are explicit, stiff on other fields, and explicit on the target.
    profiles : mapping of int to ndarray
        The factors in x of the words that are stiff on the target.
    between : mapping
        By abscissa, the other fields at the times of the stages.
    halo : int
        Of one right-hand side.
    """

    scheme: DoubleTableau
    target: Field
    words: tuple[Word, ...]
    data: GridData
    stencils: Stencils
    norm: Norm
    explicit: tuple[int, ...]
    forcing: tuple[int, ...]
    own: tuple[int, ...]
    profiles: Mapping[int, Array]
    between: Mapping[float, Mapping[str, Array]]
    halo: int

    def residual(self, coefficients: Array) -> Array:
        """r at every step, shape (frames - 1, [Nv,] Nx), whether or not a stage leaves the data.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        """
        out = np.empty_like(self.data.fields[self.target.name][1:])
        sums = self.sums(coefficients)

        def some(first: int, last: int, rows: Array) -> None:
            self.march(sums, first, last, rows)
            out[first:last] = rows[RESIDUAL].reshape(out[first:last].shape)

        self._each(some, sums)
        return out

    def value_and_gradient(self, coefficients: Array, fitted: tuple[int, int], width: float) -> tuple[float, Array]:
        """Loss and gradient, as sums over the points.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        fitted : (int, int)
            The indices of x that count.
        width : float
            The width parameter of the norm.
        """
        sums = self.sums(coefficients)
        chunks = self._chunks
        values, gradients = np.zeros(len(chunks)), np.zeros((len(chunks), coefficients.size))

        def some(first: int, last: int, rows: Array) -> None:
            self.march(sums, first, last, rows)
            number = chunks.index((first, last))
            values[number] = self._functions.penalise(rows[RESIDUAL], 1.0 / self._measure, *fitted, width)
            gradients[number] = self.pull_back(sums, first, last, rows)

        self._each(some, sums)
        return float(values.sum()), gradients.sum(axis=0)

    def sums(self, coefficients: Array) -> Sums:
        """What is summed at each stage for some coefficients."""
        stiffness = np.zeros(self.data.nx)
        for k, profile in self.profiles.items():
            stiffness += coefficients[k] * profile
        form = StageSums(self.scheme, stiffness, bool(self.forcing))
        stages = range(self.scheme.stages)
        return Sums(
            form, coefficients, tuple(form.value_sum(i) for i in stages), form.residual_sum(),
            tuple(form.explicit_force(i) for i in stages), tuple(form.stiff_force(i) for i in stages),
            tuple(form.start_force(i, self._replies(form, i)) for i in stages),
        )

    def scratch(self, sums: Sums, steps: int) -> Array:
        """Rows for some steps, shape (rows, steps Nv, Nx)."""
        velocities = self.data.v.size if self.target.v_dependent else 1
        return np.empty((sums.form.rows, steps * velocities, self.data.nx))

    def march(self, sums: Sums, first: int, last: int, rows: Array) -> None:
        """All stages of the steps [first, last), and their residual."""
        form, frames = sums.form, self.data.fields[self.target.name]
        rows[START] = frames[first:last].reshape(rows[START].shape)
        rows[END] = frames[first + 1:last + 1].reshape(rows[END].shape)
        for i in range(self.scheme.stages):
            if self.forcing and form.stiff_needed(i):
                others = self._others(self.scheme.implicit_abscissas[i], first, last)
                self._apply("forcing", sums.coefficients[list(self.forcing)], others, rows, form.forcing(i))
            if form.moves(i):
                self._combine(rows, form.value(i), sums.values[i])
            if form.explicit_needed(i):
                self._apply("explicit", sums.coefficients[list(self.explicit)],
                            self._fields(i, form, first, last, rows), rows, form.slope(i))
        self._combine(rows, RESIDUAL, sums.residual)

    def pull_back(self, sums: Sums, first: int, last: int, rows: Array) -> Array:
        """The gradient from the rows of `march`, with the slope of the norm by the weights of v in place of r."""
        form = sums.form
        gradient = np.zeros(len(self.words))
        products = np.zeros(self.data.nx)
        for i in reversed(range(self.scheme.stages)):
            if self.explicit and form.explicit_needed(i):
                self._combine(rows, FORCE, sums.explicit[i], self._measure)
                gradient[list(self.explicit)] += self._products(
                    "explicit products", self._fields(i, form, first, last, rows), rows)
            if self._replies(form, i):
                self._combine(rows, FORCE, sums.explicit[i])
                force = {self.target.name: self._shaped(rows[FORCE])}
                self._apply("backward", sums.coefficients[list(self.own)], force, rows, REPLY)
            if form.moves(i):
                self._combine(rows, form.slope(i), sums.starts[i])
            if (self.profiles or self.forcing) and form.stiff_needed(i):
                self._combine(rows, FORCE, sums.stiff[i], self._measure)
                if self.profiles:
                    self._functions.add_products(products, rows[FORCE], rows[form.value(i)])
                if self.forcing:
                    others = self._others(self.scheme.implicit_abscissas[i], first, last)
                    gradient[list(self.forcing)] += self._products("forcing products", others, rows)
        for k, profile in self.profiles.items():
            gradient[k] += float((profile * products).sum())
        return gradient

    @cached_property
    def _kernels(self) -> Mapping[str, Kernel]:
        explicit, forcing = ([self.words[k] for k in chosen] for chosen in (self.explicit, self.forcing))
        backward = [adjoint_word(self.words[k], self.target) for k in self.own]
        # A residual of -z/2 has the slope -z, so that the gradient by a coefficient is the sum of z times its column.
        force = Residual(self._force, (-0.5,), ())
        wanted: dict[str, tuple[Kind, Residual, list[Word]]] = {
            "explicit": ("apply", Residual(self.target, (0.0,), ()), explicit),
            "forcing": ("apply", Residual(self.target, (0.0,), ()), forcing),
            "backward": ("apply", Residual(self.target, (0.0,), ()), backward),
            "explicit products": ("value_and_gradient", force, explicit),
            "forcing products": ("value_and_gradient", force, forcing),
        }
        return {
            name: build(KernelSpec(kind, lower(
                Residual(form.target, form.time_weights, tuple(Column(word, "now", (1.0,)) for word in words)),
                self.stencils), NORMS["l2"], (f"Stages: {name}.",)))
            for name, (kind, form, words) in wanted.items() if words
        }

    @cached_property
    def _functions(self) -> ModuleType:
        return stage_functions(self.norm)

    @property
    def _force(self) -> Field:
        """The field of the force, named as no other is."""
        name = "force"
        while name in self.data.fields:
            name += "_"
        return Field(name, self.target.axes)

    @property
    def _measure(self) -> Array:
        """The inner product in which adjoint words are adjoint: sum over x of <u z>."""
        return self.data.quadrature if self.target.v_dependent else ONE

    @property
    def _chunks(self) -> list[tuple[int, int]]:
        """Which steps go together, whatever the number of threads."""
        steps = self.data.frames - 1
        size = max(1, NUMBERS // self.data.fields[self.target.name][0].size)
        return [(first, min(first + size, steps)) for first in range(0, steps, size)]

    def _each(self, some: Callable[[int, int, Array], None], sums: Sums) -> None:
        """Call a function on all chunks of steps, each thread with rows of its own."""
        chunks = self._chunks
        # They are made before the threads ask for them.
        _ = self._kernels, self._functions
        parts = part_count(len(chunks))

        def part(number: int) -> None:
            mine = chunks[len(chunks) * number // parts:len(chunks) * (number + 1) // parts]
            rows = self.scratch(sums, chunks[0][1])
            for first, last in mine:
                some(first, last, rows if last - first == chunks[0][1] else self.scratch(sums, last - first))

        each_part(part, parts)

    def _replies(self, form: StageSums, i: int) -> bool:
        """Whether the value of a stage depends on coefficients and its explicit part on that value."""
        return bool(self.own) and form.moves(i) and form.explicit_needed(i)

    def _others(self, abscissa: float, first: int, last: int) -> dict[str, Array]:
        return {name: values[first:last] for name, values in self.between[abscissa].items()}

    def _fields(self, i: int, form: StageSums, first: int, last: int, rows: Array) -> dict[str, Array]:
        """What the explicit words of a stage act on."""
        others = self._others(self.scheme.explicit_abscissas[i], first, last)
        return {**others, self.target.name: self._shaped(rows[form.value(i)])}

    def _shaped(self, row: Array) -> Array:
        shape: tuple[int, ...] = self.data.fields[self.target.name].shape[1:]
        return row.reshape(-1, *shape)

    @property
    def _reach(self) -> int:
        return 0 if self.data.periodic else self.halo

    def _combine(self, rows: Array, out: int, what: Combination, by_v: Array | None = None) -> None:
        measure = ONE if by_v is None else by_v
        if what.even is None:
            self._functions.combine(rows, out, what.chosen, what.weights, measure)
        else:
            self._functions.combine_evenly(rows, out, what.chosen, what.even, measure)

    def _apply(self, name: str, coefficients: Array, fields: Mapping[str, Array], rows: Array, out: int) -> None:
        row = rows[out]
        if name not in self._kernels:
            row.fill(0.0)
            return
        # The force is zero near the ends of data that is not periodic, so that its adjoint words may wrap around.
        reach = 0 if name == "backward" else self._reach
        row[:, :reach] = 0.0
        row[:, self.data.nx - reach:] = 0.0
        # A kernel of words on other fields still takes one of the target, which it does not read.
        fields = {self.target.name: self._shaped(row), **fields}
        self._bound(name, fields).fill(coefficients, self._shaped(row), reach, self.data.nx - reach)

    def _products(self, name: str, fields: Mapping[str, Array], rows: Array) -> Array:
        """The sum of the products of the force with each word."""
        count = len(self._kernels[name].spec.program.columns)
        out = np.zeros((1, 1 + count))
        bound = self._bound(name, {**fields, self._force.name: self._shaped(rows[FORCE])})
        bound.fill(np.zeros(count), out, self._reach, self.data.nx - self._reach)
        found: Array = out[0, 1:]
        return found

    def _bound(self, name: str, fields: Mapping[str, Array]) -> BoundKernel:
        data = self.data
        return BoundKernel(self._kernels[name], GridData(
            fields, data.v, data.quadrature, data.dt, data.dx, data.periodic, data.profiles))
