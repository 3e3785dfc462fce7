"""Boundary conditions as they are asked for: by axis, both ends alike or the lower and the upper one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from symdcrnn.boundaries.conditions import BOUNDARIES, Boundary
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import SettingError
from symdcrnn.given import described

POINTS, CELLS = WALLS = ("points", "cells")
"""Where walls stand: at the first and the last point, or half a step beyond."""

ODD = re.compile(r"\s*,\s*(?P<names>\w+(?:\s+and\s+\w+)*)\s+odd", re.ASCII)


@dataclass(frozen=True)
class Condition:
    """What is asked for at one end of an axis.

    Parameters
    ----------
    name : str
        A key of `BOUNDARIES`.
    value : str
        An expression of what comes in; empty where nothing is said of it.
    odd : tuple of str
        Fields that a mirror gives the opposite sign.
    """

    name: str
    value: str = ""
    odd: tuple[str, ...] = ()

    @property
    def kind(self) -> Boundary:
        """Its entry."""
        return BOUNDARIES[self.name]


Ends = tuple[Condition, Condition]


def conditions_of(boundary: Mapping[str, str] | None, trajectory: Trajectory) -> dict[str, Ends]:
    """By axis of space what is asked for at its lower and its upper end.

    Parameters
    ----------
    boundary : mapping of str to str or None
        By axis the name of a condition, or those of both ends as ``"inflow:vacuum"``. ``inflow`` may have an expression
        of t, the velocities and the other axes of space behind it, ``reflecting`` the fields that change their sign, as
        in ``"reflecting, m1 and m3 odd"``.
    trajectory : Trajectory

    Raises
    ------
    SettingError
        If an axis or a condition is not there.
    """
    if boundary is not None and not isinstance(boundary, Mapping):
        raise SettingError("boundary", f"is {described(boundary)}: give conditions by axis, such as "
                           "{'x': 'vacuum'}")
    space = [axis.name for axis in trajectory.axes if axis.role == "space" and axis.ordered]
    found = {}
    for axis, text in (boundary or {}).items():
        if axis not in space:
            raise SettingError("boundary", f"is of {described(axis)}: the data has the axes of space "
                               f"{', '.join(space) or 'none'}")
        if not isinstance(text, str):
            raise SettingError("boundary", f"of {axis} is {described(text)}: give a name, such as 'vacuum'")
        parts = [_condition(axis, part.strip(), trajectory) for part in text.split(":")]
        if len(parts) > 2 or (len(parts) == 2 and any(one.kind.comes == "joined" for one in parts)):
            raise SettingError("boundary", f"of {axis} is {text!r}: give one condition, or those of the lower and the "
                               "upper end, such as inflow:vacuum; periodic is both")
        found[axis] = (parts[0], parts[-1])
    return found


def described_ends(conditions: Mapping[str, Ends]) -> str:
    """In the words in which they are asked for, with one space between them."""
    return "; ".join(f"{axis}={':'.join(dict.fromkeys(map(_text, ends)))}" for axis, ends in conditions.items())


def _text(one: Condition) -> str:
    odd = f", {' and '.join(one.odd)} odd" if one.odd else ""
    return f"{one.name}{' ' + one.value if one.value else ''}{odd}"


def _condition(axis: str, text: str, trajectory: Trajectory) -> Condition:
    name = next((one for one in BOUNDARIES if re.match(rf"{one}\b", text)), None)
    if name is None:
        raise SettingError("boundary", f"of {axis} is {text!r}: choose from {', '.join(BOUNDARIES)}")
    kind, rest = BOUNDARIES[name], text[len(name):]
    odd = ODD.fullmatch(rest) if kind.comes == "mirrored" else None
    if odd is not None:
        names = tuple(re.split(r"\s+and\s+", odd["names"]))
        for one in names:
            if one not in trajectory.field_names:
                raise SettingError("boundary", f"of {axis} is {text!r}, but the data has no field {one!r}: it has "
                                   f"{', '.join(trajectory.field_names)}")
        return Condition(name, odd=names)
    if rest.strip() and kind.comes != "given":
        hint = ": write 'reflecting, m1 odd'" if kind.comes == "mirrored" else ""
        raise SettingError("boundary", f"of {axis} is {text!r}: nothing goes behind {name}"
                           if not hint else f"of {axis} is {text!r}{hint} or 'reflecting, m1 and m3 odd'")
    return Condition(name, " ".join(rest.split()))
