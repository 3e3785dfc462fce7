"""What is asked of several trajectories, ties, functions of x, norms, penalties and data on disk, together."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError, Trajectory, open_trajectory

TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}
ONE_LAYER = {"equations": "g", "layers": 1, "starts": 1, "bootstrap": 0}
OTHER_START = "2 + sin(2*pi*x)"
SIGMA = "2 + sin(2*pi*x)"


@lru_cache(maxsize=8)
def made(inverse_epsilon: int, **changes: Any) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon, nx=200, **changes))


def pair(inverse_epsilon: int, **changes: Any) -> list[Trajectory]:
    """Two trajectories of one equation, the second four times as large."""
    return [made(inverse_epsilon, **changes), made(inverse_epsilon, initial_rho=f"4*({OTHER_START})", **changes)]


def with_outliers(trajectory: Trajectory) -> Trajectory:
    """One value in five thousand is wrong by a tenth of the field."""
    g = trajectory.array("g").copy()
    random = np.random.default_rng(3)
    g[random.random(g.shape) < 2e-4] += 0.1 * float(np.std(g))
    return Trajectory.from_arrays({"g": g, "rho": trajectory.array("rho")}, t=trajectory.t, x=trajectory.x,
                                  v=trajectory.v, weights=trajectory.weights, periodic=True)


@pytest.mark.soak
@pytest.mark.parametrize("norm", ["l1", "huber"])
def test_outliers_in_one_of_several_trajectories(norm: str) -> None:
    first, second = pair(16)
    exact = (first.exact or {})["g"]
    settings = {**ONE_LAYER, "scheme": "imex-bdf2", "scales": 0}
    found = symdcrnn.fit([with_outliers(first), second], norm=norm, **settings)["g"].coefficients
    alone = symdcrnn.fit([first, second], norm="l2", **settings)["g"].coefficients
    assert set(found) == TRUE_WORDS
    for word, value in alone.items():
        assert found[word] == pytest.approx(value, rel=2e-3), word
        assert value == pytest.approx(exact[word], rel=0.05)


@pytest.mark.soak
def test_ties_under_huber() -> None:
    tie = "g:<v_dx g>=-1*v_dx g"
    equation = symdcrnn.fit(made(16), norm="huber", tied=(tie,), **ONE_LAYER)["g"]
    found = equation.coefficients
    assert set(found) == TRUE_WORDS
    assert found["<v_dx g>"] == -found["v_dx g"]
    assert found["v_dx g"] == pytest.approx(-16.0, rel=1e-5)


def test_a_function_shared_by_several_trajectories() -> None:
    both = pair(1, sigma_s=SIGMA)
    equation = symdcrnn.fit(both, functions=("g:g",), knots=24, **ONE_LAYER)["g"]
    assert set(equation.coefficients) == TRUE_WORDS - {"g"}
    np.testing.assert_allclose(equation.functions[0].values, -(2.0 + np.sin(2.0 * np.pi * both[0].x)), rtol=1e-3)


def test_a_word_that_follows_one_whose_coefficient_is_a_function() -> None:
    """d_t g = sigma(x) (a word that is tied to g): both functions are one, up to the ratio."""
    both = pair(1, sigma_s=SIGMA)
    equation = symdcrnn.fit(both, functions=("g:g",), tied=("g:<g>=-0.5*g", "g:<v_dx g>=-1*v_dx g"), knots=24,
                            **ONE_LAYER)["g"]
    assert equation.coefficients["<v_dx g>"] == -equation.coefficients["v_dx g"]
    assert equation.coefficients["v_dx g"] == pytest.approx(-1.0, rel=1e-4)
    leader, follower = (next(one for one in equation.functions if one.word == word) for word in ("g", "<g>"))
    np.testing.assert_allclose(follower.values, -0.5 * np.array(leader.values), rtol=1e-12)
    np.testing.assert_allclose(leader.values, -(2.0 + np.sin(2.0 * np.pi * both[0].x)), rtol=1e-3)


@pytest.mark.soak
def test_every_word_a_function_and_two_of_them_tied() -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 4, nx=200, sigma_s=SIGMA))
    equation = symdcrnn.fit(trajectory, functions=("g:*",), tied=("g:<v_dx g>=-1*v_dx g",), **ONE_LAYER)["g"]
    values = {one.word: np.array(one.values) for one in equation.functions}
    assert set(values) == TRUE_WORDS
    np.testing.assert_array_equal(values["<v_dx g>"], -values["v_dx g"])
    np.testing.assert_allclose(values["v_dx g"], -4.0, rtol=0.01)


def test_a_tied_word_has_no_function_of_its_own() -> None:
    with pytest.raises(InputError, match="'<v_dx g>' of the g-equation is tied and sought as a function at once"):
        symdcrnn.fit(made(1, sigma_s=SIGMA), functions=("g:<v_dx g>",), tied=("g:<v_dx g>=-1*v_dx g",), **ONE_LAYER)


@pytest.mark.parametrize("settings", [{}, {"functions": ("g:g",), "knots": 24}], ids=["constants", "a function"])
def test_a_penalty_on_the_mean_of_several_trajectories(settings: dict[str, Any]) -> None:
    """The same one twice tells what it tells once; and the penalty is felt."""
    one = made(1, sigma_s=SIGMA) if settings else made(16)
    once, twice, without = (symdcrnn.fit(given, zero_mean=weight, **settings, **ONE_LAYER)["g"]
                            for given, weight in ((one, 1.0), ([one, one], 1.0), (one, 0.0)))
    assert set(twice.coefficients) == set(once.coefficients)
    for word, value in once.coefficients.items():
        assert twice.coefficients[word] == pytest.approx(value, rel=1e-8)
    for first, second in zip(once.functions, twice.functions, strict=True):
        np.testing.assert_allclose(second.values, first.values, rtol=1e-5)
    assert abs(once.coefficients["<v_dx g>"] / without.coefficients["<v_dx g>"] - 1.0) > 1e-6


@pytest.mark.soak
@pytest.mark.parametrize("settings", [{"functions": ("g:*",)}, {"scheme": "newton-cotes4"}],
                         ids=["every word", "known"])
def test_functions_of_data_on_disk(settings: dict[str, Any], tmp_path: Path) -> None:
    trajectory = symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 4, nx=100, sigma_s=SIGMA))
    known = {} if "functions" in settings else {"sigma_s": 2.0 + np.sin(2.0 * np.pi * trajectory.x)}
    bare = Trajectory.from_arrays({name: trajectory.array(name) for name in ("g", "rho")}, t=trajectory.t,
                                  x=trajectory.x, v=trajectory.v, weights=trajectory.weights, periodic=True)
    symdcrnn.write_trajectory(bare, tmp_path / "data.nc")
    stored = open_trajectory(tmp_path / "data.nc", memory="40MB")
    loaded, streamed = (symdcrnn.fit(one, known=known, **settings, **ONE_LAYER)["g"] for one in (bare, stored))
    assert [one.word for one in streamed.functions] == [one.word for one in loaded.functions]
    assert set(streamed.coefficients) == set(loaded.coefficients)
    for one, other in zip(streamed.functions, loaded.functions, strict=True):
        np.testing.assert_allclose(one.values, other.values, rtol=1e-5)
    for word, value in loaded.coefficients.items():
        assert streamed.coefficients[word] == pytest.approx(value, rel=1e-7)
