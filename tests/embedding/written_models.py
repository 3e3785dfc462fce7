"""Models on several axes that are written down instead of learned, and random data for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from symdcrnn import FitSettings, LearnedEquation, Model, Operator, Quadrature, Trajectory
from symdcrnn.equation import LearnedTerm, NetworkRecord
from symdcrnn.model import DataSummary
from symdcrnn.regression.dictionary import operator_text

NETWORK = NetworkRecord((), 1.0, {}, 0.0, 0.0, 1, 1, True)
SCATTER = Operator("K", Quadrature("v", kernel="1 + 0.5*v*v' + 0.2*v"))

KINETIC = {
    "f": {"E d_v f": -0.7, "d_vv f": 0.05, "v d_x f": -0.3, "v_dx f": -0.4, "d_x(<v f> f)": 0.1, "exp(-u^2) f": -0.5,
          "cos(3*t) f": 0.8, "sigma f": -0.6, "K f": 0.9, "q f": 0.3, "v d_x u": 0.2, "<f>": 0.4},
    "u": {"<v f>": 0.3, "u d_x u": -1.0, "d_xx(u^2)": 0.02, "<f^2>": 0.1, "<d_v f>": 0.2, "q": 0.4, "E": 0.5, "1": 0.1},
    "q": {"q^2": -0.3, "q": 0.2},
}
"""With a field E that has no equation."""

FEW = {"f": {"E d_v f": -0.7, "v_dx f": -0.4, "K f": 0.9}, "u": {"<v f>": 0.3, "d_xx(u^2)": 0.02}, "q": {"q^2": -0.3}}
"""Words whose transposes are others on uneven grids."""

PLANE = {
    "f": {"c_dx f": -1.0, "s d_y f": -0.8, "<f>": 0.6, "sigma f": -0.5, "h d_x d_y f": 0.1, "laplacian h": 0.05},
    "h": {"laplacian h": 0.1, "<c d_x f>": -0.2, "h d_y h": -0.4},
}


def model(equations: Mapping[str, Mapping[str, float]], data: Trajectory, **settings: object) -> Model:
    made = tuple(
        LearnedEquation(target, tuple(LearnedTerm(word, number) for word, number in words.items()), 0, "simpson", 0.1,
                        "simpson", 1.0, 1.0, (), 1.0, (), {}, 0.0, 0.0, 1, True, NETWORK, ())
        for target, words in equations.items())
    return Model(made, FitSettings(**settings), DataSummary.of([data], (), {}), {}, 0.0)


def kinetic(periodic: bool, even: bool) -> tuple[Model, Trajectory]:
    """v has ends and weights that are not all alike."""
    random = np.random.default_rng(3)
    nv, nx, frames = 12, 41, 4
    v = np.linspace(-1.5, 1.5, nv)
    weights = np.where((np.arange(nv) == 0) | (np.arange(nv) == nv - 1), 0.5, 1.0)
    x = 0.3 * np.arange(nx) if even else np.cumsum(random.uniform(0.25, 0.35, nx))
    shapes = {"f": (frames, nv, nx), "u": (frames, nx), "E": (frames, nx), "q": (frames,)}
    values = {name: random.uniform(0.5, 1.5, shape) for name, shape in shapes.items()}
    values = {"f": (("t", "v", "x"), values["f"]), "u": (("t", "x"), values["u"]), "E": (("t", "x"), values["E"]),
              "q": (("t",), values["q"])}
    data = Trajectory.from_arrays(values, t=0.2 + 0.05 * np.arange(frames), x=x, v=v, weights=weights / weights.sum(),
                                  periodic=periodic, profiles={"sigma": ("x", random.uniform(1.0, 2.0, nx))})
    words = KINETIC if even else FEW
    return model(words, data, own_operators=(operator_text(SCATTER),), transport_stencil="upwind3"), data


def plane() -> tuple[Model, Trajectory]:
    random = np.random.default_rng(4)
    angles, ny, nx, frames = 5, 17, 36, 3
    angle = 2.0 * np.pi * (np.arange(angles) + 0.3) / angles
    weights = random.uniform(0.5, 1.5, angles)
    data = Trajectory.from_arrays(
        {"f": (("t", "angle", "y", "x"), random.uniform(0.5, 1.5, (frames, angles, ny, nx))),
         "h": (("t", "y", "x"), random.uniform(0.5, 1.5, (frames, ny, nx)))},
        t=0.1 * np.arange(frames), x=0.2 * np.arange(nx), y=0.3 * np.arange(ny), axes={"angle": angle},
        coordinates={"c": ("angle", np.cos(angle)), "s": ("angle", np.sin(angle))},
        weights={"angle": weights / weights.sum()}, roles={"angle": "velocity"}, periodic=True,
        profiles={"sigma": (("y", "x"), random.uniform(1.0, 2.0, (ny, nx)))})
    return model(PLANE, data), data
