"""Which names fields and known functions may have: those that mean nothing else in an equation."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Mapping

from symdcrnn.data.expressions import CHOICES, FUNCTIONS
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

LETTERS = ("I", "laplacian")
"""Operators whose names do not follow from those of axes."""

COORDINATES = ("t", "x")
"""What expressions may always name, beside the axes of the data."""

CONSTANTS = ("pi", "maxwellian")
"""What else formulas name that is no function here."""


def check_name(name: str, roles: Mapping[str, Role], coordinates: Collection[str] = ()) -> None:
    """Refuse the name of a variable that no equation can use.

    Parameters
    ----------
    name : str
        Of a field, a known function or a coordinate.
    roles : mapping of str to Role
        The axes of the data beside t.
    coordinates : collection of str
        The names of functions on axes that are coordinates.

    Raises
    ------
    InputError
        If it is no identifier, or means something else already: that is said.
    """
    check_identifier(name, "variable")
    meaning = _meaning(name, roles, coordinates)
    if meaning is not None:
        raise InputError(f"variable {name!r} has the name of {meaning}: rename it, --field NAME={name}")


def check_axis_name(name: str, roles: Mapping[str, Role]) -> None:
    """Refuse the name of an axis that no equation can use.

    Parameters
    ----------
    name : str
    roles : mapping of str to Role
        The axes of the data beside t.

    Raises
    ------
    InputError
        If it is no identifier, or means something else already: that is said.
    """
    check_identifier(name, "axis")
    meaning = _meaning(name, {axis: role for axis, role in roles.items() if axis != name}, ())
    if name not in COORDINATES and meaning is not None:
        raise InputError(f"axis {name!r} has the name of {meaning}: rename it, --axis NAME={name}")


def check_identifier(name: str, noun: str) -> None:
    """Refuse a name that cannot stand in a formula.

    Raises
    ------
    InputError
        If it is no identifier, or a keyword of Python.
    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise InputError(f"{noun} {name!r} has a name that no equation can use: "
                         "rename it to letters, digits and underscores")


def _meaning(name: str, roles: Mapping[str, Role], coordinates: Collection[str]) -> str | None:
    if name in roles or name in COORDINATES:
        return "an axis"
    if name == "epsilon":
        return "the scale"
    if name in FUNCTIONS or name in CHOICES or name in CONSTANTS:
        return "a function"
    spaces = ("x", *(axis for axis, role in roles.items() if role == "space"))
    others = ("v", *coordinates, *(axis for axis, role in roles.items() if role != "space"))
    operator = (name in LETTERS or name in ("mean", *(f"mean_{axis}" for axis in roles))
                or name in (f"{other}_d{axis}" for other in others for axis in spaces)
                or _is_derivative(name, {"t", "x", "y", "z", "v", *roles}))
    return "an operator" if operator else None


def _is_derivative(name: str, axes: Collection[str]) -> bool:
    """Whether a name is ``d_`` and then names of axes, with an underscore between them or none."""
    starts, ends = {len("d_")} if name.startswith("d_") else set(), set()
    for place in range(len(name)):
        if place in starts:
            ends |= {place + len(axis) for axis in axes if name.startswith(axis, place)}
        starts |= {end + name[end:].startswith("_") for end in ends} | ends
    return len(name) in ends
