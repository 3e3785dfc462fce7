"""Any problem of the table by its name, and its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import lookup
from symdcrnn.given import check_kind
from symdcrnn.problems.generation import generate as solve_transport
from symdcrnn.problems.kinetic import KineticProblem, solve_kinetic
from symdcrnn.problems.spectral import SpectralProblem, solve
from symdcrnn.problems.table import PROBLEMS
from symdcrnn.problems.transport import TransportProblem

AnyProblem = TransportProblem | SpectralProblem | KineticProblem

SOLVERS: tuple[tuple[type[Any], Callable[..., Trajectory]], ...] = (
    (TransportProblem, solve_transport), (SpectralProblem, solve), (KineticProblem, solve_kinetic))
"""What solves problems of a kind."""


def problem(name: str, preset: str | None = None, **overrides: Any) -> AnyProblem:
    """A problem by its name, as ``symdcrnn generate`` lists them, with some of its settings replaced.

    Parameters
    ----------
    name : str
        Such as ``bgk``.
    preset : str, optional
        One of its presets; the usual one where none is named.
    **overrides
        Any of its parameters.

    Returns
    -------
    TransportProblem, SpectralProblem or KineticProblem
        What `generate` takes.

    Raises
    ------
    InputError
        If the problem, the preset or a parameter is unknown, or a value out of range.
    """
    found = lookup(PROBLEMS, name, "problem")
    posed: AnyProblem = found.preset(found.usual if preset is None else preset, **overrides)
    return posed


def generate(problem: AnyProblem, noise: float = 0.0, seed: int = 0,
             progress: Callable[[int, int], None] | None = None, known: bool = False) -> Trajectory:
    """Solve a problem whose equation is known, and keep the frames that it asks for.

    Parameters
    ----------
    problem : TransportProblem, SpectralProblem or KineticProblem
        What to solve, such as ``preset("notebook")`` or ``problem("bgk")``.
    noise : float
        Standard deviation of the Gaussian noise on each field, as a fraction of the field's own.
    seed : int
        Of the noise, and of particles where some are drawn.
    progress : callable, optional
        Called as ``progress(done, total)``; may raise to stop.
    known : bool
        Whether to store coefficient functions of space, for a fit that knows them.

    Returns
    -------
    Trajectory
        The fields, the exact equations where words can write them and, as attributes, all settings.

    Raises
    ------
    InputError
        If noise or seed is out of range, or the solution blows up.
    """
    check_kind(problem, tuple(kind for kind, _ in SOLVERS), "generate",
               "give a TransportProblem, such as preset('notebook'), or what problem('bgk') gives")
    solver = next(solver for kind, solver in SOLVERS if isinstance(problem, kind))
    return solver(problem, noise=noise, seed=seed, progress=progress, known=known)
