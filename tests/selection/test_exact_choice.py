"""The best set of words by branch and bound, against all sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.selection import exact_choice
from symdcrnn.selection.exact_choice import best_set

Array = np.ndarray


def problem(seed: int, rows: int, columns: int, true: int, noise: float) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, columns))
    matrix[:, 1] = matrix[:, 0] + 0.3 * random.normal(size=rows)
    side = matrix[:, :true] @ random.normal(size=true) + noise * random.normal(size=rows)
    return matrix, side


def loss(matrix: Array, side: Array, words: tuple[int, ...]) -> float:
    chosen = matrix[:, list(words)]
    return float(np.sum((side - chosen @ np.linalg.lstsq(chosen, side, rcond=None)[0]) ** 2))


@pytest.mark.parametrize(("columns", "size"), [(8, 3), (10, 4), (9, 2), (11, 5)])
@pytest.mark.parametrize("seed", range(4))
def test_no_set_is_better(columns: int, size: int, seed: int) -> None:
    matrix, side = problem(seed, 60, columns, size, 0.8)
    full = np.linalg.lstsq(matrix, side, rcond=None)[0]
    everything = tuple(range(columns))
    best = min(combinations(everything, size), key=lambda words: loss(matrix, side, words))
    least, start = loss(matrix, side, everything), everything[-size:]
    found = best_set(2.0 * matrix.T @ matrix, full, everything, start, least)
    assert found.words == best
    assert found.finished
    assert found.loss == pytest.approx(loss(matrix, side, best) - least, rel=1e-8, abs=1e-10)
    assert found.factor == pytest.approx(np.sqrt(loss(matrix, side, best) / loss(matrix, side, start)), rel=1e-8)


def test_forty_words_are_searched_at_once() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(2000, 40))
    true = (3, 9, 20, 33, 39)
    side = matrix[:, list(true)] @ np.array([1.0, 0.5, -0.7, 0.3, 0.2]) + 0.3 * random.normal(size=2000)
    full = np.linalg.lstsq(matrix, side, rcond=None)[0]
    found = best_set(2.0 * matrix.T @ matrix, full, range(40), (0, 1, 2, 3, 4), loss(matrix, side, tuple(range(40))))
    assert found.words == true
    assert found.finished


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("scheme", ["auto", "weak"])
def test_an_equation_is_compared_with_the_best_set(scheme: str) -> None:
    t, x = 0.05 * np.arange(30)[:, None], 2.0 * np.pi * np.arange(64) / 64
    u = sum(np.exp(-(0.3 + 0.05 * k * k) * t) * np.cos(k * (x - t) + 0.7 * k) / k for k in (1, 2, 3))
    data = Trajectory.from_arrays({"u": np.asarray(u)}, t=t[:, 0], x=x, periodic=True)
    found = symdcrnn.fit(data, words=["u", "d_x u", "d_xx u", "u^2", "d_xxxx u"], bootstrap=0, exact_choice=True,
                         scheme=scheme)["u"]
    check = next(check for check in found.checks if check.name == "exact")
    assert check.passed
    assert set(found.coefficients) == {"u", "d_x u", "d_xx u"}
    assert "no set of 3 terms has a smaller residual, by branch and bound" in check.text


def test_the_best_set_itself_is_not_beaten(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, side = problem(0, 60, 8, 3, 0.8)
    full = np.linalg.lstsq(matrix, side, rcond=None)[0]
    everything = tuple(range(8))
    best = min(combinations(everything, 3), key=lambda words: loss(matrix, side, words))
    least = loss(matrix, side, everything)
    gram = 2.0 * matrix.T @ matrix
    found = best_set(gram, full, everything, best[::-1], least)
    assert (found.words, found.factor, found.finished) == (best, 1.0, True)
    assert found.loss == pytest.approx(loss(matrix, side, best) - least, rel=1e-8)
    whole = best_set(gram, full, everything, everything, least)
    assert (whole.words, whole.loss, whole.factor, whole.finished) == (everything, 0.0, 1.0, True)
    exact = best_set(gram, full, everything, everything, 0.0)
    assert (exact.words, exact.loss, exact.factor, exact.finished) == (everything, 0.0, 1.0, True)
    monkeypatch.setattr(exact_choice._Search, "left", 3)
    monkeypatch.setattr(exact_choice._Search.__init__, "__defaults__", (3,))
    assert not best_set(gram, full, everything, everything[-3:], least).finished
