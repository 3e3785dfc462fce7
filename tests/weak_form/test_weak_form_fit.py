"""Equations of noisy data, and whether their error bars and verdicts can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.errors import InputError

EXACT = {"u": -0.5, "d_x u": -0.7, "d_xx u": 0.02}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_equation_of_noisy_data_is_found_and_certain(seed: int) -> None:
    model = symdcrnn.fit(heat_and_reaction(80, 128, 0.05, seed), library=["poly 2, d_x 3"])
    equation = model["u"]
    assert set(equation.coefficients) == set(EXACT)
    assert equation.certain
    assert model.settings.scheme == "weak"
    for term in equation.terms:
        assert term.error is not None
        assert abs(term.coefficient - EXACT[term.word]) < 4.0 * term.error < 0.2 * abs(EXACT[term.word])


def test_an_equation_with_a_missing_word_is_not_certain() -> None:
    model = symdcrnn.fit(heat_and_reaction(80, 128, 0.02), words=["d_x u", "d_xx u", "u^2", "d_xxx u"],
                         excluded=("u:u",))
    assert not model["u"].certain
    assert [check.name for check in model["u"].checks if not check.passed]


@pytest.mark.parametrize("walk", [False, True])
def test_pure_noise_is_not_certain(walk: bool) -> None:
    u = np.random.default_rng(0).standard_normal((80, 64))
    trajectory = symdcrnn.Trajectory.from_arrays(
        {"u": np.cumsum(u, axis=0) if walk else u}, t=0.1 * np.arange(80), x=np.arange(64) / 64, periodic=True)
    if walk:
        # What neighbours in time have in common is recognised as such.
        with pytest.raises(InputError, match="u does not change in time beyond its noise"):
            symdcrnn.fit(trajectory, library=["poly 2, d_x 2"])
    else:
        assert not symdcrnn.fit(trajectory, library=["poly 2, d_x 2"])["u"].certain


def test_errors_of_sums_over_points_are_no_word() -> None:
    t, x = 0.02 * np.arange(60)[:, None], 2.0 * np.pi * np.arange(64) / 64
    u = np.exp(-0.3 * t) * (np.sin(x - 0.7 * t) + 0.4 * np.cos(2 * (x - 0.7 * t) + 1.0) * np.exp(-0.9 * t)) + 0.2
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t[:, 0], x=x, periodic=True)
    found = symdcrnn.fit(trajectory, words=["u", "d_x u", "d_xx u"], bootstrap=0, scheme="weak")["u"]
    assert found.coefficients == pytest.approx({"d_x u": -0.7, "d_xx u": 0.3}, rel=1e-5)
    assert found.certain


@pytest.mark.parametrize("given", [(), ("t=6", "x=16"), ("t=3", "x=16")])
@pytest.mark.parametrize("frames", [40, 100])
def test_standard_errors_of_clean_data_hold_what_sums_over_points_change(frames: int, given: tuple[str, ...]) -> None:
    t, x = 0.02 * np.arange(frames)[:, None], 2.0 * np.pi * np.arange(64) / 64
    u = sum(size * np.exp(-0.05 * k**2 * t) * np.sin(k * (x - 0.7 * t) + k)
            for k, size in ((1, 1.0), (2, 0.8), (3, 0.5)))
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t[:, 0], x=x, periodic=True)
    found = symdcrnn.fit(trajectory, words=["u", "d_x u", "d_xx u", "d_xxx u"], bootstrap=0, scheme="weak",
                         test_functions=given)["u"]
    assert found.certain
    assert [term.word for term in found.terms] == ["d_x u", "d_xx u"]
    for term, exact in zip(found.terms, (-0.7, 0.05), strict=True):
        assert term.error is not None
        assert abs(term.coefficient - exact) <= 3.0 * term.error
        # Sums of three frames to each side are a thousandth off.
        assert term.error < (1e-2 if given[:1] == ("t=3",) else 1e-5) * abs(exact)


@pytest.mark.soak
def test_standard_errors_cover() -> None:
    """Of known words, so that no choice is between the noise and the errors."""
    inside = {1.0: 0, 2.0: 0}
    total = 0
    for seed in range(40):
        model = symdcrnn.fit(heat_and_reaction(50, 64, 0.1, seed), words=list(EXACT), scheme="weak",
                             test_functions=("t=12", "x=14"))
        for term in model["u"].terms:
            assert term.error is not None
            off = abs(term.coefficient - EXACT[term.word]) / term.error
            total += 1
            for width in inside:
                inside[width] += off <= width
    assert total >= 110
    assert 0.58 <= inside[1.0] / total <= 0.78
    assert 0.90 <= inside[2.0] / total <= 0.99


def test_test_functions_may_be_given() -> None:
    model = symdcrnn.fit(heat_and_reaction(60, 96, 0.01), words=list(EXACT), test_functions=("t=14", "x=20"))
    assert model["u"].weak is not None
    assert model["u"].weak.half_widths == {"t": 14, "x": 20}
    again = type(model).from_json(model.to_json()) if hasattr(model, "from_json") else model
    assert again["u"].weak == model["u"].weak


@pytest.mark.parametrize(("given", "message"), [
    (("t=14",), "says nothing of the axis 'x'"),
    (("t=200", "x=20"), "give at most 29"),
    (("t=14", "y=20"), "names the axis 'y'"),
])
def test_test_functions_that_do_not_fit_are_refused(given: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        symdcrnn.fit(heat_and_reaction(60, 96, 0.01), words=list(EXACT), test_functions=given)


def test_functions_that_are_not_written_as_they_should_be_are_refused() -> None:
    with pytest.raises(InputError, match="AXIS=STEPS"):
        symdcrnn.fit(heat_and_reaction(20, 32), test_functions=("t:4",))


def test_a_fit_depends_on_no_number_of_threads_and_no_history() -> None:
    first, second = (symdcrnn.fit(heat_and_reaction(60, 96, 0.03), library=["poly 1, d_x 3"]) for _ in range(2))
    assert [term.coefficient for term in first["u"].terms] == [term.coefficient for term in second["u"].terms]


@pytest.mark.parametrize("noise", [0.1, 0.2])
def test_words_that_a_single_wave_does_not_tell_apart_are_named(noise: float) -> None:
    t, x = np.linspace(0.0, 4.0, 100)[:, None], 2.0 * np.pi * np.arange(128) / 128
    u = np.sin(x - t) + noise * np.sqrt(0.5) * np.random.default_rng(1).standard_normal((100, 128))
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t[:, 0], x=x, periodic=True)
    found = symdcrnn.fit(trajectory, library=["poly 2, d_x 4"], bootstrap=0)["u"]
    told = next(check for check in found.checks if check.name == "identifiability")
    assert not told.passed
    assert "d_xxx u could replace d_x u" in told.text


@pytest.mark.parametrize("width", [8, 12])
def test_test_functions_that_were_given_fit_no_errors_of_sums(width: int) -> None:
    """The sums of narrow windows leave small errors, which another word would fit under one width alone."""
    x, t = np.linspace(0.0, 1.0, 101), np.linspace(0.0, 1.0, 120)
    u = sum(size * np.exp(-0.05 * (k * np.pi) ** 2 * t)[:, None] * np.sin(k * np.pi * x)
            for k, size in ((1, 1.0), (2, 0.7), (3, 0.5)))
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=False)
    equation = symdcrnn.fit(data, library=["poly 2, d_x 4"], test_functions=(f"t={width}", f"x={width}"),
                            bootstrap=0)["u"]
    assert set(equation.coefficients) == {"d_xx u"}
    assert equation.weak is not None
    assert equation.weak.half_widths == {"t": width, "x": width}
