"""From an entry of the table to a posed problem, and from that to a trajectory."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np

from symdcrnn.data.files.memory import process_memory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_kind
from symdcrnn.problems.kind import Problem
from symdcrnn.problems.kinetic.entry import TIMES, Entry, KineticProblem, Report
from symdcrnn.problems.noise import add_noise, check_noise

SIZES = ("nx", "ny", "velocities", "angles", "frames")
"""Settings whose product is about the number of values that are kept."""


def posed(entry: Entry) -> Callable[..., KineticProblem]:
    """A function that gives a preset of an entry, with some of its settings replaced."""

    def preset(name: str, **overrides: Any) -> KineticProblem:
        if name not in entry.presets:
            raise InputError(f"there is no preset {name!r}: use {' or '.join(entry.presets)}")
        known = [one.name for one in (*entry.parameters, *TIMES)]
        for parameter in overrides:
            if parameter not in known:
                close = difflib.get_close_matches(parameter, known, n=1)
                raise InputError(f"there is no parameter {parameter!r}: " +
                                 (f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}"))
        problem = KineticProblem(entry, {**entry.presets[name].settings, **overrides})
        _check_memory(problem)
        return problem

    return preset


def offered(entry: Entry) -> Problem:
    """An entry as the command line offers it."""
    return Problem(name=entry.name, description=entry.description,
                   presets={name: one.description for name, one in entry.presets.items()},
                   parameters=(*entry.parameters, *TIMES), preset=posed(entry), generate=solve_kinetic,
                   usual=next(iter(entry.presets)))


def solve_kinetic(problem: KineticProblem, noise: float = 0.0, seed: int = 0, progress: Report | None = None,
                  known: bool = False) -> Trajectory:
    """Solve a kinetic problem and keep the frames that it asks for.

    Parameters
    ----------
    problem : KineticProblem
    noise, seed, progress, known : optional
        As those of `symdcrnn.generate`, which returns what this does.

    Raises
    ------
    InputError
        If noise or seed is out of range, a setting does not fit the others, or there is nothing to be known.
    """
    check_kind(problem, KineticProblem, "generate", "give a KineticProblem, such as problem('bgk')")
    noise, seed = check_noise(noise, seed)
    found = problem.entry.solve(problem, np.random.default_rng([seed, 1]), progress or _silent)
    if known and not found.profiles:
        raise InputError(f"the equation of {problem.entry.name} has no functions of space to store: leave out --known")
    add_noise([values for _, values in found.fields.values()], noise, seed)
    exact = {**found.exact, **(found.known if known else {})}
    epsilon = problem.settings.get("epsilon")
    return Trajectory.from_arrays(
        found.fields, t=problem.times, x=found.axes["x"], v=found.axes.get("v"), y=found.axes.get("y"),
        axes={name: points for name, points in found.axes.items() if name not in ("x", "v", "y")},
        coordinates=found.coordinates, weights=found.weights or None,
        profiles=found.profiles if known else None, periodic=found.periodic,
        epsilon=None if epsilon is None else float(epsilon), exact=exact or None,
        attributes={"problem": problem.entry.name, "solver": found.solver, "noise": noise, "seed": seed,
                    **{f"problem_{name}": value for name, value in problem.settings.items() if name != "epsilon"}})


def _silent(done: int, total: int) -> None:
    """Where nobody is told of progress."""


def _check_memory(problem: KineticProblem) -> None:
    held, needed = process_memory(), 8.0 * np.prod([float(problem.settings.get(name, 1)) for name in SIZES])
    if held is not None and needed > held:
        sizes = ", ".join(f"{name} = {problem.settings[name]}" for name in SIZES if name in problem.settings)
        raise InputError(f"{sizes} take {needed / 2**30:.3g} GiB, but this machine has {held / 2**30:.3g} GiB: lower "
                         "some of them")
