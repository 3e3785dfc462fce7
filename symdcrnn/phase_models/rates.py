"""Right-hand sides of models on any axes, by the kernels that learned them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.equations import known_profiles_of
from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.runtime.binding import bind, with_functions
from symdcrnn.kernels.phase_space.runtime.bound import PhaseKernel
from symdcrnn.model import Model
from symdcrnn.phase_models.functions import learned_functions_on
from symdcrnn.phase_models.words import equation_of, space_of_model, stencils_of
from symdcrnn.preprocess.phase_grid import phase_grid, with_words

Array = NDArray[np.float64]
Values = Mapping[str, tuple[tuple[str, ...], Array]]


@dataclass(frozen=True, eq=False)
class Rate:
    """d/dt of one field on a grid.

    Parameters
    ----------
    target : Field
    words : tuple of Word
    kernel : PhaseKernel or None
        None where the equation has no term.
    coefficients : ndarray, shape (words,)
    shape : tuple of int
        Of the result without time.
    """

    target: Field
    words: tuple[Word, ...]
    kernel: PhaseKernel | None
    coefficients: Array
    shape: tuple[int, ...]

    def of_frames(self) -> Array:
        """At every frame of the grid, axes (t, those of the field); NaN where stencils leave the data."""
        assert self.kernel is not None
        return self._sorted(self.kernel.apply(self.coefficients), self.kernel)

    def at(self, values: Values) -> Array:
        """At one frame with other values of fields and known functions, axes those of the field."""
        if self.kernel is None:
            return np.zeros(self.shape)
        kernel = self.kernel.with_values(values)
        found: Array = self._sorted(kernel.apply(self.coefficients), kernel)[0]
        return found

    def _sorted(self, rates: Array, kernel: PhaseKernel) -> Array:
        """With the axes in storage order; kernels write whole axes first."""
        written = (*kernel.program.target_whole, *kernel.target_tiled)
        return np.ascontiguousarray(np.transpose(rates, (0, *(1 + written.index(name) for name in self.target.axes
                                                              if name != "t"))))

    @property
    def inside(self) -> NDArray[np.bool_] | None:
        """Which points have a rate, bool, axes those of the field; None where all have."""
        if self.kernel is None:
            return None
        found = np.ones((), bool)
        for name in self.target.axes[1:]:
            first, last = self.kernel.spans[name]
            here = np.zeros(self.kernel.grid.axis(name).size, bool)
            here[first:last] = True
            found = found[..., None] & here
        return None if found.all() else found


def right_hand_side_on_axes(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None
) -> Array:
    """As `symdcrnn.evaluation.right_hand_side`, on any axes."""
    found = model[target]
    rate = rates_of(model, trajectory, known, [found.target])[0]
    if rate.kernel is None:
        return np.zeros((trajectory.frames, *rate.shape))
    return rate.of_frames()


def rates_of(
    model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None, targets: Sequence[str],
    frame: int | None = None,
) -> tuple[Rate, ...]:
    """The right-hand sides of some equations, bound to a trajectory or to one frame of it.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    known : mapping or None
        sigma_s, sigma_a or source, if the model was learned with them.
    targets : sequence of str
        Whose equations.
    frame : int, optional
        The only frame.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing.
    """
    check_like(model, trajectory, tuple(known or ()))
    space = space_of_model(model, {axis.name: axis.even for axis in trajectory.axes})
    grid = phase_grid(trajectory, known_profiles_of(model, trajectory, known))
    grid = with_functions(grid, learned_functions_on(model, grid))
    if frame is not None:
        grid = grid.between(frame, frame + 1)
    return tuple(_rate(model, grid, target, space, trajectory.epsilon) for target in targets)


def _rate(model: Model, grid: PhaseGrid, target: str, space: PhaseSpace, epsilon: float | None) -> Rate:
    learned = model[target]
    equation = equation_of(model, learned, space)
    coefficients = np.array([*learned.at(epsilon).values(), *(1.0 for _ in learned.functions)], dtype=np.float64)
    shape = tuple(grid.axis(name).size for name in equation.target.axes[1:])
    if not equation.words:
        return Rate(equation.target, (), None, coefficients, shape)
    kernel = bind("apply", equation.rate, with_words(grid, equation.words), stencils_of(model),
                  find_norm(model.settings.norm))
    return Rate(equation.target, equation.words, kernel, coefficients, shape)


def check_like(model: Model, trajectory: Trajectory, given: Sequence[str] = ()) -> None:
    """Refuse a trajectory that lacks what the words of a model read.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    given : sequence of str
        Known functions that come beside it.

    Raises
    ------
    InputError
        Naming the first field, axis or function that is missing or has other axes.
    """
    axes = {axis.name: axis for axis in trajectory.axes}
    for one in model.data.axes:
        if one.name not in axes:
            raise InputError(f"the data has no axis {one.name!r}: that of the fit had "
                             f"{', '.join(axis.name for axis in model.data.axes)}, give data like that")
        if one.ordered and not axes[one.name].ordered:
            raise InputError(f"the axis {one.name!r} of the data has no order, that of the fit had one: "
                             "give its points")
        if one.weighted and axes[one.name].weights is None:
            raise InputError(f"the axis {one.name!r} of the data has no quadrature weights, that of the fit had some: "
                             f"add an array 'weights' with axis {one.name!r}")
    here = (*trajectory.field_names, *trajectory.profile_names, *trajectory.coordinates)
    needed = [("field", model.data.fields), ("known function", model.data.functions),
              ("known function", model.data.coordinates)]
    for kind, names in needed:
        for name, on in names.items():
            if name in axes or name in given:
                continue
            if name not in here:
                raise InputError(f"the {kind} {name!r} of the fit is missing: the data has {', '.join(here)}")
            if trajectory.axes_of(name) != on:
                raise InputError(f"the {kind} {name!r} has the axes {', '.join(trajectory.axes_of(name))}, in the "
                                 f"model it has {', '.join(on)}: give data like that of the fit")
