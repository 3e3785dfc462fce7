"""Noisy data that stays on disk: the answers of data in memory, to the bit, and no more memory than blocks take."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.preprocess.phase_grid import phase_grid
from symdcrnn.weak_form import columns, memory
from symdcrnn.weak_form.noise import level as noise_level
from symdcrnn.weak_form.noise.level import field_sizes
from symdcrnn.weak_form.noise.synthetic import SyntheticNoise

FRAMES, POINTS = 150, 64
LIBRARY = {"library": ["poly 2, d_x 2"]}


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 16 frames, so that test functions reach over several."""
    monkeypatch.setattr(columns, "AT_ONCE", 16 * POINTS)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory]:
    whole = heat_and_reaction(FRAMES, POINTS, 0.05)
    symdcrnn.write_trajectory(whole, tmp_path / "u.nc")
    return whole, symdcrnn.open_trajectory(tmp_path / "u.nc")


def test_noisy_data_on_disk_gives_the_bits_of_data_in_memory(
    pair: tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory]
) -> None:
    whole, stored = (symdcrnn.fit(one, **LIBRARY) for one in pair)
    assert stored.settings.scheme == "weak"
    assert stored["u"].certain
    assert set(stored["u"].coefficients) == {"u", "d_x u", "d_xx u"}
    assert stored.equations == whole.equations
    assert stored.data.noise == whole.data.noise


@pytest.mark.parametrize("scheduler", ["threads", pytest.param("processes", marks=pytest.mark.soak)])
def test_bits_do_not_depend_on_the_engine(
    pair: tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory], scheduler: str
) -> None:
    asked = {"words": ["u", "d_x u", "d_xx u"], "test_functions": ("t=14", "x=20")}
    assert symdcrnn.fit(pair[1], scheduler=scheduler, **asked).equations == symdcrnn.fit(pair[0], **asked).equations


@pytest.mark.parametrize("settings", [
    pytest.param({"words": ["u", "d_x u", "u*d_xx u"]}, marks=pytest.mark.soak),
    {"words": ["u", "d_x u"], "functions": ("u:u",), "knots": 6},
    {"words": ["u", "d_x u"], "functions": ("u:u@t",), "knots": 6},
], ids=["derivatives inside", "function of x", "function of t"])
def test_all_kinds_of_words(
    pair: tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory], settings: dict[str, object]
) -> None:
    found, expected = (symdcrnn.fit(one, test_functions=("t=14", "x=16"), **settings) for one in pair)
    assert found.equations == expected.equations


def test_chunks_of_frames_change_no_more_than_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    trajectory = heat_and_reaction(60, 96, 0.02)
    asked = {"words": ["u", "d_x u", "d_xx u", "u*d_xx u"], "test_functions": ("t=14", "x=20")}
    found = []
    for frames in (1, 7, 60):
        monkeypatch.setattr(columns, "AT_ONCE", 96 * frames)
        found.append(symdcrnn.fit(trajectory, **asked)["u"])  # type: ignore[arg-type]
    for one in found[1:]:
        assert list(one.coefficients) == list(found[0].coefficients)
        np.testing.assert_allclose(list(one.coefficients.values()), list(found[0].coefficients.values()), rtol=1e-10)
        np.testing.assert_allclose([term.error for term in one.terms], [term.error for term in found[0].terms],
                                   rtol=1e-8)


def test_sizes_are_those_of_all_frames(pair: tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory]) -> None:
    values = pair[0].array("u")
    found = field_sizes(phase_grid(pair[0]))["u"]
    assert found.root_mean_square == pytest.approx(float(np.sqrt(np.mean(values**2))), rel=1e-13)
    assert found.deviation == pytest.approx(float(np.std(values)), rel=1e-12)
    assert found.change == pytest.approx(float(np.sqrt(np.mean(np.diff(values, axis=0) ** 2))), rel=1e-13)


def test_synthetic_noise_is_the_same_however_frames_are_cut() -> None:
    noise = SyntheticNoise(phase_grid(heat_and_reaction(20, 32)), {"u": 0.5}, 3)
    whole = noise.between(0, 20).fields["u"]
    assert np.std(whole) == pytest.approx(0.5, rel=0.1)
    parts = [one.fields["u"] for one in noise.runs([(0, 3), (3, 11), (11, 20)])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    added = replace(noise, onto=-1.0).between(4, 9).fields["u"]
    np.testing.assert_array_equal(added, noise.data.between(4, 9).fields["u"] - whole[4:9])


@pytest.mark.soak
def test_memory_does_not_grow_with_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise_level, "MOST_VALUES", 2**13)
    monkeypatch.setattr(columns, "AT_ONCE", 16 * 8 * POINTS)
    peaks = []
    for frames in (150, 400):
        symdcrnn.write_trajectory(heat_and_reaction(frames, 8 * POINTS, 0.05), tmp_path / "u.nc")
        stored = symdcrnn.open_trajectory(tmp_path / "u.nc")
        tracemalloc.start()
        symdcrnn.fit(stored, words=["u", "d_x u", "d_xx u"], test_functions=("t=14", "x=20"), bootstrap=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 0.25 * 8 * 250 * 8 * POINTS


@pytest.mark.soak
def test_too_little_memory_says_how_much_is_needed(
    pair: tuple[symdcrnn.Trajectory, symdcrnn.StoredTrajectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On so little data both forms need about the same; here integrals need more.
    monkeypatch.setattr(memory, "MOVED", 16)
    small = replace(pair[1], memory=350_000)
    with pytest.raises(InputError, match=r"a memory of 350000 bytes does not hold .* give at least"):
        symdcrnn.fit(small, scheme="weak", **LIBRARY)
    # Nobody asked for it, so what the memory holds is done.
    assert symdcrnn.fit(small, **LIBRARY).settings.scheme != "weak"
