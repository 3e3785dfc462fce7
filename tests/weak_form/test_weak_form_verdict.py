"""Verdicts on equations of noisy data: what is left out though it may matter, and frames too coarse for differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.integrate

import symdcrnn
from symdcrnn.problems import PROBLEMS
from symdcrnn.selection.backward_elimination import Path
from symdcrnn.weak_form.decision.checks import _complete
from symdcrnn.weak_form.decision.choice import Choice


@pytest.mark.parametrize(("size", "passed"), [(3.0, True), (4.6, False)])
def test_a_word_left_out_that_chance_does_not_explain_is_named(size: float, passed: bool) -> None:
    choice = Choice((0,), 0, Path((), 0, 1.0, 1.0), (1.0,), True, np.array([50.0, size, np.nan]))
    check = _complete(choice, ("u", "d_xx u", "d_x u"))
    assert check.passed == passed
    assert ("d_xx u" in check.text) != passed


def test_frames_too_coarse_for_differences_are_fitted_by_integrals() -> None:
    problem = PROBLEMS["kdv"]
    trajectory = problem.generate(problem.preset("standard", every=50, frames=80, steps=4000))
    model = symdcrnn.fit(trajectory, library=["poly 2, d_x 3"])
    assert model.settings.scheme == "weak"
    assert set(model["u"].coefficients) == {"d_x(u^2)", "d_xxx u"}
    assert model["u"].coefficients["d_x(u^2)"] == pytest.approx(-3.0, rel=1e-5)
    assert model["u"].coefficients["d_xxx u"] == pytest.approx(-1.0, rel=1e-5)
    assert model["u"].certain


@pytest.mark.parametrize(("late", "passed"), [(1.0, True), (1.1, False)])
def test_the_second_half_of_the_time_is_foretold_by_the_first(late: float, passed: bool) -> None:
    """Waves that go faster in the second half of the time."""
    t, x = np.linspace(0.0, 6.0, 121), 2.0 * np.pi * np.arange(96) / 96
    place = x - np.where(t < 3.0, t, 3.0 + late * (t - 3.0))[:, None]
    u = np.sin(place) + 0.6 * np.cos(2.0 * place) + 0.4 * np.sin(3.0 * place + 1.0)
    u = u + 0.05 * np.random.default_rng(2).standard_normal(u.shape)
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    equation = symdcrnn.fit(data, words=["u", "d_x u", "u^2"], scheme="weak")["u"]
    [check] = [check for check in equation.checks if check.name == "prediction"]
    assert check.passed == passed
    assert equation.certain == passed


def derivative(u: np.ndarray, order: int) -> np.ndarray:
    wave = 1j * np.arange(u.size // 2 + 1)
    return np.asarray(np.fft.irfft(wave**order * np.fft.rfft(u), u.size))


@pytest.mark.parametrize(("missing", "named"), [
    (lambda t, x, u: np.cos(x), "with a source that is a function of x it would be"),
    (lambda t, x, u: np.sin(5.0 * t) + 0.0 * u, "with a source that changes in time it would be"),
    (lambda t, x, u: -0.8 * np.cos(6.0 * t) * u - u, "with a coefficient of u that changes in time it would be"),
    (lambda t, x, u: -0.5 * u * derivative(u, 1), "with the word u d_x u it would be"),
])
def test_what_an_equation_of_noisy_data_lacks_is_named(
    missing: Callable[[float, np.ndarray, np.ndarray], np.ndarray], named: str
) -> None:
    t, x = np.linspace(0.0, 2.0, 121), 2.0 * np.pi * np.arange(64) / 64
    start = np.sin(x) + 0.5 * np.cos(2.0 * x) + 0.3 * np.sin(3.0 * x + 1.0) + 1.2
    u = scipy.integrate.solve_ivp(
        lambda t, u: -derivative(u, 1) + 0.05 * derivative(u, 2) + missing(t, x, u), (0.0, 2.0), start, t_eval=t,
        rtol=1e-8, atol=1e-10, method="LSODA").y.T
    u = u + 0.02 * np.random.default_rng(1).standard_normal(u.shape)
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    equation = symdcrnn.fit(data, words=["u", "d_x u", "d_xx u"], scheme="weak")["u"]
    [check] = [check for check in equation.checks if check.name == "fit"]
    assert not equation.certain
    assert not check.passed
    assert named in check.text


def test_what_noise_hides_is_said() -> None:
    """A term of twice the size that is said is found, one of a fifth of it is not."""
    t, x = 0.05 * np.arange(80), 2.0 * np.pi * np.arange(96) / 96
    words = ["u", "d_x u", "d_xx u", "d_xxx u"]

    def fitted(diffusion: float) -> symdcrnn.LearnedEquation:
        u = sum(size * np.exp(-diffusion * k**2 * t)[:, None] * np.sin(k * (x - 0.7 * t[:, None]) + k)
                for k, size in ((1, 1.0), (2, 0.8), (5, 0.5)))
        u = u + 0.2 * np.random.default_rng(4).standard_normal(u.shape)
        return symdcrnn.fit(symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True), words=words)["u"]

    equation = fitted(0.0)
    assert set(equation.coefficients) == {"d_x u"}
    assert equation.weak is not None
    hidden = equation.weak.unseen
    assert set(hidden) == {"u", "d_xx u", "d_xxx u"}
    limit = hidden["d_xx u"]
    rate, second = np.sqrt(0.5 * sum((0.7 * k * size) ** 2 for k, size in ((1, 1.0), (2, 0.8), (5, 0.5)))), np.sqrt(
        0.5 * sum((k**2 * size) ** 2 for k, size in ((1, 1.0), (2, 0.8), (5, 0.5))))
    assert limit.share == pytest.approx(limit.coefficient * second / rate, rel=0.3)
    assert [one.share for one in hidden.values()] == sorted((one.share for one in hidden.values()), reverse=True)
    assert "d_xx u" in fitted(2.0 * limit.coefficient).coefficients
    assert "d_xx u" not in fitted(0.2 * limit.coefficient).coefficients


@pytest.mark.parametrize(("reaction", "passed"), [
    (lambda u: 2.0 * u - 1.4 * u**2, True),
    (lambda u: np.sin(2.0 * u), False),
])
def test_words_beyond_the_dictionary_that_chance_does_not_explain_are_named(
    reaction: Callable[[np.ndarray], np.ndarray], passed: bool
) -> None:
    """Powers of u fit sin 2u so well that the residual as a whole is what noise explains."""
    t, x = np.linspace(0.0, 4.0, 100), 2.0 * np.pi * np.arange(64) / 64 - np.pi
    start = 0.9 - 0.6 * np.sin(x) + 0.3 * np.cos(2.0 * x + 1.0) - 0.3 * np.cos(5.0 * x)
    u = scipy.integrate.solve_ivp(lambda _, u: 0.05 * derivative(u, 2) + reaction(u), (0.0, 4.0), start, t_eval=t,
                                  rtol=1e-8, atol=1e-10, method="LSODA").y.T
    u = u + 0.1 * np.std(u) * np.random.default_rng(1).standard_normal(u.shape)
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    equation = symdcrnn.fit(data, words=["u", "u^2", "d_x u", "d_xx u", "d_xx(u^2)"], bootstrap=0)["u"]
    [check] = [check for check in equation.checks if check.name == "dictionary"]
    assert check.passed == passed
    assert passed or "the word u^3 would be" in check.text
    assert [one.name for one in equation.checks if not one.passed] == ([] if passed else ["dictionary"])
