"""Burgers, Korteweg-de Vries and Kuramoto-Sivashinsky: the solver against exact solutions, the data against a fit."""

import numpy as np
import pytest

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.problems import PROBLEMS, solve, spectral_preset

NAMES = ("burgers", "kdv", "kuramoto-sivashinsky")


def soliton(x, t, speed, start, length):
    """u = speed/2 sech^2(sqrt(speed)/2 (x - start - speed t)), on a periodic domain."""
    place = (x - start - speed * t + length / 2) % length - length / 2
    return speed / 2 / np.cosh(np.sqrt(speed) / 2 * place) ** 2


def test_kdv_moves_a_soliton_unchanged():
    problem = spectral_preset("kdv")("standard", nx=256, initial_u="2/cosh(x - 10)^2", dt=0.002, steps=1000, every=100,
                                     frames=11)
    trajectory = solve(problem)
    for frame, t in zip(trajectory.array("u"), trajectory.t, strict=True):
        np.testing.assert_allclose(frame, soliton(problem.x, t, 4.0, 10.0, 40.0), atol=1e-6)


def test_burgers_is_the_heat_equation_of_cole_and_hopf():
    viscosity, length = 0.1, 2 * np.pi
    wave = "2*0.1*0.5*sin(x)/(1 + 0.5*cos(x))"
    problem = spectral_preset("burgers")("standard", length=length, nx=128, initial_u=wave, dt=0.01, steps=400,
                                         every=100, frames=5)
    trajectory = solve(problem)
    for frame, t in zip(trajectory.array("u"), trajectory.t, strict=True):
        decay = 0.5 * np.exp(-viscosity * t)
        exact = 2 * viscosity * decay * np.sin(problem.x) / (1 + decay * np.cos(problem.x))
        np.testing.assert_allclose(frame, exact, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_linear_part_is_exact(name):
    problem = spectral_preset(name)("standard", length=2 * np.pi, nx=32, initial_u="1e-9*cos(x)", dt=0.5, steps=2,
                                    every=1, first=0, frames=3)
    linear = problem.equation.linear
    rate = sum(value * 1j**order for order, value in linear.items())
    trajectory = solve(problem)
    for frame, t in zip(trajectory.array("u"), trajectory.t, strict=True):
        np.testing.assert_allclose(frame, 1e-9 * np.real(np.exp(rate * t + 1j * problem.x)), atol=1e-16)


def test_fourth_order_in_time():
    def final(steps):
        problem = spectral_preset("burgers")("standard", nx=128, dt=2.0 / steps, steps=steps, every=steps, frames=2)
        return solve(problem).array("u")[-1]

    reference = final(2000)
    errors = [np.abs(final(steps) - reference).max() for steps in (20, 40, 80, 160)]
    rates = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(np.abs(rates - 4.0) < 0.15)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_finds_the_exact_equation(name):
    problem = spectral_preset(name)("standard", frames=60)
    trajectory = PROBLEMS[name].generate(problem)
    assert trajectory.array("u").shape == (60, problem.nx)
    model = symdcrnn.fit(trajectory, operators=("I", "d_x", "d_xx"), layers=1, scales=0, central_stencil="central8",
                         nonlinear=("u^2",), bootstrap=0, starts=1)
    assert model["u"].coefficients == pytest.approx(trajectory.exact["u"], rel=1e-4)


def test_presets_have_as_many_points_as_the_paper():
    for name in NAMES:
        problem = spectral_preset(name)("standard")
        assert problem.nx * problem.frames == 864256


def test_noise_is_reproducible():
    problem = spectral_preset("burgers")("standard", nx=64, frames=20)
    clean, one, same = solve(problem), solve(problem, 0.05, 1), solve(problem, 0.05, 1)
    np.testing.assert_array_equal(one.array("u"), same.array("u"))
    noise = one.array("u") - clean.array("u")
    assert noise.std() == pytest.approx(0.05 * clean.array("u").std(), rel=0.05)
    assert one.dataset.attrs["problem"] == "burgers"


@pytest.mark.parametrize(("changes", "message"), [
    ({"nx": 4}, "nx is 4: give a whole number from 8 on"),
    ({"length": 0.0}, "length is 0.0: give a positive number"),
    ({"frames": 2000}, "raise steps or lower frames"),
    ({"initial_u": "1"}, "nothing would ever change"),
    ({"initial_u": "1/x"}, "initial_u: "),
    ({"viscosity": 1.0}, "there is no parameter 'viscosity'"),
    ({"frame": 3}, "did you mean 'frames'"),
])
def test_bad_settings_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        spectral_preset("burgers")("standard", **changes)


def test_blow_up_is_said():
    with pytest.raises(InputError, match="blew up by step"):
        solve(spectral_preset("kdv")("standard", dt=0.5))


def test_known_functions_are_refused():
    with pytest.raises(InputError, match="leave out --known"):
        solve(spectral_preset("kdv")("standard", frames=2), known=True)
