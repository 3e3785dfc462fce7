"""The micro-macro system as a model, and states near its diffusion limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from small_models import model

from symdcrnn import Model, Trajectory

MICRO_MACRO = {"g": True, "rho": False}
X = np.arange(24) / 24
V, WEIGHTS = np.polynomial.legendre.leggauss(4)


def micro_macro(eps: float, sigma: float = 1.0) -> Model:
    """(2.4), (2.5)."""
    return model({"g": {"g": -sigma / eps**2, "v_dx g": -1 / eps, "<v_dx g>": 1 / eps, "v_dx rho": -1 / eps**2},
                  "rho": {"<v_dx g>": -1.0}}, MICRO_MACRO)


def frames(fields: Mapping[str, np.ndarray], until: float, count: int = 3, periodic: bool = True) -> Trajectory:
    """The first frame again and again, on a grid of times."""
    return Trajectory.from_arrays({name: np.repeat(values[None], count, 0) for name, values in fields.items()},
                                  t=np.linspace(0.0, until, count), x=X, v=V, weights=WEIGHTS, periodic=periodic)


def start(eps: float = 1.0) -> dict[str, np.ndarray]:
    """Near the diffusion limit, where g = -v d_x rho."""
    rho = 2.0 + np.sin(2 * np.pi * X) + 0.3 * np.cos(4 * np.pi * X)
    slope = 2 * np.pi * np.cos(2 * np.pi * X) - 1.2 * np.pi * np.sin(4 * np.pi * X)
    return {"g": -V[:, None] * slope * (1.0 - 0.1 * eps), "rho": rho}
