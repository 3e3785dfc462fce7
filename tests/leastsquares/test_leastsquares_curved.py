"""Minima where the residual is not linear: against scipy, with the steps that are halved and the passes they take."""

from __future__ import annotations

import numpy as np
import pytest
from explicit import Curved, explicit
from scipy.optimize import least_squares

from symdcrnn.leastsquares.minimise import minimise, minimise_over, take_step
from symdcrnn.leastsquares.regression import Regression

SOUGHT = np.full(4, np.nan)


def best(loss: Curved, basis: np.ndarray, start: np.ndarray) -> np.ndarray:
    def residual(z: np.ndarray) -> np.ndarray:
        c = basis @ z
        return loss.inner.side - loss.inner.matrix @ (c + loss.bend * c**3)

    found: np.ndarray = basis @ least_squares(residual, start, xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    return found


@pytest.mark.parametrize("active", [(0, 1, 2, 3), (1, 3)])
def test_gauss_newton_comes_to_the_minimum(active: tuple[int, ...]) -> None:
    loss = Curved(explicit(1))
    found = minimise(Regression(loss, SOUGHT), active)
    assert found.converged
    assert found.coefficients == pytest.approx(best(loss, np.eye(4)[:, active], np.zeros(len(active))), abs=1e-7)
    assert found.loss == loss.evaluate(found.coefficients).loss
    # Each step is a pass to see that the loss falls and one for the model there; the first point is one more.
    assert loss.inner.counter.count - 2 <= 2 * (found.passes - 1)
    few = minimise(Regression(loss, SOUGHT), active, limit=1)
    assert (few.converged, few.passes) == (False, 2)
    again = minimise(Regression(loss, SOUGHT), active, start=found.coefficients, accuracy=1e-9)
    assert (again.converged, again.passes) == (True, 1)


def test_a_step_that_is_too_long_is_halved() -> None:
    loss = Curved(explicit(1))
    regression, start = Regression(loss, SOUGHT), np.zeros(4)
    minimum = best(loss, np.eye(4), start)
    before = loss.evaluate(start).loss
    moved, there = take_step(regression, start, 16.0 * minimum, before)
    assert there.loss <= before
    parts = moved[np.abs(minimum) > 1e-3] / minimum[np.abs(minimum) > 1e-3]
    assert parts == pytest.approx(parts[0])
    assert np.log2(16.0 / parts[0]) == pytest.approx(round(float(np.log2(16.0 / parts[0]))))
    assert loss.evaluate(start + 2.0 * (moved - start)).loss > before
    straight = Regression(loss.inner, SOUGHT)
    whole, _ = take_step(straight, start, 16.0 * minimum, before)
    np.testing.assert_array_equal(whole, 16.0 * minimum)


def test_the_minimum_over_a_span() -> None:
    loss = Curved(explicit(7))
    basis = np.linalg.qr(np.random.default_rng(6).normal(size=(4, 2)))[0]
    found = minimise_over(Regression(loss, SOUGHT), basis, 30)
    assert found.converged
    # It ends where the loss changes by a millionth, which is a thousandth of the coefficients at the most.
    assert found.coefficients == pytest.approx(best(loss, basis, np.zeros(2)), abs=1e-4)
    again = minimise_over(Regression(loss, SOUGHT), basis, 30, near=found.coefficients)
    assert again.passes == 2
    few = minimise_over(Regression(loss, SOUGHT), basis, 1)
    assert (few.converged, few.passes) == (False, 2)


def test_a_linear_residual_over_a_span_takes_two_steps() -> None:
    basis = np.eye(4)[:, :2]
    for seed in range(4):
        found = minimise_over(Regression(explicit(seed), SOUGHT), basis, 10)
        assert found.converged
        assert found.passes == 3


def test_a_start_far_away_takes_more_steps_than_a_linear_residual_may() -> None:
    loss = Curved(explicit(3), bend=20.0)
    found = minimise(Regression(loss, SOUGHT), range(4), start=np.full(4, 50.0))
    assert found.converged
    assert found.passes > 8
    assert found.coefficients == pytest.approx(best(loss, np.eye(4), found.coefficients), abs=1e-6)
