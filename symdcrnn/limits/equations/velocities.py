"""What averages over the velocity axes of a model are: asked for, those of data, or what the grid suggests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import sympy

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.measures import FINEST, Measure, measure, ordinates
from symdcrnn.model import AxisSummary, Model

LONGEST_INTERVAL = 2.2
"""Even velocities that reach no further fill [-1, 1]; others are a line."""


def measures_of(
    model: Model, space: PhaseSpace, used: set[str], given: Mapping[str, str], data: Trajectory | None,
    length: float | None,
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """The measures of a model, and a line about each.

    Parameters
    ----------
    model : Model
    space : PhaseSpace
        Of its words.
    used : set of str
        Axes that its equations read.
    given : mapping of str to str
        Measures by axis that were asked for.
    data : Trajectory or None
        Whose points and weights are to be taken.
    length : float or None
        The integral of a line of velocities, where a Maxwellian tells it.

    Raises
    ------
    InputError
        If an axis has no averages, or is no velocity axis.
    """
    axes = {axis.name: axis for axis in space.axes}
    for name in given:
        if name not in axes or axes[name].role == "space":
            raise InputError(f"a measure is given for {name!r}, which is no velocity axis of the model")
    found, assumed = [], []
    for summary in model.data.axes:
        axis = axes[summary.name]
        if axis.role == "space" or axis.name not in used:
            continue
        if axis.role == "index" and axis.name not in given:
            raise InputError(f"{axis.name} is an axis without averages: a limit needs velocities with weights")
        own = [name for name, on in model.data.coordinates.items() if on == (axis.name,) and name != axis.name]
        one = _of_data(data, axis, own) if data is not None and axis.name not in given else \
            measure(given.get(axis.name) or _suggested(summary, own), axis.name, own)
        if one.name == "line":
            one = replace(one, length=sympy.Rational(length or 1.0).limit_denominator(FINEST))
        found.append(one)
        assumed.append(_said(one))
    return tuple(found), tuple(assumed)


def _suggested(axis: AxisSummary, coordinates: list[str]) -> str:
    """The measure that a grid suggests."""
    if len(coordinates) == 2 or not axis.ordered:
        return "circle"
    if axis.spacing is None:
        return "legendre"
    if axis.size == 2 and math.isclose(axis.spacing, 2.0):
        return "two"
    return "legendre" if axis.spacing * axis.size <= LONGEST_INTERVAL else "line"


def _of_data(data: Trajectory, axis: Axis, own: list[str]) -> Measure:
    place = next((one for one in data.axes if one.name == axis.name), None)
    if place is None or place.weights is None:
        raise InputError(f"the data has no weights along {axis.name}: give a measure of velocities instead")
    coordinates = {name: values.tolist() for name, (on, values) in data.coordinates.items()
                   if on == (axis.name,) and (name in own or (not own and name == axis.name))}
    return ordinates(axis.name, coordinates, place.weights.tolist())


def _said(one: Measure) -> str:
    about = {"legendre": "all of [-1, 1] alike", "hermite": "the weight exp(-v^2/2)", "line": "all velocities alike, "
             "what decays at the ends", "circle": "all directions alike", "two": "the velocities -1 and 1",
             "ordinates": "the weights of the data"}[one.name]
    names = ", ".join(one.coordinates)
    return f"averages over {one.axis}{'' if names == one.axis else f' ({names})'}: {about}"
