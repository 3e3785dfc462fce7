"""The compiled functions of a model: right-hand side, residual, and their adjoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.compiled import BoundFunction, CompiledFunction, Grid, compile_system
from symdcrnn.embedding.equations import Equations, coefficients_of, profiles_of
from symdcrnn.embedding.packing import Packing
from symdcrnn.embedding.systems import Form, adjoint, forward, rate_form, residual_form
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpolation import LONGEST, lagrange
from symdcrnn.model import Model
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import find_scheme

Array = NDArray[np.float64]
FieldAt = Callable[[str, float], Array]


@dataclass(frozen=True, eq=False)
class Function:
    """A form of a model on a grid, with its adjoint.

    Parameters
    ----------
    equations : Equations
    form : Form
    grid : Grid
    """

    equations: Equations
    form: Form
    grid: Grid

    @cached_property
    def bound(self) -> BoundFunction:
        """The function with all its arguments except the fields."""
        return BoundFunction(compile_system(forward(self.equations, self.form)), self.grid)

    @cached_property
    def adjoint(self) -> BoundFunction:
        """The transposed Jacobian: states, then one cotangent per result; gradients by all fields come back.

        It is transposed in the plain sense, sum of z (J u) = sum of (J^T z) u over all entries.
        """
        return BoundFunction(compile_system(adjoint(self.equations, self.form)), self.grid)

    @property
    def compiled(self) -> CompiledFunction:
        """The compiled function."""
        return self.bound.compiled


@dataclass(frozen=True, eq=False)
class RightHandSide(Function):
    """d/dt of all fields that have an equation, and the packed form that scipy's solvers call.

    Where x is not periodic the rate is zero at the points whose stencils leave the grid, so they keep their values.

    Parameters
    ----------
    given : callable or None
        The fields without an equation: ``given(name, t)``.
    """

    given: FieldAt | None = None

    def __call__(self, t: float, y: ArrayLike) -> Array:
        """The packed rate at a packed state.

        Parameters
        ----------
        t : float
            Matters only if a field without an equation is given.
        y : array_like, shape (size,)
            See `pack`.

        Returns
        -------
        ndarray, shape (size,)
        """
        state = self.unpack(y)
        bound = self.bound
        fields = [state[field.name] if field.name in state else self._given(field.name, t)
                  for field in self.equations.fields]
        rate = np.empty(self.size)
        bound.compiled.function(*fields, *bound.constants, *self.unpack(rate).values())
        return rate

    def _given(self, name: str, t: float) -> Array:
        if self.given is None:
            raise InputError(f"the model has no equation of {name!r}: give that field as a function of time")
        return np.require(self.given(name, t), np.float64, ["C", "W"])

    @cached_property
    def _packing(self) -> Packing:
        return Packing({equation.target.name: (self.grid.v.size, self.grid.nx) if equation.target.v_dependent
                        else (self.grid.nx,) for equation in self.equations.equations})

    @property
    def margin(self) -> int:
        """How many points at either end have no rate where x is not periodic."""
        return 0 if self.grid.periodic else self.compiled.system.margin

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


def grid_of(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None) -> Grid:
    """The numbers of a model on the grid of a trajectory.

    Raises
    ------
    InputError
        If a function or epsilon that the equations need is missing.
    """
    return Grid(coefficients_of(model, trajectory.epsilon), profiles_of(model, trajectory, known), trajectory.v,
                trajectory.weights, int(trajectory.x.size), trajectory.dx, trajectory.periodic)


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
        If a field or function that the equations need is missing.
    """
    equations = Equations.of(model)
    _check_fields(equations, trajectory, given is not None)
    return RightHandSide(equations, rate_form(equations), grid_of(model, trajectory, known),
                         given or between_frames_of(trajectory))


def model_residual(
    model: Model, trajectory: Trajectory, target: str, scheme: str | None = None,
    known: Mapping[str, ArrayLike] | None = None,
) -> Function:
    """The compiled residual of a scheme for one equation of a model.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        Whose grid, dt, epsilon and known functions are taken.
    target : str
        Whose equation.
    scheme : str, optional
        The multistep scheme; that of the fit by default.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.

    Raises
    ------
    InputError
        If the scheme has stages, or a field or function is missing.
    """
    found = multistep_scheme(scheme or model[target].scheme)
    equations = Equations.of(model, target)
    _check_fields(equations, trajectory, False)
    grid = grid_of(model, trajectory, known)
    return Function(equations, residual_form(equations.equations[0], found),
                    replace(grid, coefficients=trajectory.dt * grid.coefficients))


def multistep_scheme(name: str) -> Scheme:
    """The multistep scheme of that name.

    Raises
    ------
    InputError
        If it has stages, or there is none.
    """
    found = find_scheme(name)
    if isinstance(found, DoubleTableau):
        raise InputError(f"{found.name} has stages, so its residual is not one function: choose a multistep scheme")
    return found


def _check_fields(equations: Equations, trajectory: Trajectory, others_given: bool) -> None:
    for field in equations.fields:
        if others_given and field in equations.missing and field.name not in trajectory.field_names:
            continue
        if trajectory.depends_on_v(field.name) != field.v_dependent:
            raise InputError(f"the field {field.name!r} {'has no' if field.v_dependent else 'has an'} axis v, "
                             "unlike that of the model")


def between_frames_of(trajectory: Trajectory) -> FieldAt:
    """The fields of a trajectory at any time, by polynomials through the frames around it.

    Returns
    -------
    callable
        ``field(name, t)``, shape ([Nv,] Nx); raises InputError outside the times of the trajectory.
    """
    first, dt, frames = float(trajectory.t[0]), trajectory.dt, trajectory.frames
    used = min(frames, LONGEST)

    def field(name: str, t: float) -> Array:
        steps = (t - first) / dt
        if not -1e-6 <= steps <= frames - 1 + 1e-6:
            raise InputError(f"the field {name!r} is known from t = {first:g} to {float(trajectory.t[-1]):g}, not at "
                             f"{t:g}: give data that reaches further, or a model with an equation of {name!r}")
        start = min(max(int(steps) + 1 - used // 2, 0), frames - used)
        window = trajectory.array(name)[start:start + used]
        return np.asarray(np.tensordot(lagrange(used, steps - start), window, axes=1))

    return field
