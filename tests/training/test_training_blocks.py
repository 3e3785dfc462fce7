"""Data on disk in blocks of frames: the same answer as in memory, whatever the memory, the engine or the format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError, StoredTrajectory, Trajectory, open_trajectory
from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.words import Field
from symdcrnn.data.files.on_disk import reader
from symdcrnn.engines.engine import IN_PROCESS, opened
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.penalised import Penalised
from symdcrnn.preprocess import frame_chunks as blocks
from symdcrnn.preprocess.field_statistics import sizes
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.out_of_core import StreamedKernel
from symdcrnn.preprocess.residuals.little_data import HeldColumns
from symdcrnn.preprocess.stored_frames import FrameBlocks, frame_blocks
from symdcrnn.regression.bound_equation import BoundEquation, bind_equation
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.uncertainty.choosing import CELLS

TIGHT = "2MB"
"""Two blocks of these tests and what is made of them, and less than any of these data as a whole."""

SPACE = phase_space(
    (Axis("v", "velocity"), Axis("x", "space", True)), (Field("g", ("t", "v", "x")), Field("rho", ("t", "x"))),
    {"v": ("v",), "x": ("x",), "t": ("t",)})

FEW = ("v_dx g", "<v_dx g>", "v_dx rho", "g", "v_dx v_dx g")
"""Words, where those of a layer would take many passes."""

REWEIGHTED = 120
"""Frames where every step of the fit is a pass."""


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that groups of them are several."""
    monkeypatch.setattr(blocks, "SMALLEST_BLOCK", 2**17)


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    """200 frames, 2.9 MB."""
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 64, nx=100, steps=1600, first=0, frames=200))


