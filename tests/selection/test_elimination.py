"""The path of elimination and its knee, on residuals that are given and on losses over a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from explicit import Array, Explicit, explicit

from symdcrnn.leastsquares.newton import scaled_inverse
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.selection.backward_elimination import (
    EXACT_TERMS,
    PATH_ACCURACY,
    STRONG_JUMP,
    Path,
    PathStep,
    clarity,
    eliminate,
    relative_residual,
    stands_out,
    with_knee,
)
from symdcrnn.selection.epsilon_powers import powers_of_epsilon
from symdcrnn.selection.units import cheapest, unit_with

EPS = float(np.finfo(float).eps)


def steps(*residuals: float) -> list[PathStep]:
    count = len(residuals) - 1
    return [PathStep(tuple(range(count - number)), residual, None) for number, residual in enumerate(residuals)]


@pytest.mark.parametrize(("residuals", "knee", "jump", "before"), [
    ((0.1, 0.11, 0.5, 1.0), 1, 0.5 / 0.11, 1.1),
    ((0.1, 0.2, 1.6), 1, 8.0, 2.0),
    ((0.05, 0.2, 1.0), 0, 4.0, 1.0),
    ((1.0 / 27.0, 1.0 / 9.0, 1.0), 0, 3.0, 1.0),  # by q itself it would be the second one
    ((1e-30, 1e-17, 1e-5, 1.0), 1, 1e-5 / EPS, 1.0),
    ((0.1, 0.1, 0.109, 0.13, 0.15), 2, 0.13 / 0.109, 1.09),
    ((0.1, 0.3), 0, 3.0, 1.0),
])
def test_the_knee_is_the_growth_that_stands_out_most(
    residuals: tuple[float, ...], knee: int, jump: float, before: float
) -> None:
    path = with_knee(steps(*residuals), STRONG_JUMP)
    assert path.knee == knee
    assert path.jump == pytest.approx(jump, rel=1e-12)
    assert path.runner_up == pytest.approx(before, rel=1e-12)
    assert path.chosen == tuple(range(len(residuals) - 1 - knee))


def test_an_equation_may_need_no_more_words() -> None:
    flat = steps(0.8, 0.9, 1.0)
    path = with_knee(flat, 1.2, may_be_empty=True)
    assert (path.knee, path.jump, path.chosen) == (2, 1.0, ())
    assert path.runner_up == pytest.approx(1.125)
    assert with_knee(flat, 1.2).knee == 0
    assert with_knee(flat, 1.12, may_be_empty=True).knee == 0
    assert with_knee(steps(0.4), 1.2) == Path(tuple(steps(0.4)), 0, 1.0, 1.0)


def test_clarity_is_by_the_root_of_the_jump() -> None:
    assert clarity(Path((), 0, 4.0, 2.25), 1.5) == pytest.approx(2.0)
    assert clarity(Path((), 0, 4.0, 1.1), 2.25) == pytest.approx(2.0)


@pytest.mark.parametrize(("jump", "residual", "inclusion", "expected"), [
    (1.1, 0.2, (), True), (1.1, 0.21, (), False), (1.09, 0.2, (), False), (1.09, 0.1, (1.0,), False),
    (1.5, 0.9, (), True), (1.5, 0.9, (1.0, 0.9), True), (1.5, 0.9, (1.0, 0.89), False), (1.49, 0.9, (1.0,), False),
])
def test_an_equation_stands_out(jump: float, residual: float, inclusion: tuple[float, ...], expected: bool) -> None:
    assert stands_out(Path(tuple(steps(residual, 1.0)), 0, jump, 1.0), residual, inclusion) is expected


def test_no_equation_is_never_a_guess() -> None:
    assert stands_out(Path(tuple(steps(0.8, 0.9)), 1, 1.0, 1.1), 0.9, ())


def test_residuals_are_relative_by_the_root() -> None:
    assert relative_residual(4.0, 16.0) == 0.5
    assert relative_residual(4.0, 0.5) == pytest.approx(np.sqrt(8.0))
    assert relative_residual(1.0, 0.0) == 0.0


class Quick(Explicit):
    """All points at once."""

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        self.counter.count += 1
        return self._sum(coefficients, slice(None), self.width)


def noisy(columns: int = 6, points: int = 60) -> Explicit:
    plain = explicit(7, points=points, columns=columns)
    plain = Quick(plain.matrix, plain.side, plain.norm, plain.counter)
    truth = np.zeros(columns)
    truth[[1, 4]] = 2.0, -0.7
    return replace(plain, side=plain.matrix @ truth + 0.05 * plain.side)


def residual_of(loss: Explicit, active: tuple[int, ...]) -> float:
    chosen = loss.matrix[:, active]
    left = loss.side - chosen @ np.linalg.lstsq(chosen, loss.side, rcond=None)[0]
    return float(np.linalg.norm(left) / np.linalg.norm(loss.side))


@pytest.mark.parametrize("known_form", [False, True])
def test_every_step_is_fitted_again_and_drops_what_costs_least(known_form: bool) -> None:
    loss = noisy()
    path = eliminate(Regression(loss, np.full(6, np.nan)), range(6), known_form=known_form)
    assert path.chosen == (1, 4)
    for step, after in zip(path.steps, path.steps[1:], strict=False):
        assert step.residual == pytest.approx(residual_of(loss, step.active),
                                              rel=1e-9 if known_form else 0.5 * PATH_ACCURACY)
        costs = {one: residual_of(loss, tuple(k for k in step.active if k != one)) for one in step.active}
        assert step.dropped == min(costs, key=lambda one: costs[one])
        assert after.active == tuple(k for k in step.active if k != step.dropped)
    assert path.steps[-1].residual == pytest.approx(1.0, rel=1e-12)
    assert path.steps[-1].dropped is None


def test_a_known_form_takes_no_passes_beside_the_first_and_the_last() -> None:
    counts = []
    loss = noisy()
    eliminate(Regression(loss, np.full(6, np.nan)), range(6), lambda *_: counts.append(loss.counter.count),
              known_form=True)
    assert len(set(counts)) == 1


def test_many_words_are_dropped_without_passes() -> None:
    counts, done = [], []
    loss = noisy(EXACT_TERMS + 3, 80)

    def told(number: int, of: int) -> None:
        counts.append(loss.counter.count)
        done.append((number, of))

    path = eliminate(Regression(loss, np.full(loss.columns, np.nan)), range(loss.columns), told)
    assert counts[0] == counts[1] < counts[2] < counts[3]
    assert done == [(number, EXACT_TERMS + 3) for number in range(1, EXACT_TERMS + 4)]
    for step in path.steps[:4]:
        assert step.residual == pytest.approx(residual_of(loss, step.active), rel=0.5 * PATH_ACCURACY)


def test_words_go_as_groups_and_what_is_known_beside_them_counts() -> None:
    loss = noisy()
    path = eliminate(Regression(loss, np.full(6, np.nan)), range(6), groups=[(0, 4), (2, 3)])
    assert path.chosen == (0, 1, 4)
    assert [len(step.active) for step in path.steps] == [6, 4, 3, 1, 0] or [
        len(step.active) for step in path.steps] == [6, 5, 3, 1, 0]
    whole = 4.0 * Regression(loss, np.full(6, np.nan)).null
    half = eliminate(Regression(loss, np.full(6, np.nan), whole), range(6))
    assert half.steps[-1].residual == pytest.approx(0.5, rel=1e-12)
    rest = replace(loss, side=explicit(7, points=60).side)
    empty = eliminate(Regression(rest, np.full(6, np.nan), whole), range(6), smallest_jump=1.4)
    assert (empty.chosen, empty.jump) == ((), 1.0)


@pytest.mark.parametrize(("coefficients", "expected"), [
    ((0.3, 0.2, 0.2, 0.25), (3,)), ((0.3, 0.01, 0.02, 0.25), (1, 2)), ((0.3, 0.2, 0.0, 0.25), (3,)),
    ((0.1, 0.2, 0.2, 0.25), (0,)),
])
def test_the_cheapest_unit(coefficients: tuple[float, ...], expected: tuple[int, ...]) -> None:
    columns = np.linalg.qr(np.random.default_rng(1).standard_normal((50, 4)))[0] * np.array([1.0, 1.5, 1.5, 0.9])
    inverse = scaled_inverse(columns.T @ columns, [0, 1, 2, 3])
    assert cheapest(inverse, np.array(coefficients), [(1, 2)]) == expected


def test_a_column_that_is_not_there_is_by_itself() -> None:
    assert unit_with(9, [0, 1], [(0, 1)]) == (9,)


def test_powers_of_epsilon_are_slopes_of_logarithms() -> None:
    epsilons = (0.1, 0.1, 0.25, 0.5)
    matrices = [explicit(20 + number, points=40, columns=7).matrix for number in range(4)]
    judges = []
    for number, (epsilon, matrix) in enumerate(zip(epsilons, matrices, strict=True)):
        truth = np.array([2.0 / epsilon, -3.0, epsilon, 1.0 / epsilon**3, 0.0, 0.0, 4.0 / epsilon**1.6])
        truth[4] = 5.0 if number < 2 else 0.0  # of one epsilon alone
        truth[5] = 6.0 if number == 3 else 0.0
        judges.append(Regression(replace(noisy(7, 40), matrix=matrix, side=matrix @ truth), np.full(7, np.nan)))
    assert powers_of_epsilon(judges, range(7), epsilons, 2, STRONG_JUMP) == (1, 0, 0, 2, 0, 0, 2)
    assert powers_of_epsilon(judges, range(7), epsilons, 9, STRONG_JUMP) == (1, 0, 0, 3, 0, 0, 2)
