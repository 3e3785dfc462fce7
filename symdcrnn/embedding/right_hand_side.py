"""The compiled right-hand side of a model, for solvers, with its Jacobian and the transpose of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.functions import learned_functions_of_time
from symdcrnn.embedding.grids import between_frames, check_model_and_data, grid_of
from symdcrnn.embedding.packing import Packing
from symdcrnn.embedding.state_parts import Line, StateWords, Structure, bound_state
from symdcrnn.embedding.words import coefficients_of, numbered_equations, space_of_model, stencils_of
from symdcrnn.kernels.ir.linearised import Transposition, rate_words, tangent_words
from symdcrnn.kernels.one_state.bound import BoundState, CompiledState
from symdcrnn.model import Model

Array = NDArray[np.float64]
FieldAt = Callable[[str, float], Array]


@dataclass(frozen=True, eq=False)
class RightHandSide:
    """d/dt of all fields that have an equation, and the packed form that scipy's solvers call.

    Along axes that are not periodic the rate is zero at the points whose stencils leave the grid.

    Parameters
    ----------
    structure : Structure
        Equations and grid.
    fields : tuple of Field
        All fields of the model, in their order.
    given : callable
        The fields without an equation: ``given(name, t)``.
    start : float
        The time of the first frame.
    """

    structure: Structure
    fields: tuple[Field, ...]
    given: FieldAt
    start: float

    @cached_property
    def bound(self) -> BoundState:
        """The function with all its arguments except the fields."""
        return bound_state(rate_of(self.structure, self.fields), self.start)

    @cached_property
    def tangent(self) -> BoundState:
        """The Jacobian: states, then a change of each; the changes of the rates come back."""
        return bound_state(tangent_of(self.structure, self.fields), self.start)

    @cached_property
    def adjoint(self) -> BoundState:
        """The transposed Jacobian: states, then one cotangent per rate; gradients by all fields come back.

        It is transposed in the plain sense, sum of z (J u) = sum of (J^T z) u over all entries.
        """
        return bound_state(adjoint_of(self.structure, self.fields), self.start)

    @property
    def compiled(self) -> CompiledState:
        """The compiled function."""
        return self.bound.compiled

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without an equation."""
        return tuple(field.name for field in self.fields if field.name not in self._packing.shapes)

    @property
    def size(self) -> int:
        """Numbers in a packed state."""
        return self._packing.size

    def pack(self, state: Mapping[str, ArrayLike]) -> Array:
        """One array of all fields that have an equation, in the order of the model's fields; see `Packing.pack`."""
        return self._packing.pack(state)

    def unpack(self, y: ArrayLike) -> dict[str, Array]:
        """The fields of a packed state, as views where possible; see `Packing.unpack`."""
        return self._packing.unpack(y)

    def __call__(self, t: float, y: ArrayLike) -> Array:
        """The packed rate at a packed state.

        Parameters
        ----------
        t : float
            Matters for fields without an equation and known functions that change in time.
        y : array_like, shape (size,)
            See `pack`.

        Returns
        -------
        ndarray, shape (size,)
        """
        rate = np.empty(self.size)
        self.bound.write(self._states(t, y), self._results(rate), t)
        return rate

    def jvp(self, t: float, y: ArrayLike, change: ArrayLike) -> Array:
        """The Jacobian at a packed state times a packed change of it, shape (size,)."""
        moved = self.unpack(change)
        changes = [_plain(moved[field.name]) if field.name in moved else np.zeros(self._shape(field))
                   for field in self.fields]
        rate = np.empty(self.size)
        self.tangent.write([*self._states(t, y), *changes], self._results(rate), t)
        return rate

    def vjp(self, t: float, y: ArrayLike, cotangent: ArrayLike) -> Array:
        """The transposed Jacobian at a packed state times a packed cotangent, shape (size,)."""
        cotangents = [_plain(values) for values in self.unpack(cotangent).values()]
        gradient = np.empty(self.size)
        parts = {name: _plain(values) for name, values in self.unpack(gradient).items()}
        results = tuple(parts[field.name] if field.name in parts else np.empty(self._shape(field))
                        for field in self.fields)
        self.adjoint.write([*self._states(t, y), *cotangents], results, t)
        return gradient

    @cached_property
    def inside(self) -> dict[str, NDArray[np.bool_]]:
        """By equation the points that have a rate, bool, of the shape of the field."""
        found = {}
        for equation, _ in self.structure.numbered:
            here = np.ones((), bool)
            for axis in equation.target.axes[1:]:
                size = self.structure.grid.axis(axis).size
                first, last = self.structure.spans[equation.target].get(axis, (0, size))
                here = here[..., None] & ((np.arange(size) >= first) & (np.arange(size) < last))
            found[equation.target.name] = here
        return found

    def _states(self, t: float, y: ArrayLike) -> list[Array]:
        state = self.unpack(y)
        return [_plain(state[field.name] if field.name in state else self.given(field.name, t))
                for field in self.fields]

    def _results(self, packed: Array) -> tuple[Array, ...]:
        return tuple(_plain(values) for values in self.unpack(packed).values())

    @cached_property
    def _packing(self) -> Packing:
        return Packing({equation.target.name: self.structure.shape(equation.target)
                        for equation, _ in self.structure.numbered})

    def _shape(self, field: Field) -> tuple[int, ...]:
        return self.structure.shape(field) or (1,)


