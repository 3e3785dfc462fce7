"""The loss as a function of the networks' parameters, its regularisers, and the optimisers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import small_problem as small

import symdcrnn
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.errors import InputError
from symdcrnn.leastsquares.minimise import minimise, minimise_over
from symdcrnn.networks.coefficient_map import Networks
from symdcrnn.networks.linear_hull import linear_hull
from symdcrnn.networks.minibatches import minibatches
from symdcrnn.networks.objective import Objective, square_root
from symdcrnn.networks.optimisers import OPTIMISERS, find_optimiser, run
from symdcrnn.networks.optimisers.adam import LEARNING_RATE
from symdcrnn.networks.optimisers.optimiser import Optimiser, State
from symdcrnn.networks.regularisers import REGULARISERS

NETWORKS = small.networks(1, 1)
WITH_OWN = small.networks(1, 1, own=(0,), more=1)


def objective(networks: Networks, *regularisers: str, gamma: float = 0.01) -> Objective:
    random = np.random.default_rng(3)
    root = random.normal(size=(15, networks.columns))
    chosen = tuple((REGULARISERS[name], gamma * (1 + number)) for number, name in enumerate(regularisers))
    return Objective(networks, random.normal(size=networks.columns), root, chosen)


def start(networks: Networks, seed: int = 2) -> np.ndarray:
    return networks.initial(0.3, np.ones(len(networks.own)), seed, 0.5)


@pytest.mark.parametrize("networks", [NETWORKS, WITH_OWN], ids=["plain", "own"])
@pytest.mark.parametrize("names", [(), ("weights",), ("coefficients",), ("weights", "coefficients")])
def test_gradient(networks: Networks, names: tuple[str, ...]):
    aim, at = objective(networks, *names), start(networks)
    value, gradient = aim.value_and_gradient(at)
    expected = small.slopes(aim.value, at)
    assert value == aim.value(at)
    assert np.abs(gradient - expected).max() <= 1e-7 * np.abs(expected).max()


@pytest.mark.parametrize("names", [(), ("weights",), ("weights", "coefficients")])
def test_squares_touch_the_objective_from_above(names: tuple[str, ...]):
    aim, at = objective(WITH_OWN, *names, gamma=0.2), start(WITH_OWN)
    residual, slopes = aim.residual(at, 1e-9)
    value, gradient = aim.value_and_gradient(at)
    assert slopes.T @ residual == pytest.approx(gradient, rel=1e-9, abs=1e-9 * np.abs(gradient).max())
    assert aim.residual_value(at, at, 1e-9) == pytest.approx(residual, rel=1e-13)
    assert slopes == pytest.approx(small.slopes(lambda p: aim.residual_value(p, at, 1e-9), at), rel=1e-6, abs=1e-6)
    random = np.random.default_rng(0)
    for _ in range(20):
        there = at + random.normal(scale=0.3, size=at.size)
        grown = 0.5 * np.sum(aim.residual_value(there, at, 1e-9) ** 2) - 0.5 * residual @ residual
        assert aim.value(there) - value <= grown + 1e-9 * abs(grown)


@pytest.mark.parametrize("name", REGULARISERS)
def test_quantities_of_regularisers(name: str):
    at = start(WITH_OWN)
    quantities, slopes = REGULARISERS[name].quantities(WITH_OWN, at)
    assert slopes.shape == (quantities.size, WITH_OWN.size)
    expected = small.slopes(lambda p: REGULARISERS[name].quantities(WITH_OWN, p)[0], at)
    assert np.abs(slopes - expected).max() <= 1e-7 * np.abs(expected).max()
    plain = {"weights": at[:WITH_OWN.theta_size], "coefficients": WITH_OWN.scale_coefficients(at).reshape(-1)}
    assert (quantities == plain[name]).all()


def test_square_root_of_a_gram_matrix():
    rows = np.random.default_rng(1).normal(size=(3, 5)) * np.array([1.0, 1e5, 0.0, 1e-5, 1.0])
    gram = rows.T @ rows
    root = square_root(gram)
    scale = np.sqrt(np.diag(gram))
    assert np.isfinite(root).all()
    assert (np.abs(root.T @ root - gram) <= 1e-13 * np.outer(scale, scale)).all()


def test_square_root_does_not_mix_zero_columns_with_dependent_ones():
    rows = np.random.default_rng(1).normal(size=(4, 7))
    rows[:, [2, 5]] = 0.0
    root = square_root(rows.T @ rows)
    assert (root[:, [2, 5]] == 0.0).all()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_stop_at_their_goal(name: str):
    aim, at = objective(WITH_OWN), start(WITH_OWN)
    goal = 0.9 * aim.value(at)
    state, whole = (run(find_optimiser(name), replace(aim, goal=value), at, 200) for value in (goal, 0.0))
    assert state.value <= goal
    assert state.iterations <= whole.iterations
    assert run(find_optimiser(name), replace(aim, goal=1.1 * aim.value(at)), at, 200).iterations == 0


def test_unknown_optimiser():
    with pytest.raises(InputError, match=r"unknown optimiser 'newton'.*adam"):
        find_optimiser("newton")


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("names", [(), ("coefficients",)])
def test_optimisers_reduce_the_objective(name: str, names: tuple[str, ...]):
    aim, at = objective(WITH_OWN, *names), start(WITH_OWN)
    state = run(find_optimiser(name), aim, at, 60)
    assert state.value < 0.7 * aim.value(at)
    assert state.value == aim.value(state.parameters)
    assert 0 < state.iterations <= 60
    again = run(find_optimiser(name), aim, at, 60)
    assert (again.parameters == state.parameters).all()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_no_iterations_change_nothing(name: str):
    aim, at = objective(NETWORKS), start(NETWORKS)
    state = run(find_optimiser(name), aim, at, 0)
    assert (state.parameters == at).all()
    assert state.iterations == 0


def test_iterations_that_optimisers_are_given_unless_told_otherwise() -> None:
    given = {"adam": 300, "gauss-newton": 300, "l-bfgs-b": 200, "sgd": 2000}
    assert {name: optimiser.iterations for name, optimiser in OPTIMISERS.items()} == given


def test_a_step_may_take_as_many_iterations_as_are_left() -> None:
    limits: list[int] = []

    def step(_: Objective, state: State, limit: int) -> State:
        limits.append(limit)
        return replace(state, iterations=state.iterations + 4, value=state.value - 0.1)

    aim = replace(objective(NETWORKS), goal=0.45)
    plain = Optimiser("counted", lambda _, at: State(at, 1.0, 0, None), step, lambda _, state: state.finished, 10, "")
    assert run(plain, aim, start(NETWORKS), 10).iterations == 12
    assert limits == [10, 6, 2]
    limits.clear()
    assert run(plain, aim, start(NETWORKS), 100).value == pytest.approx(0.4)
    assert limits == [100 - 4 * number for number in range(6)]


@pytest.mark.parametrize("worse", [1.5, float("nan"), float("inf")])
def test_what_lbfgs_does_not_better_stays(worse: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for as many iterations as there may be, and at most a hundred at a time."""
    aim, at = objective(NETWORKS), start(NETWORKS)
    lbfgs = OPTIMISERS["l-bfgs-b"]
    state = lbfgs.init(aim, at)
    asked: list[dict[str, Any]] = []

    def minimised(*_: Any, **given: Any) -> Any:
        asked.append(given)
        return SimpleNamespace(fun=worse * state.value, x=at + 1.0, nit=0)

    monkeypatch.setattr("scipy.optimize.minimize", minimised)
    for limit in (7, 250):
        found = lbfgs.step(aim, state, limit)
        assert (found.value, found.iterations, found.finished) == (state.value, 1, True)
        assert (found.parameters == at).all()
    assert [given["options"] for given in asked] == [
        {"maxiter": most, "maxfun": 2 * most, "ftol": 0.0, "gtol": 0.0, "maxcor": 20} for most in (7, 100)]
    bounds = asked[0]["bounds"]
    assert [number for number, one in enumerate(bounds) if one != (None, None)] == [NETWORKS.theta_size]
    assert bounds[NETWORKS.theta_size] == (-9.0, 9.0)
    assert len(bounds) == NETWORKS.size


