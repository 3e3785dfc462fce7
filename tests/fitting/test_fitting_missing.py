"""An equation whose dictionary lacks a word is not certain, and what it lacks is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.integrate

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.equation import Check, LearnedEquation

POINTS, FRAMES = 64, 61
X = 2.0 * np.pi * np.arange(POINTS) / POINTS
Array = np.ndarray


def slope(u: Array, order: int) -> Array:
    return np.asarray(np.fft.irfft((1j * np.arange(POINTS // 2 + 1)) ** order * np.fft.rfft(u), POINTS))


def learned(rate: Callable[[float, Array], Array]) -> LearnedEquation:
    """From the words u, d_x u and d_xx u."""
    t = np.linspace(0.0, 1.0, FRAMES)
    start = np.sin(X) + 0.5 * np.cos(2.0 * X) + 0.3 * np.sin(3.0 * X + 1.0) + 1.2
    u = scipy.integrate.solve_ivp(rate, (0.0, 1.0), start, t_eval=t, rtol=1e-10, atol=1e-12, method="LSODA").y.T
    data = Trajectory.from_arrays({"u": u}, t=t, x=X, periodic=True)
    return symdcrnn.fit(data, words=["u", "d_x u", "d_xx u"], bootstrap=0, scheme="newton-cotes4")["u"]


def fit_check(found: LearnedEquation) -> Check:
    return next(check for check in found.checks if check.name == "fit")


@pytest.mark.parametrize(("missing", "named"), [
    (lambda t, u: np.cos(X), "with a source that is a function of x it would be"),
    (lambda t, u: 0.7 + 0.0 * u, "with a constant it would be"),
    (lambda t, u: np.sin(5.0 * t) + 0.0 * u, "with a source that changes in time it would be"),
    (lambda t, u: -0.5 * u**2, "with the word u^2 it would be"),
    (lambda t, u: -0.5 * u * slope(u, 1), "with the word u d_x u it would be"),
    (lambda t, u: 0.05 * slope(u, 3), "with the word d_xxx u it would be"),
    (lambda t, u: -0.8 * np.cos(6.0 * t) * u, "with a coefficient of u that changes in time it would be"),
    (lambda t, u: -0.5 * np.sin(X) * slope(u, 1), "with a coefficient of d_x u that is a function of x it would be"),
])
def test_what_is_missing_is_named(missing: Callable[[float, Array], Array], named: str) -> None:
    damped = 1.0 if "of u that" in named else 0.0
    found = learned(lambda t, u: -slope(u, 1) + 0.05 * slope(u, 2) - damped * u + missing(t, u))
    assert not found.certain
    assert not fit_check(found).passed
    assert named in fit_check(found).text


@pytest.mark.usefixtures("interpreted")
def test_a_kernel_is_named() -> None:
    """d_t f = -v d_x f + <f> + 0.6 v <v f> - f, of words that know <f> alone."""
    v, weights = np.polynomial.legendre.leggauss(6)
    weights = 0.5 * weights
    kernel = weights * (1.0 + 0.6 * 3.0 * np.outer(v, v)) - np.eye(v.size)
    k = 1j * np.arange(17)

    def rate(t: float, y: Array) -> Array:
        f = y.reshape(v.size, 32)
        return np.asarray(kernel @ f - v[:, None] * np.fft.irfft(k * np.fft.rfft(f), 32)).ravel()

    t, x = np.linspace(0.0, 1.0, FRAMES), 2.0 * np.pi * np.arange(32) / 32
    start = (1.5 + np.sin(x) * (1.0 + v[:, None]) + 0.3 * np.cos(2.0 * x) * v[:, None] ** 2).ravel()
    f = scipy.integrate.solve_ivp(rate, (0.0, 1.0), start, t_eval=t, rtol=1e-10, atol=1e-12).y.T
    data = Trajectory.from_arrays({"f": f.reshape(FRAMES, v.size, 32)}, t=t, x=x, v=v, weights=weights, periodic=True)
    found = symdcrnn.fit(data, words=["f", "<f>", "v d_x f"], bootstrap=0, scheme="newton-cotes4")["f"]
    assert not found.certain
    assert "with a kernel in v, such as v <v f> it would be" in fit_check(found).text


@pytest.mark.usefixtures("interpreted")
def test_nothing_is_missing_from_the_right_equation() -> None:
    found = learned(lambda t, u: -slope(u, 1) + 0.05 * slope(u, 2))
    assert found.certain
    assert "would be" not in fit_check(found).text


def test_where_most_is_left_is_said() -> None:
    bump = np.exp(-4.0 * (X - 1.0) ** 2)
    found = learned(lambda t, u: -slope(u, 1) + 0.05 * slope(u, 2) + 3.0 * bump * np.sin(20.0 * t + 3.0 * u))
    assert not found.certain
    assert "most of it is where x is between 0 and 1.55" in fit_check(found).text


def prediction(found: LearnedEquation) -> Check:
    return next(check for check in found.checks if check.name == "prediction")


@pytest.mark.parametrize(("late", "passed"), [(0.05, True), (0.07, False)])
def test_frames_that_are_held_out_are_foretold(late: float, passed: bool) -> None:
    found = learned(lambda t, u: -slope(u, 1) + (0.05 if t < 0.75 else late) * slope(u, 2))
    assert prediction(found).passed == passed
    assert (prediction(found).value or 0.0) > (0.0 if passed else fit_check(found).value or np.inf)


def test_what_cannot_be_computed_hides_nothing() -> None:
    """A kinetic field on few nodes has no high derivative along v; the source that is missing is named all the same."""
    v, weights = np.polynomial.legendre.leggauss(4)
    t, k = np.linspace(0.0, 1.0, 41), 1j * np.arange(17)
    x = 2.0 * np.pi * np.arange(32) / 32

    def rate(_: float, flat: Array) -> Array:
        f = flat.reshape(v.size, x.size)
        moved = np.fft.irfft(k * np.fft.rfft(f, axis=1), x.size, axis=1)
        return np.asarray(-v[:, None] * moved - f + 0.5 * weights @ f + np.exp(-4.0 * (x - 3.0) ** 2)).reshape(-1)

    start = (1.0 + 0.5 * v)[:, None] * (2.0 + np.sin(x) + 0.4 * np.cos(2.0 * x))
    f = scipy.integrate.solve_ivp(rate, (0.0, 1.0), start.reshape(-1), t_eval=t, rtol=1e-9, atol=1e-11).y.T
    data = Trajectory.from_arrays({"f": f.reshape(t.size, v.size, x.size)}, t=t, x=x, v=v, weights=0.5 * weights,
                                  periodic=True)
    found = symdcrnn.fit(data, words=["f", "<f>", "v d_x f"], bootstrap=0, scheme="newton-cotes4")["f"]
    assert not found.certain
    assert "with a source that is a function of x it would be" in fit_check(found).text


def test_known_functions_are_no_fields() -> None:
    t = 0.02 * np.arange(30)
    u = 1.0 + np.exp(-0.1 * t)[:, None] * np.sin(X - t[:, None])
    data = Trajectory.from_arrays({"u": u}, t=t, x=X, periodic=True, profiles={"sig": ("x", 1.0 + 0.5 * np.sin(X))})
    for scheme in ("newton-cotes4", "weak"):
        assert not symdcrnn.fit(data, words=["u"], bootstrap=0, scheme=scheme)["u"].certain
