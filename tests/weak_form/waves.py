"""Small noisy data with a known equation, and words of several kinds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import symdcrnn
from symdcrnn.algebra.relations.divergence_form import divergence_form
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.phase_grid import phase_grid, with_words
from symdcrnn.regression.dictionary import space_of
from symdcrnn.weak_form.columns import Multiplied, WeakWords
from symdcrnn.weak_form.multiplied import BasisValues
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]


def heat_and_reaction(frames: int = 60, points: int = 96, noise: float = 0.0, seed: int = 0) -> symdcrnn.Trajectory:
    """Two waves of u_t = -0.7 d_x u + 0.02 d_xx u - 0.5 u."""
    x = 2.0 * np.pi * np.arange(points) / points
    t = 0.05 * np.arange(frames)
    u = np.zeros((frames, points))
    for k, size in ((1, 1.0), (2, 0.8), (5, 0.5)):
        u += size * np.exp(-(0.02 * k**2 + 0.5) * t)[:, None] * np.sin(k * (x[None, :] - 0.7 * t[:, None]) + k)
    u += noise * np.std(u) * np.random.default_rng(seed).standard_normal(u.shape)
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)


def weak_data(trajectory: symdcrnn.Trajectory, target: str, texts: list[str], levels: dict[str, float]) -> WeakData:
    """Words on a trajectory, with noise of known levels."""
    space = space_of(trajectory)
    words = [space.word(text) for text in texts]
    axes = [axis.name for axis in space.axes if axis.ordered]
    taken = WeakWords(space.variables[target], tuple(divergence_form(word, space, axes) for word in words))
    grid = with_words(phase_grid(trajectory), list(taken.uses))
    return WeakData(taken, space, grid, levels, Stencils(), np.eye(len(texts) + 1))


def kinetic_data(nodes: int = 4, points: int = 40, frames: int = 30, target: str = "f") -> WeakData:
    """Words of f and rho that average and multiply, on x that is not periodic."""
    v, weights = np.polynomial.legendre.leggauss(nodes)
    x, t = np.linspace(0.0, 1.0, points), 0.02 * np.arange(frames)
    f = np.exp(-t)[:, None, None] * (2.0 + np.sin(3.0 * x + v[:, None])) + 0.1 * v[:, None] ** 2
    rho = np.cos(2.0 * x) * (1.0 + t[:, None])
    trajectory = symdcrnn.Trajectory.from_arrays(
        {"f": f, "rho": rho}, t=t, v=v, x=x, weights=0.5 * weights, periodic=False)
    texts = {"f": ["f", "v_dx f", "<f>", "v_dx rho", "v^2*<v*f>", "rho*f", "<v_dx f>", "d_xx(f*<f>)"],
             "rho": ["<f>", "rho", "<v_dx f>", "d_x rho", "rho*<f>", "<v^2*f>", "<f*f>", "d_xx(rho^2)"]}
    return weak_data(trajectory, target, texts[target], {"f": 0.02, "rho": 0.03})


def plane_data() -> WeakData:
    """Words of two fields on a few points of a plane."""
    t, x, y = 0.02 * np.arange(5), np.linspace(0.0, 1.0, 5), np.linspace(0.0, 2.0, 6)
    u = np.exp(-t)[:, None, None] * (2.0 + np.sin(3.0 * x + y[:, None]))
    w = np.cos(2.0 * x - y[:, None]) * (1.0 + t[:, None, None])
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u, "w": w}, t=t, y=y, x=x, periodic=False)
    texts = ["u", "d_x u", "d_y u", "u^2", "d_x(u^2)", "d_y(u^2)", "d_xx w", "d_y(u*w)"]
    return weak_data(trajectory, "u", texts, {"u": 0.02, "w": 0.03})


def data_with_functions() -> WeakData:
    """Words on a few points, the first two of them times two functions of t as well, one after the other."""
    t, x = 0.02 * np.arange(10), np.linspace(0.0, 1.0, 7)
    u = np.exp(-t)[:, None] * (2.0 + np.sin(3.0 * x))
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=False)
    data = weak_data(trajectory, "u", ["u", "u^2", "d_x(u^2)", "d_xx(u^2)"], {"u": 0.02})
    functions = np.array([np.maximum(0.1 - t, 0.0), np.maximum(t - 0.1, 0.0)])
    words = replace(data.words, multiplied=Multiplied("t", 2, (0, 1)))
    return replace(data, words=words, basis=BasisValues("t", (functions,)), transform=np.eye(words.columns + 1))


def with_fields(data: WeakData, fields: dict[str, Array]) -> WeakData:
    """The same on other values of the fields."""
    return replace(data, grid=replace(data.grid, fields={**data.grid.fields, **fields}))
