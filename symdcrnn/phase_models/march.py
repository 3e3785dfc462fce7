"""What a solver calls to march a model on any axes: packed states in, packed rates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Profile
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.equations import ordered
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpolation import LONGEST
from symdcrnn.kernels.phase_space.ir.factors import spread
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.ir.scalar_source import known_values
from symdcrnn.model import Model
from symdcrnn.phase_models.functions import learned_functions_of_time
from symdcrnn.phase_models.pattern import pattern
from symdcrnn.phase_models.rates import Rate, rates_of

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PhaseMarch:
    """The equations of a model on the grid of a trajectory, with what comes from its data put in.

    Parameters
    ----------
    rates : tuple of Rate
        One per equation, in the order of the fields.
    axes : mapping of str to tuple of str
        By field.
    data : callable
        The fields of the data as ``data(name, t)``.
    learned : mapping of str to callable
        Learned functions of time by name.
    """

    rates: tuple[Rate, ...]
    axes: Mapping[str, tuple[str, ...]]
    data: Callable[[str, float], Array]
    learned: Mapping[str, Callable[[float], float]]

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Fields without an equation."""
        return tuple(name for name in self.axes if name not in {rate.target.name for rate in self.rates})

    def pack(self, state: Mapping[str, Array]) -> Array:
        """One array of all fields that have an equation."""
        return np.concatenate([np.ravel(state[rate.target.name]) for rate in self.rates])

    def unpack(self, y: Array) -> dict[str, Array]:
        """The fields of a packed state, as views."""
        fields, start = {}, 0
        for rate in self.rates:
            stop = start + int(np.prod(rate.shape))
            fields[rate.target.name] = y[start:stop].reshape(rate.shape)
            start = stop
        return fields

    def fields(self, t: float, y: Array) -> dict[str, Array]:
        """All fields of the model for a packed state; points near open ends as the data has them."""
        state = self.unpack(y)
        for rate in self.rates:
            inside, name = self._inside[rate.target.name], rate.target.name
            if inside is not None:
                state[name] = np.where(inside, state[name], self.data(name, t))
        state |= {name: self.data(name, t) for name in self.missing}
        return {name: state[name] for name in self.axes}

    def rate(self, t: float, y: Array) -> Array:
        """The packed rate of a packed state; zero where there is none."""
        values: dict[str, tuple[tuple[str, ...], Array]] = {
            name: (self.axes[name], field[None]) for name, field in self.fields(t, y).items()}
        values |= {name: function(t) for name, function in self._functions.items()}
        parts = []
        for rate in self.rates:
            found, inside = rate.at(values), self._inside[rate.target.name]
            parts.append(np.ravel(found if inside is None else np.where(inside, found, 0.0)))
        return np.concatenate(parts)

    def pattern(self) -> csc_matrix:
        """See `symdcrnn.phase_models.pattern.pattern`."""
        return pattern(self.rates)

    @cached_property
    def _inside(self) -> dict[str, NDArray[np.bool_] | None]:
        return {rate.target.name: rate.inside for rate in self.rates}

    @cached_property
    def _functions(self) -> dict[str, Callable[[float], tuple[tuple[str, ...], Array]]]:
        """Known functions that change in time, by their expressions."""
        found = {}
        for rate in self.rates:
            for rule in (rule for word in rate.words for rule in rules_of(word)):
                if isinstance(rule, Profile) and "t" in rule.axes and rate.kernel is not None:
                    found[rule.expression] = in_time(rate.kernel.grid, rule.expression, rule.axes, self.learned)
        return found


def phase_march(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None) -> PhaseMarch:
    """The equations of a model on the grid of a trajectory.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing.
    """
    rates = rates_of(model, trajectory, known, [learned.target for learned in ordered(model)], 0)
    return PhaseMarch(rates, model.data.fields, between_frames(trajectory), learned_functions_of_time(model))


def in_time(
    grid: PhaseGrid, text: str, axes: tuple[str, ...], learned: Mapping[str, Callable[[float], float]]
) -> Callable[[float], tuple[tuple[str, ...], Array]]:
    """A known function that changes in time, at any time.

    Parameters
    ----------
    grid : PhaseGrid
    text : str
        Its expression.
    axes : tuple of str
        What it depends on, t first.
    learned : mapping of str to callable
        Learned functions of time by name.

    Returns
    -------
    callable
        From a time to these axes and the values, of length one along t.
    """
    if text in learned:
        return lambda t: (axes, np.full((1,) * len(axes), learned[text](t)))
    used = tuple(name for name in names_in(text) if name in grid.functions)
    expression = parse_formula(text, used)
    steady = {name: spread(*grid.functions[name], axes) for name in used if name != "t"}

    def function(t: float) -> tuple[tuple[str, ...], Array]:
        time = np.full((1,) * len(axes), t)
        return axes, known_values(expression, {**steady, "t": time})

    return function


def between_frames(trajectory: Trajectory) -> Callable[[str, float], Array]:
    """The fields of a trajectory at any time, by polynomials through the frames around it, even or not.

    Returns
    -------
    callable
        ``field(name, t)``, axes those of the field without t; raises InputError outside the times of the trajectory.
    """
    times, arrays = trajectory.t, {name: trajectory.array(name) for name in trajectory.field_names}
    used = min(times.size, LONGEST)
    beyond = 1e-6 * float(times[-1] - times[0]) / max(times.size - 1, 1)

    def field(name: str, t: float) -> Array:
        if not times[0] - beyond <= t <= times[-1] + beyond:
            raise InputError(f"the field {name!r} is known from t = {times[0]:g} to {times[-1]:g}, not at {t:g}: give "
                             f"data that reaches further, or a model with an equation of {name!r}")
        after = int(np.searchsorted(times, t, side="right"))
        start = min(max(after - used // 2, 0), times.size - used)
        nodes = times[start:start + used]
        others = [np.delete(nodes, number) for number in range(used)]
        weights = [np.prod((t - rest) / (node - rest)) for node, rest in zip(nodes, others, strict=True)]
        return np.asarray(np.tensordot(weights, arrays[name][start:start + used], axes=1))

    return field
