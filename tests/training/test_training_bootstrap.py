"""Standard errors and inclusion probabilities by resampling cells of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_problem import WORDS, bound, data, regression

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.fitting import coefficients
from symdcrnn.fitting.records import collinearity
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.regression.terms import Term
from symdcrnn.selection.backward_elimination import STRONG_JUMP
from symdcrnn.uncertainty.choosing import CELLS
from symdcrnn.uncertainty.resampling import bootstrap

TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}


def test_cells_add_up_to_the_whole() -> None:
    kernel = bound(data(frames=30, nx=40)).kernel
    at = 1e-3 * np.arange(len(WORDS))
    cells, whole = kernel.cells(at, CELLS), kernel.evaluate(at)
    assert len(cells) == 30
    assert sum(cell.loss for cell in cells) == pytest.approx(whole.loss, rel=1e-13)
    np.testing.assert_allclose(sum(cell.gradient for cell in cells), whole.gradient, rtol=1e-10)
    np.testing.assert_allclose(sum(cell.gram for cell in cells), whole.gram, rtol=1e-11, atol=1e-12)


def test_a_quadratic_form_is_the_loss_that_it_was_taken_from() -> None:
    full = regression(data())
    at, other = 1e-3 * np.arange(len(WORDS)), np.full(len(WORDS), 2e-3)
    form = TaylorModel(at, full.evaluate(at), full.loss.points, full.loss.norm, 0.0)
    found, expected = form.evaluate(other), full.evaluate(other)
    assert found.loss == pytest.approx(expected.loss, rel=1e-10)
    np.testing.assert_allclose(found.gradient, expected.gradient, rtol=1e-9, atol=1e-12)


def test_errors_of_pure_noise_are_those_of_least_squares() -> None:
    """Random data: every cell is independent, so the textbook formula holds."""
    full = regression(data(seed=4, frames=60, nx=64))
    columns = full.sought
    best = minimise(full, columns)
    found = bootstrap(full, full, best, best, columns, columns, STRONG_JUMP, 400, 0)
    assert found is not None
    variance = 2.0 * best.loss / full.loss.points
    expected = np.sqrt(variance * np.diag(np.linalg.inv(best.model.gram)))
    np.testing.assert_allclose(found.errors, expected, rtol=0.35)
    assert np.all((found.inclusion >= 0.0) & (found.inclusion <= 1.0))


@pytest.mark.soak
@pytest.mark.parametrize("inverse_epsilon", [16, 256])
def test_error_bars_cover_the_truth_under_noise(inverse_epsilon: int) -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon), noise=0.01, seed=2)
    model = symdcrnn.fit(trajectory, equations="g", layers=1, starts=1)
    assert set(model["g"].coefficients) == TRUE_WORDS
    exact = (trajectory.exact or {})["g"]
    for term in model["g"].terms:
        assert term.error is not None
        assert abs(term.coefficient - exact[term.word]) < 3.0 * term.error < 0.1 * abs(exact[term.word])
    assert "+-" in (model["g"].terms_text() or "")


def test_truncation_errors_are_in_the_error_bars() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 256))
    model = symdcrnn.fit(trajectory, equations="g", scheme="imex-bdf2", layers=1, starts=1)
    exact = (trajectory.exact or {})["g"]
    for term in model["g"].terms:
        assert term.error == pytest.approx(abs(term.coefficient - exact[term.word]), rel=0.05)


def test_no_resampling() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 64))
    equation = symdcrnn.fit(trajectory, equations="g", layers=1, starts=1, bootstrap=0)["g"]
    assert all(term.error is None and term.inclusion is None for term in equation.terms)
    assert equation.terms_text() is None


def test_collinear_columns_are_named() -> None:
    terms = [Term(word) for word in WORDS[:3]]
    gram = np.array([[4.0, 2.0 * 0.999, 0.0], [2.0 * 0.999, 1.0, 0.1], [0.0, 0.1, 9.0]])
    _, pairs = collinearity(terms, (0, 1, 2), gram)
    assert pairs == ((str(WORDS[0]), str(WORDS[1]), pytest.approx(0.999)),)
    condition, pairs = collinearity(terms, (0, 1), gram)
    assert len(pairs) == 1
    assert condition == pytest.approx(np.sqrt(1.999 / 0.001))
    assert collinearity(terms, (0, 2), gram) == (pytest.approx(1.0), ())
    assert collinearity(terms, (), gram) == (1.0, ())


def waves(symbol: Callable[[int], complex], most: int = 6) -> Trajectory:
    """Some waves, of which wave k changes at the rate symbol(k)."""
    x, t = 2.0 * np.pi * np.arange(32) / 32, 0.01 * np.arange(60)
    u = sum(np.real(np.exp(symbol(k) * t[:, None] + 1j * (k * x + k**2)) / k) for k in range(1, most + 1))
    return Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("stencil", ["central4", "central8"])
def test_what_stencils_do_is_in_the_error_bars(stencil: str) -> None:
    """It is alike in all cells and halves of the data; wider stencils tell it."""
    made = waves(lambda k: -1j * k - 0.1 * k**2)
    equation = symdcrnn.fit(made, words=["d_x u", "d_xx u"], central_stencil=stencil,
                            scheme="newton-cotes8")["u"]
    for term, exact in zip(equation.terms, (-1.0, 0.1), strict=True):
        assert term.error is not None
        off = abs(term.coefficient - exact)
        assert off > 1e-6
        assert 0.5 * off < term.error < 4.0 * off


@pytest.mark.usefixtures("interpreted")
def test_stencils_of_the_solver_have_no_truncation_error() -> None:
    h = 2.0 * np.pi / 32
    made = waves(lambda k: -1j * np.sin(k * h) / h - 0.1 * (2.0 * np.sin(k * h / 2.0) / h) ** 2)
    equation = symdcrnn.fit(made, words=["d_x u", "d_xx u"], central_stencil="central2")["u"]
    assert equation.coefficients == pytest.approx({"d_x u": -1.0, "d_xx u": 0.1}, rel=1e-9)
    assert all((term.error or 1.0) < 1e-9 for term in equation.terms)


@pytest.mark.usefixtures("interpreted")
def test_noise_is_no_truncation_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made = waves(lambda k: -1j * k - 0.1 * k**2, 2)
    noisy = Trajectory.from_arrays(
        {"u": made.array("u") + 1e-4 * np.random.default_rng(0).standard_normal(made.array("u").shape)},
        t=made.t, x=made.x, periodic=True)
    settings: dict[str, Any] = {"words": ["d_x u", "d_xx u"], "central_stencil": "central8",
                                "scheme": "newton-cotes8"}
    found = symdcrnn.fit(noisy, **settings)["u"]
    monkeypatch.setattr(coefficients, "truncation_errors", lambda target, values, chosen, *_: np.zeros(len(chosen)))
    assert symdcrnn.fit(noisy, **settings)["u"].terms == found.terms


@pytest.mark.usefixtures("interpreted")
def test_wider_stencils_tell_of_those_between_open_ends() -> None:
    x, t = 0.25 * np.arange(24), 0.01 * np.arange(60)
    u = sum(np.exp(-0.1 * k**2 * t[:, None]) * np.sin(k * (x - t[:, None])) for k in (1, 2, 3))
    made = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=False)
    equation = symdcrnn.fit(made, words=["d_x u", "d_xx u"], central_stencil="central4", scheme="newton-cotes8")["u"]
    for term, exact in zip(equation.terms, (-1.0, 0.1), strict=True):
        assert 0.5 * abs(term.coefficient - exact) < (term.error or 0.0) < 4.0 * abs(term.coefficient - exact)
