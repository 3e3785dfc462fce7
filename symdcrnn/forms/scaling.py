"""Other units of axes and fields: x becomes a x, t becomes b t, f becomes c f, in data and in learned equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import xarray

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.words import Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.uncertainties import KIND, VARIANCE
from symdcrnn.data.units import Powers
from symdcrnn.embedding.words import equation_of, function_name, space_of_model
from symdcrnn.equation import LearnedEquation, LearnedFunction
from symdcrnn.errors import InputError
from symdcrnn.forms.checks import check_trajectory
from symdcrnn.forms.derived import Sums, derived_model
from symdcrnn.forms.exact import with_exact
from symdcrnn.given import described, real_number
from symdcrnn.model import Model
from symdcrnn.results.units import word_units


def scaled(trajectory: Trajectory, **factors: float) -> Trajectory:
    """The data in other units.

    Parameters
    ----------
    trajectory : Trajectory
    **factors : float
        By the name of an axis, a coordinate, a field or a known function, what its values are multiplied by.

    Returns
    -------
    Trajectory
        Without the units of what was scaled.

    Raises
    ------
    InputError
        If there is nothing of a name, or a factor is not positive.
    """
    check_trajectory(trajectory, "scaled")
    dataset = trajectory.dataset.copy()
    known = _checked(factors, [*(axis.name for axis in trajectory.axes), TIME, *trajectory.coordinates,
                               *trajectory.field_names, *trajectory.profile_names], "data")
    for name, factor in known.items():
        dataset = _times(dataset, name, factor)
        more = trajectory.uncertainties.get(name)
        if more is not None:
            dataset = _times(dataset, more, factor ** (2 if dataset[more].attrs[KIND] == VARIANCE else 1))
    dataset, notices = with_exact(trajectory, dataset, lambda model: model_scaled(model, factors))
    found = Trajectory.of(dataset)
    return Trajectory(found.dataset, (*trajectory.notices, *notices, *found.notices))


def _times(dataset: xarray.Dataset, name: str, factor: float) -> xarray.Dataset:
    attrs = {key: value for key, value in dataset[name].attrs.items() if key != "units"}
    if "period" in attrs:
        attrs["period"] = float(attrs["period"]) * factor
    made = xarray.Variable(dataset[name].dims, dataset[name].values * factor, attrs)
    changed: xarray.Dataset = (dataset.assign_coords({name: made}) if name in dataset.coords
                               else dataset.assign({name: made}))
    return changed


def model_scaled(model: Model, factors: Mapping[str, float]) -> Model:
    """The equations in other units.

    Parameters
    ----------
    model : Model
    factors : mapping of str to float
        By the name of an axis, a coordinate, a field or a known function, what its values are multiplied by.

    Raises
    ------
    InputError
        If there is nothing of a name, or a word is no power of what is scaled.
    """
    data = model.data
    names = [TIME, *(axis.name for axis in data.axes), *data.coordinates, *data.fields, *data.functions, *data.known]
    known = _checked(factors, names, "model")
    space = space_of_model(model)
    units: dict[str, Powers] = {name: {name: 1} if name in known else {} for name in names}
    sums: dict[str, Sums] = {}
    for learned in model.equations:
        own: dict[str, Powers] = {function_name(learned.target, number): {} for number in range(len(learned.functions))}
        words = equation_of(model, learned, space).words
        scales = [_scale(learned, word, {**units, **own}, known) for word in words]
        count = len(learned.terms)
        terms = tuple(replace(term, coefficient=term.coefficient * scale, units=None,
                              error=None if term.error is None else term.error * scale)
                      for term, scale in zip(learned.terms, scales[:count], strict=True))
        functions = tuple(_function(one, scale, known)
                          for one, scale in zip(learned.functions, scales[count:], strict=True))
        sums[learned.target] = terms, functions
    axes = tuple(replace(axis, spacing=None if axis.spacing is None else axis.spacing * known.get(axis.name, 1.0))
                 for axis in data.axes)
    summary = replace(data, axes=axes, dt=None if data.dt is None else data.dt * known.get(TIME, 1.0),
                      units={name: text for name, text in data.units.items() if name not in known})
    return derived_model(model, summary, sums, model.equations)


def _scale(learned: LearnedEquation, word: Word, units: Mapping[str, Powers], factors: Mapping[str, float]) -> float:
    """What the coefficient of a word is multiplied by: d_t u = c w becomes (s_u/s_t) c w/s_w."""
    powers = word_units(word, units)
    if powers is None:
        raise InputError(f"{word} in the equation of {learned.target} is no power of {', '.join(factors)}: its "
                         "coefficient has no other value in other units")
    found = factors.get(learned.target, 1.0) / factors.get(TIME, 1.0)
    for name, power in powers.items():
        found *= factors[name] ** float(-power)
    return found


def _function(one: LearnedFunction, scale: float, factors: Mapping[str, float]) -> LearnedFunction:
    grid = {axis: tuple(point * factors.get(axis, 1.0) for point in points) for axis, points in one.grid.items()}
    return replace(
        one, x=tuple(point * factors.get(one.axis, 1.0) for point in one.x), grid=grid, units=None, axis_units={},
        values=tuple(value * scale for value in one.values), errors=tuple(error * scale for error in one.errors))


def _checked(factors: Mapping[str, object], names: list[str], where: str) -> dict[str, float]:
    found = {}
    if not factors:
        raise InputError(f"nothing is scaled: name an axis or a field, such as x=100; the {where} has "
                         f"{', '.join(dict.fromkeys(names))}")
    for name, factor in factors.items():
        value = real_number(factor)
        if name not in names:
            raise InputError(f"the {where} has no {name!r} to scale: choose from {', '.join(dict.fromkeys(names))}")
        if value is None or value <= 0.0:
            raise InputError(f"{name} is scaled by {described(factor)}: give a positive number")
        found[name] = value
    return found
