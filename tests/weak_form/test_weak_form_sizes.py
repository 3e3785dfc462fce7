"""Sizes and noise levels of fields, against all values at once, and the differences that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn import InputError, Trajectory
from symdcrnn.kernels.ir.grid import FrameWindows
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.weak_form.noise import level
from symdcrnn.weak_form.noise.level import difference_along, field_sizes, middle_of, noise_levels

X = 2.0 * np.pi * np.arange(48) / 48


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


def test_a_field_far_from_zero_has_the_deviation_of_its_changes() -> None:
    u = 1e8 + np.random.default_rng(1).normal(size=(64, 48))
    assert field_sizes(windows(u))["u"].deviation == pytest.approx(np.std(u - 1e8), rel=1e-6)


def test_values_whose_squares_are_no_numbers_are_refused() -> None:
    u = np.full((20, 48), 1.0)
    u[3, 3] = 1e200
    with pytest.raises(InputError, match="'u'"):
        field_sizes(windows(u))


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
