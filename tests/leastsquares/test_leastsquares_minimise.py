"""Minima of explicit losses: against normal equations, a linear program and scipy, with the passes that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from explicit import Array, Explicit, explicit
from scipy.optimize import linprog, minimize

from symdcrnn.leastsquares.minimise import minimise, minimise_over
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression

SOUGHT = np.full(4, np.nan)


@pytest.mark.parametrize("active", [(0, 1, 2, 3), (1, 3)])
def test_a_quadratic_loss_takes_a_step_and_one_that_rounding_leaves(active: tuple[int, ...]) -> None:
    loss = explicit(1)
    found = minimise(Regression(loss, SOUGHT), active)
    expected = np.zeros(4)
    expected[list(active)] = np.linalg.lstsq(loss.matrix[:, active], loss.side, rcond=None)[0]
    assert found.coefficients == pytest.approx(expected, abs=1e-14)
    assert found.loss == pytest.approx(np.mean((loss.side - loss.matrix @ expected) ** 2), rel=1e-14)
    assert found.converged
    assert found.passes <= 3
    assert loss.counter.count <= 3
    near = minimise(Regression(loss, SOUGHT), active, start=expected + 7.0 * (expected == 0.0), accuracy=1e-12)
    assert near.coefficients == pytest.approx(expected, abs=1e-14)
    assert (near.passes, near.converged) == (1, True)


def test_known_coefficients_stay() -> None:
    loss, fixed = explicit(2), np.array([np.nan, 0.25, np.nan, np.nan])
    found = minimise(Regression(loss, fixed), (0, 2, 3)).coefficients
    assert found[1] == 0.25
    rest = np.linalg.lstsq(loss.matrix[:, [0, 2, 3]], loss.side - 0.25 * loss.matrix[:, 1], rcond=None)[0]
    assert found[[0, 2, 3]] == pytest.approx(rest, abs=1e-14)


def test_the_l1_norm_against_a_linear_program() -> None:
    loss = explicit(3, "l1", points=40)
    unit = np.eye(40)
    exact = linprog(np.r_[np.zeros(4), np.ones(80)], A_eq=np.hstack([loss.matrix, unit, -unit]), b_eq=loss.side,
                    bounds=[(None, None)] * 4 + [(0, None)] * 80)
    found = minimise(Regression(loss, SOUGHT), range(4))
    assert np.mean(np.abs(loss.side - loss.matrix @ found.coefficients)) == pytest.approx(exact.fun / 40, rel=1e-5)
    assert found.coefficients == pytest.approx(exact.x[:4], abs=1e-2)
    assert not minimise(Regression(loss, SOUGHT), range(4), limit=2).converged


def test_the_huber_norm_against_scipy() -> None:
    loss = replace(explicit(4, "huber", points=60, columns=3), width=0.3)
    found = minimise(Regression(loss, np.full(3, np.nan)), range(3))
    expected = minimize(lambda c: 1e3 * loss.evaluate(c).loss, np.zeros(3), method="Nelder-Mead",
                        options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 20_000, "maxfev": 20_000})
    assert found.converged
    assert found.loss < (1.0 + 1e-6) * expected.fun / 1e3
    assert found.coefficients == pytest.approx(expected.x, abs=2e-4)


@pytest.mark.parametrize("norm", ["l2", "l1", "huber"])
def test_the_minimum_over_a_span_is_that_of_its_coordinates(norm: str) -> None:
    loss = explicit(5, norm, points=40)
    basis = np.linalg.qr(np.random.default_rng(6).normal(size=(4, 2)))[0]
    inner = replace(loss, matrix=loss.matrix @ basis)
    expected = basis @ minimise(Regression(inner, np.full(2, np.nan)), range(2)).coefficients
    found = minimise_over(Regression(loss, SOUGHT), basis, 200)
    assert found.converged
    assert found.coefficients == pytest.approx(expected, abs=1e-13 if norm == "l2" else 2e-4)
    again = minimise_over(Regression(loss, SOUGHT), basis, 200, near=expected + 3.0 * (np.eye(4) - basis @ basis.T)[0])
    assert again.coefficients == pytest.approx(found.coefficients, abs=1e-13 if norm == "l2" else 2e-4)
    if norm == "l2":
        start = explicit(5)
        minimise_over(Regression(start, SOUGHT), basis, 200, near=expected)
        assert start.counter.count <= 4
    assert not minimise_over(Regression(loss, SOUGHT), basis, 1).converged


@dataclass(frozen=True)
class Overshooting(Explicit):
    """A loss whose Gram matrix is too small by a factor: every step from it goes too far."""

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        found = super().evaluate(coefficients, width, active)
        return replace(found, gram=0.3 * found.gram)


def test_a_step_that_makes_it_worse_is_not_taken() -> None:
    plain = explicit(1)
    loss = Overshooting(plain.matrix, plain.side, plain.norm, plain.counter)
    for found in (minimise(Regression(loss, SOUGHT), range(4)), minimise_over(Regression(loss, SOUGHT), np.eye(4), 5)):
        np.testing.assert_array_equal(found.coefficients, 0.0)
        assert found.loss == plain.evaluate(np.zeros(4)).loss
        assert (found.passes, found.converged) == (2, True)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_steps_are_taken_and_end_whatever_the_units(size: float) -> None:
    """By the loss relative to itself: one step finds the minimum, and the next one sees it."""
    loss = explicit(8, size=size)
    expected = np.linalg.lstsq(loss.matrix, loss.side, rcond=None)[0]
    one = minimise(Regression(loss, SOUGHT), range(4), limit=1)
    assert one.coefficients == pytest.approx(expected, rel=1e-9)
    over = minimise_over(Regression(loss, SOUGHT), np.eye(4), 1)
    assert over.coefficients == pytest.approx(expected, rel=1e-9)
    assert over.passes == 2
    assert minimise_over(Regression(loss, SOUGHT), np.eye(4), 9).passes == 3
    near = expected * (1.0 + 1e-3)
    assert minimise(Regression(loss, SOUGHT), range(4), start=near, accuracy=1e-2).passes == 1
    found = minimise(Regression(loss, SOUGHT), range(4), start=near, accuracy=1e-12)
    assert found.passes > 1
    assert found.coefficients == pytest.approx(expected, rel=1e-9)


def test_data_without_a_residual_ends_at_what_rounding_leaves() -> None:
    loss = explicit(9)
    loss = replace(loss, side=loss.matrix @ np.array([1.0, -2.0, 0.5, 3.0]))
    for found in (minimise(Regression(loss, SOUGHT), range(4), accuracy=1e-12),
                  minimise_over(Regression(loss, SOUGHT), np.eye(4), 9)):
        assert found.converged
        assert found.passes <= 4
        assert found.coefficients == pytest.approx([1.0, -2.0, 0.5, 3.0], abs=1e-12)
