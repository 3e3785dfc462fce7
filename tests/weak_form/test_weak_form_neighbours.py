"""What neighbours say of a value, which values are far from that, and what stands in their place."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.weak_form.noise import outliers as module
from symdcrnn.weak_form.noise.outliers import (
    FAR,
    _best,
    _distances,
    _everywhere,
    _median_around,
    _replaced,
    _told,
    outliers,
)

Array = np.ndarray
NAN = float("nan")


def cubic(n: int = 9) -> Array:
    x = np.arange(float(n))
    return 1.0 - 2.0 * x + 0.5 * x**2 + 0.25 * x**3


def test_what_neighbours_say_of_polynomials() -> None:
    """Four say a cubic, two a line or what is beyond a line, in this order."""
    values = cubic()
    through, between, left, right = _told(values, np.zeros(9, dtype=bool), 0, False)
    np.testing.assert_allclose(through[2:-2], values[2:-2])
    np.testing.assert_allclose(between[1:-1], 0.5 * (values[:-2] + values[2:]))
    np.testing.assert_allclose(left[2:], 2.0 * values[1:-1] - values[:-2])
    np.testing.assert_allclose(right[:-2], 2.0 * values[1:-1] - values[2:])
    assert np.isnan(through).tolist() == [True] * 2 + [False] * 5 + [True] * 2
    assert np.isnan(between).tolist() == [True] + [False] * 7 + [True]
    assert np.isnan(left).tolist() == [True] * 2 + [False] * 7
    assert np.isnan(right).tolist() == [False] * 7 + [True] * 2


def test_neighbours_go_around_and_are_those_along_one_axis() -> None:
    values = np.random.default_rng(0).normal(size=(5, 6))
    for place in (0, 1):
        through, between, left, right = _told(values, np.zeros(values.shape, dtype=bool), place, True)
        far, near, after, beyond = (np.roll(values, steps, axis=place) for steps in (2, 1, -1, -2))
        np.testing.assert_allclose(through, (4.0 * (near + after) - far - beyond) / 6.0)
        np.testing.assert_allclose(between, 0.5 * (near + after))
        np.testing.assert_allclose(left, 2.0 * near - far)
        np.testing.assert_allclose(right, 2.0 * after - beyond)


def test_neighbours_that_are_masked_say_nothing() -> None:
    values, mask = cubic(), np.arange(9) == 4
    through, between, left, right = _told(values, mask, 0, False)
    assert np.flatnonzero(np.isnan(through)).tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    assert np.flatnonzero(np.isnan(between)).tolist() == [0, 3, 5, 8]
    assert np.flatnonzero(np.isnan(left)).tolist() == [0, 1, 5, 6]
    assert np.flatnonzero(np.isnan(right)).tolist() == [2, 3, 7, 8]


def test_distances_are_from_the_nearest_of_what_the_best_along_each_axis_say() -> None:
    x = np.arange(7.0)
    values = np.exp(0.3 * x)[:, None] + 10.0 * np.where(np.arange(6) % 2, 1.0, -1.0)
    nothing = np.zeros(values.shape, dtype=bool)
    along, across = (_told(values, nothing, place, False)[0] for place in (0, 1))
    found = _distances(values, nothing, {0: False, 1: False})
    np.testing.assert_allclose(found[3, 3], min(abs(along[3, 3] - values[3, 3]), abs(across[3, 3] - values[3, 3])))
    assert found[3, 3] < 0.1
    alone = _distances(values, nothing, {1: False})
    assert alone[3, 3] > 10.0
    assert alone[3, 0] == pytest.approx(abs(2.0 * values[3, 1] - values[3, 2] - values[3, 0]))
    assert np.isnan(_distances(values, ~nothing, {0: False})).all()


def test_the_best_way_is_the_mean_over_the_axes_that_know_it() -> None:
    values = np.random.default_rng(1).normal(size=(7, 8))
    nothing = np.zeros(values.shape, dtype=bool)
    ways = [_told(values, nothing, place, False) for place in (0, 1)]
    found = _best(values, nothing, {0: False, 1: False})
    assert found[3, 3] == pytest.approx(0.5 * (ways[0][0][3, 3] + ways[1][0][3, 3]))
    assert found[3, 1] == pytest.approx(ways[0][0][3, 1])
    assert found[1, 1] == pytest.approx(0.5 * (ways[0][1][1, 1] + ways[1][1][1, 1]))
    assert found[1, 0] == pytest.approx(ways[0][1][1, 0])
    assert found[0, 0] == pytest.approx(0.5 * (ways[0][3][0, 0] + ways[1][3][0, 0]))
    assert np.isnan(_best(values, ~nothing, {0: False})).all()


@pytest.mark.parametrize("periodic", [True, False])
def test_surroundings_are_of_five_points_along_each_axis(periodic: bool) -> None:
    values = np.random.default_rng(2).normal(size=(9, 3, 10))
    found = _median_around(values, {0: False, 2: periodic})
    assert found.shape == values.shape
    for n, k, j in ((4, 1, 5), (0, 0, 0), (8, 2, 9), (3, 1, 8)):
        rows = np.clip(np.arange(n - 2, n + 3), 0, 8)
        columns = np.arange(j - 2, j + 3)
        columns = columns % 10 if periodic else np.clip(columns, 0, 9)
        assert found[n, k, j] == np.median(values[np.ix_(rows, [k], columns)])


def test_what_is_missing_has_the_usual_distance() -> None:
    values = np.array([1.0, NAN, 2.0, 3.0, 4.0])
    distances = np.array([1.0, NAN, 5.0, NAN, 2.0])
    assert _everywhere(distances, values).tolist() == [1.0, 2.0, 5.0, 0.0, 2.0]
    assert _everywhere(distances, np.arange(5.0)).tolist() == [1.0, 0.0, 5.0, 0.0, 2.0]
    assert _everywhere(np.full(2, NAN), np.full(2, NAN)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("size", "stands_out"), [(1.01, True), (0.99, False)])
def test_a_value_stands_out_from_the_least_distance_on(size: float, stands_out: bool) -> None:
    """Where the surroundings are what their neighbours say, to the last bit."""
    values = np.zeros((12, 1)) + 0.5 * np.arange(14.0)**2
    values[6, 7] += size * 0.3
    mask, filled = _replaced(values, {0: False, 1: False}, 0.3)
    assert bool(mask[6, 7]) is stands_out
    assert mask.sum() == int(stands_out)
    np.testing.assert_allclose(filled[6, 7], 24.5 if stands_out else values[6, 7])


@pytest.mark.parametrize(("size", "stands_out"), [(1.02, True), (0.98, False)])
def test_surroundings_that_are_rough_hide_more(size: float, stands_out: bool) -> None:
    values = np.random.default_rng(4).normal(size=(40, 30))
    usual = _distances(values, np.zeros(values.shape, dtype=bool), {0: False, 1: False})
    values[20, 15] = _best(values, np.zeros(values.shape, dtype=bool), {0: False, 1: False})[20, 15]
    told = [_told(values, np.zeros(values.shape, dtype=bool), place, False)[0, 20, 15] for place in (0, 1)]
    far = FAR * float(_median_around(usual, {0: False, 1: False})[20, 15])
    values[20, 15] = max(told) + size * far
    usual = _distances(values, np.zeros(values.shape, dtype=bool), {0: False, 1: False})
    far = FAR * float(_median_around(usual, {0: False, 1: False})[20, 15])
    values[20, 15] = max(told) + size * far
    mask, _ = _replaced(values, {0: False, 1: False}, 0.0)
    assert bool(mask[20, 15]) is stands_out


def test_values_side_by_side_are_replaced_by_what_is_around_them() -> None:
    x = 2.0 * np.pi * np.arange(32) / 32
    clean = np.sin(x - 0.05 * np.arange(20)[:, None])
    values = clean.copy()
    values[9:11, 14:17] += np.array([[8.0, -9.0, 7.0], [-8.0, 9.0, 10.0]])
    mask, filled = _replaced(values, {0: False, 1: True}, 0.02)
    assert set(zip(*np.nonzero(mask), strict=True)) == {(n, j) for n in (9, 10) for j in (14, 15, 16)}
    assert np.abs(filled - clean).max() < 0.05
    np.testing.assert_array_equal(filled[~mask], clean[~mask])


def test_outliers_are_places_in_all_values_of_fields_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    t, v, x = 0.1 * np.arange(40.0), np.array([-1.0, 0.5, 1.0]), 2.0 * np.pi * np.arange(16) / 16
    f = np.cos(x - 0.3 * t[:, None, None]) * (2.0 + v[:, None])
    f += 1e-3 * random.normal(size=f.shape)
    places = [(5, 1, 3), (5, 1, 15), (20, 0, 0), (39, 2, 7)]
    for place in places:
        f[place] += 9.0
    axes = (GridAxis("v", "velocity", v), GridAxis("x", "space", x, True))
    grid = PhaseGrid(axes, t, {"f": f, "s": np.full(16, 1e9)}, {"f": ("t", "v", "x"), "s": ("x",)})
    found = outliers(grid)
    assert list(found) == ["f"]
    assert found["f"].places.tolist() == [np.ravel_multi_index(place, f.shape) for place in places]
    assert found["f"].part == pytest.approx(len(places) / f.size)
    assert np.abs(found["f"].values - (f.reshape(-1)[found["f"].places] - 9.0)).max() < 0.3
    again = module.repaired(grid, found)
    np.testing.assert_array_equal(again.between(6, 19).fields["f"], f[6:19])
    assert np.abs(again.between(3, 9).fields["f"][2, 1, 15] - (f[5, 1, 15] - 9.0)) < 0.1
    np.testing.assert_array_equal(again.between(0, 40).fields["s"], grid.fields["s"])
