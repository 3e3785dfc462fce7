"""Limits as models that can be simulated, and the slow fields of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import sympy
from numpy.typing import NDArray

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.words import Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation, LearnedTerm, NetworkRecord
from symdcrnn.errors import InputError
from symdcrnn.limits.coefficients import Known, rational, size
from symdcrnn.limits.expansion.hierarchy import Moment
from symdcrnn.limits.expansion.jets import fields_of
from symdcrnn.model import DataSummary, Model
from symdcrnn.settings import FitSettings

if TYPE_CHECKING:
    from symdcrnn.limits.result import LearnedProfile, Limit, LimitEquation

Array = NDArray[np.float64]

STENCILS = ("upwind3", "central8")

UNTRAINED = NetworkRecord((), 0.5, {}, 0.0, 0.0, 0, 0, True)


def as_model(limit: Limit, trajectory: Trajectory | None, epsilon: float | None, values: Mapping[str, float]) -> Model:
    """See `Limit.model`."""
    if trajectory is not None:
        summary = DataSummary.of([trajectory], (), {})
    elif limit.summary is not None:
        summary = _summary(limit, limit.summary)
    else:
        raise InputError("a limit of equations by hand has no data: give model(trajectory) with data of its fields")
    small = limit.epsilon if epsilon is None else epsilon
    calculus = limit.system.calculus
    given = {one: Known(float(values[str(one)]), 0.0) for one, atom in calculus.atoms.items()
             if str(one) in values and not atom.axes}
    exact = {one: rational(value) for one, value in given.items()}
    equations = tuple(_equation(equation, limit, small, {**limit.known, **given}) for equation in limit.solved(exact))
    settings = FitSettings(
        equations=tuple(one.target for one in equations), operators=("I",), layers=0, scales=0,
        words=tuple(dict.fromkeys(term.word for one in equations for term in one.terms)),
        transport_stencil=STENCILS[0], central_stencil=STENCILS[1])
    return Model(equations, settings, summary, {}, 0.0)


def _equation(
    equation: LimitEquation, limit: Limit, epsilon: float | None, known: Mapping[sympy.Symbol, Known]
) -> LearnedEquation:
    terms: dict[str, LearnedTerm] = {}
    for term in equation.terms:
        if term.power and epsilon is None:
            raise InputError(f"the limit holds powers of {limit.small}: give its value, model(epsilon=...)")
        found = size(term.coefficient, known)
        if found is None:
            lacking = sorted(str(one) for one in term.coefficient.free_symbols - known.keys())
            raise InputError(f"{', '.join(lacking)} has no value: give it, model(values={{{lacking[0]!r}: ...}})")
        scale = (epsilon or 1.0) ** term.power
        word = str(term.word)
        before = terms.get(word, LearnedTerm(word, 0.0, error=0.0))
        error = None if before.error is None or found.error is None or term.inside else \
            float(np.hypot(before.error, found.error * scale))
        terms[word] = LearnedTerm(word, before.coefficient + found.value * scale, error=error)
    return LearnedEquation(
        target=equation.target.name, terms=tuple(terms.values()), scales=0, scheme="newton-cotes8", rate=0.0,
        judge="newton-cotes8", jump=1.0, runner_up=1.0, path=(), condition=1.0, collinear=(), vanishing={}, loss=0.0,
        residual=0.0, points=0, converged=True, network=UNTRAINED)


def _summary(limit: Limit, whole: DataSummary) -> DataSummary:
    """The axes of the slow fields in the data of a model, and what else their equations read."""
    velocities = {one.axis for one in limit.system.measures}
    axes = tuple(axis for axis in whole.axes if axis.name not in velocities)
    slow = {field.name: field.axes for field in limit.expansion.slow.fields}
    read = {field.name: field.axes for equation in limit.solved() for term in equation.terms
            for field in term.word.fields}
    functions = {**{name: on for name, on in whole.functions.items() if not velocities & set(on)},
                 **{name: tuple(one.points) for name, one in limit.profiles.items() if TIME not in one.points}}
    coordinates = {name: on for name, on in whole.coordinates.items() if not velocities & set(on)}
    return replace(whole, fields={**slow, **read}, axes=axes, functions=functions, coordinates=coordinates, noise={})


def project(limit: Limit, trajectory: Trajectory) -> Trajectory:
    """See `Limit.project`."""
    import xarray

    calculus = limit.system.calculus
    slow = limit.expansion.slow
    arrays: dict[str, tuple[tuple[str, ...], Array]] = {}
    for field in slow.fields:
        definition = slow.definitions.get(field)
        if definition is None:
            arrays[field.name] = (trajectory.axes_of(field.name), trajectory.array(field.name))
            continue
        moments: dict[sympy.Expr, Array] = {}
        axes: tuple[str, ...] = ()
        for one, (variable, _) in fields_of(calculus, definition).items():
            axes, moments[one] = _moment(limit, variable, trajectory)
        parameters = [one for one in definition.free_symbols if one not in moments]
        if any(one not in limit.known for one in parameters):
            raise InputError(f"{field.name} = {definition} holds parameters without values")
        moments |= {one: np.asarray(limit.known[one].value) for one in parameters}
        arrays[field.name] = (axes, evaluated(definition, moments))
    velocities = {one.axis for one in limit.system.measures}
    kept = trajectory.dataset.drop_vars([name for name in trajectory.dataset.data_vars
                                         if TIME in trajectory.dataset[name].dims])
    kept = kept.drop_dims([axis for axis in velocities if axis in kept.dims])
    made = kept.assign({name: xarray.Variable(on, values) for name, (on, values) in arrays.items()})
    for name, profile in limit.profiles.items():
        made = made.assign({name: xarray.Variable(tuple(profile.points), _on_grid(profile, trajectory))})
    made.attrs = {name: value for name, value in trajectory.dataset.attrs.items() if name in ("periodic", "epsilon")}
    return Trajectory.of(made)


def _on_grid(profile: LearnedProfile, trajectory: Trajectory) -> Array:
    """A learned function at the points of data, by straight lines between its own; those of x count from the left."""
    values = np.reshape(profile.values, [len(points) for points in profile.points.values()])
    for place, (axis, points) in enumerate(profile.points.items()):
        there = trajectory.t if axis == TIME else np.asarray(trajectory.coordinates[axis][1])
        start = there[0] if axis == "x" else 0.0
        lines = np.moveaxis(values, place, -1)
        made = np.array([np.interp(there - start, points, line) for line in lines.reshape(-1, len(points))])
        values = np.moveaxis(made.reshape(*lines.shape[:-1], there.size), -1, place)
    return np.ascontiguousarray(values)


def _moment(limit: Limit, variable: Field, trajectory: Trajectory) -> tuple[tuple[str, ...], Array]:
    """The average of a monomial times a field over all velocities, by the weights of the data."""
    moment = _moment_of(limit, variable)
    name = moment.field.name
    axes = list(trajectory.axes_of(name))
    values = trajectory.array(name)
    for one, exponents in zip(limit.system.measures, moment.powers, strict=True):
        place = axes.index(one.axis)
        axis = next(axis for axis in trajectory.axes if axis.name == one.axis)
        if axis.weights is None:
            raise InputError(f"the data has no weights along {one.axis}: averages need them")
        weight = np.array(axis.weights)
        for coordinate, power in zip(one.coordinates, exponents, strict=True):
            weight = weight * trajectory.coordinates[coordinate][1] ** power
        values = np.ascontiguousarray(np.tensordot(values, weight, axes=(place, 0)))
        axes.pop(place)
    return tuple(axes), values


def _moment_of(limit: Limit, variable: Field) -> Moment:
    found = limit.expansion.variables.get(variable)
    if found is None:
        raise InputError(f"{variable.name} is no moment of a field")
    return found


def evaluated(formula: sympy.Expr, values: Mapping[sympy.Expr, Array]) -> Array:
    """The values of a formula of sums, products and powers."""
    if formula in values:
        return values[formula]
    if formula.is_number:
        return np.asarray(float(formula))
    parts = [evaluated(part, values) for part in formula.args]
    if formula.is_Add:
        return reduce(np.add, parts)
    if formula.is_Mul:
        return reduce(np.multiply, parts)
    if formula.is_Pow:
        return np.asarray(parts[0] ** parts[1])
    raise InputError(f"{formula} cannot be evaluated")
