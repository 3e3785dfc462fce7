"""What comes in at a wall: nothing, what the data has there, or an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from symdcrnn.boundaries.conditions import FITTED, polynomial
from symdcrnn.boundaries.padding import Padding
from symdcrnn.boundaries.reading import Condition
from symdcrnn.boundaries.walls import Wall
from symdcrnn.data.expressions import parse_expression
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import named

Array = NDArray[np.float64]
At = Callable[[str, float], Array]


def incoming_values(
    one: Condition, wall: Wall, incoming: Mapping[str, NDArray[np.bool_]], structure: Structure, padding: Padding,
    data: At, trajectory: Trajectory,
) -> At:
    """The values at a wall by field and time, of the shape of a field without the axis.

    Parameters
    ----------
    one : Condition
    wall : Wall
    incoming : mapping of str to ndarray of bool
        The fields that have such values.
    structure : Structure
        On the grid with points beyond the walls.
    padding : Padding
    data : callable
        The fields of the data as ``data(name, t)``.
    trajectory : Trajectory

    Raises
    ------
    InputError
        If the expression cannot be read, or has no finite value at the first time.
    """
    axes = {name: structure.space.variables[name].axes[1:] for name in incoming}
    rest = {name: tuple(axis for axis in on if axis != wall.axis) for name, on in axes.items()}
    shapes = {name: tuple(structure.grid.axis(axis).size for axis in on) for name, on in rest.items()}
    if one.kind.comes == "nothing":
        nothing = {name: np.zeros(shape) for name, shape in shapes.items()}
        return lambda name, t: nothing[name]
    if not one.value:
        # Between points the data says it by the parabola through the first ones.
        points = structure.grid.axis(wall.axis).coordinate
        inside = (-points[::-1] if wall.upper else points)[wall.width:wall.width + (1 if wall.at_point else FITTED)]
        place = inside[0] if wall.at_point else 1.5 * inside[0] - 0.5 * inside[1]
        at_wall = polynomial(inside, np.array([place]))[0]

        def of_data(name: str, t: float) -> Array:
            line = wall.line(axes[name], padding.around(axes[name], data(name, t)))
            return np.asarray(line[..., wall.width:wall.width + at_wall.size] @ at_wall, dtype=np.float64)

        return of_data
    expressions, known = {}, {}
    for name in incoming:
        there = {coordinate: np.broadcast_to(_on(rest[name], on, values), shapes[name])
                 for coordinate, (on, values) in structure.grid.functions.items()
                 if coordinate in structure.space.coordinates and coordinate != "t" and set(on) <= set(rest[name])}
        with named(f"boundary of {wall.axis}"):
            expressions[name] = parse_expression(one.value, ("t", *there))
        known[name] = list(there.values())

    def given(name: str, t: float) -> Array:
        with named(f"boundary of {wall.axis}"):
            return np.broadcast_to(expressions[name].evaluate(t, *known[name]), shapes[name])

    for name in incoming:
        given(name, float(trajectory.t[0]))
    return given


def _on(axes: tuple[str, ...], on: tuple[str, ...], values: Array) -> Array:
    """Values of some axes among more, in storage order."""
    sizes = dict(zip(on, values.shape, strict=True))
    return values.reshape([sizes.get(axis, 1) for axis in axes])
