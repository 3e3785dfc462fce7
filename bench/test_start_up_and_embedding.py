"""How soon the command line answers, and what one call of an embedded right-hand side costs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn.embedding.right_hand_side import RightHandSide

IMPORTS = "import symdcrnn.fitting.fit, symdcrnn.data.files.formats, xarray, h5netcdf"


@pytest.mark.parametrize("what", ["--help", "imports of a fit"])
def test_start_up(benchmark: Any, what: str) -> None:
    benchmark.group = "start-up"
    arguments = ["-m", "symdcrnn", "--help"] if what == "--help" else ["-c", IMPORTS]
    benchmark.pedantic(lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL),
                       rounds=5, warmup_rounds=1)


@pytest.fixture(scope="module")
def rhs() -> RightHandSide:
    """Both equations of the transport problem on 16 x 1000 points."""
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 256, frames=12))
    model = symdcrnn.fit(trajectory, layers=1, bootstrap=0, starts=1)
    return model.rhs(trajectory)


@pytest.mark.parametrize("way", ["numba function", "adjoint", "packed for scipy", "numpy"])
def test_one_right_hand_side(benchmark: Any, rhs: RightHandSide, way: str) -> None:
    benchmark.group = "one right-hand side of g and rho, 16 x 1000 points"
    random = np.random.default_rng(0)
    g, rho = (random.normal(size=rhs.bound.shape(f"state_{name}")) for name in ("g", "rho"))
    dg, drho = np.empty_like(g), np.empty_like(rho)
    if way == "numba function":
        benchmark(rhs.compiled.function, g, rho, *rhs.bound.constants, dg, drho)
    elif way == "adjoint":
        z = random.normal(size=g.shape), random.normal(size=rho.shape)
        benchmark(rhs.adjoint.compiled.function, g, rho, *z, *rhs.adjoint.constants, dg, drho)
    elif way == "packed for scipy":
        benchmark(rhs, 0.0, rhs.pack({"g": g, "rho": rho}))
    else:
        benchmark(in_numpy, g, rho, rhs)


def in_numpy(g: np.ndarray, rho: np.ndarray, rhs: RightHandSide) -> tuple[np.ndarray, np.ndarray]:
    """The same equations as a careful person writes them."""
    grid = rhs.structure.grid
    v, weights = grid.axis("v").coordinate[:, None], grid.weights("v")
    scale = 1.0 / (6.0 * float(np.diff(grid.axis("x").coordinate)[0]))

    def from_left(u: np.ndarray) -> np.ndarray:
        return scale * (2.0 * np.roll(u, -1, -1) + 3.0 * u - 6.0 * np.roll(u, 1, -1) + np.roll(u, 2, -1))

    def from_right(u: np.ndarray) -> np.ndarray:
        return scale * (-np.roll(u, -2, -1) + 6.0 * np.roll(u, -1, -1) - 3.0 * u - 2.0 * np.roll(u, 1, -1))

    transported = v * np.where(v > 0.0, from_left(g), from_right(g))
    mean = weights @ transported
    gradient = v * np.where(v > 0.0, from_right(rho), from_left(rho))
    c = rhs.structure.coefficients
    return c[0] * g + c[1] * transported + c[2] * mean + c[3] * gradient, c[4] * mean
