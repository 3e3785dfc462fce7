"""Steps over some columns of a Gram matrix, and what columns cost: against dense solutions."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.leastsquares.newton import newton_step, scaled_inverse

ACTIVE = (0, 2, 3)


def gram(seed: int = 0) -> np.ndarray:
    matrix = np.random.default_rng(seed).normal(size=(9, 4)) * np.array([1e-4, 1.0, 1e3, 1e7])
    return matrix.T @ matrix


def test_a_step_solves_the_active_block() -> None:
    whole, gradient = gram(), np.random.default_rng(1).normal(size=4)
    step = newton_step(whole, gradient, ACTIVE)
    chosen = np.ix_(ACTIVE, ACTIVE)
    np.testing.assert_allclose(step[list(ACTIVE)], np.linalg.solve(whole[chosen], -gradient[list(ACTIVE)]), rtol=1e-9)
    assert step[1] == 0.0


@pytest.mark.parametrize("gone", [(0,), (1,), (0, 2), (0, 1, 2)])
def test_costs_are_what_the_loss_grows_by(gone: tuple[int, ...]) -> None:
    """Twice the growth of 1/2 (c - c*).G (c - c*) when columns are zero and the others fitted again."""
    whole, best = gram(), np.array([2.0, 0.0, -1e-3, 3e-8])
    inverse = scaled_inverse(whole, ACTIVE)
    block = whole[np.ix_(ACTIVE, ACTIVE)]
    there = best[list(ACTIVE)]
    left = [k for k in range(3) if k not in gone]
    moved = np.zeros(3)
    if left:
        moved[left] = np.linalg.solve(block[np.ix_(left, left)], block[left] @ there)
    expected = float((moved - there) @ block @ (moved - there))
    assert inverse.cost_of(gone, best) == pytest.approx(expected, rel=1e-8)
    if len(gone) == 1:
        assert inverse.costs(best)[gone[0]] == pytest.approx(expected, rel=1e-8)


def test_directions_that_rounding_hides_are_damped() -> None:
    """Of two equal columns each takes half, and the step is no longer than what it moves."""
    column = np.random.default_rng(3).normal(size=8)
    matrix = np.column_stack([column, column])
    step = newton_step(matrix.T @ matrix, -matrix.T @ column, (0, 1))
    assert step == pytest.approx([0.5, 0.5], abs=0.1)
    smallest = 1.0 / np.linalg.eigvalsh(scaled_inverse(matrix.T @ matrix, (0, 1)).inverse).max()
    assert smallest == pytest.approx(16.0 * np.finfo(float).eps, rel=1e-3, abs=0.0)


def test_what_is_damped_grows_with_the_number_of_columns() -> None:
    column = np.random.default_rng(3).normal(size=8)
    gram = np.multiply.outer([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]) * (column @ column)
    smallest = 1.0 / np.linalg.eigvalsh(scaled_inverse(gram, range(4)).inverse).max()
    assert smallest == pytest.approx(32.0 * np.finfo(float).eps, rel=0.2, abs=0.0)
