"""Fits on uneven x and uneven t: the words of the equation, with coefficients that the grids do not spoil."""

from __future__ import annotations

import numpy as np
import pytest

import symdcrnn

NX, NT = 96, 26


@pytest.mark.parametrize(("periodic", "scheme"), [(True, "auto"), (False, "auto")])
def test_words_are_found_on_uneven_grids(periodic: bool, scheme: str) -> None:
    """u_t + u_x = u - u^2 solved by 1 / (1 + (1.5 + sin(x - t)) exp(-t)), on points that are stretched."""
    s = 2 * np.pi * np.arange(NX) / NX
    x = s + 0.2 * np.sin(s)
    n = np.arange(NT)
    t = 0.04 * (n + 0.3 * np.sin(0.5 * n))
    u = 1 / (1 + (1.5 + np.sin(x - t[:, None])) * np.exp(-t[:, None]))
    inner = slice(None) if periodic else slice(5, -5)
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u[:, inner]}, t=t, x=x[inner], periodic=periodic,
                                                 period={"x": 2 * np.pi} if periodic else None)
    assert not trajectory.even_times
    assert not trajectory.axes[-1].even
    model = symdcrnn.fit(trajectory, words=["u", "u^2", "d_x u", "d_xx u"], scheme=scheme, bootstrap=0)
    exact = {"u": 1.0, "u^2": -1.0, "d_x u": -1.0}
    assert set(model["u"].coefficients) == set(exact)
    for word, value in exact.items():
        assert model["u"].coefficients[word] == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(("noise", "scheme"), [(0.0, "newton-cotes8"), (0.01, "weak")])
def test_points_without_order_are_no_noise(noise: float, scheme: str) -> None:
    """Of points that are moved by up to a third of their distance differences are divided by what they should be."""
    random = np.random.default_rng(1)
    x = 2.0 * np.pi * (np.arange(128) + 0.3 * random.uniform(-1.0, 1.0, 128)) / 128
    t = np.sort(2.0 * (np.arange(60) + 0.3 * random.uniform(-1.0, 1.0, 60)) / 59)
    u = 1.0 / (1.0 + (1.5 + np.sin(x - t[:, None])) * np.exp(-t[:, None]))
    u = u + noise * u.std() * random.standard_normal(u.shape)
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t - t[0], x=x, periodic=True, period={"x": 2.0 * np.pi})
    model = symdcrnn.fit(data, words=["u", "u^2", "d_x u", "d_xx u"], bootstrap=0)
    assert model["u"].scheme == scheme
    assert model["u"].certain
    assert model["u"].coefficients == pytest.approx({"u": 1.0, "u^2": -1.0, "d_x u": -1.0},
                                                    rel=1e-2 if noise else 1e-6)
    assert model.data.noise.get("u", 0.0) == pytest.approx(noise, rel=0.1)
