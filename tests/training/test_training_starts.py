"""What starts, schedules and intervals ask of optimisers, and which of their answers is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import small_problem as small

from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.engines.engine import DEFAULT, IN_PROCESS
from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import find_norm
from symdcrnn.leastsquares.minimise import Minimum
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import PROJECTED, RESOLVED, Regression
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.networks import epsilon_intervals
from symdcrnn.networks.epsilon_intervals import Order, _start, train_intervals
from symdcrnn.networks.linear_hull import _ties
from symdcrnn.networks.minibatches import minibatches
from symdcrnn.networks.multistart import Training, train
from symdcrnn.networks.objective import Objective, square_root
from symdcrnn.networks.optimisers import OPTIMISERS
from symdcrnn.networks.optimisers.sgd import STEP
from symdcrnn.networks.regularisers import REGULARISERS

Array = np.ndarray
NETWORKS = small.networks(1, 1, own=(0,), more=1)
COLUMNS = NETWORKS.columns
KEPT = tuple(range(0, COLUMNS, 2))
WHOLE, LEAST, EPSILON = 5.0, 0.4, 0.3


def gram() -> Array:
    rows = np.random.default_rng(3).normal(size=(30, COLUMNS))
    return rows.T @ rows


def best(loss: float = LEAST) -> Minimum:
    coefficients = np.random.default_rng(4).normal(size=COLUMNS)
    return Minimum(coefficients, QuadraticModel(loss, np.zeros(COLUMNS), gram()), 1, True)


@dataclass
class Script:
    """In the place of a journal: notes what an optimiser is asked, and adds one to the parameters."""

    finished: bool = False
    asked: list[tuple[str, Objective, Array, int]] = field(default_factory=list)

    def kept(self, inputs: tuple[Any, ...], compute: Callable[[], Any]) -> tuple[Array, bool, int]:
        self.asked.append(inputs)  # type: ignore
        return inputs[2] + 1.0, self.finished, len(self.asked)


def trained(script: Script, losses: list[float], least: float = LEAST, **changes: Any) -> Training:
    """With a loss that is each of some numbers in turn."""
    given = {"regularisers": (), "starts": len(losses), "seed": 7, **changes}
    left = iter(losses)
    return train(NETWORKS, best(least), KEPT, WHOLE, lambda _: next(left), EPSILON, journal=script, **given)


def test_starts_take_the_schedules_in_turn() -> None:
    script, calls = Script(), []
    found = trained(script, [3.0, 1.0, 2.0, 4.0], iterations={"adam": 11},
                    progress=lambda done, of: calls.append((done, of)))
    long = ["adam", "l-bfgs-b", "gauss-newton", "gauss-newton"]
    assert [name for name, *_ in script.asked] == [*long, *long[2:], *long, *long[2:]]
    assert [most for *_, most in script.asked[:4]] == [11, *(OPTIMISERS[name].iterations for name in long[1:])]
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (found.loss, found.starts, found.iterations, found.converged) == (1.0, 4, sum(range(1, 13)), False)
    own = best().coefficients[[0]]
    for number, (at, size, steps) in enumerate(zip((0, 4, 6, 10), (0.1, 0.3, 1.0, 0.1), (4, 2, 4, 2), strict=True)):
        first = NETWORKS.initial(EPSILON, own, 7 + number, size)
        for step in range(steps):
            np.testing.assert_allclose(script.asked[at + step][2], first + step, rtol=1e-14)
    np.testing.assert_array_equal(found.parameters, script.asked[5][2] + 1.0)


def test_columns_count_by_their_size_first_and_then_by_the_loss() -> None:
    script = Script()
    trained(script, [3.0, 3.0])
    roots = [objective.root for _, objective, _, _ in script.asked]
    counted = np.zeros((COLUMNS, COLUMNS))
    counted[np.ix_(KEPT, KEPT)] = gram()[np.ix_(KEPT, KEPT)] / WHOLE
    for place in (0, 1, 2, 4):
        np.testing.assert_allclose(roots[place], np.diag(np.sqrt(np.diag(counted))), rtol=1e-12)
    for place in (3, 5):
        np.testing.assert_allclose(roots[place].T @ roots[place], counted, rtol=1e-10, atol=1e-12)
    assert all(np.array_equal(objective.centre, best().coefficients) for _, objective, _, _ in script.asked)
    assert all(objective.seed == 7 for _, objective, _, _ in script.asked)


@pytest.mark.parametrize(("majorised", "regularised", "least", "goal"), [
    (True, False, LEAST, 1e-5 * LEAST / WHOLE), (True, False, 0.0, 0.9 * RESOLVED), (False, False, LEAST, 0.0),
    (True, True, LEAST, 0.0), (False, True, LEAST, 0.0),
])
def test_what_is_near_enough(majorised: bool, regularised: bool, least: float, goal: float) -> None:
    script = Script()
    chosen = ((REGULARISERS["weights"], 0.1),) if regularised else ()
    trained(script, [3.0], least, majorised=majorised, regularisers=chosen)
    goals = [objective.goal for _, objective, _, _ in script.asked]
    assert goals[:3] == [pytest.approx(goal / len(KEPT), rel=1e-12, abs=0.0)] * 3
    assert goals[3] == pytest.approx(goal, rel=1e-12, abs=0.0)
    assert all(objective.regularisers == chosen for _, objective, _, _ in script.asked)


@pytest.mark.parametrize(("least", "loss", "resolved", "reached"), [
    (LEAST, LEAST * (1.0 + 0.99e-3), RESOLVED, True), (LEAST, LEAST * (1.0 + 1.01e-3), RESOLVED, False),
    (0.0, 0.99 * RESOLVED * WHOLE, RESOLVED, True), (0.0, 1.01 * RESOLVED * WHOLE, RESOLVED, False),
    (0.0, 0.99 * PROJECTED * WHOLE, PROJECTED, True), (0.0, 1.01 * PROJECTED * WHOLE, PROJECTED, False),
    (LEAST, 0.9 * LEAST, RESOLVED, True),
])
def test_no_more_starts_are_made_once_the_least_loss_is_reached(
    least: float, loss: float, resolved: float, reached: bool
) -> None:
    script = Script(finished=not reached)
    found = trained(script, [3.0, loss, 2.0], least, resolved=resolved)
    assert found.converged is reached
    assert found.starts == (2 if reached else 3)
    assert found.loss == loss


def test_sparse_networks_are_compared_by_their_objective() -> None:
    """Adding one to all weights makes the later starts of larger ones no sparser."""
    chosen = ((REGULARISERS["weights"], 10.0),)
    script = Script()
    found = trained(script, [3.0, 2.0, 1.0], regularisers=chosen)
    values = [script.asked[place][1].value(script.asked[place][2] + 1.0) for place in (3, 5, 9)]
    assert found.loss == [3.0, 2.0, 1.0][int(np.argmin(values))] != 1.0
    assert (found.starts, found.converged) == (3, False)
    ended = trained(Script(finished=True), [3.0, 2.0], regularisers=chosen)
    assert (ended.starts, ended.converged) == (1, True)


def test_optimisers_that_are_named_work_on_the_loss_and_have_the_minibatches() -> None:
    script, batches = Script(), tuple(QuadraticModel(1.0, np.full(COLUMNS, one), gram()) for one in (1.0, 2.0))
    trained(script, [3.0, 2.0], optimisers=("sgd", "gauss-newton"), batches=batches)
    assert [name for name, *_ in script.asked] == ["sgd", "gauss-newton"] * 2
    kept = np.isin(np.arange(COLUMNS), KEPT)
    for _, objective, _, _ in script.asked:
        assert len(objective.batches) == 2
        for one, batch in zip((1.0, 2.0), objective.batches, strict=True):
            np.testing.assert_allclose(batch.gradient, np.where(kept, one / WHOLE, 0.0))
            np.testing.assert_allclose(batch.gram, np.where(np.outer(kept, kept), gram() / WHOLE, 0.0))
    script = Script()
    trained(script, [3.0], batches=batches)
    assert [len(objective.batches) for _, objective, _, _ in script.asked] == [0, 0, 0, 2]


def test_a_gradient_of_a_minibatch_is_that_of_its_loss() -> None:
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    batches = tuple(QuadraticModel(1.0, np.random.default_rng(one).normal(size=COLUMNS), (one + 1.0) * gram())
                    for one in (0, 1))
    aim = Objective(NETWORKS, best().coefficients, square_root(gram()), (), batches)
    for number, batch in enumerate(batches):
        expected = small.slopes(lambda p, one=batch: one.at(NETWORKS.coefficients(p) - aim.centre).loss, at)
        found = aim.batch_gradient(number, at)
        assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_the_first_step_of_gradient_descent_is_set_by_the_curvature(size: float) -> None:
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    aim = Objective(NETWORKS, best().coefficients, size * square_root(gram()))
    state = OPTIMISERS["sgd"].init(aim, at)
    curvature = np.linalg.norm(aim.residual(at, 1e-12)[1], 2) ** 2
    assert state.memory[0] == pytest.approx(STEP / curvature, rel=1e-12)
    nothing = OPTIMISERS["sgd"].init(replace(aim, root=0.0 * aim.root), at)
    assert nothing.memory[0] == 0.0


def test_as_many_minibatches_as_residuals() -> None:
    there = QuadraticModel(1.0, np.zeros(2), np.eye(2))
    regression = Regression(TaylorModel(np.zeros(2), there, 10, find_norm("l2"), 0.0), np.full(2, np.nan))
    assert minibatches(regression, np.zeros(2), 1, 0) == ()
    with pytest.raises(InputError, match="gives 3 residuals in time for 4 minibatches"):
        minibatches(regression, np.zeros(2), 4, 3)
    with pytest.raises(InputError, match="need constant coefficients"):
        minibatches(regression, np.zeros(2), 3, 3)


def order(quadratic: bool, least: Minimum | None = None) -> Order:
    return Order(NETWORKS, least or best(), KEPT, WHOLE, EPSILON, (), 1, 7, {}, ("gauss-newton",), (), True, quadratic)


@pytest.mark.parametrize(("epsilon", "start"), [
    (None, 0.5), (0.3, 0.3), (0.1, 0.5), (0.9, 0.5), (0.05, 0.5), (0.95, 0.5), (0.1 + 1e-7, 0.5), (0.9 - 1e-7, 0.5),
    (0.1 + 1e-5, 0.1 + 1e-5), (0.9 - 1e-5, 0.9 - 1e-5),
])
def test_epsilon_starts_inside_of_its_interval(epsilon: float | None, start: float) -> None:
    assert _start(EpsilonInterval(0.1, 0.9), epsilon) == pytest.approx(start, rel=1e-12)


def test_without_an_epsilon_it_starts_in_the_middle_of_any_interval() -> None:
    assert _start(EpsilonInterval(0.02, 0.1), None) == pytest.approx(0.06, rel=1e-12)
    assert _start(EpsilonInterval(0.02, 0.1), 0.3) == pytest.approx(0.06, rel=1e-12)


def test_a_quadratic_loss_is_known_where_columns_count() -> None:
    asked = order(True)
    away = np.random.default_rng(2).normal(size=COLUMNS)
    kept = np.where(np.isin(np.arange(COLUMNS), KEPT), away, 0.0)
    found = asked.quadratic_loss(best().coefficients + away)
    assert found == pytest.approx(LEAST + 0.5 * float(kept @ gram() @ kept), rel=1e-12)
    assert order(True, best(-1.0)).quadratic_loss(best().coefficients) == 0.0


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("quadratic", [True, False])
def test_intervals_are_trained_by_the_loss_or_by_its_form(
    count: int, quadratic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    intervals = [EpsilonInterval(0.1 * number, 0.1 * number + 0.2) for number in range(1, count + 1)]
    made: list[tuple[Any, ...]] = []

    def stub(networks: Any, *given: Any) -> Training:
        made.append((networks.interval, *given))
        return Training(np.zeros(1), given[3](best().coefficients), 1, 1, True)

    monkeypatch.setattr(epsilon_intervals, "train", stub)
    told = object()
    found = train_intervals(order(quadratic), intervals, lambda _: 3.0, IN_PROCESS, told)  # type: ignore
    assert sorted(one[0].lower for one in made) == [one.lower for one in intervals]
    by_form = quadratic and count > 1
    assert [one.loss for one in found] == [pytest.approx(LEAST if by_form else 3.0)] * count
    assert [one[10] is told for one in made] == [count == 1] * count
    for interval, *given in made:
        assert given[4] == pytest.approx(_start(interval, EPSILON))
    assert DEFAULT.spawns
    assert not IN_PROCESS.spawns


@pytest.mark.parametrize("name", ["adam", "l-bfgs-b", "gauss-newton", "sgd"])
def test_an_optimiser_ends_where_no_step_helps_and_not_before(name: str) -> None:
    """At the centre nothing is left to gain; far from it a few steps are not enough."""
    optimiser = OPTIMISERS[name]
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    aim = Objective(NETWORKS, best().coefficients, square_root(gram()))
    state = optimiser.init(aim, at)
    for _ in range(3):
        state = optimiser.step(aim, state, 2)
        assert not optimiser.terminate(aim, state)
    assert state.value < aim.value(at)
    assert 3 <= state.iterations <= 6
    there = replace(aim, centre=NETWORKS.coefficients(at))
    state = optimiser.step(there, optimiser.init(there, at), 5)
    assert state.value == 0.0
    np.testing.assert_array_equal(state.parameters, at)
    if name in ("l-bfgs-b", "gauss-newton"):
        assert optimiser.terminate(there, state)


def test_minibatches_come_in_an_order_that_is_drawn_anew_each_time_through(monkeypatch: pytest.MonkeyPatch) -> None:
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    batches = tuple(QuadraticModel(1.0, np.zeros(COLUMNS), gram()) for _ in range(3))
    aim = Objective(NETWORKS, best().coefficients, square_root(gram()), (), batches, 5)
    numbers: list[int] = []
    plain = Objective.batch_gradient
    monkeypatch.setattr(Objective, "batch_gradient",
                        lambda self, number, p: (numbers.append(number), plain(self, number, p))[1])
    state = OPTIMISERS["sgd"].init(aim, at)
    for _ in range(12):
        state = OPTIMISERS["sgd"].step(aim, state, 1)
    rounds = [numbers[first:first + 3] for first in range(0, 12, 3)]
    assert all(sorted(one) == [0, 1, 2] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_a_step_of_gradient_descent_has_momentum_and_an_end() -> None:
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    aim = Objective(NETWORKS, best().coefficients, 1e-6 * square_root(gram()))
    sgd = OPTIMISERS["sgd"]
    start = sgd.init(aim, at)
    rate = start.memory[0]
    first = sgd.step(aim, start, 1)
    gradient = aim.value_and_gradient(at)[1]
    np.testing.assert_allclose(first.memory[2] - at, -rate * gradient, rtol=1e-6, atol=1e-14)
    second = sgd.step(aim, first, 1)
    again = aim.value_and_gradient(first.memory[2])[1]
    np.testing.assert_allclose(second.memory[1], -0.9 * rate * gradient - rate * again, rtol=1e-6, atol=1e-14)
    long = sgd.step(aim, replace(start, memory=(1e6 * rate, *start.memory[1:])), 1)
    assert np.linalg.norm(long.memory[2] - at) == pytest.approx(0.1 * np.linalg.norm(at), rel=1e-9)


def test_the_moments_of_adam() -> None:
    at = NETWORKS.initial(EPSILON, np.ones(1), 1, 0.5)
    aim = Objective(NETWORKS, best().coefficients, square_root(gram()))
    adam = OPTIMISERS["adam"]
    state, mean, square, current = adam.init(aim, at), 0.0, 0.0, at
    scale = np.ones(NETWORKS.size)
    for number in range(1, 4):
        by_scale = NETWORKS.epsilon(current) ** np.arange(2.0)
        scale[:NETWORKS.theta_size] = np.broadcast_to(
            by_scale[None, :, None], (len(NETWORKS.tapes), 2, NETWORKS.weights)).reshape(-1)
        gradient = aim.value_and_gradient(current)[1]
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        current = current - 1e-2 * scale * (mean / (1.0 - 0.9**number)) / (
            np.sqrt(square / (1.0 - 0.999**number)) + 1e-30)
        state = adam.step(aim, state, 1)
        np.testing.assert_allclose(state.memory[2], current, rtol=1e-10)
        assert state.iterations == number


def test_coefficients_that_are_tied_may_be_of_any_size() -> None:
    random = np.random.default_rng(8)
    a, b = random.normal(size=(2, 40))
    sample = np.column_stack([a, 1e-12 * b, 3.0 * a, -2e-12 * b, 1e6 * (a + b)])
    vectors = np.array(_ties(sample, np.array([0, 2, 3, 5, 6]), 8))
    assert vectors.shape == (2, 8)
    assert not vectors[:, [1, 4, 7]].any()
    span = vectors[:, [0, 2, 3, 5, 6]].T
    scale = np.sqrt(np.mean(sample**2, axis=0))
    rest = (sample / scale).T - (span / scale[:, None]) @ np.linalg.lstsq(span / scale[:, None], (sample / scale).T,
                                                                         rcond=None)[0]
    assert np.abs(rest).max() < 1e-9
