"""Loss and gradient through stages by a backward pass: forward over all stages of some steps, and back again.

A group of steps has few enough numbers to stay in the cache between one sweep over it and the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.staged import sweeps
from symdcrnn.kernels.staged.penalties import slopes
from symdcrnn.kernels.staged.reverse_kernels import ReverseKernels, Total
from symdcrnn.kernels.staged.right_hand_side import with_field
from symdcrnn.kernels.staged.tableau_terms import TableauTerms
from symdcrnn.kernels.threads import each_part, part_count
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]

POINTS = 2**16
"""In one array of a group of steps, about; one step at least."""


@dataclass(frozen=True, eq=False)
class Room:
    """Arrays for a group of steps, used again for the next one: axes (..., step, point).

    Parameters
    ----------
    slopes : ndarray
        Explicit ones by stage, then stiff ones.
    values, cotangents : ndarray
        Of the stages; cotangents begin with that of the residual.
    stiffness : ndarray
        By stage; of no stage where it is the same at all times.
    constant, pulled, moved : ndarray
        Stiff words on other fields, cotangents of slopes, and what transposed words make of them.
    damped : ndarray
        Cotangents of the stiffness, summed over the steps where that is the same at all times.
    """

    slopes: Array
    values: Array
    cotangents: Array
    stiffness: Array
    constant: Array
    pulled: Array
    moved: Array
    damped: Array

    @classmethod
    def of(cls, stages: int, steady: bool, steps: int, points: int) -> Room:
        """New arrays, all in one block, with zeros.

        Parameters
        ----------
        stages : int
        steady : bool
            Whether the stiffness is the same at all times.
        steps, points : int
        """
        counts = (2 * stages, stages, 1 + stages, 0 if steady else stages, 3)
        ends = np.cumsum(counts)
        block = np.zeros((int(ends[-1]), steps, points))
        slopes, values, cotangents, stiffness, (constant, pulled, moved) = (
            block[end - count:end] for count, end in zip(counts, ends, strict=True))
        return cls(slopes, values, cotangents, stiffness, constant, pulled, moved,
                   np.zeros((1 if steady else steps, points)))


@dataclass(frozen=True, eq=False)
class ReversePass:
    """A scheme with stages and what a backward pass reads.

    Parameters
    ----------
    scheme : DoubleTableau
    target : Field
    columns : int
        How many words there are.
    kernels : ReverseKernels
    grid : PhaseGrid
        The frames.
    between : mapping of float to PhaseGrid
        By abscissa, all fields and functions at the times of the stages.
    lengths : ndarray, shape (steps,)
    norm : Norm
    solved, fitted : ndarray, shape (points,)
        1 where stages are solved for and where residuals are fitted, 0 elsewhere.
    """

    scheme: DoubleTableau
    target: Field
    columns: int
    kernels: ReverseKernels
    grid: PhaseGrid
    between: Mapping[float, PhaseGrid]
    lengths: Array
    norm: Norm
    solved: Array
    fitted: Array

    def sums(self, coefficients: Array, width: float) -> Array:
        """The loss and its gradient by all coefficients, sums over all points.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
            Times dt.
        width : float
            The width parameter of the norm.

        Returns
        -------
        ndarray, shape (1 + columns,)
        """
        steps, size, stages = self.lengths.size, self.solved.size, self.scheme.stages
        count = -(-steps // max(1, POINTS // size))
        edges = [steps * number // count for number in range(count + 1)]
        steady = self._steady(coefficients)
        parts = part_count(count)

        def part(number: int) -> list[Array]:
            found: list[Array] = []
            room: Room | None = None
            for group in range(count * number // parts, count * (number + 1) // parts):
                first, last = edges[group:group + 2]
                if room is None or room.constant.shape[0] != last - first:
                    room = Room.of(stages, steady is not None, last - first, size)
                found.append(_Group(self, first, last, coefficients, steady, room).sums(width))
            return found

        total: Array = np.sum([row for rows in each_part(part, parts) for row in rows], axis=0)
        return total

    def _steady(self, coefficients: Array) -> Array | None:
        """The stiffness where it is the same at all steps, axes (1, point)."""
        stiffness, out = self.kernels.stiffness, np.zeros((1, self.solved.size))
        if stiffness is None:
            return out
        if not stiffness.steady:
            return None
        stiffness.write(out, next(iter(self.between.values())).between(0, 1), coefficients)
        return out

    @cached_property
    def terms(self) -> TableauTerms:
        """What stages are made of."""
        return TableauTerms(self.scheme, self.kernels.explicit is not None, self.kernels.implicit)


@dataclass(frozen=True, eq=False)
class _Group:
    """Some steps at some coefficients."""

    whole: ReversePass
    first: int
    last: int
    coefficients: Array
    steady: Array | None
    room: Room

    def sums(self, width: float) -> Array:
        """The loss and the gradient of these steps."""
        whole, room = self.whole, self.room
        for i in range(whole.scheme.stages):
            self._stage(i)
        left = room.cotangents[0]
        sweeps.compiled().combine(left, self._frames(1), True, room.slopes, *whole.terms.step, self._lengths)
        found = np.zeros(1 + whole.columns)
        found[0] = slopes(whole.norm, left, self._frames(0), whole.fitted, width).sum()
        room.damped[:] = 0.0
        for i in reversed(range(whole.scheme.stages)):
            self._back(i, found[1:])
        if self.steady is not None and whole.kernels.damping_products is not None:
            some = next(iter(whole.between.values())).between(0, 1)
            whole.kernels.damping_products.add(found[1:], self._with_cotangent(some, room.damped))
        return found

    def _stage(self, i: int) -> None:
        """The value of a stage and its slopes."""
        whole, room, terms, kernels = self.whole, self.room, self.whole.terms, self.whole.kernels
        start, before = self._frames(0), terms.before[i]
        if terms.implicit_needed[i]:
            there = self._grids[whole.scheme.implicit_abscissas[i]]
            if self.steady is None:
                self._written(kernels.stiffness, room.stiffness[i], there)
            constant = self._written(kernels.constant, room.constant, there)
            sweeps.compiled().solve(room.values[i], room.slopes[whole.scheme.stages + i], start, room.slopes, *before,
                                    self._lengths, constant, self._stiffness(i), terms.diagonal[i])
        elif terms.moves[i]:
            sweeps.compiled().combine(room.values[i], start, True, room.slopes, *before, self._lengths)
        if terms.moves[i] and self._ends.size:
            data = self._grids[whole.scheme.explicit_abscissas[i]].fields[whole.target.name]
            room.values[i][:, self._ends] = data.reshape(len(data), -1)[:, self._ends]
        if terms.explicit_needed[i]:
            self._written(kernels.explicit, room.slopes[i], self._at_stage(i))

    def _back(self, i: int, gradient: Array) -> None:
        """What a stage adds to the gradient, and the cotangent of what it was made of."""
        whole, room, terms, kernels = self.whole, self.room, self.whole.terms, self.whole.kernels
        moved = np.zeros((1, whole.solved.size))
        if terms.explicit_needed[i]:
            sweeps.compiled().combine(room.pulled, room.pulled, False, room.cotangents, *terms.after_explicit[i],
                                      self._lengths)
            here = self._with_cotangent(self._at_stage(i), room.pulled)
            if kernels.explicit_products is not None:
                kernels.explicit_products.add(gradient, here)
            if terms.moves[i] and kernels.transposed is not None:
                moved = self._written(kernels.transposed, room.moved, here)
        if not terms.moves[i]:
            return
        if self.steady is None:
            room.damped[:] = 0.0
        stiff = room.pulled if kernels.forcing_products is not None else np.zeros((1, whole.solved.size))
        sweeps.compiled().solve_back(
            room.cotangents[1 + i], stiff, room.damped, moved, room.cotangents, *terms.after_implicit[i],
            self._lengths, self._stiffness(i), terms.diagonal[i], room.values[i], whole.solved)
        if not terms.implicit_needed[i]:
            return
        there = self._grids[whole.scheme.implicit_abscissas[i]]
        if kernels.forcing_products is not None:
            kernels.forcing_products.add(gradient, self._with_cotangent(there, room.pulled))
        if kernels.damping_products is not None and self.steady is None:
            kernels.damping_products.add(gradient, self._with_cotangent(there, room.damped))

    def _written(self, total: Total | None, out: Array, grid: PhaseGrid) -> Array:
        if total is not None:
            total.write(out, grid, self.coefficients)
        return out

    def _stiffness(self, i: int) -> Array:
        return self.room.stiffness[i] if self.steady is None else self.steady

    @cached_property
    def _grids(self) -> dict[float, PhaseGrid]:
        return {abscissa: grid.between(self.first, self.last) for abscissa, grid in self.whole.between.items()}

    def _at_stage(self, i: int) -> PhaseGrid:
        """The grid of a stage with its values."""
        grid = self._grids[self.whole.scheme.explicit_abscissas[i]]
        value = self.room.values[i] if self.whole.terms.moves[i] else self._frames(0)
        return with_field(grid, self.whole.target, value.reshape(self._shape(grid)))

    def _with_cotangent(self, grid: PhaseGrid, cotangent: Array) -> PhaseGrid:
        return with_field(grid, self.whole.kernels.cotangent, cotangent.reshape(self._shape(grid)))

    def _shape(self, grid: PhaseGrid) -> tuple[int, ...]:
        return (grid.frames, *(grid.axis(name).size for name in self.whole.target.axes[1:]))

    def _frames(self, offset: int) -> Array:
        """Those that the steps begin with, or end with."""
        frames = self.whole.grid.fields[self.whole.target.name][self.first + offset:self.last + offset]
        return np.require(frames, np.float64, ["C", "W"]).reshape(len(frames), -1)

    @property
    def _lengths(self) -> Array:
        return self.whole.lengths[self.first:self.last]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.whole.solved < 0.5)
