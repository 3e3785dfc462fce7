"""Values that stand out of their neighbours, under the Huber norm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.preprocess.phase_grid import phase_grid
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.noise import outliers as module
from symdcrnn.weak_form.noise.outliers import outliers, repaired

EXACT = {"u": -0.5, "d_x u": -0.7, "d_xx u": 0.02}
Array = NDArray[np.float64]


def spoiled(noise: float, part: float = 0.02, seed: int = 0) -> tuple[symdcrnn.Trajectory, Array, Array]:
    """The two waves with some values replaced by noise of 20 standard deviations; where, and the values before."""
    trajectory = heat_and_reaction(80, 96, noise, seed)
    u, random = trajectory.array("u"), np.random.default_rng(100 + seed)
    hit = random.random(u.shape) < part
    wrong = np.where(hit, 20.0 * np.std(u) * random.standard_normal(u.shape), u)
    return (symdcrnn.Trajectory.from_arrays({"u": wrong}, t=trajectory.t, x=trajectory.x, periodic=True), hit, u)


def test_values_that_stand_out_are_found_and_replaced() -> None:
    trajectory, hit, u = spoiled(0.02)
    grid = phase_grid(trajectory)
    found = outliers(grid)
    mask = np.zeros(u.size, dtype=bool)
    mask[found["u"].places] = True
    far = hit.ravel() & (np.abs(trajectory.array("u") - u).ravel() > 0.5 * np.std(u))
    assert np.all(mask[far])
    assert np.mean(mask & ~hit.ravel()) < 1e-3
    again = repaired(grid, found).between(0, 80).fields["u"]
    assert np.sqrt(np.mean((again - u) ** 2)) < 0.02 * np.std(u)
    np.testing.assert_array_equal(again.ravel()[~mask], trajectory.array("u").ravel()[~mask])


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.5])
def test_what_does_not_stand_out_stays(noise: float) -> None:
    assert outliers(phase_grid(heat_and_reaction(80, 96, noise)))["u"].part < 5e-4


def test_a_moving_front_does_not_stand_out() -> None:
    x, t = np.linspace(-4.0, 4.0, 128), 0.02 * np.arange(80)
    front = np.tanh((x - t[:, None]) / 0.1)
    trajectory = symdcrnn.Trajectory.from_arrays({"u": front}, t=t, x=x, periodic=False)
    assert outliers(phase_grid(trajectory))["u"].part < 5e-4


def test_what_is_found_does_not_depend_on_how_frames_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = phase_grid(spoiled(0.02)[0])
    found = []
    for frames in (3, 80):
        monkeypatch.setattr(columns, "AT_ONCE", module.HELD * 96 * frames)
        found.append(outliers(grid)["u"])
    np.testing.assert_array_equal(found[0].places, found[1].places)
    np.testing.assert_array_equal(found[0].values, found[1].values)
    parts = [one.fields["u"] for one in repaired(grid, {"u": found[0]}).runs([(0, 7), (7, 41), (41, 80)])]
    np.testing.assert_array_equal(np.concatenate(parts), repaired(grid, {"u": found[0]}).between(0, 80).fields["u"])


def test_frames_that_have_a_say_in_what_is_done_to_one_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours two frames away tell what stands out, three times again, and in what surroundings, also two frames
    away; of what is replaced others are replaced in turn, three times.
    """
    assert module.HALO == 2 + 2 + 3 * 2 + 3 * 2
    random, n, k = np.random.default_rng(0), np.arange(40.0)[:, None], np.arange(6.0)
    u = np.sin(0.1 * n + 0.4 * k) + 1e-3 * random.normal(size=(40, 6))
    wrong = random.choice([-1.0, 1.0], size=u.shape) * 10.0 ** random.uniform(-1.0, 3.0, size=u.shape)
    u = np.where(random.random(u.shape) < 0.2, u + wrong, u)
    grid = PhaseGrid((GridAxis("x", "space", k),), n[:, 0], {"u": u}, {"u": ("t", "x")})
    whole = outliers(grid)["u"]
    assert 20 < whole.places.size < 60
    monkeypatch.setattr(columns, "AT_ONCE", module.HELD * 6)
    by_frame = outliers(grid)["u"]
    np.testing.assert_array_equal(by_frame.places, whole.places)
    np.testing.assert_array_equal(by_frame.values, whole.values)
    assert by_frame.part == whole.part


@pytest.mark.parametrize("seed", [0, 1])
def test_outliers_do_not_change_the_equation(seed: int) -> None:
    trajectory = spoiled(0.02, 0.02, seed)[0]
    plain, robust = (symdcrnn.fit(trajectory, library=["poly 2, d_x 3"], norm=norm)["u"] for norm in ("l2", "huber"))
    assert not plain.certain
    assert robust.certain, robust.checks
    assert set(robust.coefficients) == set(EXACT)
    for term in robust.terms:
        assert term.error is not None
        assert abs(term.coefficient - EXACT[term.word]) < 4.0 * term.error < 0.05 * abs(EXACT[term.word])
    assert set(plain.coefficients) != set(EXACT) or max(
        abs(plain.coefficients[word] / value - 1.0) for word, value in EXACT.items()) > 0.1
    [check] = [check for check in robust.checks if check.name == "outliers"]
    assert check.value == pytest.approx(0.02, rel=0.2)
    assert "were replaced" in check.text


def test_data_on_disk_gives_the_same_bits(tmp_path: Path) -> None:
    trajectory = spoiled(0.02)[0]
    symdcrnn.write_trajectory(trajectory, tmp_path / "u.nc")
    asked = {"words": list(EXACT), "norm": "huber"}
    found = symdcrnn.fit(symdcrnn.open_trajectory(tmp_path / "u.nc"), **asked)
    assert found.settings.scheme == "weak"
    assert found.equations == symdcrnn.fit(trajectory, **asked).equations


def test_more_than_outliers_is_refused() -> None:
    with pytest.raises(InputError, match=r"of u stand out of their neighbours, more than outliers do"):
        symdcrnn.fit(spoiled(0.0, 0.15)[0], words=list(EXACT), norm="huber")
