"""Words that the data does not tell apart: an equation of one of them is not certain, and it is said why."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.equation import Check

pytestmark = pytest.mark.usefixtures("interpreted")


def waves(modes: tuple[int, ...], speed: float) -> Trajectory:
    """d_t u = -0.3 u - speed d_x u + 0.05 d_xx u."""
    t, x = 0.05 * np.arange(30)[:, None], 2.0 * np.pi * np.arange(64) / 64
    u = sum(np.exp(-(0.3 + 0.05 * k * k) * t) * np.cos(k * (x - speed * t) + 0.7 * k) / k for k in modes)
    return Trajectory.from_arrays({"u": np.asarray(u)}, t=t[:, 0], x=x, periodic=True)


def identifiability(checks: tuple[Check, ...]) -> Check:
    return next(check for check in checks if check.name == "identifiability")


@pytest.mark.parametrize("scheme", ["auto", "weak"])
@pytest.mark.parametrize("speed", [0.0, 1.0])
def test_of_one_mode_a_second_derivative_is_the_field(scheme: str, speed: float) -> None:
    found = symdcrnn.fit(waves((1,), speed), operators=("I", "d_x", "d_xx"), layers=1, scales=0, bootstrap=0,
                         scheme=scheme)["u"]
    check = identifiability(found.checks)
    assert not found.certain
    assert not check.passed
    assert "is a linear combination of" in check.text
    assert "more modes" in check.text


def test_of_several_modes_all_words_are_told() -> None:
    found = symdcrnn.fit(waves((1, 2, 3), 1.0), operators=("I", "d_x", "d_xx"), layers=1, scales=0, bootstrap=0)["u"]
    assert found.certain
    assert found.coefficients == pytest.approx({"u": -0.3, "d_x u": -1.0, "d_xx u": 0.05}, rel=1e-6)


def test_what_holds_for_any_fields_is_no_fault_of_the_data() -> None:
    """c^2 + s^2 = 1 on the circle: s^2 f and c^2 f are told by their sum, whatever the data."""
    angle, t, x = 2.0 * np.pi * np.arange(8) / 8, 0.02 * np.arange(20), 2.0 * np.pi * np.arange(32) / 32
    c, s = np.cos(angle), np.sin(angle)
    f = sum(np.exp(-t[:, None, None] * (1.0 + c[:, None] ** 2)) * np.cos(k * x + k) / k for k in (1, 2, 3))
    data = Trajectory.from_arrays({"f": (("t", "angle", "x"), np.asarray(f))}, t=t, x=x, axes={"angle": angle},
                                  roles={"angle": "index"}, periodic={"x": True},
                                  coordinates={"c": ("angle", c), "s": ("angle", s)})
    found = symdcrnn.fit(data, words=["f", "c^2 f", "s^2 f", "d_x f"], bootstrap=0)["f"]
    assert "is a linear combination of simpler candidates" in " ".join(found.vanishing.values())
    assert identifiability(found.checks).passed


@pytest.mark.parametrize(("modes", "passed"), [((1,), False), ((1, 2), True)])
def test_a_mean_and_one_mode_add_up_to_a_constant(modes: tuple[int, ...], passed: bool) -> None:
    """d_t f = -v d_x f + <f> + d_xx <f> - f, which is d_t f = -v d_x f - f + 2 of a mean and one mode."""
    v, weights = np.polynomial.legendre.leggauss(4)
    weights, t, wave = 0.5 * weights, 0.02 * np.arange(24), 2.0 * np.pi * np.arange(32) / 32
    f = np.full((t.size, v.size, wave.size), 2.0)
    for k in modes:
        matrix = np.ones((v.size, 1)) * (1.0 - k * k) * weights - np.eye(v.size) - 1j * k * np.diag(v)
        parts = np.array([scipy.linalg.expm(one * matrix) @ (1.0 + 0.5 * v) for one in t])
        f += np.real(parts[..., None] * np.exp(1j * k * wave)) / k
    data = Trajectory.from_arrays({"f": f}, t=t, x=wave, v=v, weights=weights, periodic=True)
    found = symdcrnn.fit(data, words=["f", "<f>", "v d_x f", "d_xx <f>"], bootstrap=0, scheme="newton-cotes4")["f"]
    assert found.coefficients == pytest.approx({"f": -1.0, "<f>": 1.0, "v d_x f": -1.0, "d_xx <f>": 1.0}, rel=1e-4)
    assert found.certain == passed
    said = " ".join(check.text for check in found.checks if check.name == "identifiability" and not check.passed)
    assert ("a constant could replace <f> and d_xx <f>" in said) != passed
