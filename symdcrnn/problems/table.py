"""The problems that there are.

A new problem is one new entry in `PROBLEMS`, a kinetic one in `KINETIC`.
"""

from __future__ import annotations

from symdcrnn.problems.generation import generate
from symdcrnn.problems.kind import Parameter, Problem
from symdcrnn.problems.kinetic import KINETIC, offered
from symdcrnn.problems.spectral import PRESETS as SPECTRAL
from symdcrnn.problems.spectral import solve, spectral_preset
from symdcrnn.problems.transport import PRESETS, preset

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
        usual="notebook",
    ),
    **{
        name: Problem(name=name, description=FORMULAS[name], presets={"standard": SPECTRAL[name].description},
                      parameters=SPECTRAL_PARAMETERS, preset=spectral_preset(name), generate=solve, usual="standard")
        for name in FORMULAS
    },
    **{entry.name: offered(entry) for entry in KINETIC},
}