def rate_of(structure: Structure, fields: Sequence[Field]) -> StateWords:
    """The right-hand sides of equations, by all fields of their model."""
    lines = [Line(equation.target, rate_words(equation.words, first)) for equation, first in structure.numbered]
    return StateWords("rhs", structure, structure.grid, {"state": fields}, lines)


def tangent_of(structure: Structure, fields: Sequence[Field]) -> StateWords:
    """The Jacobian of that, applied to changes of the fields."""
    named = {field: structure.free("change", field) for field in fields}
    lines = [Line(equation.target, tangent_words(equation.words, first, named))
             for equation, first in structure.numbered]
    return StateWords("rhs_tangent", structure, structure.grid, {"state": fields, "change": fields}, lines, named)


def adjoint_of(structure: Structure, fields: Sequence[Field]) -> StateWords:
    """Its transpose, applied to cotangents of the rates."""
    transposition = Transposition(structure.grid)
    targets = [equation.target for equation, _ in structure.numbered]
    named = {field: structure.free("cotangent", field) for field in targets}
    lines = [Line(field, [word for equation, first in structure.numbered for word in transposition.words(
        equation.words, first, field, named[equation.target])]) for field in fields]
    return StateWords("rhs_adjoint", structure, transposition.measured, {"state": fields, "cotangent": targets}, lines,
                      named)


def model_rhs(
    model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None, given: FieldAt | None = None
) -> RightHandSide:
    """The compiled right-hand side of all equations of a model.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        Whose grid, epsilon and known functions are taken, and between whose frames the fields without an
        equation are interpolated.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.
    given : callable, optional
        The fields without an equation as ``given(name, t)``, if not those of the trajectory.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing, or there is no equation.
    """
    check_model_and_data(model, trajectory, "model_rhs")
    structure = structure_of(model, trajectory, None, known, given)
    return RightHandSide(structure, fields_of(model, structure), given or between_frames(trajectory),
                         float(trajectory.t[0]))


def structure_of(
    model: Model, trajectory: Trajectory, target: str | None, known: Mapping[str, ArrayLike] | None,
    given: FieldAt | None = None,
) -> Structure:
    """All equations of a model or one on the grid of a trajectory; arguments and errors as those of `model_rhs`."""
    others = [name for name in model.data.fields if name not in {one.target for one in model.equations}]
    grid = grid_of(model, trajectory, known, others if given is not None else (), gaps=True)
    space = space_of_model(model, {axis.name: axis.even for axis in trajectory.axes})
    chosen = [(equation, first) for equation, first in numbered_equations(model, space)
              if target in (None, equation.target.name)]
    return Structure(tuple(chosen), space, grid, stencils_of(model), coefficients_of(model, trajectory.epsilon),
                     learned_functions_of_time(model))


def fields_of(model: Model, structure: Structure) -> tuple[Field, ...]:
    """All fields of a model, in their order."""
    return tuple(structure.space.variables[name] for name in model.data.fields)


def _plain(values: ArrayLike) -> Array:
    """As compiled functions take it; a number is an array of one."""
    found = np.require(values, np.float64, ["C", "W"])
    return found.reshape(1) if found.ndim == 0 else found
