"""Nonlinear terms and products of words as further fields."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from symdcrnn.preprocess.loading import grid_data

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import kinetic_field
from symdcrnn.kernels.lower import Stencils
from symdcrnn.preprocess.derived_fields import define, with_definitions

G, RHO = kinetic_field("g", True), kinetic_field("rho", False)


@lru_cache(maxsize=1)
def burgers(viscosity: float = 0.05) -> Trajectory:
    """d_t u = -u d_x u + viscosity d_xx u by Fourier modes and classical Runge-Kutta."""
    nx, dt = 256, 1e-3
    x = 2.0 * np.pi * np.arange(nx) / nx
    k = np.fft.rfftfreq(nx, 1.0 / nx)

    def rate(u: np.ndarray) -> np.ndarray:
        return np.fft.irfft(-0.5j * k * np.fft.rfft(u * u) - viscosity * k * k * np.fft.rfft(u), nx)

    u = 1.0 + np.sin(x) + 0.3 * np.cos(2.0 * x)
    frames = [u]
    for step in range(1, 241):
        k1 = rate(u)
        k2 = rate(u + 0.5 * dt * k1)
        k3 = rate(u + 0.5 * dt * k2)
        k4 = rate(u + dt * k3)
        u = u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        if step % 4 == 0:
            frames.append(u)
    return Trajectory.from_arrays({"u": np.array(frames)}, t=4.0 * dt * np.arange(len(frames)), x=x, periodic=True)


FIT: dict[str, Any] = {"operators": ("I", "d_x", "d_xx"), "layers": 1, "scales": 0, "central_stencil": "central8",
                       "starts": 1}


@pytest.mark.parametrize(("nonlinear", "twins", "expected"), [
    (("u2 = u^2",), ("u:d_x d_x u",), {"d_xx u": 0.05, "d_x u2": -0.5}),
    (("ux = d_x u", "uux = u*ux"), ("u:d_x d_x u", "u:d_x ux"), {"d_xx u": 0.05, "uux": -1.0}),
])
def test_the_equation_of_burgers(
    nonlinear: tuple[str, ...], twins: tuple[str, ...], expected: dict[str, float]
) -> None:
    # All forms of the second derivative fit this smooth data to rounding.
    model = symdcrnn.fit(burgers(), nonlinear=nonlinear, excluded=twins, **FIT)
    assert [equation.target for equation in model.equations] == ["u"]
    assert model["u"].coefficients == pytest.approx(expected, rel=1e-5)
    u = burgers().array("u")
    change = (u[2:] - u[:-2]) / (2.0 * burgers().dt)
    np.testing.assert_allclose(symdcrnn.right_hand_side(model, burgers(), "u")[1:-1], change, atol=1e-3)


def test_fields_are_what_they_are_defined_to_be() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16, nx=60, frames=4, steps=32))
    data = grid_data(trajectory, {})
    definitions = define(("a = g*rho + 1", "b = rho^2", "c = <v_dx g>", "d = exp(-c^2)"), (G, RHO))
    assert [(one.field.name, one.field.v_dependent) for one in definitions] == [
        ("a", True), ("b", False), ("c", False), ("d", False)]
    made = with_definitions(data, definitions, Stencils()).fields
    g, rho = trajectory.array("g"), trajectory.array("rho")
    np.testing.assert_array_equal(made["a"], g * rho[:, None] + 1.0)
    np.testing.assert_array_equal(made["b"], rho**2)
    model = symdcrnn.fit(symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16)), equations="rho", layers=1,
                         starts=1)
    assert set(model["rho"].coefficients) == {"<v_dx g>"}
    rate = symdcrnn.right_hand_side(model, trajectory, "rho")
    np.testing.assert_allclose(made["c"], rate / model["rho"].coefficients["<v_dx g>"], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(made["d"], np.exp(-made["c"] ** 2), rtol=1e-14)
    assert definitions[2].meaning == parse_word("<v_dx g>", {"g": G}, dict(OPERATORS))


@pytest.mark.parametrize(("changes", "expected"), [
    ({"nonlinear": ("u^2",)}, "which defines no field"),
    ({"nonlinear": ("u = u^2",)}, "a second meaning of 'u'"),
    ({"nonlinear": ("d_x = u^2",)}, "a second meaning of 'd_x'"),
    ({"nonlinear": ("u2 = w^2",)}, "unknown name 'w'"),
    ({"nonlinear": ("u2 = 1/(u - u)",)}, "the field 'u2': "),
    ({"nonlinear": ("u2 = d_x w",)}, "cannot read the word"),
    ({"nonlinear": ("u2 = u^2",), "scheme": "rk4"}, "rk4 marches fields between frames and cannot take nonlinear ones"),
    ({"nonlinear": ("u2 = u^2",), "smooth_x": 4.0}, "does not commute with nonlinear fields"),
])
def test_bad_definitions_are_one_line(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(burgers(), **{**FIT, **changes})
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_words_need_periodic_data() -> None:
    plain = burgers()
    cut = Trajectory.from_arrays({"u": plain.array("u")[:, :200]}, t=plain.t, x=plain.x[:200], periodic=False)
    model = symdcrnn.fit(cut, nonlinear=("u2 = u^2",), excluded=("u:d_x d_x u",), **FIT)
    assert model["u"].coefficients == pytest.approx({"d_xx u": 0.05, "d_x u2": -0.5}, rel=1e-5)
    with pytest.raises(InputError, match="is a word, whose stencils leave data"):
        symdcrnn.fit(cut, nonlinear=("ux = d_x u",), **FIT)
