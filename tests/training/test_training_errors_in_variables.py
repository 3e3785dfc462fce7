"""The bias of noisy words is removed, error bars cover, and guesses are called guesses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_problem import EULER, WORDS, data, regression, system
from symdcrnn.uncertainty.errors_in_variables import (
    MOST_NOISE,
    REALISATIONS,
    STREAM,
    correct,
    study_noise,
    synthetic_noise,
)

import symdcrnn
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.selection.backward_elimination import Path, PathStep, stands_out
from symdcrnn.uncertainty.split_half import between_halves


def test_synthetic_noise_has_its_level_and_leaves_the_rest_alone() -> None:
    one = data(frames=30, nx=40)
    noise = synthetic_noise([one], [{"g": 0.25}], 3)[0]
    assert np.std(noise.fields["g"]) == pytest.approx(0.25, rel=0.05)
    assert not noise.fields["rho"].any()
    np.testing.assert_array_equal(noise.fields["g"], synthetic_noise([one], [{"g": 0.25}], 3)[0].fields["g"])


def test_normal_equations_of_noise_add_up() -> None:
    """The mean over data with noise and with its negative is the data plus the noise alone."""
    one = data(frames=12, nx=24)
    full, at_zero = regression(one), np.zeros(len(WORDS))
    noise = synthetic_noise([one], [{"g": 0.3, "rho": 0.2}], 1)[0]
    signed = [replace(one, fields={name: one.fields[name] + sign * noise.fields[name] for name in one.fields})
              for sign in (1.0, -1.0)]
    found = [other.evaluate(at_zero) for each in signed if (other := full.loss.on_data([each]))]
    alone = full.loss.on_data([noise])
    assert alone is not None
    expected = full.evaluate(at_zero).gram + alone.evaluate(at_zero).gram
    np.testing.assert_allclose(0.5 * (found[0].gram + found[1].gram), expected, rtol=1e-9, atol=1e-12)
    moved = 1e-2 * np.arange(len(WORDS))
    assert alone.evaluate(at_zero).at(moved).loss == pytest.approx(alone.evaluate(moved).loss, rel=1e-10)


def test_more_noise_than_data_is_not_subtracted_whole() -> None:
    one = data(frames=12, nx=24)
    full = regression(one)
    study = study_noise(full, [one], [one], [{"g": 9.0, "rho": 9.0}], lambda some: some, 0)
    assert study is not None
    found = correct(study, minimise(full, full.sought), full.sought)
    assert 0.0 < found.share < MOST_NOISE
    assert np.all(np.isfinite(found.minimum.coefficients))
    assert np.all(found.errors > 0.0)


def test_what_noise_adds_to_the_normal_equations_is_subtracted() -> None:
    one = data(frames=60, nx=40)
    levels = [{"g": 0.3, "rho": 0.2}]
    full = regression(one)
    plain = minimise(full, full.sought)
    study = study_noise(full, [one], [one], levels, lambda some: some, 5)
    assert study is not None
    found = correct(study, plain, full.sought)
    noise = [system(synthetic_noise([one], levels, (5, number, STREAM))[0]) for number in range(REALISATIONS)]
    matrix, side = system(one)
    gram = matrix.T @ matrix - sum(other.T @ other for other, _ in noise) / REALISATIONS
    force = matrix.T @ side - sum(other.T @ change for other, change in noise) / REALISATIONS
    assert found.share == 1.0
    np.testing.assert_allclose(found.minimum.coefficients, np.linalg.solve(gram, force), rtol=1e-6)
    assert np.max(np.abs(found.minimum.coefficients / plain.coefficients - 1.0)) > 0.1


@pytest.mark.parametrize("seed", [0, 1])
def test_the_bias_of_noise_is_removed(seed: int) -> None:
    """Least squares alone find all four coefficients too small by two percent."""
    problem = symdcrnn.preset("paper", epsilon=1 / 64, nx=400)
    trajectory = symdcrnn.generate(problem, noise=0.05, seed=seed)
    equation = symdcrnn.fit(trajectory, equations="g", layers=1, starts=1, scheme="weak24", smooth_x=5.0,
                            bootstrap=0)["g"]
    exact = (trajectory.exact or {})["g"]
    for word, value in exact.items():
        assert equation.coefficients[word] == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("inverse_epsilon", [16, 256])
def test_error_bars_cover_the_truth_under_strong_noise(inverse_epsilon: int, seed: int) -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon), noise=0.05, seed=seed)
    equation = symdcrnn.fit(trajectory, equations="g", layers=1, starts=1)["g"]
    exact = (trajectory.exact or {})["g"]
    assert equation.certain
    assert set(equation.coefficients) == set(exact)
    for term in equation.terms:
        assert term.error is not None
        assert abs(term.coefficient - exact[term.word]) < 2.5 * term.error < 0.13 * abs(exact[term.word])


def test_a_guess_is_called_one() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16), noise=0.01, seed=0)
    model = symdcrnn.fit(trajectory, equations="rho", layers=2, starts=1)
    assert not model["rho"].certain
    assert str(model).startswith("d_t rho: no equation stands out in this data\n  best guess  d_t rho = ")
    assert model.report()["certain"] == {"rho": False}
    assert any(word == "<g>" for word in model["rho"].vanishing)


@pytest.mark.parametrize(("jump", "residual", "inclusion", "certain"), [
    (1e5, 1e-6, (1.0,), True), (1.2, 0.01, (0.6, 1.0), True), (1.02, 0.01, (1.0,), False),
    (1.4, 0.7, (1.0,), False), (2.0, 0.5, (0.8, 1.0), False), (2.0, 0.5, (0.95, 1.0), True), (2.0, 0.5, (), True),
])
def test_what_stands_out(jump: float, residual: float, inclusion: tuple[float, ...], certain: bool) -> None:
    path = Path((PathStep((0,), residual, 0), PathStep((), 1.0, None)), 0, jump, 1.0)
    assert stands_out(path, residual, inclusion) is certain


def test_functions_alone_are_no_guess() -> None:
    assert stands_out(Path((PathStep((), 0.5, None),), 0, 1.0, 1.0), 0.5, ())


def test_halves_are_as_far_apart_as_the_minima_of_each_by_itself() -> None:
    one = data(frames=31, nx=40)
    full = regression(one)
    frames = EULER.frames
    middle = (one.frames - frames + 1) // 2
    assert 2 * middle == one.frames - frames + 1
    halves = [replace(one, fields={name: values[first:last] for name, values in one.fields.items()})
              for first, last in ((0, middle + frames - 1), (middle, one.frames))]
    early, late = (minimise(regression(half), full.sought).coefficients for half in halves)
    found = between_halves(full, full.sought)
    assert found is not None
    np.testing.assert_allclose(found, np.abs(late - early)[list(full.sought)], rtol=1e-6)


def test_bars_of_nearly_collinear_words_are_as_wide_as_their_ambiguity() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 4096))
    equation = symdcrnn.fit(trajectory, equations="rho", starts=1)["rho"]
    term = next(term for term in equation.terms if term.word == "<v_dx g>")
    assert term.error is not None
    assert abs(term.coefficient + 1.0) < 2.0 * term.error


def test_few_residuals_in_time_give_no_error_bars() -> None:
    whole = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16))
    short = symdcrnn.Trajectory.from_arrays(
        {name: whole.array(name)[:3] for name in ("g", "rho")}, t=whole.t[:3], x=whole.x, v=whole.v,
        weights=whole.weights, periodic=True)
    equation = symdcrnn.fit(short, equations="g", layers=1, starts=1)["g"]
    assert all(term.error is None for term in equation.terms)
    assert not equation.certain
