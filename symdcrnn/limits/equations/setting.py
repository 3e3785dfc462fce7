"""What the names of equations by hand mean: axes, measures, fields and known functions, read off or given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from symdcrnn.algebra.axes import TIME, Axis
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.measures import Measure, measure

SPACE = ("x", "y", "z")


@dataclass(frozen=True)
class Setting:
    """The phase space of equations, but for their parameters.

    Parameters
    ----------
    axes : tuple of Axis
    measures : tuple of Measure
        Of every velocity axis.
    coordinates : mapping of str to tuple of str
        Named functions of axes, and what they depend on.
    fields : tuple of Field
        Those with equations, those that are given in time, and known functions.
    operators : tuple of Operator
        Of the user.
    """

    axes: tuple[Axis, ...]
    measures: tuple[Measure, ...]
    coordinates: Mapping[str, tuple[str, ...]]
    fields: tuple[Field, ...]
    operators: tuple[Operator, ...] = ()

    @property
    def moving(self) -> frozenset[str]:
        """The velocity axes."""
        return frozenset(one.axis for one in self.measures)

    def space(self, parameters: Iterable[str] = ()) -> PhaseSpace:
        """The phase space, with parameters as known functions of no axis."""
        constants = [Field(name, ()) for name in parameters]
        return phase_space(self.axes, [*self.fields, *constants], self.coordinates, self.operators)

    def with_axes(self, axes: Mapping[str, Iterable[str]]) -> Setting:
        """The same where some fields depend on other axes."""
        return replace(self, fields=tuple(
            Field(one.name, (TIME, *axes[one.name])) if one.name in axes else one for one in self.fields))


def setting_of_texts(
    texts: Sequence[str], targets: Sequence[str], known: Mapping[str, Sequence[str]], velocities: Mapping[str, str]
) -> Setting:
    """The setting that equations suggest; every field with an equation depends on all axes.

    Parameters
    ----------
    texts : sequence of str
    targets : sequence of str
        Fields with equations.
    known : mapping of str to sequence of str
        Known functions, and what they depend on.
    velocities : mapping of str to str
        Velocity axes and their measures.
    """
    named_axes = {axis for on in known.values() for axis in on}
    used = [axis for axis in SPACE if axis == "x" or axis in named_axes
            or any(re.search(rf"\b\w*_d?[xyz]*{axis}[xyz]*\b", text) for text in texts)]
    axes = (*(Axis(name, "velocity", ordered=kind != "circle") for name, kind in velocities.items()),
            *(Axis(name, "space", periodic=True) for name in reversed(used)))
    measures = tuple(measure(name, axis) for axis, name in velocities.items())
    coordinates = {name: (one.axis,) for one in measures for name in one.coordinates if name != one.axis}
    own = [Field(name, (TIME, *(axis.name for axis in axes))) for name in targets]
    given = [Field(name, tuple(on)) for name, on in known.items() if name not in targets]
    return Setting(axes, measures, coordinates, (*own, *given))


def setting_of_space(
    space: PhaseSpace, targets: Sequence[str], known: Mapping[str, Sequence[str]], velocities: Mapping[str, str]
) -> Setting:
    """The setting of a phase space; arguments as of `setting_of_texts`.

    Raises
    ------
    InputError
        If an equation is of none of its fields, or a measure of none of its velocity axes.
    """
    lacking = [name for name in targets if name not in space.variables]
    if lacking:
        raise InputError(f"there is no field {lacking[0]!r} in the space: choose from {', '.join(space.variables)}")
    moving = {axis.name: axis for axis in space.axes if axis.role != "space"}
    unknown = [name for name in velocities if name not in moving]
    if unknown:
        raise InputError(f"a measure is given for {unknown[0]!r}, which is no velocity axis of the space: choose from "
                         f"{', '.join(moving) or 'none'}")
    coordinates = {name: tuple(on) for name, on in space.coordinates.items() if name != TIME and name not in
                   {axis.name for axis in space.axes}}
    measures = tuple(measure(velocities.get(name) or ("legendre" if axis.ordered else "circle"), name,
                             [one for one, on in coordinates.items() if on == (name,)])
                     for name, axis in moving.items())
    more = [Field(name, tuple(on)) for name, on in known.items() if name not in space.variables
            and name not in space.profiles]
    plain = phase_space(space.axes, space.fields, coordinates)
    own = tuple(letter for name, letter in space.operators.items() if name not in plain.operators)
    return Setting(space.axes, measures, coordinates, (*space.fields, *more), own)
