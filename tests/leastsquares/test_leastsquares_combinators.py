"""What wraps a loss: gradients, cells that add up, other data, and the loss written out."""

from __future__ import annotations

import numpy as np
import pytest
from explicit import Curved, Explicit, explicit
from numpy.typing import NDArray

from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.memo import Memo, expanded, remembering
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.objective import LeastSquares, Partition, by_time, cell_edges
from symdcrnn.leastsquares.penalised import Penalised
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.leastsquares.weighted_sum import WeightedSum, relative_sum, relative_weights
from symdcrnn.leastsquares.width import Widened, with_huber_width

Array = NDArray[np.float64]
RANDOM = np.random.default_rng(11)
FULL, DIAGONAL = RANDOM.normal(size=(4, 3)), np.array([2.0, -1.0, 0.25, 3.0])
ROOT = RANDOM.normal(size=(4, 4))
NORMS = ("l2", "l1", "huber")
WRAPPED = {
    "plain": lambda norm: explicit(1, norm),
    "full matrix": lambda norm: Affine(explicit(1, norm), FULL),
    "diagonal": lambda norm: Affine(explicit(1, norm), DIAGONAL),
    "sum": lambda norm: relative_sum([explicit(1, norm), explicit(2, norm, points=30, size=1e-3)], np.zeros(4)),
    "penalised": lambda norm: Penalised(explicit(1, norm), ROOT.T @ ROOT),
    "remembered": lambda norm: remembering(explicit(1, norm)),
    "wide": lambda norm: Widened(explicit(1, norm), 0.7),
    "all": lambda norm: Widened(Affine(relative_sum(
        [Penalised(Affine(remembering(explicit(k, norm)), DIAGONAL), ROOT.T @ ROOT) for k in (3, 4)], np.zeros(4)),
        FULL), 0.5),
}
each_loss = pytest.mark.parametrize("name", WRAPPED)
each_norm = pytest.mark.parametrize("norm", NORMS)


def somewhere(loss: LeastSquares) -> Array:
    return np.linspace(0.3, -0.2, loss.columns)


@each_loss
@each_norm
def test_gradients_are_those_of_the_loss(name: str, norm: str) -> None:
    loss = WRAPPED[name](norm)
    at, step = somewhere(loss), 1e-7
    found = loss.evaluate(at)
    assert found.gradient.shape == (loss.columns,)
    for k, unit in enumerate(step * np.eye(loss.columns)):
        slope = (loss.evaluate(at + unit).loss - loss.evaluate(at - unit).loss) / (2.0 * step)
        assert found.gradient[k] == pytest.approx(slope, rel=1e-5, abs=1e-6 * float(np.abs(found.gradient).max()))


@each_loss
def test_the_gram_matrix_of_l2_is_the_hessian(name: str) -> None:
    loss = WRAPPED[name]("l2")
    here, step = somewhere(loss), RANDOM.normal(size=loss.columns)
    there = loss.evaluate(here + step)
    moved = loss.evaluate(here).at(step)
    assert moved.loss == pytest.approx(there.loss, rel=1e-11)
    np.testing.assert_allclose(moved.gradient, there.gradient, rtol=1e-9, atol=1e-12)


