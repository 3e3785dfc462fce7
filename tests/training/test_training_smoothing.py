"""Smoothing in x where coefficients depend on x: the weak form in space-time."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from small_problem import EULER, STENCILS, WORDS, G, data
from symdcrnn.preprocess.smoothing import apply_word, smooth
from symdcrnn.regression.smoothed_products import prepare

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime import GridData
from symdcrnn.preprocess.frames import LoadedFrames
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.terms import Term
from symdcrnn.varying_coefficients.bases import BASES
from symdcrnn.varying_coefficients.products import products_by_point, products_smoothed
from symdcrnn.varying_coefficients.regression import independent_part

TRUE_WORDS = {"sigma_s g", "v_dx g", "<v_dx g>", "v_dx rho"}
WIDTH = 1.7
SIGMA, TRANSPORT, MEAN = multiplication("sigma_s"), OPERATORS["v_dx"], OPERATORS["mean"]


def varying(frames: int = 4) -> GridData:
    made = data(frames=frames)
    x = np.arange(made.nx) / made.nx
    return replace(made, profiles={"sigma_s": 2.0 + np.sin(2.0 * np.pi * x), "sigma_a": np.full(made.nx, 0.5)})


def test_smoothing_is_a_mean_over_neighbours() -> None:
    values = np.random.default_rng(0).random((3, 200))
    offsets = np.arange(-40, 41)
    weights = np.exp(-0.5 * (offsets / 5.0) ** 2)
    by_hand = sum(w * np.roll(values, k, -1) for w, k in zip(weights / weights.sum(), offsets, strict=True))
    np.testing.assert_allclose(smooth(values, 5.0), by_hand, rtol=1e-12)
    assert smooth(values, 0.0) is values


@pytest.mark.parametrize("letters", [(SIGMA,), (SIGMA, TRANSPORT), (SIGMA, MEAN, TRANSPORT)])
def test_a_smoothed_product_is_the_adjoint_word_on_the_test_function(letters: tuple[Any, ...]) -> None:
    where, word = varying(), Word.of(letters, G)
    found = smooth(apply_word(word, where, STENCILS), WIDTH)
    kernel = smooth(np.eye(where.nx), WIDTH)
    for point in (0, 7):
        # A test function for every x and v: the kernel in x, a unit in v.
        for velocity in range(where.v.size if word.v_dependent else 1):
            test = np.zeros((1, where.v.size, where.nx))
            if word.v_dependent:
                test[0, velocity] = kernel[point] / where.quadrature[velocity]
            else:
                test[0] = kernel[point]
            handed_over = apply_word(adjoint_word(word, G), replace(where, fields={"g": test}), STENCILS)[0]
            paired = np.einsum("v,tvx,vx->t", where.quadrature, where.fields["g"], handed_over)
            expected = found[:, velocity, point] if word.v_dependent else found[:, point]
            np.testing.assert_allclose(paired, expected, rtol=1e-10)


@pytest.mark.parametrize("outer", [(), (TRANSPORT,), (MEAN, TRANSPORT)])
def test_outer_letters_act_on_the_smoothed_product(outer: tuple[Any, ...]) -> None:
    where, word = varying(), Word.of((*outer, SIGMA, TRANSPORT), G)
    (term,), _, (prepared,) = prepare([Term(word)], WIDTH, STENCILS, [LoadedFrames.of(where)])
    found = prepared.outline
    assert str(term.word) == str(word)
    assert term.read_as is not None
    expected = smooth(apply_word(word, where, STENCILS), WIDTH)
    np.testing.assert_allclose(apply_word(term.read_as, found, STENCILS), expected, rtol=1e-9, atol=1e-9)


def test_constant_functions_need_no_field_of_their_own() -> None:
    where = varying()
    terms = [Term(Word.of((multiplication("sigma_a"),), G), -1.0), Term(Word.of((TRANSPORT,), G))]
    found, products, (more,) = prepare(terms, WIDTH, STENCILS, [LoadedFrames.of(where)])
    assert found == tuple(terms)
    assert products == ()
    assert set(more.outline.fields) == set(where.fields)


def test_products_smoothed_are_written_out() -> None:
    raw = data(frames=6)
    rough = LoadedFrames.of(raw)
    words, rough_words = (bind_equation(EULER, G, [Term(word) for word in WORDS], frames, STENCILS,
                                        find_norm("l2")).multistep for frames in (rough.smoothed(WIDTH), rough))
    assert words is not None
    assert rough_words is not None
    basis = BASES["spline"](raw.dx * np.arange(raw.nx), 5)
    stiffness, coupling, force = products_smoothed(words, (0, 3), basis, WIDTH)
    columns = [np.broadcast_to(_full(word, raw), raw.fields["g"].shape) for word in WORDS]
    made = [smooth(profile * columns[k], WIDTH)[:-1].ravel() for k in (0, 3) for profile in basis.toarray().T]
    plain = [smooth(column, WIDTH)[:-1].ravel() for column in columns]
    change = np.diff(smooth(raw.fields["g"], WIDTH), axis=0).ravel()
    unit = 2.0 / words.loss.points
    np.testing.assert_allclose(stiffness.toarray(), unit * np.array(made) @ np.array(made).T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(coupling, unit * np.array(made) @ np.array(plain).T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(force, -unit * np.array(made) @ change, rtol=1e-9, atol=1e-9)
    without = products_by_point(rough_words, (0, 3), basis, "x")
    narrow = products_smoothed(rough_words, (0, 3), basis, 0.0)
    for one, other in zip(without[1:], narrow[1:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def _full(word: Word, where: GridData) -> np.ndarray:
    values = apply_word(word, where, STENCILS)
    return values if word.v_dependent else values[:, None]


def test_independent_residuals_are_counted() -> None:
    random = np.random.default_rng(0)
    alpha = (-1.0, 0.0, 1.0)
    noise = smooth(random.standard_normal((2000, 60, 100)), 4.0)
    sums = np.sum((noise[:, 2:] - noise[:, :-2]) ** 2, axis=(1, 2))
    effective = 2.0 * np.mean(sums) ** 2 / np.var(sums)
    assert effective == pytest.approx(58 * 100 * independent_part(alpha, 4.0), rel=0.1)


@lru_cache(maxsize=4)
def made(known: bool, **settings: Any) -> Trajectory:
    chosen = {"nx": 400, "sigma_s": "2 + sin(2*pi*x)", **settings}
    return symdcrnn.generate(symdcrnn.preset("paper", **chosen), noise=0.01, known=known)


def test_four_terms_with_a_known_function_of_x_under_noise() -> None:
    trajectory = made(True, epsilon=1 / 16, every=20, steps=20 * 56)
    model = symdcrnn.fit(trajectory, equations="g", starts=1, bootstrap=0)
    assert model.settings.scheme == "weak"
    found = {term.word: term.coefficient for term in model["g"].terms if not term.known}
    assert set(found) == TRUE_WORDS
    for word, exact in {"sigma_s g": -256.0, "v_dx g": -16.0, "<v_dx g>": 16.0, "v_dx rho": -256.0}.items():
        assert found[word] == pytest.approx(exact, rel=0.02), word
    rate = symdcrnn.right_hand_side(model, trajectory, "g")
    assert np.isfinite(rate).all()


@pytest.mark.parametrize(("epsilon", "every"), [pytest.param(1 / 4, 400, marks=pytest.mark.soak), (1 / 16, 100)])
def test_scattering_is_learned_under_noise(epsilon: float, every: int) -> None:
    trajectory = made(False, epsilon=epsilon, every=every, steps=every * 56)
    model = symdcrnn.fit(trajectory, equations="g", functions=("g:g",), starts=1)
    equation = model["g"]
    assert set(equation.coefficients) == {"v_dx g", "<v_dx g>", "v_dx rho"}
    learned = -np.array(equation.functions[0].values) * epsilon**2
    error = learned / (2.0 + np.sin(2.0 * np.pi * trajectory.x)) - 1.0
    # g is nearly zero at the ends, where its coefficient means little.
    assert np.abs(error).max() < 0.07
    assert np.abs(error[40:360]).max() < 0.01
    assert np.isfinite(symdcrnn.right_hand_side(model, trajectory, "g")).all()


def test_a_value_per_point_cannot_be_smoothed() -> None:
    with pytest.raises(InputError, match="does not tell a value per point"):
        symdcrnn.fit(made(False, epsilon=1 / 16, every=100, steps=5600), equations="g", functions=("g:g",),
                     basis="grid", scheme="weak16", smooth_x=10.0, layers=1)


def test_stages_take_no_smoothed_products() -> None:
    with pytest.raises(InputError, match="cannot take smoothed products"):
        symdcrnn.fit(made(True, epsilon=1 / 16, every=20, steps=20 * 56), equations="g", scheme="rk4", smooth_x=10.0,
                     layers=1)
