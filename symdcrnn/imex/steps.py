"""Steps of an IMEX Runge-Kutta scheme (8.1)-(8.4) for all equations of a model, on compiled functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.embedding.march import March
from symdcrnn.embedding.right_hand_side import rate_of
from symdcrnn.embedding.state_parts import bound_state
from symdcrnn.errors import InputError
from symdcrnn.imex.local_matrix import values_at_a_point
from symdcrnn.imex.loops import compiled
from symdcrnn.imex.splitting import Splitting, Terms, part_of, split
from symdcrnn.imex.stage_solve import StageSolve
from symdcrnn.kernels.one_state.bound import BoundState
from symdcrnn.kernels.staged.tableau_terms import TableauTerms
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]
Part = tuple[BoundState, tuple[Field, ...]]


@dataclass(frozen=True, eq=False)
class ImexMarch:
    """A model on a grid with how its words are split, for one scheme.

    Parameters
    ----------
    march : March
    scheme : DoubleTableau
        With an implicit part.
    splitting : Splitting
    """

    march: March
    scheme: DoubleTableau
    splitting: Splitting

    @cached_property
    def terms(self) -> TableauTerms:
        """What each stage reads."""
        return TableauTerms(self.scheme, True, True)

    @cached_property
    def explicit(self) -> Part | None:
        """The words of the explicit tableau with the fields that have some; None if there is none."""
        return self._part(self.splitting.explicit)

    @cached_property
    def before(self) -> tuple[Part | None, ...]:
        """By block the words that read earlier blocks alone."""
        return tuple(self._part(block.before) for block in self.splitting.blocks)

    @cached_property
    def places(self) -> dict[Field, slice]:
        """Where each field lies in a packed state."""
        found, first = {}, 0
        for equation, _ in self.march.rhs.structure.numbered:
            size = prod(self.march.rhs.structure.shape(equation.target))
            found[equation.target] = slice(first, first + size)
            first += size
        return found

    @property
    def evaluations(self) -> int:
        """Of compiled functions in a step."""
        later = len([part for part in self.before if part is not None]) * sum(self.terms.implicit_needed)
        return later + (sum(self.terms.explicit_needed) if self.explicit is not None else 0)

    def parts(self, packed: Array) -> dict[Field, Array]:
        """The fields of a packed state, as views; a number is an array of one."""
        return {one: packed[here].reshape(self.march.rhs.structure.shape(one) or (1,))
                for one, here in self.places.items()}

    def _part(self, terms: Terms) -> Part | None:
        rhs = self.march.rhs
        part = part_of(rhs.structure, terms)
        if part is None:
            return None
        return bound_state(rate_of(part, rhs.fields), rhs.start), tuple(one.target for one, _ in part.numbered)


def imex_march(march: March, scheme: DoubleTableau) -> ImexMarch:
    """The equations of a model for an IMEX scheme.

    Raises
    ------
    InputError
        If no word is one that the scheme could treat implicitly.
    """
    splitting = split(march.rhs.structure, march.ends.inside)
    if all(block.matrix is None for block in splitting.blocks):
        raise InputError(f"{scheme.name} solves for words that are linear and local in space, such as g or <f>, and no "
                         "equation has one of a field with an equation: take a method of scipy, such as RK45 or BDF")
    return ImexMarch(march, scheme, splitting)


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps of one length, with the room they need.

    Parameters
    ----------
    imex : ImexMarch
    dt : float
    """

    imex: ImexMarch
    dt: float

    def advance(self, y: Array, t: float) -> None:
        """One step from a time, in place; shape (size,)."""
        scheme, terms = self.imex.scheme, self.imex.terms
        for stage in range(scheme.stages):
            time = t + scheme.implicit_abscissas[stage] * self.dt
            for number in range(len(self.imex.splitting.blocks)):
                self._find(y, number, stage, time)
            if terms.explicit_needed[stage] and self.imex.explicit is not None:
                self._write(self.imex.explicit, stage, t + scheme.explicit_abscissas[stage] * self.dt)
        if not scheme.ends_with_its_last_stage:
            rows, weights = terms.step
            for one in self.imex.places.values():
                compiled().combine(y, -self.dt * weights, rows, self._slopes, one.start, one.stop, self._stage)
            self._fill(t + self.dt, tuple(self.imex.places))
        y[:] = self._stage

    @cached_property
    def _slopes(self) -> Array:
        return np.zeros((2 * self.imex.scheme.stages, self.imex.march.rhs.size))

    @cached_property
    def _stage(self) -> Array:
        return np.empty(self.imex.march.rhs.size)

    @cached_property
    def _stage_parts(self) -> dict[Field, Array]:
        return self.imex.parts(self._stage)

    @cached_property
    def _slope_parts(self) -> list[dict[Field, Array]]:
        return [self.imex.parts(row) for row in self._slopes]

    @cached_property
    def _sums(self) -> list[tuple[NDArray[np.int64], Array]]:
        """By stage the slopes that it is made of with their weights; of its own those of words of earlier blocks."""
        found = []
        for stage, (rows, weights) in enumerate(self.imex.terms.before):
            own = self.imex.terms.diagonal[stage]
            if own:
                rows = np.append(rows, self.imex.scheme.stages + stage)
                weights = np.append(weights, own)
            found.append((np.require(rows, np.int64, ["C", "W"]), self.dt * weights))
        return found

    @cached_property
    def _solves(self) -> list[list[StageSolve | None]]:
        """By block and stage; stages with the same diagonal share theirs."""
        grid, found = self.imex.march.rhs.structure.grid, []
        for block in self.imex.splitting.blocks:
            counts = tuple(values_at_a_point(one, grid) for one in block.fields)
            made = {own: StageSolve.of(block.matrix, own * self.dt if own else None, counts)
                    for own in set(self.imex.terms.diagonal)} if block.matrix is not None else {}
            found.append([made.get(own) if needed else None for own, needed in zip(
                self.imex.terms.diagonal, self.imex.terms.implicit_needed, strict=True)])
        return found

    def _find(self, y: Array, number: int, stage: int, t: float) -> None:
        """The fields of a block at a stage, and what the implicit tableau has of them."""
        fields, row = self.imex.splitting.blocks[number].fields, self.imex.scheme.stages + stage
        solve, before = self._solves[number][stage], self.imex.before[number]
        slopes = [self._slope_parts[row][one] for one in fields]
        written: tuple[Field, ...] = ()
        if before is not None and self.imex.terms.implicit_needed[stage]:
            self._write(before, row, t)
            written = before[1]
        for one, slope in zip(fields, slopes, strict=True):
            if one not in written:
                slope[...] = 0.0
        for one in fields:
            here, (rows, weights) = self.imex.places[one], self._sums[stage]
            compiled().combine(y, weights, rows, self._slopes, here.start, here.stop, self._stage)
        self._fill(t, fields)
        if solve is not None:
            solve.write([self._stage_parts[one] for one in fields], slopes)
            self._fill(t, fields)

    def _write(self, part: Part, row: int, t: float) -> None:
        """The rates of some words at the stage to a row of slopes."""
        function, targets = part
        states = [self._stage_parts[one] if one in self._stage_parts else self._given(one, t)
                  for one in self.imex.march.rhs.fields]
        function.write(states, tuple(self._slope_parts[row][one] for one in targets), t)

    def _given(self, one: Field, t: float) -> Array:
        values = np.require(self.imex.march.given(one.name, t), np.float64, ["C", "W"])
        return values.reshape(1) if values.ndim == 0 else values

    def _fill(self, t: float, fields: tuple[Field, ...]) -> None:
        """Points that have no rate."""
        for one in fields:
            self.imex.march.ends.fill(one.name, t, self._stage_parts[one])
