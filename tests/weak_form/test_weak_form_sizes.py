"""Sizes and noise levels of fields, against all values at once, and the differences that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn import InputError, Trajectory
from symdcrnn.kernels.ir.grid import FrameWindows, GridAxis, PhaseGrid
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.noise import level
from symdcrnn.weak_form.noise.level import (
    difference_along,
    field_sizes,
    middle_of,
    noise_levels,
    usual_deviations,
    values_measured,
)

X = 2.0 * np.pi * np.arange(48) / 48
NOTHING = PhaseGrid((GridAxis("x", "space", X, True),), np.arange(20.0), {"u": np.full((20, 48), np.nan)},
                    {"u": ("t", "x")})


def windows(u: np.ndarray, t: np.ndarray | None = None, x: np.ndarray = X) -> FrameWindows:
    data = Trajectory.from_arrays({"u": u}, t=0.1 * np.arange(len(u)) if t is None else t, x=x, periodic=False)
    return loaded_frames(data).windows((), gaps=True)


def test_sizes_are_those_of_all_values() -> None:
    random = np.random.default_rng(0)
    u = 3.0 + random.normal(size=(40, 48))
    u[7, 5], u[8, 9], u[20] = np.nan, np.nan, np.nan
    u[11, 3] = -9.0
    found = field_sizes(windows(u))["u"]
    steps = np.diff(u, axis=0)
    assert found.root_mean_square == pytest.approx(np.sqrt(np.nanmean(u**2)), rel=1e-13)
    assert found.deviation == pytest.approx(np.nanstd(u), rel=1e-13)
    assert found.change == pytest.approx(np.sqrt(np.nanmean(steps**2)), rel=1e-13)
    assert (found.values, found.missing, found.largest) == (u.size, 50, -9.0)


def test_sizes_do_not_depend_on_how_frames_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    u = 5.0 + np.random.default_rng(4).normal(size=(40, 48)) * np.linspace(1.0, 3.0, 40)[:, None]
    u[3, 3], u[13], u[27, 40] = -60.0, np.nan, 55.0
    whole = field_sizes(windows(u))["u"]
    for frames in (1, 3, 7):
        monkeypatch.setattr(columns, "AT_ONCE", 48 * frames)
        cut = field_sizes(windows(u))["u"]
        for name in ("root_mean_square", "deviation", "change", "level"):
            assert getattr(cut, name) == pytest.approx(getattr(whole, name), rel=1e-12)
        assert (cut.values, cut.missing, cut.largest) == (1920, 48, -60.0)


def test_nothing_but_missing_values_has_no_sizes() -> None:
    found = field_sizes(NOTHING)["u"]
    assert np.isnan(found.level)
    assert (found.root_mean_square, found.deviation, found.change, found.largest) == (0.0, 0.0, 0.0, 0.0)
    assert (found.values, found.missing) == (960, 960)


def test_usual_deviations_are_those_of_the_median() -> None:
    u = 3.0 + 0.2 * np.random.default_rng(5).normal(size=(90, 48))
    u[::9] += 100.0
    assert usual_deviations(windows(u))["u"] == pytest.approx(0.2, rel=0.2)
    assert usual_deviations(NOTHING)["u"] == 0.0
    exact = np.abs(u - np.median(u))
    assert usual_deviations(windows(u))["u"] == pytest.approx(1.4826022185056018 * np.median(exact), rel=1e-12)


def test_levels_of_what_is_not_known_in_the_middle_are_measured_at_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "MOST_VALUES", 48 * 64)
    random = np.random.default_rng(6)
    u = 0.1 * random.normal(size=(400, 48))
    u[80:320] = np.nan
    u[320:] *= 3.0
    assert noise_levels(windows(u))["u"] == pytest.approx(0.1, rel=0.1)
    u[:200] = np.nan
    assert noise_levels(windows(u))["u"] == pytest.approx(0.3, rel=0.1)


def test_a_level_is_the_mean_of_those_that_chance_may_tell_apart() -> None:
    """Of white noise nearly all, of what is smooth along x alone those along x."""
    random = np.random.default_rng(7)
    noise = random.normal(size=(60, 50))
    points = {0: np.arange(60.0), 1: np.arange(50.0)}

    def of(values: np.ndarray, places: list[int], order: int) -> tuple[float, int]:
        for place in places:
            values = difference_along(values, place, order, points[place])
        return float(level.NORMAL * np.median(np.abs(values))), values.size

    levels = [of(noise, places, order) for places in ([0], [1], [0, 1]) for order in level.ORDERS]
    least, count = min(levels)
    kept = [one for one, _ in levels if one <= least * (1.0 + 5.0 / np.sqrt(count))]
    assert 1 < len(kept) < len(levels)
    assert level._level(noise, points) == pytest.approx(np.mean(kept), rel=1e-12)
    rough = noise + 1e3 * random.normal(size=60)[:, None]
    along = [level._level(rough, {0: points[0], 1: points[1]}), level._level(noise, {1: points[1]})]
    assert along[0] == pytest.approx(along[1], rel=0.03)
    assert np.isnan(level._level(noise[:4, :4], points))
    assert np.isnan(level._level(noise[:12, :7], {0: points[0][:12]}))
    assert not np.isnan(level._level(noise[:12, :8], {0: points[0][:12]}))


def test_levels_are_measured_along_t_and_space_and_not_along_velocities() -> None:
    random = np.random.default_rng(8)
    noise = random.normal(size=(60, 50))
    rough = noise + 1e3 * random.normal(size=60)[:, None]
    assert noise_levels(windows(rough, x=0.1 * np.arange(50)))["u"] == pytest.approx(1.0, rel=0.1)
    f = np.repeat(noise[:, None, :], 12, axis=1)
    axes = (GridAxis("v", "velocity", np.arange(12.0)), GridAxis("x", "space", np.arange(50.0)))
    grid = PhaseGrid(axes, np.arange(60.0), {"f": f, "u": noise}, {"f": ("t", "v", "x"), "u": ("t", "x")})
    found = noise_levels(grid)
    assert found["f"] == pytest.approx(found["u"], rel=0.1)
    assert values_measured(grid) == 60 * (12 * 50 + 50)


def test_differences_along_single_axes_and_all_of_them() -> None:
    assert level.subsets([0]) == [[0]]
    assert level.subsets([0, 2]) == [[0], [2], [0, 2]]
    assert level.subsets([]) == []


def test_a_field_far_from_zero_has_the_deviation_of_its_changes() -> None:
    u = 1e8 + np.random.default_rng(1).normal(size=(64, 48))
    assert field_sizes(windows(u))["u"].deviation == pytest.approx(np.std(u - 1e8), rel=1e-6)


def test_values_whose_squares_are_no_numbers_are_refused() -> None:
    u = np.full((20, 48), 1.0)
    u[3, 3] = 1e200
    with pytest.raises(InputError, match="'u'"):
        field_sizes(windows(u))


def test_values_are_too_small_where_all_of_them_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "AT_ONCE", 48)
    u = np.full((20, 48), 1e-200)
    with pytest.raises(InputError, match="'u'"):
        field_sizes(windows(u))
    u[12:] = 3.0
    assert field_sizes(windows(u))["u"].root_mean_square == pytest.approx(3.0 * np.sqrt(0.4), rel=1e-12)


@pytest.mark.parametrize("uneven", [False, True])
def test_levels_are_those_of_the_noise(uneven: bool) -> None:
    random = np.random.default_rng(2)
    t, x = 0.05 * np.arange(100), X
    if uneven:
        t, x = t + 0.02 * random.uniform(size=t.size), X + 0.04 * random.uniform(size=X.size)
    smooth = np.sin(x - t[:, None])
    for size in (1e-3, 0.3):
        u = smooth + size * random.normal(size=smooth.shape)
        assert noise_levels(windows(u, t, x))["u"] == pytest.approx(size, rel=0.06)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("uneven", [False, True])
def test_differences_leave_noise_as_large_and_nothing_of_polynomials(order: int, uneven: bool) -> None:
    random = np.random.default_rng(3)
    points = np.arange(4000.0) / 100.0
    if uneven:
        points = points + 0.005 * random.uniform(size=points.size)
    noise = random.normal(size=(points.size, 2))
    found = difference_along(noise, 0, order, points)
    assert found.shape == (points.size - order, 2)
    assert np.std(found) == pytest.approx(1.0, rel=0.03)
    few = points[:50]
    assert np.abs(difference_along((few**(order - 1))[:, None], 0, order, few)).max() < 1e-10


def test_levels_are_measured_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of as many frames as there may be values of, halved until there are no more."""
    grid = windows(np.zeros((1001, 48))).outline
    assert middle_of(grid) == (0, 1001)
    monkeypatch.setattr(level, "MOST_VALUES", 48 * 300)
    first, stop = middle_of(grid)
    assert stop - first == 250
    assert abs(first + stop - 1001) <= 2
    assert values_measured(grid) == 250 * 48
    first, stop = middle_of(grid, 4)
    assert stop - first == 62
    assert abs(first + stop - 1001) <= 4


def test_levels_are_measured_from_a_quarter_of_a_million_values() -> None:
    def frames(points: int) -> int:
        axis = GridAxis("x", "space", np.arange(float(points)))
        first, stop = middle_of(PhaseGrid((axis,), np.arange(512.0), {}, {"u": ("t", "x")}))
        return stop - first

    assert [frames(points) for points in (512, 513, 1024, 1025, 2**20)] == [512, 256, 256, 128, 64]
