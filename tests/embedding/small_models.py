"""Models written down instead of learned, and random data for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from symdcrnn import FitSettings, LearnedEquation, Model, Trajectory
from symdcrnn.equation import LearnedFunction, LearnedTerm, NetworkRecord
from symdcrnn.model import AxisSummary, DataSummary

NETWORK = NetworkRecord((), 1.0, {}, 0.0, 0.0, 1, 1, True)

KINETIC = {
    "g": {"g": -3.0, "v_dx g": -0.7, "<v_dx g>": 0.7, "v_dx rho": -1.3, "v_dx v_dx g": 0.01, "v_dx <v_dx g>": -0.02,
          "d_xx g": 0.004, "<g>": 0.5, "v_dx v_dx rho": -0.006},
    "rho": {"<v_dx g>": -1.1, "d_xx rho": 0.02, "<v_dx v_dx v_dx g>": 1e-4},
}


def equation(
    target: str, words: Mapping[str, float], functions: Mapping[str, np.ndarray] | None = None,
    x: np.ndarray | None = None, scheme: str = "imex-bdf2",
) -> LearnedEquation:
    terms = tuple(LearnedTerm(word, coefficient) for word, coefficient in words.items())
    learned = tuple(LearnedFunction(word, tuple(x), tuple(values)) for word, values in (functions or {}).items())
    return LearnedEquation(target, terms, 0, scheme, 0.1, scheme, 1.0, 1.0, (), 1.0, (), {}, 0.0, 0.0, 1, True, NETWORK,
                           learned)


def model(
    equations: Mapping[str, Mapping[str, float]], fields: Mapping[str, bool],
    known: tuple[str, ...] = (), functions: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    x: np.ndarray | None = None, scheme: str = "imex-bdf2", **settings: str,
) -> Model:
    made = tuple(equation(target, words, (functions or {}).get(target), x, scheme)
                 for target, words in equations.items())
    axes = (*([AxisSummary("v", "velocity", 1, None, False, True, True)] if any(fields.values()) else []),
            AxisSummary("x", "space", 1, 0.1, True, False, True))
    summary = DataSummary(
        {name: ("t", "v", "x") if varies else ("t", "x") for name, varies in fields.items()}, axes, 8, 0.1, known,
        coordinates={axis.name: (axis.name,) for axis in axes}, functions={})
    return Model(made, FitSettings(**settings), summary, {}, 0.0)


def data(
    fields: Mapping[str, bool], nx: int = 40, nv: int = 5, frames: int = 6, periodic: bool = True,
    profiles: tuple[str, ...] = (), seed: int = 0,
) -> Trajectory:
    """Random and positive; with an odd number of nodes one of them is v = 0."""
    random = np.random.default_rng(seed)
    v, weights = np.polynomial.legendre.leggauss(nv)
    values = {name: random.uniform(0.5, 1.5, (frames, nv, nx) if varies else (frames, nx))
              for name, varies in fields.items()}
    return Trajectory.from_arrays(
        values, t=0.01 * np.arange(frames), x=0.3 * np.arange(nx), v=v if any(fields.values()) else None,
        weights=weights if any(fields.values()) else None, periodic=periodic,
        profiles={name: random.uniform(1.0, 2.0, nx) for name in profiles})
