"""The bias of noise: in the mean of many noisy data it is gone, and would be seen if nothing were subtracted."""

from __future__ import annotations

import numpy as np
import pytest
from waves import heat_and_reaction, weak_data

from symdcrnn.weak_form.study import Study, study
from symdcrnn.weak_form.test_functions import TestFunction

FUNCTIONS = {"t": TestFunction(6, 8), "x": TestFunction(5, 8)}
TEXTS = ["u", "d_x u", "d_xx u", "d_x(u^2)"]
EXACT = np.array([-0.5, -0.7, 0.02, 0.0])
NOISE, SEEDS = 0.3, 80


def study_of(noise: float, seed: int) -> Study:
    data = heat_and_reaction(noise=noise, seed=seed)
    level = noise * float(np.std(heat_and_reaction().array("u")))
    [found] = study([weak_data(data, "u", TEXTS, {"u": level})], [FUNCTIONS])
    return found


@pytest.fixture(scope="module")
def noisy() -> list[Study]:
    return [study_of(NOISE, seed) for seed in range(SEEDS)]


def distance(samples: list[np.ndarray], exact: np.ndarray) -> np.ndarray:
    """How far their mean is away, in its standard errors."""
    found = np.asarray(samples)
    return np.asarray(np.abs(found.mean(axis=0) - exact) / (found.std(axis=0, ddof=1) / np.sqrt(len(found))))


def test_normal_equations_are_those_of_clean_data_in_the_mean(noisy: list[Study]) -> None:
    clean = study_of(0.0, 0)
    assert np.all(distance([one.signal for one in noisy], clean.gram) < 4.5)
    assert np.all(np.diag(distance([one.gram for one in noisy], clean.gram))[1:] > 10.0)
    for half in (0, 1):
        left = np.mean([one.halves[half] for one in noisy], axis=0) - clean.halves[half]
        there = 0.5 * np.mean([one.noise for one in noisy], axis=0)
        # Of linear derivatives, whose noise is the same at all times.
        assert np.all(np.abs(np.diag(left))[1:3] < 0.1 * np.diag(there)[1:3])


def test_coefficients_are_the_exact_ones_in_the_mean(noisy: list[Study]) -> None:
    def solved(of: np.ndarray) -> np.ndarray:
        return np.linalg.solve(of[:-1, :-1], of[:-1, -1])

    clean = solved(study_of(0.0, 0).gram)
    assert np.abs(clean - EXACT) == pytest.approx(0.0, abs=0.002)
    assert np.all(distance([solved(one.signal) for one in noisy], clean) < 4.5)
    assert np.max(distance([solved(one.gram) for one in noisy], clean)) > 10.0
