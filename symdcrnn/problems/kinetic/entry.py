"""What an entry of the table of kinetic problems says, and a problem posed with its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.expressions import Expression, parse_number
from symdcrnn.errors import InputError, named
from symdcrnn.given import described, real_number, whole_number
from symdcrnn.problems.kind import Parameter

Array = NDArray[np.float64]

Report = Callable[[int, int], None]
"""Called with what is done and what there is to do; may raise to stop."""

Value = float | int | str

MOST = 2**31
"""Of whole numbers."""

TIMES = (
    Parameter("dt", "positive", "time from frame to frame"),
    Parameter("first", "integer", "first frame kept, 0 is the initial state"),
    Parameter("frames", "integer", "frames kept", 2),
)
"""Settings that all problems have."""


@dataclass(frozen=True)
class Preset:
    """Named settings.

    Parameters
    ----------
    description : str
        One line.
    settings : mapping of str to float, int or str
        A value of every parameter.
    """

    description: str
    settings: Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Solution:
    """Snapshots of a solver.

    Parameters
    ----------
    fields : mapping of str to (tuple of str, ndarray)
        By name: the axes, t first, and the values on them.
    axes : mapping of str to ndarray
        Coordinates of all axes but t.
    weights : mapping of str to ndarray
        Quadrature weights, by axis.
    exact : mapping of str to mapping of str to float
        The right equations as a fit writes them; those that no words can write are left out.
    coordinates : mapping of str to (str, ndarray)
        Functions on an axis that are coordinates of phase space too.
    profiles : mapping of str to (tuple of str, ndarray)
        Coefficient functions, for a fit that knows them.
    known : mapping of str to mapping of str to float
        What is right in addition where the coefficient functions are known.
    periodic : bool
        Whether the space axes are.
    solver : str
        How it was solved, in a few words.
    """

    fields: Mapping[str, tuple[tuple[str, ...], Array]]
    axes: Mapping[str, Array]
    weights: Mapping[str, Array]
    exact: Mapping[str, Mapping[str, float]]
    coordinates: Mapping[str, tuple[str, Array]] = field(default_factory=dict)
    profiles: Mapping[str, tuple[tuple[str, ...], Array]] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    periodic: bool = True
    solver: str = "Fourier modes, matrix exponentials"


@dataclass(frozen=True)
class Entry:
    """A kinetic problem of the table.

    Parameters
    ----------
    name, description : str
        For people.
    parameters : tuple of Parameter
        Its own, beside `TIMES`.
    presets : mapping of str to Preset
        The first one is taken where none is named.
    solve : callable
        ``solve(problem, random, report)`` gives a `Solution`.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    presets: Mapping[str, Preset]
    solve: Callable[[KineticProblem, np.random.Generator, Report], Solution]


@dataclass(frozen=True)
class KineticProblem:
    """An entry with a value of every setting.

    Parameters
    ----------
    entry : Entry
    settings : mapping of str to float, int or str

    Raises
    ------
    InputError
        If a value is out of its range.
    """

    entry: Entry
    settings: Mapping[str, Value]

    def __post_init__(self) -> None:
        checked = {one.name: _checked(one, self.settings[one.name]) for one in (*self.entry.parameters, *TIMES)}
        object.__setattr__(self, "settings", checked)
        if self.whole("first") + self.whole("frames") > MOST:
            raise InputError(f"first = {self.whole('first')} and frames = {self.whole('frames')} are too many frames")
        for one in self.entry.parameters:
            if one.kind == "table":
                self.table(one.name)

    def number(self, name: str) -> float:
        """A setting that is a number."""
        return float(self.settings[name])

    def whole(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self.settings[name])

    def on(self, name: str, **points: Array) -> Array:
        """A setting that is an expression, at points of its variables, which broadcast.

        Raises
        ------
        InputError
            If it is no expression of these, or not finite somewhere.
        """
        with named(name):
            return Expression(str(self.settings[name]), tuple(points)).evaluate(*points.values())

    def constant(self, name: str, *variables: str) -> float | None:
        """The value of an expression in which no variable occurs; None for any other."""
        with named(name):
            return Expression(str(self.settings[name]), variables).constant

    def table(self, name: str) -> Array:
        """A setting that is rows of numbers, shape (rows, columns).

        Raises
        ------
        InputError
            If an entry is no number, or the rows have different lengths.
        """
        with named(name):
            rows = [[parse_number(cell) for cell in row.split(",")] for row in str(self.settings[name]).split(";")]
        if len({len(row) for row in rows}) > 1:
            raise InputError(f"{name} has rows of {' and '.join(str(len(row)) for row in rows)} numbers: give rows of "
                             "the same length, as '1, 2; 3, 4'")
        return np.array(rows)

    @property
    def times(self) -> Array:
        """Of the frames that are kept, shape (frames,)."""
        found: Array = (self.whole("first") + np.arange(float(self.whole("frames")))) * self.number("dt")
        return found


WANTED = {"number": "a number", "positive": "a positive number", "fraction": "a number above 0 and at most 1"}


def _checked(parameter: Parameter, value: object) -> Value:
    name, kind = parameter.name, parameter.kind
    if kind == "integer":
        whole = whole_number(value)
        if whole is None or not parameter.least <= whole <= MOST:
            raise InputError(f"{name} is {described(value)}: give a whole number from {parameter.least} on")
        return whole
    if kind in WANTED:
        real = real_number(value)
        if real is None or (kind != "number" and real <= 0.0) or (kind == "fraction" and real > 1.0):
            raise InputError(f"{name} is {described(value)}: give {WANTED[kind]}")
        return real
    if not isinstance(value, str):
        raise InputError(f"{name} is {described(value)}: give text")
    return value
