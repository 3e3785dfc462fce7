"""The quadratic model of a loss: moved, added, scaled, in other coefficients, against the polynomial written out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel, total, weighted_total

Array = NDArray[np.float64]


def model(seed: int, columns: int = 4) -> QuadraticModel:
    random = np.random.default_rng(seed)
    root = random.normal(size=(columns + 2, columns))
    return QuadraticModel(3.0 + seed, random.normal(size=columns), root.T @ root)


def value(of: QuadraticModel, step: Array) -> float:
    return of.loss + float(of.gradient @ step) + 0.5 * float(step @ of.gram @ step)


def agree(first: QuadraticModel, second: QuadraticModel) -> None:
    assert first.loss == pytest.approx(second.loss, rel=1e-13)
    np.testing.assert_allclose(first.gradient, second.gradient, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(first.gram, second.gram, rtol=1e-12, atol=1e-13)


def test_a_moved_model_is_the_same_polynomial() -> None:
    here, (first, second) = model(0), np.random.default_rng(5).normal(size=(2, 4))
    there = here.at(first)
    assert there.loss == pytest.approx(value(here, first), rel=1e-13)
    assert value(there, second) == pytest.approx(value(here, first + second), rel=1e-12)
    agree(there.at(-first), here)
    np.testing.assert_array_equal(here.slope_at(first), there.gradient)


def test_the_decrease_is_that_of_the_step_to_the_minimum() -> None:
    here = model(1)
    step = -np.linalg.solve(here.gram, here.gradient)
    assert here.decrease(step) == pytest.approx(here.loss - value(here, step), rel=1e-12)
    assert here.decrease(step) > 0.0


def test_sums_and_multiples() -> None:
    models, step = [model(seed) for seed in range(3)], np.arange(4.0)
    expected = value(models[0], step) + 2.0 * value(models[1], step) - 0.5 * value(models[2], step)
    assert value(weighted_total(models, (1.0, 2.0, -0.5)), step) == pytest.approx(expected, rel=1e-12)
    agree(total(models), models[0] + models[1] + models[2])
    agree(models[0] - models[1], models[0] + models[1].scaled(-1.0))
    agree(QuadraticModel.zero(4) + models[2], models[2])


@pytest.mark.parametrize("matrix", [np.random.default_rng(2).normal(size=(4, 3)), np.array([1.0, -2.0, 0.5, 3.0])],
                         ids=["full", "diagonal"])
def test_other_coefficients(matrix: Array) -> None:
    here, z = model(3), np.random.default_rng(6).normal(size=matrix.shape[-1])
    moved = matrix * z if matrix.ndim == 1 else matrix @ z
    assert value(here.pullback(matrix), z) == pytest.approx(value(here, moved), rel=1e-12)


def test_a_model_travels_as_one_array() -> None:
    here = model(4)
    back = QuadraticModel.unpacked(here.packed, 4)
    assert here.packed.shape == (1 + 4 + 16,)
    assert back.loss == here.loss
    np.testing.assert_array_equal(back.gradient, here.gradient)
    np.testing.assert_array_equal(back.gram, here.gram)


def test_bounded_losses_keep_their_slopes() -> None:
    here = model(5)
    agree(here.bounded(-1.0), here)
    assert here.bounded(100.0).loss == 100.0
    np.testing.assert_array_equal(here.bounded(100.0).gradient, here.gradient)
