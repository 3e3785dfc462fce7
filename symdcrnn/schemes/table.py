"""All schemes by name: multistep ones and those with stages."""

from __future__ import annotations

from symdcrnn.errors import InputError, lookup
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.runge_kutta import TABLEAUS, DoubleTableau, read_tableau
from symdcrnn.schemes.scheme import Scheme

ALL_SCHEMES: dict[str, Scheme | DoubleTableau] = {**SCHEMES, **TABLEAUS}

WEAK = "weak"
"""The weak form in space and time, which is no scheme in time: see `weak_form`."""

TABLEAU_FILE = ".json"
"""How the name of a file with a tableau ends."""


def find_scheme(name: str) -> Scheme | DoubleTableau:
    """The scheme of that name, or the double tableau in the file of that name.

    Raises
    ------
    InputError
        If there is none, it is the weak form, or the file does not hold a tableau.
    """
    if name == WEAK:
        raise InputError("the weak form in space and time has no residual from frame to frame: name a multistep scheme")
    if name.endswith(TABLEAU_FILE):
        return read_tableau(name)
    return lookup(ALL_SCHEMES, name, "scheme")
