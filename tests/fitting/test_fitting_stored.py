"""Data on any axes that stays on disk: the answers of data in memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError, Trajectory, open_trajectory
from symdcrnn.engines.engine import IN_PROCESS
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess import frame_chunks
from symdcrnn.preprocess.field_statistics import sizes
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.stored_frames import frame_blocks
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES

POINTS, FRAMES = 48, 90
X = 2.0 * np.pi * np.arange(POINTS) / POINTS
T = 0.03 * np.arange(FRAMES)
WORDS: dict[str, Any] = {"words": ("d_x u", "u"), "central_stencil": "central8"}


def fading(t: Any = T) -> Trajectory:
    """u_t = -u_x - (1 + sin(4 t)/2) u, exactly."""
    time = t[:, None]
    u = (1.0 / (2.0 + np.sin(X - time)) + 1.0) * np.exp(-time + (np.cos(4.0 * time) - 1.0) / 8.0)
    return Trajectory.from_arrays({"u": u}, t=t, x=X, periodic=True)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many."""
    monkeypatch.setattr(frame_chunks, "SMALLEST_BLOCK", 2**12)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Trajectory, symdcrnn.StoredTrajectory]:
    symdcrnn.write_trajectory(fading(), tmp_path / "u.nc")
    return fading(), open_trajectory(tmp_path / "u.nc")


def same(found: symdcrnn.Model, expected: symdcrnn.Model, rtol: float = 1e-12) -> None:
    for one, other in zip(found.equations, expected.equations, strict=True):
        assert list(one.coefficients) == list(other.coefficients)
        np.testing.assert_allclose(list(one.coefficients.values()), list(other.coefficients.values()), rtol=rtol)
        assert (one.scheme, one.judge, one.points) == (other.scheme, other.judge, other.points)
    assert found.settings == expected.settings


def test_coefficients_are_those_of_data_in_memory(pair: tuple[Trajectory, symdcrnn.StoredTrajectory]) -> None:
    whole, stored = pair
    settings = {**WORDS, "words": ("d_x u", "u", "sin(4*t) u")}
    model = symdcrnn.fit(stored, **settings)
    same(model, symdcrnn.fit(whole, **settings))
    assert model["u"].coefficients["sin(4*t) u"] == pytest.approx(-0.5, rel=1e-5)
    assert model["u"].terms[0].error is not None


@pytest.mark.parametrize("function", ["u:u@t", "u:u"])
def test_functions_are_those_of_data_in_memory(
    pair: tuple[Trajectory, symdcrnn.StoredTrajectory], function: str
) -> None:
    found, expected = (symdcrnn.fit(one, functions=(function,), knots=40, bootstrap=0, **WORDS) for one in pair)
    same(found, expected, 1e-10)
    np.testing.assert_allclose(found["u"].functions[0].values, expected["u"].functions[0].values, rtol=1e-8)


def test_frames_at_uneven_times(tmp_path: Path) -> None:
    t = T + 0.01 * np.sin(7.0 * T)
    symdcrnn.write_trajectory(fading(t), tmp_path / "u.nc")
    settings = {**WORDS, "words": ("d_x u", "u", "sin(4*t) u"), "bootstrap": 0}
    same(symdcrnn.fit(open_trajectory(tmp_path / "u.nc"), **settings), symdcrnn.fit(fading(t), **settings), 1e-10)


def bound(frames: Frames) -> Any:
    space = space_of(fading())
    terms, stencils = [Term(space.word("u")), Term(space.word("d_x u"))], Stencils.named("central8", "central8")
    target, scheme = space.variables["u"], SCHEMES["newton-cotes8"]
    return bind_equation(scheme, target, terms, frames, stencils, find_norm("l2")).kernel


def assert_same(found: QuadraticModel, expected: QuadraticModel, rtol: float) -> None:
    assert (found.loss, *found.gradient) == pytest.approx((expected.loss, *expected.gradient), rel=rtol)
    # u and its derivative are orthogonal: what their product is relative to itself is rounding.
    sizes = np.sqrt(np.outer(np.diag(expected.gram), np.diag(expected.gram)))
    assert (np.abs(found.gram - expected.gram) <= rtol * sizes).all()


