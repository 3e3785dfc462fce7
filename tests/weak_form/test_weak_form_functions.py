"""Coefficients that are functions of an axis, under noise."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from waves import heat_and_reaction, weak_data

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.fitting.weak.doubt import wider
from symdcrnn.report.pictures.canvas import png
from symdcrnn.report.pictures.functions import draw_functions
from symdcrnn.varying_coefficients.bases import periodic_part, spline_derivatives
from symdcrnn.weak_form.columns import Multiplied
from symdcrnn.weak_form.functions import JointEstimate, band_checks
from symdcrnn.weak_form.multiplied import BasisValues, FunctionFamily
from symdcrnn.weak_form.noise.gram import noise_gram
from symdcrnn.weak_form.noise.response import Response
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.smoothness import smooth
from symdcrnn.weak_form.study import Study, WeakData
from symdcrnn.weak_form.test_functions import TestFunction

Array = NDArray[np.float64]
FUNCTIONS = {"t": TestFunction(6, 8), "x": TestFunction(9, 8)}
SIZE = 5


def multiplied(data: WeakData, axis: str, words: tuple[int, ...]) -> WeakData:
    """The words times splines of an axis, which add up to one."""
    points = data.grid.t if axis == "t" else data.grid.axis(axis).coordinate
    derivatives = spline_derivatives(points, points.min(), points.max(), SIZE - 2, 3)
    return replace(data, words=replace(data.words, multiplied=Multiplied(axis, SIZE, words)),
                   basis=BasisValues(axis, derivatives if axis == "x" else derivatives[:1]))


@pytest.mark.parametrize("axis", ["t", "v", "x"])
def test_columns_times_functions_that_add_up_to_one_add_up_to_the_columns(kinetic: WeakData, axis: str) -> None:
    plain = len(kinetic.words.words)
    chosen = tuple(range(plain))
    data = multiplied(kinetic, axis, chosen)
    [integrals] = data.integrals([FUNCTIONS])
    [found] = weak_columns(data.words, data.grid, [integrals], data.stencils)
    whole = found[:, :plain]
    summed = found[:, plain:-1].reshape(-1, plain, SIZE).sum(axis=2)
    np.testing.assert_allclose(summed, whole, rtol=0.0, atol=1e-12 * np.abs(whole).max())
    if not any(part.has_derivatives for parts in data.words.words for part in parts):
        [noise] = noise_gram(data.words, data.space, data.grid, [integrals], data.levels, data.stencils)
        apart = noise[plain:-1, plain:-1].reshape(plain, SIZE, plain, SIZE)
        np.testing.assert_allclose(apart.sum(axis=(1, 3)), noise[:plain, :plain], rtol=1e-9,
                                   atol=1e-12 * np.abs(noise).max())
        np.testing.assert_allclose(noise[plain:-1, -1].reshape(plain, SIZE).sum(axis=1), noise[:plain, -1], rtol=1e-9,
                                   atol=1e-12 * np.abs(noise).max())
    weights = np.random.default_rng(0).standard_normal((integrals.rows, 2))
    constants = np.linspace(-1.0, 2.0, plain)
    response = Response(data.words, data.space, integrals, data.stencils)
    expected, same = (response.covariance(data.grid, [weights.T], coefficients, data.levels) for coefficients in (
        np.concatenate([constants, np.zeros(plain * SIZE)]),
        np.concatenate([np.zeros(plain), np.repeat(constants, SIZE)])))
    np.testing.assert_allclose(same, expected, rtol=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_functions_times_derivatives_are_integrated_by_parts(order: int) -> None:
    x = 2.0 * np.pi * np.arange(160) / 160
    t = 0.1 * np.arange(30)
    u = np.cos(t)[:, None] * np.sin(2.0 * x)
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=False)
    data = weak_data(trajectory, "u", [("u", "d_x u", "d_xx u")[order]], {"u": 1e-12})
    data = multiplied(data, "x", (0,))
    [integrals] = data.integrals([{"t": TestFunction(8, 8), "x": TestFunction(30, 8)}])
    [found] = weak_columns(data.words, data.grid, [integrals], data.stencils)
    # The same with the derivative as it is, so that nothing is moved but what multiplies the values.
    exact = np.cos(t)[:, None] * 2.0**order * np.sin(2.0 * x + 0.5 * np.pi * order)
    known = symdcrnn.Trajectory.from_arrays({"u": exact}, t=t, x=x, periodic=False)
    plain = multiplied(weak_data(known, "u", ["u"], {"u": 1e-12}), "x", (0,))
    [expected] = weak_columns(plain.words, plain.grid, plain.integrals([{
        "t": TestFunction(8, 8), "x": TestFunction(30, 8)}]), plain.stencils)
    np.testing.assert_allclose(found[:, 1:-1], expected[:, 1:-1], rtol=0.0, atol=2e-4 * np.abs(expected).max())


def test_periodic_functions_go_on_as_they_begin() -> None:
    ends = spline_derivatives(np.array([1.0, 3.0]), 1.0, 3.0, 9, 2)
    part = periodic_part(9)
    assert part.shape == (11, 8)
    for values in ends:
        np.testing.assert_allclose(part.T @ values[:, 0], part.T @ values[:, 1], atol=1e-11)


def test_bands_cover_smooth_functions() -> None:
    """On the average over the axis, which is what they say."""
    x = np.linspace(0.0, 1.0, 120)
    [values, _, bends] = spline_derivatives(x, 0.0, 1.0, 20, 2)
    curvature = bends @ bends.T / x.size
    inside = []
    for seed in range(80):
        random = np.random.default_rng(seed)
        exact = 1.0 + 30.0 * np.cumsum(np.cumsum(random.standard_normal(x.size))) / x.size**1.5
        observed = exact + 0.3 * random.standard_normal(x.size)
        gram = values @ values.T
        found = smooth(gram, 0.09 * gram, values @ observed, [curvature])
        off = (found.values @ values - exact) / np.sqrt(np.einsum("ip,ij,jp->p", values, found.covariance, values))
        inside.append([np.mean(np.abs(off) < width) for width in (1.0, 2.0)])
    assert np.mean(inside, axis=0) == pytest.approx([0.68, 0.95], abs=0.06)


@pytest.mark.parametrize(("noise", "told"), [(0.3, True), (2.0, False)])
def test_other_smoothness_that_is_as_likely_is_kept(noise: float, told: bool) -> None:
    """Much noise makes of waves a straight line with a narrow band; waves are about as likely then."""
    x = np.linspace(0.0, 1.0, 120)
    [values, _, bends] = spline_derivatives(x, 0.0, 1.0, 20, 2)
    observed = np.sin(12.0 * x) + noise * np.random.default_rng(2).standard_normal(x.size)
    gram = values @ values.T
    found = smooth(gram, noise**2 * gram, values @ observed, [bends @ bends.T / x.size])
    family = FunctionFamily((0,), 1, values, bends @ bends.T, (np.eye(22),))
    nothing = Study({}, 0, (np.zeros((24, 24)),) * 2, (np.zeros((24, 24)),) * 2)
    joint = JointEstimate(nothing, (), found, family)
    off = (joint.values(0) - np.sin(12.0 * x)) / joint.errors(0)
    assert (np.sqrt(np.mean(off**2)) < 1.0) == told
    assert (joint.smoother < 1.0) == told
    assert ("smoothness" in [check.name for check in band_checks(joint, ["u"])]) != told


@lru_cache(maxsize=4)
def damped(noise: float, seed: int = 0, seen: float = 10.0) -> symdcrnn.Trajectory:
    """u_t = -(1 + x^2) u on x in [0, 2), where the function jumps at the end; u is small beyond some place."""
    x = 2.0 * np.arange(100) / 100
    t = 0.03 * np.arange(50)
    u = (1.5 + np.sin(2.0 * np.pi * x)) * np.exp(-(1.0 + x**2) * t[:, None]) * np.where(x < seen, 1.0, 1e-4)
    u = u + noise * np.sqrt(np.mean(u**2)) * np.random.default_rng(seed).standard_normal(u.shape)
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)


def test_a_function_of_x_under_noise() -> None:
    model = symdcrnn.fit(damped(0.02, 0), words=["u", "d_x u", "d_xx u"], functions=("u:u",))
    equation = model["u"]
    assert model.settings.scheme == "weak"
    assert equation.terms == ()
    assert equation.certain, [check.text for check in equation.checks if not check.passed]
    [function] = equation.functions
    values, errors = np.array(function.values), np.array(function.errors)
    exact = -(1.0 + np.array(function.x) ** 2)
    assert np.sqrt(np.mean((values - exact) ** 2)) < 0.03 * np.sqrt(np.mean(exact**2))
    assert np.mean(np.abs(values - exact) < 2.0 * errors) > 0.8
    assert np.max(errors) < 0.5
    assert equation.details()["functions"]["u"]["errors"] == list(function.errors)
    assert png(draw_functions(model.equations) or pytest.fail("no picture"))[1:4] == b"PNG"


def test_a_function_is_refused_where_the_data_does_not_show_it() -> None:
    equation = symdcrnn.fit(damped(0.02, 0, 1.0), words=["u"], functions=("u:u",))["u"]
    assert not equation.certain
    assert [check.name for check in equation.checks if not check.passed] == ["band"]


@pytest.mark.parametrize(("asked", "seed", "width", "said"), [
    ("u:u", 0, 8, "the function of u stays"),
    ("u:1", 0, 8, "a coefficient of u that is a function of x would be"),
    ("u:d_x u", 1, 12, "instead of the function of d_x u"),
])
def test_a_function_in_the_wrong_place_is_not_certain(asked: str, seed: int, width: int, said: str) -> None:
    """Noise of three tenths hides in the residual that the function is another one."""
    equation = symdcrnn.fit(damped(0.3, seed), words=["u", "d_x u"], functions=(asked,), bootstrap=0,
                            test_functions=(f"t={width}", f"x={width}"))["u"]
    [check] = [check for check in equation.checks if check.name == "place"]
    assert said in check.text
    assert [one.name for one in equation.checks if not one.passed] == ([] if asked == "u:u" else ["place"])


def test_where_it_would_take_too_long_nothing_is_looked_for_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wider, "MOST_VALUES", 1e3)
    settings = {"words": ["u", "d_x u"], "bootstrap": 0, "test_functions": ("t=8", "x=8")}
    for name, data, functions, text in (
        ("place", damped(0.02, 0), ("u:u",), "functions in other places were not looked for"),
        ("dictionary", heat_and_reaction(noise=0.2), (), "nothing beyond the dictionary was looked for"),
    ):
        equation = symdcrnn.fit(data, functions=functions, **settings)["u"]
        [check] = [check for check in equation.checks if check.name == name]
        assert check.passed
        assert check.text == f"{text}: in this data it would take longer than the fit"


@pytest.mark.usefixtures("interpreted")
def test_functions_are_saved_with_their_errors(tmp_path: object) -> None:
    from pathlib import Path

    model = symdcrnn.fit(damped(0.02), words=["u"], functions=("u:u",))
    path = Path(str(tmp_path)) / "model.json"
    model.save(path)
    again = symdcrnn.load_model(path)
    assert again == model
    assert again["u"].functions[0].errors


def test_a_function_of_time_under_noise() -> None:
    x = 2.0 * np.pi * np.arange(64) / 64
    t = 0.05 * np.arange(60)
    size = np.exp(-t - 0.25 * (1.0 - np.cos(2.0 * t)))
    u = size[:, None] * (np.sin(x - 0.7 * t[:, None]) + 0.6 * np.sin(3.0 * (x - 0.7 * t[:, None]) + 1.0))
    u = u + 0.01 * np.sqrt(np.mean(u**2)) * np.random.default_rng(0).standard_normal(u.shape)
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    equation = symdcrnn.fit(trajectory, words=["u", "d_x u", "d_xx u"], functions=("u:u@t",))["u"]
    assert equation.certain, [check.text for check in equation.checks if not check.passed]
    assert set(equation.coefficients) == {"d_x u"}
    assert abs(equation.coefficients["d_x u"] + 0.7) < 4.0 * (equation.terms[0].error or 0.0) < 0.05
    [function] = equation.functions
    exact = -1.0 - 0.5 * np.sin(2.0 * t)
    off = np.abs(np.array(function.values) - exact)
    assert np.sqrt(np.mean(off**2)) < 0.05
    assert np.mean(off < 2.0 * np.array(function.errors)) > 0.8


def with_source(size: float, seed: int = 0) -> symdcrnn.Trajectory:
    """u_t = -0.7 d_x u + G(x)."""
    x = 2.0 * np.pi * np.arange(96) / 96
    t = 0.05 * np.arange(60)
    u = np.sin(2.0 * (x - 0.7 * t[:, None])) + 0.5 * np.cos(x - 0.7 * t[:, None]) + size * np.sin(x) / 0.7
    u = u + 0.01 * np.sqrt(np.mean(u**2)) * np.random.default_rng(seed).standard_normal(u.shape)
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)


@pytest.mark.soak
def test_a_source_under_noise() -> None:
    equation = symdcrnn.fit(with_source(0.5), words=["u", "d_x u", "d_xx u"], functions=("u:1",))["u"]
    assert equation.certain, [check.text for check in equation.checks if not check.passed]
    assert set(equation.coefficients) == {"d_x u"}
    [function] = equation.functions
    assert function.word == "1"
    off = np.abs(np.array(function.values) - 0.5 * np.cos(np.array(function.x)))
    assert np.sqrt(np.mean(off**2)) < 0.03
    assert np.mean(off < 2.0 * np.array(function.errors)) > 0.8


@pytest.mark.usefixtures("interpreted")
def test_a_function_that_is_none_is_left_out() -> None:
    equation = symdcrnn.fit(with_source(0.0), words=["u", "d_x u", "d_xx u"], functions=("u:1",))["u"]
    assert equation.functions == ()
    assert set(equation.coefficients) == {"d_x u"}
    assert "not told from zero" in equation.vanishing["1"]


@pytest.mark.parametrize(("settings", "message"), [
    ({"functions": ("u:*",), "scheme": "weak"}, "functions of some words, not of every one"),
    ({"functions": ("u:u",), "continuity": 1.0, "scheme": "weak"}, "leave --continuity out"),
    ({"functions": ("u:u",), "knots": 200}, "a spline with 200 knots is more than the 100 points"),
    ({"functions": ("u:d_x u",), "basis": "grid", "scheme": "weak"}, "multiplies a derivative along it: take"),
])
def test_functions_that_the_weak_form_does_not_have_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        symdcrnn.fit(damped(0.02), words=["u", "d_x u"], **settings)
