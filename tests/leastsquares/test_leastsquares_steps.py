"""How many steps a minimisation takes, where it stops, and where it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from explicit import Array, Curved, Explicit, explicit

from symdcrnn.leastsquares.minimise import minimise, minimise_over, minimise_reweighted
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression

SOUGHT = np.full(4, np.nan)
TRUE = np.array([1.0, -2.0, 0.5, 3.0])


@dataclass(frozen=True)
class Altered(Explicit):
    """A loss that says something else of itself than what is true."""

    altered: Callable[[QuadraticModel], QuadraticModel] = field(kw_only=True)

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        return self.altered(super().evaluate(coefficients, width, active))


def stiff(norm: str = "l2", factor: float = 3.0) -> Altered:
    """A loss whose Gram matrix is too large by a factor: every step from it goes a part of the way."""
    plain = explicit(1, norm)
    return Altered(plain.matrix, plain.side, plain.norm, plain.counter, 0.5,
                   altered=lambda model: replace(model, gram=factor * model.gram))


def creeping(more: float) -> Altered:
    """A loss that is one, and a little more after the first time."""
    plain = explicit(1)
    return Altered(plain.matrix, plain.side, plain.norm, plain.counter,
                   altered=lambda model: replace(model, loss=1.0 if plain.counter.count == 1 else 1.0 + more))


def clean(seed: int = 9, size: float = 1.0) -> Explicit:
    plain = explicit(seed)
    return replace(plain, side=size * plain.matrix @ TRUE, matrix=size * plain.matrix)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_steps_are_made_than_allowed(limit: int) -> None:
    """Each of them leaves two thirds of the way."""
    loss = stiff()
    best = np.linalg.lstsq(loss.matrix, loss.side, rcond=None)[0]
    left = best * (1.0 - (2.0 / 3.0) ** limit)
    for found in (minimise(Regression(loss, SOUGHT), range(4), limit=limit),
                  minimise_over(Regression(loss, SOUGHT), np.eye(4), limit)):
        np.testing.assert_allclose(found.coefficients, left, rtol=1e-10)
        assert (found.passes, found.converged) == (limit + 1, False)


def test_steps_that_are_allowed_where_nothing_is_said() -> None:
    assert minimise(Regression(stiff(), SOUGHT), range(4)).passes == 6 + 1
    assert minimise(Regression(Curved(stiff(factor=30.0)), SOUGHT), range(4)).passes == 20 + 1
    assert minimise(Regression(stiff("huber", 1e3), SOUGHT), range(4)).passes == 200 + 2


def test_passes_are_those_that_were_made() -> None:
    loss = explicit(3, "l1")
    assert minimise(Regression(loss, SOUGHT), range(4)).passes == loss.counter.count
    loss = explicit(3)
    assert minimise(Regression(loss, SOUGHT), range(4)).passes == loss.counter.count
    loss = explicit(3)
    assert minimise_over(Regression(loss, SOUGHT), np.eye(4), 9).passes in (loss.counter.count, loss.counter.count - 1)


def test_reweighting_ends_after_three_steps_that_change_nothing() -> None:
    loss = explicit(4, "huber")

    def step(model: QuadraticModel) -> Array:
        return newton_step(model.gram, model.gradient, range(4))

    found = minimise_reweighted(Regression(loss, SOUGHT), step, np.zeros(4), 50, change=1e9)
    assert (found.passes, found.converged) == (2 + 3, True)
    assert not minimise_reweighted(Regression(loss, SOUGHT), step, np.zeros(4), 2, change=1e9).converged


@pytest.mark.parametrize("away", [1e-6, 1e-11])
def test_a_step_that_rounding_hides_is_made_unless_an_accuracy_is_asked_for(away: float) -> None:
    loss = clean()
    start = TRUE * (1.0 + away)
    found = minimise(Regression(loss, SOUGHT), range(4), start=start)
    np.testing.assert_allclose(found.coefficients, TRUE, rtol=1e-14)
    found = minimise(Regression(loss, SOUGHT), range(4), start=start, accuracy=1e-20)
    assert (found.passes == 1) == (away < 1e-10)
    curved = minimise(Regression(Curved(loss, 0.0), SOUGHT), range(4), start=start, accuracy=1e-20)
    assert curved.passes > 1


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_clean_data_is_fitted_to_rounding_whatever_its_units(size: float) -> None:
    found = minimise_over(Regression(clean(size=size), SOUGHT), np.eye(4), 9, near=TRUE * (1.0 + 1e-7))
    np.testing.assert_allclose(found.coefficients, TRUE, rtol=1e-13)
    assert found.passes == 3
    assert minimise_over(Regression(clean(size=size), SOUGHT), np.eye(4), 9, near=TRUE * (1.0 + 1e-12)).passes == 2


def test_a_span_starts_at_what_is_nearest_beside_known_coefficients() -> None:
    known = np.array([np.nan, np.nan, np.nan, 3.0])
    basis = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 0.5]])
    near = np.array([0.0, 0.0, 0.0, 3.0]) + basis @ np.array([1.0, 0.5])
    loss = replace(explicit(9), side=explicit(9).matrix @ near)
    found = minimise_over(Regression(loss, known), basis, 9, near=near)
    np.testing.assert_allclose(found.coefficients, near, rtol=1e-14)
    assert found.passes == 2
    assert minimise_over(Regression(loss, known), basis, 9).passes == 3


@pytest.mark.parametrize(("more", "taken"), [(0.0, True), (5e-13, True), (5e-12, False)])
def test_a_loss_that_grows_by_rounding_has_not_grown(more: float, taken: bool) -> None:
    expected = np.linalg.lstsq(explicit(1).matrix, explicit(1).side, rcond=None)[0] if taken else np.zeros(4)
    for over in (False, True):
        regression = Regression(creeping(more), SOUGHT, 1.0)
        found = minimise_over(regression, np.eye(4), 1) if over else minimise(regression, range(4), limit=1)
        np.testing.assert_allclose(found.coefficients, expected, rtol=1e-10)