def test_gauss_newton_ends_after_thirty_steps_of_little_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that gains enough begins the count anew; with l1 terms more is enough."""
    newton = OPTIMISERS["gauss-newton"]
    for names, little, enough in (((), 1e-7, 1e-5), (("weights",), 1e-5, 1e-3)):
        aim, at = objective(NETWORKS, *names), start(NETWORKS)
        state = replace(newton.init(aim, at), memory=(1e-3, 28))
        for gain, count, finished in ((little, 29, False), (enough, 0, False), (little, 1, False)):
            monkeypatch.setattr(Objective, "value", lambda *_, value=(1.0 - gain) * state.value: value)
            state = newton.step(aim, state, 1)
            assert (state.memory[1], state.finished) == (count, finished)
        monkeypatch.setattr(Objective, "value", lambda *_, value=(1.0 - little) * state.value: value)
        assert newton.step(aim, replace(state, memory=(1e-3, 29)), 1).finished
        monkeypatch.undo()


def test_gauss_newton_is_damped_more_where_nothing_is_gained(monkeypatch: pytest.MonkeyPatch) -> None:
    """By four, twelve times, and then it ends where it is; after a step that gains it is damped less, by five."""
    newton, aim, at = OPTIMISERS["gauss-newton"], objective(NETWORKS), start(NETWORKS)
    state = newton.init(aim, at)
    assert state.memory == (1e-3, 0)
    moved = newton.step(aim, state, 1)
    assert moved.memory == (pytest.approx(2e-4, rel=1e-12), 0)
    monkeypatch.setattr(Objective, "value", lambda *_: state.value)
    found = newton.step(aim, state, 1)
    assert found.memory == (pytest.approx(1e-3 * 4.0**12, rel=1e-12), 0)
    assert (found.finished, found.iterations, found.value) == (True, 1, state.value)
    assert (found.parameters == at).all()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_never_go_up(name: str):
    optimiser, aim = find_optimiser(name), objective(NETWORKS, "weights")
    state = optimiser.init(aim, start(NETWORKS))
    for _ in range(10):
        moved = optimiser.step(aim, state, 5)
        assert moved.value <= state.value
        assert moved.iterations > state.iterations
        state = moved


def test_learning_rates_of_the_scales():
    """Eq. (5.14): the first step of Adam has the size of the learning rate, times epsilon per scale."""
    networks = small.networks(1, 2)
    at, adam = start(networks), OPTIMISERS["adam"]
    aim = objective(networks)
    moved = adam.step(aim, adam.init(aim, at), 1).memory[2]
    sizes = np.abs(networks.theta(moved - at))
    for scale in range(3):
        assert sizes[:, scale] == pytest.approx(np.full_like(sizes[:, scale], LEARNING_RATE * 0.3**scale), rel=1e-6)


def test_epsilon_stays_in_its_interval():
    networks = small.networks(1, 2, interval=EpsilonInterval(0.1, 0.2))
    at = networks.initial(0.15, np.zeros(0), 0)
    for name in OPTIMISERS:
        state = run(find_optimiser(name), objective(networks), at, 40)
        assert 0.1 <= networks.epsilon(state.parameters) <= 0.2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gauss_newton_reaches_the_minimum_over_the_linear_hull(seed: int):
    """On data that no equation of these words fits, so that the least loss is not zero."""
    regression = small.regression(small.data(2))
    best = minimise_over(regression, linear_hull(NETWORKS, range(NETWORKS.columns)), 10)
    whole = regression.evaluate(regression.start).loss
    aim = Objective(NETWORKS, best.coefficients, square_root(best.model.gram / whole))
    at = NETWORKS.initial(0.3, np.zeros(0), seed, 0.3)
    state = run(find_optimiser("gauss-newton"), aim, at, 300)
    assert state.value < 1e-20
    reached = regression.evaluate(NETWORKS.coefficients(state.parameters)).loss
    assert reached == pytest.approx(best.loss, rel=1e-9)
    assert 0.0 < best.loss < whole


def batched(count: int) -> Objective:
    problem = small.regression(small.data(frames=13))
    best = minimise(problem, problem.sought)
    parts = minibatches(problem, best.coefficients, count, 12)
    whole = problem.evaluate(problem.start).loss
    batches = tuple(part.scaled(1.0 / whole) for part in parts)
    return Objective(NETWORKS, best.coefficients, square_root(best.model.gram / whole), (), batches, 5)


def test_minibatches_average_to_the_whole():
    aim, at = batched(4), start(NETWORKS)
    gradients = [aim.batch_gradient(number, at) for number in range(4)]
    whole = aim.value_and_gradient(at)[1]
    assert np.mean(gradients, axis=0) == pytest.approx(whole, rel=1e-9, abs=1e-9 * np.abs(whole).max())
    assert not np.allclose(gradients[0], whole, rtol=1e-3)
    assert batched(1).batches == ()
    assert np.array_equal(batched(1).batch_gradient(0, at), whole)


def test_gradient_descent_on_minibatches_has_a_seed():
    aim, at = batched(4), start(NETWORKS)
    sgd = find_optimiser("sgd")
    first, again = run(sgd, aim, at, 60), run(sgd, aim, at, 60)
    assert np.array_equal(first.parameters, again.parameters)
    assert first.value < aim.value(at)
    other = run(sgd, replace(aim, seed=6), at, 60)
    assert not np.array_equal(first.parameters, other.parameters)


def test_optimisers_of_ones_own():
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16, nx=200, dt=5e-7, frames=24, steps=192))
    model = symdcrnn.fit(trajectory, equations="g", layers=1, starts=2, optimisers=("sgd", "gauss-newton"), batches=4)
    assert model["g"].network.converged
    for changes, expected in (({"optimisers": ("newton",)}, "unknown optimiser 'newton'"),
                              ({"batches": 100, "optimisers": ("sgd",)}, "residuals in time for 100 minibatches"),
                              ({"batches": 2}, "only sgd uses minibatches"),
                              ({"batches": 2, "functions": ("g:g",), "knots": 8, "optimisers": ("sgd",)},
                               "minibatches need constant coefficients")):
        with pytest.raises(InputError, match=expected):
            symdcrnn.fit(trajectory, equations="g", layers=1, starts=1, **changes)


def test_intervals_of_epsilon_are_all_reported():
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16, nx=200, dt=5e-7, frames=24, steps=192))
    network = symdcrnn.fit(trajectory, equations="g", layers=1, starts=2, intervals=3)["g"].network
    assert [bounds[:2] for bounds in network.intervals] == [(0.1, 1.0), (0.01, 0.1), (pytest.approx(0.001), 0.01)]
    assert network.loss == min(loss for _, _, loss in network.intervals)
    lower, upper, _ = min(network.intervals, key=lambda bounds: bounds[2])
    assert lower < network.epsilon_pred < upper