@pytest.fixture(scope="module")
def folder(trajectory: Trajectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stored")
    for name in ("data.nc", "data.zarr"):
        symdcrnn.write_trajectory(trajectory, made / name)
    return made


@pytest.fixture
def stored(folder: Path) -> StoredTrajectory:
    return open_trajectory(folder / "data.zarr", memory=TIGHT)


def bound(data: Frames, scheme: str = "imex-bdf2", norm: str = "l2", zero_mean: float = 0.0) -> BoundEquation:
    terms = [Term(SPACE.word(word)) for word in FEW]
    return bind_equation(SCHEMES[scheme], SPACE.variables["g"], terms, data, Stencils(), find_norm(norm), zero_mean)


def on_disk(stored: StoredTrajectory) -> FrameBlocks:
    return frame_blocks(stored, {}, IN_PROCESS)


@pytest.mark.parametrize("name", ["data.nc", "data.zarr"])
def test_blocks_cover_every_residual_once(folder: Path, trajectory: Trajectory, name: str) -> None:
    data = on_disk(open_trajectory(folder / name, memory=TIGHT))
    found = list(blocks.blocks(data, 3, 0, len(data.edges(3)) - 1))
    assert len(found) > 2 * blocks.GROUP
    assert [block.first for block in found] == data.edges(3)[:-1]
    assert [block.stop for block in found] == data.edges(3)[1:]
    assert [block.last for block in found] == [False] * (len(found) - 1) + [True]
    for block in found:
        for field in ("g", "rho"):
            np.testing.assert_array_equal(block.grid.fields[field], trajectory.array(field)[block.first:block.stop + 2])


@pytest.mark.parametrize(("scheme", "norm"), [
    ("imex-bdf2", "l2"), pytest.param("newton-cotes8", "l1", marks=pytest.mark.soak), ("newton-cotes8", "l2")])
def test_sums_are_those_of_the_whole(
    stored: StoredTrajectory, trajectory: Trajectory, scheme: str, norm: str
) -> None:
    whole, streamed = (bound(one, scheme, norm).regression for one in (loaded_frames(trajectory), on_disk(stored)))
    at = -1.0 * np.arange(whole.columns)
    expected, found = whole.evaluate(at, 1e-3), streamed.evaluate(at, 1e-3)
    assert streamed.loss.points == whole.loss.points
    assert found.loss == pytest.approx(expected.loss, rel=1e-13)
    scale = np.sqrt(np.diag(expected.gram))
    np.testing.assert_allclose(found.gradient / scale, expected.gradient / scale, rtol=1e-12,
                               atol=1e-12 * float(np.max(np.abs(expected.gradient / scale))))
    np.testing.assert_allclose(found.gram / np.outer(scale, scale), expected.gram / np.outer(scale, scale), rtol=0,
                               atol=1e-12)


@pytest.mark.soak
def test_cells_and_penalties_are_those_of_the_whole(stored: StoredTrajectory, trajectory: Trajectory) -> None:
    whole, streamed = (bound(one, "newton-cotes8", zero_mean=1.0)
                       for one in (loaded_frames(trajectory), on_disk(stored)))
    at = 1e-3 * np.arange(whole.regression.columns)
    assert isinstance(whole.kernel, HeldColumns)
    assert isinstance(streamed.kernel, StreamedKernel)
    expected, found = (one.kernel.cells(at, CELLS) for one in (whole, streamed))
    assert len(found) == len(expected) == 72
    for one, other in zip(found, expected, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-12)
    penalties = []
    for one in (whole, streamed):
        assert isinstance(one.regression.loss, Penalised)
        penalties.append(one.regression.loss.penalty)
    np.testing.assert_allclose(*penalties, rtol=1e-10, atol=1e-12 * float(np.max(penalties[0])))


def test_sizes_are_those_of_the_whole(stored: StoredTrajectory, trajectory: Trajectory) -> None:
    for name in ("g", "rho"):
        expected = float(np.sqrt(np.mean(trajectory.array(name) ** 2)))
        assert sizes(on_disk(stored), (name,))[name] == pytest.approx(expected, rel=1e-13)
        assert sizes(loaded_frames(trajectory), (name,))[name] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("changes", [
    pytest.param({}, marks=pytest.mark.soak),
    pytest.param({"scheme": "newton-cotes8", "norm": "l1", "words": FEW, "bootstrap": 4}, marks=pytest.mark.soak),
    pytest.param({"scheme": "newton-cotes8", "norm": "huber"}, marks=pytest.mark.soak),
    pytest.param({"scheme": "imex-bdf2", "tied": ("g:<v_dx g>=-1*v_dx g",)}, marks=pytest.mark.soak),
    pytest.param({"functions": ("g:g",), "knots": 6, "scheme": "simpson"}, marks=pytest.mark.soak),
    pytest.param({"optimisers": ("sgd",), "batches": 4, "sgd": 20}, marks=pytest.mark.soak),
])
def test_coefficients_are_those_of_data_in_memory(
    stored: StoredTrajectory, trajectory: Trajectory, changes: dict[str, object]
) -> None:
    settings = {"equations": "g", "layers": 1, "starts": 1, **changes}
    frames = REWEIGHTED if "norm" in changes else 200
    whole, streamed = (symdcrnn.fit(one.select(0, frames), **settings)["g"]  # type: ignore[attr-defined]
                       for one in (trajectory, stored))
    assert list(streamed.coefficients) == list(whole.coefficients)
    for word, value in whole.coefficients.items():
        assert streamed.coefficients[word] == pytest.approx(value, rel=1e-12)
    for one, other in zip(streamed.terms, whole.terms, strict=True):
        assert one.error == (None if other.error is None else pytest.approx(other.error, rel=1e-6))
    assert (streamed.scheme, streamed.judge, streamed.vanishing) == (whole.scheme, whole.judge, whole.vanishing)
    # The function's own values, of which the fastest rate is one, come from a Gram matrix without refinement.
    assert streamed.rate == pytest.approx(whole.rate, rel=1e-10 if "functions" in changes else 1e-12)


@pytest.mark.soak
@pytest.mark.parametrize(("engine", "norm"), [("threads", "l2"), ("processes", "l2"), ("processes", "l1")])
def test_bits_do_not_depend_on_memory_or_engine(folder: Path, engine: str, norm: str) -> None:
    scheme = "imex-bdf2" if norm == "l2" else "newton-cotes8"
    settings = {"equations": "g", "words": FEW, "starts": 1, "norm": norm, "scheme": scheme, "bootstrap": 4}
    frames = 200 if norm == "l2" else REWEIGHTED
    plain = symdcrnn.fit(open_trajectory(folder / "data.nc", memory=TIGHT).select(0, frames), **settings)["g"]  # type: ignore[arg-type]
    other = symdcrnn.fit(open_trajectory(folder / "data.zarr", memory="1GB").select(0, frames), scheduler=engine,
                         **settings)["g"]  # type: ignore[arg-type]
    assert other == plain


def test_few_passes_are_made_over_a_file_that_is_opened_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quadratic loss needs passes only where rounding hides it."""
    passes, files = [], []
    read, opened_file = blocks.blocks, reader.opened_file
    monkeypatch.setattr(blocks, "blocks", lambda *given: passes.append(given) or read(*given))
    monkeypatch.setattr(reader, "opened_file", lambda *given: files.append(opened_file(*given)) or files[-1])
    stored = open_trajectory(folder / "data.nc", memory=TIGHT)
    symdcrnn.fit(stored, equations="g", words=FEW, starts=1)
    assert 1 < len(passes) < 30
    assert len(files) == 1
    # It is closed with the fit, so that others may write to it.
    with h5py.File(folder / "data.nc", "a"):
        pass
    with stored.reader.opened() as values:
        values(0, 1)
    assert len(files) == 2


@pytest.mark.parametrize("parts", [(0, 200), (0, REWEIGHTED)])
def test_what_is_fitted_here_stays_on_disk(stored: StoredTrajectory, parts: tuple[int, int]) -> None:
    assert isinstance(stored.select(*parts).in_memory_if_it_fits(), StoredTrajectory)


def test_windows_of_frames(folder: Path, trajectory: Trajectory) -> None:
    window = open_trajectory(folder / "data.nc", memory=TIGHT).select(10, 90, 2).select(3)
    expected = trajectory.select(10, 90, 2).select(3)
    assert window.header.frames == expected.frames == 87
    np.testing.assert_array_equal(on_disk(window).windows(()).between(5, 9).fields["g"], expected.array("g")[5:9])
    small = replace(window, memory=10**9).in_memory_if_it_fits()
    assert isinstance(small, Trajectory)
    np.testing.assert_array_equal(small.array("rho"), expected.array("rho"))
    assert replace(window, memory=10**6).in_memory_if_it_fits() is not small


@pytest.mark.soak
def test_several_files(folder: Path, trajectory: Trajectory) -> None:
    settings = {"equations": "g", "layers": 1, "starts": 1, "scheme": "imex-bdf2", "bootstrap": 0}
    parts = [(0, 100), (100, 100)]
    whole = symdcrnn.fit([trajectory.select(*part) for part in parts], **settings)["g"]  # type: ignore[arg-type]
    stored = open_trajectory(folder / "data.nc", memory=TIGHT)
    streamed = symdcrnn.fit([stored.select(*part) for part in parts], **settings)["g"]  # type: ignore[arg-type]
    for word, value in whole.coefficients.items():
        assert streamed.coefficients[word] == pytest.approx(value, rel=1e-12)


def test_too_little_memory_says_how_much_is_needed(folder: Path) -> None:
    with pytest.raises(InputError, match=r"a memory of 100000 bytes does not .* at least (\d+kB)") as error:
        symdcrnn.fit(open_trajectory(folder / "data.nc", memory="100kB"), equations="g", words=FEW, starts=1)
    enough = str(error.value).split()[-1]
    symdcrnn.fit(open_trajectory(folder / "data.nc", memory=enough), equations="g", words=FEW, starts=1)


def test_stages_need_all_frames(folder: Path) -> None:
    with pytest.raises(InputError, match="imex-ars222 has stages, which needs all frames in memory"):
        symdcrnn.fit(open_trajectory(folder / "data.nc", memory=TIGHT), equations="g", scheme="imex-ars222")


def test_bad_values_are_found_in_their_block(trajectory: Trajectory, tmp_path: Path) -> None:
    dataset = trajectory.dataset.copy(deep=True)
    dataset["g"][133, 2, 7] = np.nan
    dataset.to_netcdf(tmp_path / "nan.nc", engine="h5netcdf")
    stored = open_trajectory(tmp_path / "nan.nc", memory=TIGHT)
    for engine in ("in-process", "threads"):
        with pytest.raises(InputError, match=r"nan\.nc: variable 'g' .*the first at index \[t=133, v=2, x=7\]"):
            symdcrnn.fit(stored, equations="g", scheduler=engine, scheme="newton-cotes8", words=FEW, starts=1)
    for value, text in ((1e60, "values up to 1.0e\\+60"), (1e-60, "values of about")):
        dataset["g"][:] = value * trajectory.array("g") / float(np.abs(trajectory.array("g")).max())
        dataset.to_netcdf(tmp_path / "size.nc", engine="h5netcdf")
        with pytest.raises(InputError, match=text):
            symdcrnn.fit(open_trajectory(tmp_path / "size.nc", memory=TIGHT), equations="g", words=FEW, starts=1)


def test_other_layouts_are_put_right(trajectory: Trajectory, tmp_path: Path) -> None:
    turned = trajectory.dataset.transpose("x", "v", "t").astype("float32")
    turned = turned.assign_coords(t=trajectory.t, x=trajectory.x)
    turned.to_netcdf(tmp_path / "turned.nc", engine="h5netcdf")
    stored, whole = open_trajectory(tmp_path / "turned.nc"), symdcrnn.read_trajectory(tmp_path / "turned.nc")
    assert stored.notices == whole.notices
    np.testing.assert_array_equal(on_disk(stored).windows(()).between(3, 5).fields["g"], whole.array("g")[3:5])
    assert stored.copies > 1


def test_files_that_cannot_be_read_in_blocks(trajectory: Trajectory, tmp_path: Path) -> None:
    symdcrnn.write_trajectory(trajectory.select(0, 10), tmp_path / "data.npz")
    with pytest.raises(InputError, match=r"NumPy files cannot be read in blocks of frames: write \.nc, \.zarr"):
        open_trajectory(tmp_path / "data.npz")
    with pytest.raises(InputError, match="there is no such file"):
        open_trajectory(tmp_path / "missing.nc")
    with pytest.raises(InputError, match="scheduler is 'slurm': choose from in-process, threads, processes"):
        opened("slurm")