@each_loss
@each_norm
def test_cells_add_up_to_the_whole(name: str, norm: str) -> None:
    loss = WRAPPED[name](norm)
    at = somewhere(loss)
    whole, parts = loss.evaluate(at), by_time(loss, at, 3)
    assert len(parts) == 3
    for found in (total(loss.cells(at, Partition(5))), total(parts)):
        assert found.loss == pytest.approx(whole.loss, rel=1e-12)
        np.testing.assert_allclose(found.gradient, whole.gradient, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(found.gram, whole.gram, rtol=1e-10, atol=1e-13)
    assert abs(parts[0].loss - parts[1].loss) > 1e-3 * whole.loss


def test_partitions_have_no_cell_shorter_than_asked() -> None:
    partition = Partition(6, 16, 2, 10.0)
    assert partition.along_time(59, 5) == 5
    assert partition.along_time(500, 5) == 6
    assert partition.along_time(3, 5) == 1
    assert partition.along_space(64) == 6
    assert partition.along_space(1000) == 16
    assert partition.along_space(4) == 1
    assert Partition(3).along_time(2, 5) == 3
    assert Partition(5).along_space(64) == 1
    assert cell_edges(3, 13, 4) == [3, 5, 8, 10, 13]


@each_loss
def test_other_data_has_no_memory_and_no_penalty(name: str) -> None:
    loss = WRAPPED[name]("l2")
    at = somewhere(loss)
    loss.evaluate(at)
    count = 2 if name in ("sum", "all") else 1
    sides = [np.full(points, 0.5) for points in ((24, 30) if name == "sum" else (24, 24))][:count]
    moved = loss.on_data(sides)
    assert moved is not None
    assert moved.columns == loss.columns
    assert moved.evaluate(at).loss == pytest.approx(expected_on(name, sides, at), rel=1e-12)


def expected_on(name: str, sides: list[Array], at: Array) -> float:
    """The loss of other left-hand sides written out."""
    def mean(seed: int, side: Array, c: Array) -> float:
        return float(np.mean((side - explicit(seed, points=side.size).matrix @ c) ** 2))

    if name == "sum":
        weights = WRAPPED[name]("l2").weights
        return sum(w * mean(k, side, at) for w, k, side in zip(weights, (1, 2), sides, strict=True))
    if name == "all":
        weights = WRAPPED[name]("l2").inner.inner.weights
        return sum(w * mean(k, side, DIAGONAL * (FULL @ at)) for w, k, side in zip(weights, (3, 4), sides, strict=True))
    return mean(1, sides[0], {"full matrix": FULL @ at if name == "full matrix" else at,
                              "diagonal": DIAGONAL * at if name == "diagonal" else at}.get(name, at))


@each_norm
def test_losses_of_several_trajectories_are_relative(norm: str) -> None:
    """In whatever units one of them is, the minimum is the same."""
    found = []
    for unit in (1.0, 1e-6):
        second = explicit(2, norm, points=30)
        second = Explicit(unit * second.matrix, unit * second.side, second.norm, second.counter)
        regression = Regression(relative_sum([explicit(1, norm), second], np.zeros(4)), np.full(4, np.nan))
        regression = with_huber_width(regression, range(4))
        if norm != "huber":
            assert regression.null == pytest.approx(1.0, rel=1e-12)
        found.append(minimise(regression, range(4)).coefficients)
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_one_trajectory_is_itself() -> None:
    alone = explicit(1)
    assert relative_sum([alone], np.zeros(4)) is alone


def test_huber_widths_are_those_of_each_trajectory() -> None:
    parts = [explicit(1, "huber"), explicit(2, "huber", size=1e-4)]
    regression = with_huber_width(Regression(relative_sum(parts, np.zeros(4)), np.full(4, np.nan)), range(4))
    assert isinstance(regression.loss, Widened)
    loss = regression.loss.inner
    assert isinstance(loss, WeightedSum)
    for part, unit in zip(parts, loss.units, strict=True):
        assert unit == pytest.approx(np.sqrt(0.5 * np.mean(part.side**2)), rel=1e-12)


def test_a_width_is_hubers_constant_times_the_rms_of_the_best_residual() -> None:
    """1.345, at which 95 % of efficiency is left on Gaussian errors."""
    loss, known = explicit(6, "huber"), np.array([np.nan, np.nan, 0.25, np.nan])
    found = with_huber_width(Regression(loss, known), (0, 1))
    side = loss.side - 0.25 * loss.matrix[:, 2]
    best = np.linalg.lstsq(loss.matrix[:, :2], side, rcond=None)[0]
    rms = np.sqrt(np.mean((side - loss.matrix[:, :2] @ best) ** 2))
    assert found.loss.width == pytest.approx(1.345 * rms, rel=1e-9)
    for norm in ("l1", "l2"):
        regression = Regression(explicit(6, norm), known)
        assert with_huber_width(regression, (0, 1)) is regression


@each_norm
def test_what_wraps_a_loss_has_its_sizes(norm: str) -> None:
    for wrap in WRAPPED.values():
        loss = wrap(norm)
        assert loss.linear
        assert loss.norm.name == norm
        assert loss.points in (24, 48, 54)
    parts = relative_sum([explicit(1), explicit(2, points=30)], np.zeros(4))
    assert (parts.points, parts.width, parts.columns) == (54, 1.0, 4)
    assert isinstance(parts, WeightedSum)
    curved = WeightedSum((parts.parts[0], Curved(explicit(2))), (1.0, 1.0), (1.0, 1.0))
    assert not curved.linear


@pytest.mark.parametrize("norm", ["l1", "huber"])
def test_a_width_of_a_sum_is_in_units_of_its_parts(norm: str) -> None:
    parts = [explicit(1, norm), explicit(2, norm, points=30, size=1e-2)]
    loss, at = relative_sum(parts, np.zeros(4)), np.linspace(0.1, 0.4, 4)
    assert isinstance(loss, WeightedSum)
    assert relative_weights(parts, np.zeros(4)) == loss.weights
    assert relative_weights(parts[:1], np.zeros(4)) == (1.0,)
    for width in (0.3, 2.0):
        found, other = loss.evaluate(at, width), loss.evaluate(at)
        apart = [part.evaluate(at, width * unit) for part, unit in zip(parts, loss.units, strict=True)]
        np.testing.assert_allclose(found.gram, sum(w * one.gram for w, one in zip(loss.weights, apart, strict=True)))
        assert not np.allclose(found.gram, other.gram, rtol=1e-3)


@each_norm
def test_cells_of_another_width_add_up_to_the_whole(norm: str) -> None:
    for wrap in WRAPPED.values():
        loss = wrap(norm)
        at = somewhere(loss)
        for one in (loss, Widened(loss, 0.7)):
            cells = one.cells(at, Partition(3), 0.2)
            assert total(cells).loss == pytest.approx(one.evaluate(at, 0.2).loss, rel=1e-12)
            np.testing.assert_allclose(total(cells).gram, one.evaluate(at, 0.2).gram, rtol=1e-11)


def test_a_sum_with_a_part_without_data_has_no_cells_and_no_other_data() -> None:
    first, second = explicit(1), explicit(2)
    there = TaylorModel(np.zeros(4), second.evaluate(np.zeros(4)), 24, second.norm, 0.0)
    loss = WeightedSum((first, there), (1.0, 2.0), (1.0, 1.0))
    assert loss.cells(np.ones(4), Partition(2)) == []
    assert loss.on_data([first.side, second.side]) is None


def test_ties_are_a_matrix() -> None:
    matrix = np.eye(4)
    matrix[2] = [3.0, 0.0, 0.0, 0.0]
    free, tied = explicit(1), Affine(explicit(1), matrix)
    found = minimise(Regression(tied, np.full(4, np.nan)), (0, 1, 3)).coefficients
    columns = np.column_stack([free.matrix[:, 0] + 3.0 * free.matrix[:, 2], free.matrix[:, 1], free.matrix[:, 3]])
    expected = np.linalg.lstsq(columns, free.side, rcond=None)[0]
    np.testing.assert_allclose(found[[0, 1, 3]], expected, rtol=1e-10)


def test_a_remembered_pass_is_not_made_again() -> None:
    inner = explicit(1)
    loss = remembering(inner)
    assert isinstance(loss, Memo)
    at = somewhere(loss)
    first = loss.evaluate(at)
    near = loss.evaluate(at + 1e-3)
    assert inner.counter.count == 1
    assert loss.evaluate(at) is first
    exact = inner.evaluate(at + 1e-3)
    assert near.loss == pytest.approx(exact.loss, rel=1e-13)
    np.testing.assert_allclose(near.gradient, exact.gradient, rtol=1e-11)


def test_a_pass_is_made_where_rounding_hides_the_answer() -> None:
    inner = explicit(1)
    inner = Explicit(inner.matrix, inner.matrix @ np.ones(4), inner.norm, inner.counter)
    loss = remembering(inner)
    loss.evaluate(np.zeros(4))
    found = loss.evaluate(np.ones(4))
    assert inner.counter.count == 2
    assert found.loss == inner.evaluate(np.ones(4)).loss


def test_a_loss_that_has_vanished_says_nothing_about_rounding() -> None:
    there = QuadraticModel(2.0, np.array([-2.0]), np.array([[1.0]]))
    assert expanded([(np.zeros(1), there)], np.array([2.0])) is None
    assert expanded([(np.zeros(1), there)], np.array([1.0])) is not None


def test_columns_without_a_value_do_not_hide_what_is_known() -> None:
    inner = explicit(1)
    inner = Explicit(inner.matrix * np.array([1.0, 0.0, 1.0, 1.0]), inner.side, inner.norm, inner.counter)
    loss = remembering(inner)
    for at in (np.zeros(4), np.full(4, 1e-3)):
        loss.evaluate(at)
    assert inner.counter.count == 1


def test_of_two_passes_the_one_that_loses_less_is_taken() -> None:
    inner = explicit(1)
    passes = [(at, inner.evaluate(at)) for at in (np.full(4, 0.3), np.full(4, -0.2), np.full(4, 0.25))]
    changed = [(at, QuadraticModel(found.loss + number, found.gradient, found.gram))
               for number, (at, found) in enumerate(passes)]
    nearest = expanded(changed, np.full(4, -0.1))
    assert nearest is not None
    assert nearest.loss == pytest.approx(1.0 + inner.evaluate(np.full(4, -0.1)).loss, rel=1e-12)


def test_losses_that_are_not_quadratic_are_not_remembered() -> None:
    loss = explicit(1, "l1")
    assert remembering(loss) is loss


def test_a_taylor_model_has_no_data() -> None:
    inner = explicit(1)
    centre, at = somewhere(inner), RANDOM.normal(size=4)
    model = TaylorModel(centre, inner.evaluate(centre), inner.points, inner.norm, 0.0)
    assert model.evaluate(at).loss == pytest.approx(inner.evaluate(at).loss, rel=1e-12)
    assert model.cells(at, Partition(2)) == []
    assert by_time(model, at, 2) == []
    assert model.on_data([inner.side]) is None
    assert model.linear
    assert model.width == 1.0
    assert model.columns == 4
    lowest = TaylorModel(centre, inner.evaluate(centre), inner.points, inner.norm, 1e3)
    assert lowest.evaluate(at).loss == 1e3
