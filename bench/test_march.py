"""The 448 steps of the preset `paper` by IMEX-ARS(2,2,2), learned from its data, and the same scheme in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import Model, Trajectory

EPS, STEPS, DT = 1 / 256, 448, 5e-7
GAMMA = 1.0 - np.sqrt(2.0) / 2.0
DELTA = 1.0 - 1.0 / (2.0 * GAMMA)


@pytest.fixture(scope="module")
def learned() -> tuple[Model, Trajectory]:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=EPS))
    return symdcrnn.fit(trajectory, layers=1, bootstrap=0, starts=1), trajectory


@pytest.mark.parametrize("way", ["simulate", "numpy"])
def test_march(benchmark: Any, learned: tuple[Model, Trajectory], way: str) -> None:
    model, trajectory = learned
    benchmark.group = f"{STEPS} steps of IMEX-ARS(2,2,2) on 16 x 1000 points"
    if way == "simulate":
        made = benchmark(lambda: symdcrnn.simulate(model, trajectory, steps=STEPS // 8, method="imex-ars222", dt=DT))
        assert made.steps == STEPS
        assert made.total_errors["rho"] < 1e-6
    else:
        _, rho = benchmark(in_numpy, trajectory)
        np.testing.assert_allclose(rho, symdcrnn.simulate(
            model, trajectory, steps=STEPS // 8, method="imex-ars222", dt=DT).trajectory.array("rho")[-1], atol=1e-5)


def in_numpy(trajectory: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """As a careful person writes it, with the v d_x g of a stage used again."""
    v, weights, scale = trajectory.v[:, None], trajectory.weights, 1.0 / (6.0 * trajectory.dx)
    right, weights = v > 0.0, weights / weights.sum()

    def from_left(u: np.ndarray) -> np.ndarray:
        return scale * (2.0 * np.roll(u, -1, -1) + 3.0 * u - 6.0 * np.roll(u, 1, -1) + np.roll(u, 2, -1))

    def from_right(u: np.ndarray) -> np.ndarray:
        return scale * (-np.roll(u, -2, -1) + 6.0 * np.roll(u, -1, -1) - 3.0 * u - 2.0 * np.roll(u, 1, -1))

    def explicit(moved: np.ndarray, rho: np.ndarray) -> np.ndarray:
        return -(moved - weights @ moved) / EPS - v * np.where(right, from_right(rho), from_left(rho)) / EPS**2

    def transport(g: np.ndarray) -> np.ndarray:
        return v * np.where(right, from_left(g), from_right(g))

    g, rho = trajectory.array("g")[0], trajectory.array("rho")[0]
    damping, stiff = 1.0 / (1.0 + DT * GAMMA / EPS**2), DT * (1.0 - GAMMA) / EPS**2
    moved = transport(g)
    for _ in range(STEPS):
        first = explicit(moved, rho)
        stage = (g + DT * GAMMA * first) * damping
        moved_stage = transport(stage)
        second = explicit(moved_stage, rho - DT * GAMMA * (weights @ moved_stage))
        g = (g + DT * (DELTA * first + (1.0 - DELTA) * second) - stiff * stage) * damping
        moved = transport(g)
        rho = rho - DT * ((1.0 - GAMMA) * (weights @ moved_stage) + GAMMA * (weights @ moved))
    return g, rho
