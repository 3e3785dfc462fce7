"""Values that are missing here and there: what neighbours say of them, how well, and equations of such data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.weak_form.gaps.interpolated import Interpolated, interpolated

Array = NDArray[np.float64]

EXACT = {"u": -0.5, "d_x u": -0.7, "d_xx u": 0.02}


def pierced(u: Array, part: float, seed: int = 1) -> Array:
    found = u.copy()
    found[np.random.default_rng(seed).random(u.shape) < part] = np.nan
    return found


def trajectory(u: Array, t: Array | None = None) -> symdcrnn.Trajectory:
    frames, points = u.shape
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=0.05 * np.arange(frames) if t is None else t,
                                           x=2.0 * np.pi * np.arange(points) / points, periodic=True)


def told(data: symdcrnn.Trajectory, level: float) -> Interpolated | None:
    return interpolated(loaded_frames(data).windows((), gaps=True), {"u": level}).get("u")


@pytest.mark.parametrize("even", [True, False])
def test_polynomials_are_told_exactly_on_uneven_times_too(even: bool) -> None:
    t = np.arange(60) * 0.1 if even else np.cumsum(0.05 + 0.1 * np.random.default_rng(0).random(60))
    u = (1.0 + t - 0.3 * t**2 + 0.05 * t**3)[:, None] * (2.0 + np.sin(2.0 * np.pi * np.arange(24) / 24))
    gappy = pierced(u, 0.04)
    found = told(trajectory(gappy, t), 0.0)
    assert found is not None
    missing = np.flatnonzero(np.isnan(gappy))
    assert set(found.found.places) <= set(missing)
    assert found.found.places.size > 0.9 * missing.size
    off = np.abs(found.found.values - u.reshape(-1)[found.found.places])
    # At the ends of the time neighbours along x tell them, whose waves are no polynomials.
    exact = (found.found.places // 24 >= 4) & (found.found.places // 24 < 56)
    assert np.max(off[exact]) < 1e-9
    assert np.max(off) < 1e-3
    assert np.all(found.variances[exact] < 1e-18)
    assert found.found.part == found.found.places.size / u.size


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_errors_of_what_is_told_are_known(noise: float) -> None:
    clean, noisy = heat_and_reaction(120, 64).array("u"), heat_and_reaction(120, 64, noise, 3).array("u")
    found = told(trajectory(pierced(noisy, 0.1)), noise * float(np.std(clean)))
    assert found is not None
    off = found.found.values - clean.reshape(-1)[found.found.places]
    assert np.sqrt(np.mean(off**2)) == pytest.approx(np.sqrt(np.mean(found.variances)), rel=0.4 if noise else 0.6)
    assert np.mean(found.variances) < (2.0 * (noise * np.std(clean)) ** 2 if noise else 1e-6)


def test_frames_and_regions_stay_missing_and_so_do_single_values() -> None:
    u = heat_and_reaction(80, 96, 0.05).array("u").copy()
    u[20], u[40:50, 30:50], u[60, 7] = np.nan, np.nan, np.nan
    assert told(trajectory(u), 0.05) is None
    found = told(trajectory(pierced(u, 0.02)), 0.05)
    assert found is not None
    frames, points = np.divmod(found.found.places, 96)
    assert not np.any(frames == 20)
    assert not np.any((frames >= 40) & (frames < 50) & (points >= 30) & (points < 50))


@pytest.mark.parametrize(("noise", "part"), [(0.0, 0.03), (0.0, 0.1), (0.1, 0.03), (0.1, 0.1)])
def test_the_equation_is_found_and_what_was_told_is_counted(noise: float, part: float) -> None:
    u = pierced(heat_and_reaction(100, 96, noise).array("u"), part)
    equation = symdcrnn.fit(trajectory(u), library=["poly 2, d_x 3"])["u"]
    assert set(equation.coefficients) == set(EXACT)
    assert equation.certain
    assert equation.weak is not None
    assert equation.weak.gaps == {"u": (int(np.isnan(u).sum()), u.size)}
    assert 0.97 * np.isnan(u).sum() < equation.weak.told["u"] <= np.isnan(u).sum()
    assert equation.weak.left_out < equation.points
    for term in equation.terms:
        assert term.error is not None
        assert abs(term.coefficient - EXACT[term.word]) < max(4.0 * term.error, 1e-4 * abs(EXACT[term.word]))


@pytest.mark.soak
def test_error_bars_cover() -> None:
    far = []
    for seed in range(30):
        u = pierced(heat_and_reaction(60, 96, 0.1, seed).array("u"), 0.08, seed)
        equation = symdcrnn.fit(trajectory(u), words=list(EXACT), test_functions=("t=12", "x=10"))["u"]
        for term in equation.terms:
            assert term.error is not None
            far.append((term.coefficient - EXACT[term.word]) / term.error)
    assert len(far) == 90
    assert 0.55 < np.mean(np.abs(far) < 1.0) < 0.82
    assert np.mean(np.abs(far) < 2.0) > 0.86


def test_on_disk_the_same_is_told(tmp_path: Path) -> None:
    data = trajectory(pierced(heat_and_reaction(80, 96, 0.05).array("u"), 0.05))
    symdcrnn.write_trajectory(data, tmp_path / "gaps.nc")
    stored = symdcrnn.open_trajectory(tmp_path / "gaps.nc", memory="60MB")
    asked = {"words": ["d_x u", "d_xx u"], "test_functions": ("t=9", "x=10")}
    one, other = (symdcrnn.fit(source, **asked)["u"] for source in (data, stored))
    assert one.coefficients == other.coefficients
    assert one.weak == other.weak
