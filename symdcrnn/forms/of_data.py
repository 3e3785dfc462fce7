"""Forms of data: density and the rest of a distribution, and moments of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray
from numpy.typing import NDArray

from symdcrnn.algebra.axes import TIME
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.forms.checks import check_new, check_trajectory, scale_of
from symdcrnn.forms.exact import with_exact
from symdcrnn.given import described, whole_number
from symdcrnn.model import Model

Array = NDArray[np.float64]

ZERO_MEAN = 1e-9
"""How large <g> may be, relative to g."""

ORTHOGONAL = 1e-6
"""How large the average of a Legendre polynomial may be that should have none."""

MOST_MOMENTS = 32
"""The highest number of a moment."""


def micro_macro(
    trajectory: Trajectory, epsilon: float | None = None, field: str = "f", density: str = "rho", micro: str = "g"
) -> Trajectory:
    """The decomposition f = rho + epsilon g with rho = <f> and <g> = 0.

    Parameters
    ----------
    trajectory : Trajectory
    epsilon : float, optional
        That of the data by default.
    field : str
        What is decomposed.
    density, micro : str
        The names of both parts.

    Returns
    -------
    Trajectory
        With these two in place of the field, and epsilon.

    Raises
    ------
    InputError
        If the field has no velocity with weights, epsilon is not known, or a name is taken.
    """
    check_trajectory(trajectory, "micro_macro")
    small = scale_of(epsilon, trajectory.epsilon, "the data")
    axes, weights = _velocities(trajectory, field)
    check_new((density, micro), _others(trajectory, (field,)), "data")
    values = trajectory.array(field)
    kept, mean = _averaged(values, axes, weights)
    on = xarray.Variable(kept, mean)
    own = xarray.Variable(axes, values)
    rest = (own - on).transpose(*axes) / small
    return _changed(trajectory, (field,), {density: on, micro: rest}, small,
                    lambda model: model.form("micro-macro", small, field=field, density=density, micro=micro))


def kinetic(
    trajectory: Trajectory, epsilon: float | None = None, field: str = "f", density: str = "rho", micro: str = "g"
) -> Trajectory:
    """The distribution f = rho + epsilon g of its two parts; arguments as those of `micro_macro`.

    Raises
    ------
    InputError
        If a part is missing, epsilon is not known, or a name is taken.
    """
    check_trajectory(trajectory, "kinetic")
    small = scale_of(epsilon, trajectory.epsilon, "the data")
    axes, weights = _velocities(trajectory, micro)
    values, mean = trajectory.array(micro), trajectory.array(density)
    if set(trajectory.axes_of(density)) != set(axes) - weights.keys():
        raise InputError(f"{density!r} has axes ({', '.join(trajectory.axes_of(density))}): the density of {micro!r} "
                         "has the same ones but those of velocities")
    check_new((field,), _others(trajectory, (density, micro)), "data")
    macro, rest = xarray.Variable(trajectory.axes_of(density), mean), xarray.Variable(axes, values)
    whole = (macro + small * rest).transpose(*axes)
    _, average = _averaged(values, axes, weights)
    size, left = float(np.nanmax(np.abs(values), initial=0.0)), float(np.nanmax(np.abs(average), initial=0.0))
    notice = () if left <= ZERO_MEAN * size else (
        f"the average of {micro} is up to {left / size:.2g} of its largest value: {density} is not quite <{field}>",)
    return _changed(trajectory, (density, micro), {field: whole}, small,
                    lambda model: model.form("kinetic", small, field=field, density=density, micro=micro), notice)


def moments_of(trajectory: Trajectory, order: int, field: str = "f") -> Trajectory:
    """Moments m0, m1, ... of a field in place of it.

    Parameters
    ----------
    trajectory : Trajectory
    order : int
        The highest moment.
    field : str

    Returns
    -------
    Trajectory
        Of m_l = <P_l(v) f> with Legendre polynomials where all velocities lie in [-1, 1], <v^l f> elsewhere.

    Raises
    ------
    InputError
        If the field has not one axis of velocities with weights, or these do not resolve the moments.
    """
    check_trajectory(trajectory, "moments_of")
    count = moment_number(order)
    axes, weights = _velocities(trajectory, field)
    if len(weights) != 1:
        raise InputError(f"{field!r} has the velocity axes {', '.join(weights)}: moments here are those of one")
    [(axis, weight)] = weights.items()
    check_new(moment_names(count), _others(trajectory, (field,)), "data")
    v = trajectory.array(axis)
    legendre = bool(np.all(np.abs(v) <= 1.0 + ZERO_MEAN))
    made = {}
    for number in range(count + 1):
        factor = np.polynomial.legendre.Legendre.basis(number)(v) if legendre else v**number
        if legendre and number and (number >= v.size or abs(weight @ factor) > ORTHOGONAL):
            raise InputError(f"the {v.size} velocities do not resolve moment {number}, <P_{number}> is "
                             f"{weight @ factor:.2g} and not 0: ask for fewer moments, or give finer data")
        kept, values = _averaged(trajectory.array(field), axes, {axis: weight * factor})
        made[f"m{number}"] = xarray.Variable(kept, values)
    return _changed(trajectory, (field,), made, trajectory.epsilon,
                    lambda model: model.moments(count, field=field))


def moment_number(order: object) -> int:
    """The number of the highest moment.

    Raises
    ------
    InputError
        If it is none.
    """
    count = whole_number(order)
    if count is None or not 0 <= count <= MOST_MOMENTS:
        raise InputError(f"the highest moment is {described(order)}: give a whole number from 0 to {MOST_MOMENTS}")
    return count


def moment_names(highest: int) -> list[str]:
    """m0, m1, ... up to the highest moment."""
    return [f"m{number}" for number in range(highest + 1)]


def _velocities(trajectory: Trajectory, field: str) -> tuple[tuple[str, ...], dict[str, Array]]:
    """The axes of a field, and the weights of those that are velocities."""
    if field not in trajectory.field_names:
        raise InputError(f"the data has no field {field!r}: it has {', '.join(trajectory.field_names)}")
    axes = trajectory.axes_of(field)
    found = {axis.name: axis.weights for axis in trajectory.axes if axis.name in axes and axis.role == "velocity"}
    if not found:
        raise InputError(f"{field!r} has axes ({', '.join(axes)}), no velocity among them: there is nothing to average")
    weights = {name: one for name, one in found.items() if one is not None}
    if len(weights) < len(found):
        lacking = next(name for name in found if name not in weights)
        raise InputError(f"the data has no weights along {lacking}: averages need them")
    return axes, weights


def _averaged(values: Array, axes: tuple[str, ...], weights: Mapping[str, Array]) -> tuple[tuple[str, ...], Array]:
    left = list(axes)
    for axis, weight in weights.items():
        values = np.tensordot(values, weight, axes=(left.index(axis), 0))
        left.remove(axis)
    return tuple(left), np.ascontiguousarray(values)


def _others(trajectory: Trajectory, gone: tuple[str, ...]) -> set[str]:
    return {str(name) for name in trajectory.dataset.variables} - set(gone)


def _changed(
    trajectory: Trajectory, gone: tuple[str, ...], made: Mapping[str, xarray.Variable], epsilon: float | None,
    move: Callable[[Model], Model], notices: tuple[str, ...] = (),
) -> Trajectory:
    """The data with some fields in place of others."""
    dataset = trajectory.dataset
    more = [name for field, name in trajectory.uncertainties.items() if field in gone]
    units = next((dataset[name].attrs["units"] for name in gone if "units" in dataset[name].attrs), None)
    changed = dataset.drop_vars([*gone, *more]).assign(made)
    for name in made if units is not None else ():
        changed[name].attrs["units"] = units
    read = {axis for name in changed.data_vars if TIME in changed[name].dims for axis in changed[name].dims}
    idle = [axis for axis in changed.dims if axis not in read]
    changed = changed.drop_dims(idle)
    changed.attrs = {name: value for name, value in dataset.attrs.items() if name != "epsilon"}
    if epsilon is not None:
        changed.attrs["epsilon"] = epsilon
    changed, more_notices = with_exact(trajectory, changed, move)
    found = Trajectory.of(changed)
    return Trajectory(found.dataset, (*trajectory.notices, *notices, *more_notices, *found.notices))
