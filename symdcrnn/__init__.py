"""Learn multiscale, nonlocal PDEs from data: a symbolic compiler to fused kernels.

The public names are loaded when they are first used, so that the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
    from symdcrnn.algebra.operators import OPERATORS, Operator
    from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
    from symdcrnn.algebra.rnn import network
    from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil, Sum
    from symdcrnn.algebra.words import Field, Word
    from symdcrnn.closure.fit import fit_moments
    from symdcrnn.comparison.methods import Comparison, compare
    from symdcrnn.data.files.formats import read_trajectory, write_trajectory
    from symdcrnn.data.files.series import read_series
    from symdcrnn.data.files.stored import StoredTrajectory, open_trajectory
    from symdcrnn.data.trajectory import Trajectory
    from symdcrnn.data.units import in_units
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.errors import InputError
    from symdcrnn.estimator.dcrnn import DCRNN
    from symdcrnn.evaluation import right_hand_side
    from symdcrnn.fitting.fit import fit
    from symdcrnn.forms.of_data import kinetic, micro_macro, moments_of
    from symdcrnn.forms.scaling import scaled
    from symdcrnn.limits.limit import limit
    from symdcrnn.limits.result import Limit
    from symdcrnn.long_forecast import LongForecast, simulate_to_folder
    from symdcrnn.model import Model, load_model
    from symdcrnn.parameter_sweep import SweepFit, sweep
    from symdcrnn.problems.kinetic.entry import KineticProblem
    from symdcrnn.problems.posed import generate, problem
    from symdcrnn.problems.transport import TransportProblem, preset
    from symdcrnn.settings import FitSettings
    from symdcrnn.simulation import Simulation, simulate

__version__ = "0.1.0"

_PLACES = {
    "Ansatz": "algebra.ansatz",
    "Comparison": "comparison.methods",
    "DCRNN": "estimator.dcrnn",
    "Field": "algebra.words",
    "FitSettings": "settings",
    "InputError": "errors",
    "KineticProblem": "problems.kinetic.entry",
    "LearnedEquation": "equation",
    "Limit": "limits.result",
    "LongForecast": "long_forecast",
    "Model": "model",
    "OPERATORS": "algebra.operators",
    "Operator": "algebra.operators",
    "StoredTrajectory": "data.files.stored",
    "SweepFit": "parameter_sweep",
    "Trajectory": "data.trajectory",
    "Simulation": "simulation",
    "TransportProblem": "problems.transport",
    "Word": "algebra.words",
    "build_ansatz": "algebra.ansatz",
    "compare": "comparison.methods",
    "fit": "fitting.fit",
    "fit_moments": "closure.fit",
    "generate": "problems.posed",
    "in_units": "data.units",
    "kinetic": "forms.of_data",
    "limit": "limits.limit",
    "load_model": "model",
    "micro_macro": "forms.of_data",
    "moments_of": "forms.of_data",
    "network": "algebra.rnn",
    "open_trajectory": "data.files.stored",
    "preset": "problems.transport",
    "problem": "problems.posed",
    "read_series": "data.files.series",
    "read_trajectory": "data.files.formats",
    "right_hand_side": "evaluation",
    "scaled": "forms.scaling",
    "simulate": "simulation",
    "simulate_to_folder": "long_forecast",
    "sweep": "parameter_sweep",
    "write_trajectory": "data.files.formats",
    "PhaseSpace": "algebra.phase_space",
    "Pointwise": "algebra.rules",
    "Profile": "algebra.rules",
    "Quadrature": "algebra.rules",
    "Stencil": "algebra.rules",
    "Sum": "algebra.rules",
    "phase_space": "algebra.phase_space",
}

__all__ = [
    "DCRNN",
    "OPERATORS",
    "Ansatz",
    "Comparison",
    "Field",
    "FitSettings",
    "InputError",
    "KineticProblem",
    "LearnedEquation",
    "Limit",
    "LongForecast",
    "Model",
    "Operator",
    "PhaseSpace",
    "Pointwise",
    "Profile",
    "Quadrature",
    "Simulation",
    "Stencil",
    "StoredTrajectory",
    "Sum",
    "SweepFit",
    "Trajectory",
    "TransportProblem",
    "Word",
    "build_ansatz",
    "compare",
    "fit",
    "fit_moments",
    "generate",
    "in_units",
    "kinetic",
    "limit",
    "load_model",
    "micro_macro",
    "moments_of",
    "network",
    "open_trajectory",
    "phase_space",
    "preset",
    "problem",
    "read_series",
    "read_trajectory",
    "right_hand_side",
    "scaled",
    "simulate",
    "simulate_to_folder",
    "sweep",
    "write_trajectory",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'symdcrnn' has no attribute {name!r}")
    return getattr(import_module(f"symdcrnn.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
