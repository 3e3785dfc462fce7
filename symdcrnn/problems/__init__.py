"""Problems whose exact equation is known, and their data.

A new problem is one new entry in `PROBLEMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.problems.generation import generate
from symdcrnn.problems.spectral import PRESETS as SPECTRAL
from symdcrnn.problems.spectral import SpectralProblem, solve, spectral_preset
from symdcrnn.problems.transport import PRESETS, TransportProblem, exact_equations, preset

__all__ = ["PRESETS", "PROBLEMS", "Parameter", "Problem", "SpectralProblem", "TransportProblem", "exact_equations",
           "generate", "preset", "solve", "spectral_preset"]


@dataclass(frozen=True)
class Parameter:
    """A setting of a problem, as the command line offers it.

    Parameters
    ----------
    name : str
        As `Problem.preset` takes it.
    kind : str
        "number" (see `parse_number`), "integer" or "expression".
    help : str
        What it is, in a few words.
    """

    name: str
    kind: str
    help: str


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
    """

    name: str
    description: str
    presets: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    preset: Callable[..., Any]
    generate: Callable[..., Trajectory]


SPECTRAL_PARAMETERS = (
    Parameter("length", "number", "length of the domain"),
    Parameter("nx", "integer", "points of x"),
    Parameter("dt", "number", "time step of the solver"),
    Parameter("steps", "integer", "steps of the solver at most"),
    Parameter("every", "integer", "steps from frame to frame"),
    Parameter("first", "integer", "first frame kept, 0 is the initial state"),
    Parameter("frames", "integer", "frames kept"),
    Parameter("initial_u", "expression", "u at t = 0, of x"),
)

FORMULAS = {
    "burgers": "Burgers equation d_t u = -u d_x u + d_xx u/10",
    "kdv": "Korteweg-de Vries equation d_t u = -6 u d_x u - d_xxx u",
    "kuramoto-sivashinsky": "Kuramoto-Sivashinsky equation d_t u = -u d_x u - d_xx u - d_xxxx u",
}

PROBLEMS: dict[str, Problem] = {
    "transport": Problem(
        name="transport",
        description="linear transport equation in micro-macro form, eqs. (2.4), (2.5)",
        presets={name: entry.description for name, entry in PRESETS.items()},
        parameters=(
            Parameter("epsilon", "number", "scale, in (0, 1]"),
            Parameter("nx", "integer", "points of x"),
            Parameter("velocities", "integer", "Gauss-Legendre nodes of v"),
            Parameter("dt", "number", "time step of the solver"),
            Parameter("steps", "integer", "steps of the solver at most"),
            Parameter("every", "integer", "steps from frame to frame"),
            Parameter("first", "integer", "first frame kept, 0 is the initial state"),
            Parameter("frames", "integer", "frames kept"),
            Parameter("initial_rho", "expression", "rho at t = 0, of x"),
            Parameter("initial_g", "expression", "g at t = 0, of x and v, with <g> = 0"),
            Parameter("sigma_s", "expression", "scattering coefficient, of x"),
            Parameter("sigma_a", "expression", "absorption coefficient, of x"),
            Parameter("source", "expression", "source G, of x"),
        ),
        preset=preset,
        generate=generate,
    ),
    **{
        name: Problem(name=name, description=FORMULAS[name], presets={"standard": SPECTRAL[name].description},
                      parameters=SPECTRAL_PARAMETERS, preset=spectral_preset(name), generate=solve)
        for name in FORMULAS
    },
}
