"""The path of elimination of functions, against dense least squares over all their unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

from symdcrnn.leastsquares.projected import ExtendedModel
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.selection.backward_elimination import STRONG_JUMP, PathStep
from symdcrnn.selection.function_elimination import _nested, eliminate_functions

Array = np.ndarray
SIZE, LEADING, KNOWN = 3, (5, 2, 9, 4), np.array([0.5, -0.25])


@dataclass(frozen=True)
class Spread:
    """What is asked of a regression: its extended model, its words, and the size of a function."""

    extended: ExtendedModel
    leading: tuple[int, ...]
    basis: Array


class Case:
    """mean (side - fixed c - matrix p)^2 with functions of three unknowns each, the second and the last in it."""

    def __init__(self, noise: float = 0.02) -> None:
        random = np.random.default_rng(3)
        count = SIZE * len(LEADING)
        self.fixed, self.matrix = random.normal(size=(80, 2)), random.normal(size=(80, count))
        self.matrix *= np.repeat([1.0, 1e3, 1e-2, 10.0], SIZE)
        truth = np.zeros(count)
        truth[3:6], truth[9:] = 1e-3 * np.array([1.0, -2.0, 0.5]), 0.1 * np.array([0.3, 0.1, -0.6])
        self.side = self.fixed @ KNOWN + self.matrix @ truth + noise * random.normal(size=80)

    @property
    def whole(self) -> Spread:
        twice = 2.0 / self.side.size
        constants = QuadraticModel(0.5 * twice * float(self.side @ self.side), -twice * self.fixed.T @ self.side,
                                   twice * self.fixed.T @ self.fixed)
        extended = ExtendedModel(constants, -twice * self.matrix.T @ self.side, twice * self.matrix.T @ self.fixed,
                                 sparse.csc_matrix(twice * self.matrix.T @ self.matrix))
        return Spread(extended, LEADING, np.zeros((7, SIZE)))

    def exact(self, unknowns: Array) -> tuple[float, Array]:
        left = self.side - self.fixed @ KNOWN - self.matrix @ unknowns
        return float(left @ left) / left.size, -2.0 * self.matrix.T @ left / left.size

    def residual(self, words: tuple[int, ...]) -> float:
        rows = [SIZE * LEADING.index(word) + k for word in words for k in range(SIZE)]
        side = self.side - self.fixed @ KNOWN
        chosen = self.matrix[:, rows]
        left = side - chosen @ np.linalg.lstsq(chosen, side, rcond=None)[0] if rows else side
        return float(np.linalg.norm(left) / np.linalg.norm(side))


@pytest.mark.parametrize("by_passes", [False, True])
def test_functions_go_as_a_whole_and_the_others_are_fitted_again(by_passes: bool) -> None:
    case, calls = Case(), []
    path = eliminate_functions(case.whole, KNOWN, STRONG_JUMP, case.exact if by_passes else None,  # type: ignore
                               lambda done, of: calls.append((done, of)))
    assert set(path.chosen) == {2, 4}
    assert calls == [(number, 4) for number in range(1, 5)]
    assert [len(step.active) for step in path.steps] == [4, 3, 2, 1, 0]
    for step, after in zip(path.steps, path.steps[1:], strict=False):
        assert step.residual == pytest.approx(case.residual(step.active), rel=1e-8)
        grown = {word: case.residual(tuple(k for k in step.active if k != word)) for word in step.active}
        assert step.dropped == min(grown, key=lambda word: grown[word])
        assert after.active == tuple(word for word in step.active if word != step.dropped)
    assert (path.steps[-1].residual, path.steps[-1].dropped) == (1.0, None)


@pytest.mark.parametrize("shared", [0.5, 2.0, 10.0])
def test_functions_that_have_much_in_common_go_by_what_they_cost(shared: float) -> None:
    case, random = Case(), np.random.default_rng(0)
    units = np.repeat([1.0, 1e3, 1e-2, 10.0], SIZE)
    case.matrix += shared * units * np.tile(random.normal(size=(80, SIZE)), len(LEADING))
    case.side = case.fixed @ KNOWN + case.matrix @ (random.normal(size=units.size) / units)
    case.side += 0.1 * random.normal(size=80)
    path = eliminate_functions(case.whole, KNOWN, STRONG_JUMP)  # type: ignore
    assert [step.dropped for step in path.steps] == [4, 5, 2, 9, None]
    for step in path.steps[:-1]:
        grown = {word: case.residual(tuple(k for k in step.active if k != word)) for word in step.active}
        assert step.dropped == min(grown, key=lambda word: grown[word])
        assert step.residual == pytest.approx(case.residual(step.active), rel=1e-8)


def test_passes_over_clean_data_find_small_losses() -> None:
    case = Case(0.0)
    path = eliminate_functions(case.whole, KNOWN, STRONG_JUMP, case.exact)  # type: ignore
    assert set(path.chosen) == {2, 4}
    assert path.steps[path.knee].residual < 1e-13
    assert path.jump > 1e11


def test_a_function_without_a_value_is_dropped_first() -> None:
    case = Case()
    case.matrix[:, 6:9] = 0.0
    path = eliminate_functions(case.whole, KNOWN, STRONG_JUMP)  # type: ignore
    assert path.steps[0].dropped == 9
    assert set(path.chosen) == {2, 4}


def test_more_words_never_have_a_larger_residual() -> None:
    steps = [PathStep((0, 1, 2), 0.3, 0), PathStep((1, 2), 0.2, 1), PathStep((2,), 0.5, 2), PathStep((), 1.0, None)]
    found = _nested(steps)
    assert [step.residual for step in found] == [0.2, 0.2, 0.5, 1.0]
    assert [step.active for step in found] == [step.active for step in steps]
