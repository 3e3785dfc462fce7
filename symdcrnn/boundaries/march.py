"""The equations of a model between walls, for solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.boundaries.incoming import incoming_values
from symdcrnn.boundaries.padding import Padding
from symdcrnn.boundaries.reach import check_no_sums
from symdcrnn.boundaries.reading import Condition, Ends, described_ends
from symdcrnn.boundaries.reflection import Mirror, mirror_of
from symdcrnn.boundaries.transport import speeds
from symdcrnn.boundaries.walls import Wall, Walls
from symdcrnn.data.repeated_points import repeats_first, values_at_ends, variables_along
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.march import March, march_of
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import InputError
from symdcrnn.model import Model

Array = NDArray[np.float64]

STILL = 1e-12
"""Up to this size, relative to the fastest, a speed is rounding."""


def march_between_walls(
    model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None, boundary: Mapping[str, Ends],
    cells: bool = False,
) -> March:
    """The equations of a model on the grid of a trajectory, under boundary conditions.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    known : mapping or None
        As for `march_of`.
    boundary : mapping of str to pair of Condition
        By axis.
    cells : bool
        Whether walls stand half a step beyond the first and the last point, and not at them.

    Raises
    ------
    InputError
        As `march_of`, and if a condition does not go with the words of the equations.
    """
    joined = {axis: ends[0].kind.comes == "joined" for axis, ends in boundary.items()}
    plain = march_of(model, _with_ends(trajectory, joined), known)
    walled = {axis: ends for axis, ends in boundary.items() if not joined[axis]}
    return _walled(plain, trajectory, walled, cells) if walled else plain


def _with_ends(trajectory: Trajectory, joined: Mapping[str, bool]) -> Trajectory:
    """The trajectory with axes that are periodic or not, as is said of them.

    Raises
    ------
    InputError
        If the last point of a periodic one is its first.
    """
    given, axes = trajectory.dataset, {axis.name: axis for axis in trajectory.axes}
    for axis, periodic in joined.items():
        if periodic and not axes[axis].periodic and repeats_first(
                variables_along(given, axis), axis, values_at_ends(given), axes[axis].even, False):
            raise InputError(f"the last point of {axis} is its first one again: read the data as periodic, by "
                             "--periodic or periodic=True, which leaves one of both out")
    named = {axis: (given[axis].dims, given[axis].values, {**given[axis].attrs, "periodic": int(periodic)})
             for axis, periodic in joined.items()}
    return Trajectory(given.assign_coords(named), trajectory.notices)


def _walled(plain: March, trajectory: Trajectory, boundary: Mapping[str, Ends], cells: bool) -> March:
    before = plain.rhs.structure
    padding = Padding({axis: _width(before, axis) for axis in boundary}, cells)
    structure = replace(before, grid=padding.grid(before.grid))
    axes = {one.name: one.axes[1:] for one in plain.rhs.fields}
    walls: list[Wall] = []
    for axis, ends in boundary.items():
        asked = described_ends({axis: ends}).partition("=")[2]
        check_no_sums(structure, axis, asked)
        mirrors = {one: mirror_of(structure, axis, one.odd, asked) for one in dict.fromkeys(ends)
                   if one.kind.comes == "mirrored"}
        carried = speeds(structure, axis, asked) if len(mirrors) < len(set(ends)) else {}
        for upper, one in enumerate(ends):
            walls.append(_wall(one, axis, bool(upper), structure, padding, mirrors.get(one), carried, plain,
                               trajectory))
    inside = {}
    for equation, _ in structure.numbered:
        name, shape = equation.target.name, structure.shape(equation.target)
        here = np.zeros(shape, bool)
        padding.within(axes[name], here)[...] = True
        for wall in walls:
            if wall.at_point and name in wall.incoming:
                wall.line(axes[name], here)[..., wall.width][wall.incoming[name]] = False
        inside[name] = here
    ends_of = Walls(padding, tuple(walls), axes, inside)
    found = March(plain.rhs, plain.data, ends_of)
    return replace(found, rhs=replace(plain.rhs, structure=structure, given=found.given))


def _width(structure: Structure, axis: str) -> int:
    """How far words reach along an axis."""
    return max((kernel.program.margin.get(axis, 0) for kernel in structure.kernels.values()), default=0)


def _wall(
    one: Condition, axis: str, upper: bool, structure: Structure, padding: Padding, mirror: Mirror | None,
    carried: Mapping[Field, Array], plain: March, trajectory: Trajectory,
) -> Wall:
    points, width = structure.grid.axis(axis).coordinate, padding.widths[axis]
    place = padding.walls(plain.rhs.structure.grid.axis(axis).coordinate)[upper]
    assert one.kind.beyond is not None
    beyond = one.kind.beyond(-points[::-1] if upper else points, width, -place if upper else place)
    wall = Wall(axis, upper, width, not padding.cells, beyond, mirror, {}, lambda name, t: np.zeros(()))
    if mirror is not None:
        return wall
    incoming = {}
    for target, speed in carried.items():
        here = wall.line(target.axes[1:], speed)[..., width]
        incoming[target.name] = (-here if upper else here) > STILL * np.max(np.abs(speed))
    return replace(wall, incoming=incoming,
                   given=incoming_values(one, wall, incoming, structure, padding, plain.data, trajectory))
