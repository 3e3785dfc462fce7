"""Problems whose exact equation is known, and their data."""

from __future__ import annotations

from symdcrnn.problems.kind import Parameter, Problem
from symdcrnn.problems.kinetic import KineticProblem
from symdcrnn.problems.posed import generate, problem
from symdcrnn.problems.spectral import SpectralProblem, solve, spectral_preset
from symdcrnn.problems.table import PROBLEMS
from symdcrnn.problems.transport import PRESETS, TransportProblem, exact_equations, preset

__all__ = ["PRESETS", "PROBLEMS", "KineticProblem", "Parameter", "Problem", "SpectralProblem", "TransportProblem",
           "exact_equations", "generate", "preset", "problem", "solve", "spectral_preset"]
