"""A kind of problem with all that a command line needs to offer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symdcrnn.data.trajectory import Trajectory


@dataclass(frozen=True)
class Parameter:
    """A setting of a problem, as the command line offers it.

    Parameters
    ----------
    name : str
        As `Problem.preset` takes it.
    kind : str
        "number" (see `parse_number`), "positive" or "fraction", a number above 0 and at most 1; "integer";
        "expression"; or "table": rows of numbers, as ``1, 2; 3, 4``.
    help : str
        What it is, in a few words.
    least : int
        The smallest value of a whole number.
    """

    name: str
    kind: str
    help: str
    least: int = 0


@dataclass(frozen=True)
class Problem:
    """A kind of problem, with all that a command line needs to offer it.

    Parameters
    ----------
    name, description : str
        For people.
    presets : mapping of str to str
        Name and one-line description.
    parameters : tuple of Parameter
        What may be overridden.
    preset : callable
        ``preset(name, **overrides)`` gives a checked problem; raises InputError.
    generate : callable
        ``generate(problem, noise=, seed=, progress=, known=)`` gives a Trajectory; raises InputError.
    usual : str
        The preset that is taken where none is named.
    """

    name: str
    description: str
    presets: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    preset: Callable[..., Any]
    generate: Callable[..., Trajectory]
    usual: str