def test_sums_cells_and_sizes_are_those_of_the_whole(
    pair: tuple[Trajectory, symdcrnn.StoredTrajectory]
) -> None:
    whole, stored = loaded_frames(pair[0], {}), frame_blocks(pair[1], {}, IN_PROCESS)
    edges = stored.edges(9)
    assert len(edges) > 5
    assert edges[-1] == FRAMES - 8
    coefficients = np.array([-0.03, -0.02])
    expected, found = bound(whole), bound(stored)
    assert found.points == expected.points
    assert_same(found.evaluate(coefficients), expected.evaluate(coefficients), 1e-11)
    cells = found.cells(coefficients, Partition(3, 2))
    for one, other in zip(cells, expected.cells(coefficients, Partition(3, 2)), strict=True):
        assert_same(one, other, 1e-10)
    for one, other in zip(found.sizes().values, expected.sizes().values, strict=True):
        assert one == other
    assert sizes(stored, ("u",)) == pytest.approx(sizes(whole, ("u",)), rel=1e-12)


@pytest.mark.parametrize("engine", ["threads", pytest.param("processes", marks=pytest.mark.soak)])
def test_bits_do_not_depend_on_the_engine(pair: tuple[Trajectory, symdcrnn.StoredTrajectory], engine: str) -> None:
    found = [symdcrnn.fit(pair[1], scheduler=one, bootstrap=0, functions=("u:u@t",), knots=20, **WORDS)
             for one in (None, engine)]
    assert found[0].equations == found[1].equations


@pytest.mark.soak
def test_two_space_axes_and_files_of_another_order(tmp_path: Path) -> None:
    y = 2.0 * np.pi * np.arange(20) / 20
    time = T[:40, None, None]
    u = 1.0 / (2.0 + np.sin(X[:24] * 2 - time)) + np.cos(y[:, None] - 2.0 * time) * np.exp(-time)
    made = Trajectory.from_arrays({"u": (("t", "y", "x"), u)}, t=T[:40], y=y, x=X[:24] * 2, periodic=True)
    made.dataset.transpose("x", "t", "y").to_netcdf(tmp_path / "u.nc", engine="h5netcdf")
    settings: dict[str, Any] = {"words": ("d_x u", "d_y u", "u"), "bootstrap": 0, "central_stencil": "central8"}
    same(symdcrnn.fit(open_trajectory(tmp_path / "u.nc"), **settings), symdcrnn.fit(made, **settings))


def test_the_shell_reads_blocks_and_seeks_functions_of_time(tmp_path: Path, command: Any) -> None:
    symdcrnn.write_trajectory(fading(), tmp_path / "u.nc")
    asked = [*("--word", "d_x u"), *("--word", "u"), *("--function", "u:u@t"), *("--central-stencil", "central8")]
    # Less than one and a half times the data, so that it stays on disk.
    limits = [[], ["--memory", "40kB", "--scheduler", "threads"]]
    found = []
    for more in limits:
        done = command(tmp_path, "fit", "u.nc", *asked, *more, "--bootstrap", "0", "--json")
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    whole, stored = (one["details"]["u"]["functions"]["u"] for one in found)
    assert stored["t"] == list(T)
    np.testing.assert_allclose(stored["values"], whole["values"], rtol=1e-8)
    assert found[1]["equations"]["u"]["d_x u"] == pytest.approx(found[0]["equations"]["u"]["d_x u"], rel=1e-10)


def test_too_little_memory_says_how_much_is_needed(tmp_path: Path) -> None:
    symdcrnn.write_trajectory(fading(), tmp_path / "u.nc")
    with pytest.raises(InputError, match="does not hold two blocks of frames"):
        symdcrnn.fit(open_trajectory(tmp_path / "u.nc", memory=1000), **WORDS)


def test_no_more_than_some_blocks_are_read_at_a_time(
    pair: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_chunks, "SMALLEST_BLOCK", 2**15)
    settings: dict[str, Any] = {"scheme": "newton-cotes4", "bootstrap": 0, "starts": 1, **WORDS}
    symdcrnn.fit(pair[1], **settings)
    peaks = []
    for frames in (300, 900):
        symdcrnn.write_trajectory(fading(1e-3 * np.arange(frames)), tmp_path / "u.nc")
        stored = open_trajectory(tmp_path / "u.nc", memory=1_000_000)
        tracemalloc.start()
        symdcrnn.fit(stored, **settings)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 0.5 * 8 * 600 * POINTS
