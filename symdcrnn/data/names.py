"""Which names fields and known functions may have: those that mean nothing else in an equation."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from symdcrnn.data.expressions import CHOICES, FUNCTIONS
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

LETTERS = ("I", "mean", "laplacian")
"""Operators whose names do not follow from those of axes."""

COORDINATES = ("t", "x")
"""What expressions may always name, beside the axes of the data."""

HIGHEST_DERIVATIVE = 6


def check_name(name: str, roles: Mapping[str, Role]) -> None:
    """Refuse the name of a variable that no equation can use.

    Parameters
    ----------
    name : str
        Of a field, a known function or a coordinate.
    roles : mapping of str to Role
        The axes of the data beside t.

    Raises
    ------
    InputError
        If it is no identifier, or means something else already: that is said.
    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise InputError(f"variable {name!r} has a name that no equation can use: "
                         "rename it to letters, digits and underscores")
    meaning = _meaning(name, roles)
    if meaning is not None:
        raise InputError(f"variable {name!r} has the name of {meaning}: rename it")


def _meaning(name: str, roles: Mapping[str, Role]) -> str | None:
    if name in roles or name in COORDINATES:
        return "an axis"
    if name == "epsilon":
        return "the scale"
    if name in FUNCTIONS or name in CHOICES:
        return "a function"
    derivatives = {f"d_{axis * order}" for axis in ("t", "x", "y", "z", "v", *roles)
                   for order in range(1, HIGHEST_DERIVATIVE + 1)}
    velocities = ("v", *(axis for axis, role in roles.items() if role == "velocity"))
    spaces = ("x", *(axis for axis, role in roles.items() if role == "space"))
    transports = {f"{velocity}_d{space}" for velocity in velocities for space in spaces}
    return "an operator" if name in {*LETTERS, *derivatives, *transports} else None
