"""Sizes of memory, Zarr folders."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
import zarr

import symdcrnn
from symdcrnn import InputError, Trajectory, open_trajectory, read_trajectory
from symdcrnn.data.files import memory
from symdcrnn.data.files.memory import memory_text, parse_memory


def store(data: xarray.Dataset, path: Path, **how: Any) -> None:
    """By xarray alone, whatever it says about that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".nc":
            data.to_netcdf(path, engine="h5netcdf", mode="w")
        else:
            data.to_zarr(path, mode="w", **how)


def small() -> Trajectory:
    x, t = np.arange(8) / 8, 0.1 * np.arange(3)
    return Trajectory.from_arrays({"u": np.sin(x - t[:, None])}, t=t, x=x, epsilon=0.5, exact={"u": {"d_x u": -1.0}},
                                  profiles={"sigma_s": x}, attributes={"note": "kept"})


@pytest.mark.parametrize(("text", "size"), [
    ("2GB", 2 * 10**9), ("512MB", 512 * 10**6), ("2GiB", 2**31), ("1.5 gb", 1_500_000_000), ("64 KiB", 2**16),
    ("100", 100), ("3T", 3 * 10**12), (" .5MB ", 500_000),
])
def test_sizes(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "GB", "2 bananas", "-1GB", "0", "1e9", "2GB2", "inf", "nan"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="such as 2GB"):
        parse_memory(text)


@pytest.mark.parametrize("size", [1, 999, 12_345, 9_999_999, 123_456_789, 2 * 10**9, 34 * 10**9 + 1])
def test_a_printed_size_is_enough(size: int) -> None:
    assert size <= parse_memory(memory_text(size)) <= max(1000, 1.1 * size)


def test_zarr_gives_back_what_was_written(tmp_path: Path) -> None:
    trajectory = small()
    for _ in range(2):
        symdcrnn.write_trajectory(trajectory, tmp_path / "data.zarr")
    again = symdcrnn.read_trajectory(tmp_path / "data.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["data.zarr"]
    assert again.dataset.identical(trajectory.dataset)
    assert again.exact == trajectory.exact


def test_damaged_and_foreign_folders(tmp_path: Path) -> None:
    symdcrnn.write_trajectory(small(), tmp_path / "data.zarr")
    (tmp_path / "plain.zarr").mkdir()
    (tmp_path / "file.zarr").write_text("text")
    with pytest.raises(InputError, match="is no Zarr group"):
        symdcrnn.read_trajectory(tmp_path / "plain.zarr")
    with pytest.raises(InputError, match="is there already and is no Zarr group"):
        symdcrnn.write_trajectory(small(), tmp_path / "plain.zarr")
    with pytest.raises(InputError, match="is a file, not a folder of Zarr"):
        symdcrnn.read_trajectory(tmp_path / "file.zarr")
    (tmp_path / "data.zarr" / ".zgroup").write_text("{")
    (tmp_path / "data.zarr" / ".zmetadata").write_text("{")
    with pytest.raises(InputError, match=r"data\.zarr: is damaged"):
        symdcrnn.read_trajectory(tmp_path / "data.zarr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.zarr", "file.zarr", "plain.zarr"]


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    symdcrnn.write_trajectory(small(), tmp_path / "data.zarr")
    broken = Trajectory(small().dataset.assign_attrs(bad=object()))
    with pytest.raises(InputError, match="keep attributes to numbers and text"):
        symdcrnn.write_trajectory(broken, tmp_path / "data.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["data.zarr"]
    assert symdcrnn.read_trajectory(tmp_path / "data.zarr").dataset.identical(small().dataset)


def test_chunks_that_are_not_in_a_folder_are_said(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    trajectory = small()
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=3)
    for name, values, dims in (("u", trajectory.array("u"), ["t", "x"]), ("t", trajectory.t, ["t"]),
                               ("x", trajectory.x, ["x"])):
        chunks = (1, values.shape[1]) if values.ndim == 2 else values.shape
        group.create_array(name, shape=values.shape, chunks=chunks, dtype="f8", dimension_names=dims)[...] = values
    group.attrs["periodic"] = 1
    assert symdcrnn.read_trajectory(tmp_path / "a.zarr").notices == ()
    (tmp_path / "a.zarr" / "u" / "c" / "1" / "0").unlink()
    for notices in (symdcrnn.read_trajectory(tmp_path / "a.zarr").notices,
                    symdcrnn.open_trajectory(tmp_path / "a.zarr").notices):
        assert notices == ("1 of 3 chunks of u are not in the folder: read as 0.0, its fill value; if they were lost, "
                           "copy or write the folder anew",)


def test_data_of_other_axes_is_read_frame_by_frame(tmp_path: Path) -> None:
    """Also where the file has its axes in another order, and a field of time alone."""
    f = np.random.default_rng(0).standard_normal((5, 3, 6, 8))
    made = Trajectory.from_arrays({"f": (("t", "k", "y", "x"), f), "q": ("t", np.arange(5.0))}, t=np.arange(5),
                                  x=np.arange(8), y=np.arange(6), axes={"k": np.arange(3)}, roles={"k": "index"},
                                  periodic=True)
    made.dataset.transpose("x", "k", "t", "y").to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    stored = symdcrnn.open_trajectory(tmp_path / "a.nc")
    assert [axis.name for axis in stored.header.axes] == ["k", "y", "x"]
    assert stored.frame_bytes == 8 * (3 * 6 * 8 + 1)
    with stored.select(1, 2, 2).reader.opened() as read:
        found = read(0, 2)
    np.testing.assert_array_equal(found["f"], f[1::2])
    np.testing.assert_array_equal(found["q"], [1.0, 3.0])
    whole = stored.in_memory_if_it_fits()
    assert isinstance(whole, Trajectory)
    np.testing.assert_array_equal(whole.array("f"), f)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_numbers_in_messages_are_those_of_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    data = xarray.Dataset({"u": (("t", "x"), np.random.default_rng(0).normal(size=(30, 8)), {"units": "m"})},
                          coords={"t": np.arange(30.0), "x": np.arange(8.0)})
    Trajectory.of(data, periodic=True)
    store(data, path)
    assert open_trajectory(path).header.dataset["u"].attrs["units"] == "m"
    store(data.drop_vars("t"), path)
    for read in (read_trajectory, open_trajectory):
        with pytest.raises(InputError, match="30 numbers"):
            read(path)


def test_zarr_of_version_three_is_read_without_a_word_of_its_library(tmp_path: Path) -> None:
    if int(zarr.__version__.partition(".")[0]) < 3:
        pytest.skip("writes version 2 alone")
    u = np.random.default_rng(0).normal(size=(4, 2, 8))
    coords = {"t": np.arange(4.0), "species": ["ions", "electrons"], "x": np.arange(8.0)}
    data = xarray.Dataset({"u": (("t", "species", "x"), u)}, coords=coords, attrs={"periodic": 1})
    for consolidated in (True, False):
        path = tmp_path / f"{consolidated}.zarr"
        store(data, path, zarr_format=3, consolidated=consolidated)
        # A warning is an error here.
        assert read_trajectory(path).field_names == ("u",)
        assert open_trajectory(path).header.frames == 4


def large_zarr(path: Path, frames: int) -> None:
    """Metadata of a field of so many frames, of which no chunk is stored."""
    def array(name: str, shape: list[int], dims: list[str], values: np.ndarray | None = None) -> None:
        folder = path / name
        folder.mkdir(parents=True)
        (folder / ".zarray").write_text(json.dumps({
            "shape": shape, "chunks": shape if values is not None else [100, 1000], "dtype": "<f8", "fill_value": None,
            "order": "C", "filters": None, "compressor": None, "zarr_format": 2}), encoding="utf-8")
        (folder / ".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": dims}), encoding="utf-8")
        if values is not None:
            (folder / "0").write_bytes(values.tobytes())

    array("x", [1000], ["x"], np.arange(1000.0))
    array("t", [frames], ["t"], np.arange(float(frames)))
    array("u", [frames, 1000], ["t", "x"])
    (path / ".zgroup").write_text('{"zarr_format": 2}', encoding="utf-8")


def test_too_little_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large_zarr(tmp_path / "a.zarr", 5000)
    monkeypatch.setattr(memory, "machine_memory", lambda: 20_000_000)
    with pytest.raises(InputError, match=r"takes 41MB of memory, and there is 20MB: .*--memory"):
        read_trajectory(tmp_path / "a.zarr")


@pytest.mark.parametrize("error", [
    MemoryError(), MemoryError("Unable to allocate 3.7 GiB for an array"), OSError("memory allocation failed"),
    OSError(12, "Cannot allocate memory"),
])
@pytest.mark.parametrize("suffix", [".nc", ".zarr", ".npz", ".mat"])
def test_errors_of_memory_of_any_library_are_said_as_such(
    tmp_path: Path, suffix: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    symdcrnn.write_trajectory(small(), path)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a codec failed") from error

    places = {".nc": "xarray.Variable.load", ".zarr": "xarray.Variable.load", ".npz": "numpy.load",
              ".mat": "scipy.io.loadmat"}
    monkeypatch.setattr(places[suffix], fails)
    with pytest.raises(InputError, match="takes more memory than there is") as caught:
        read_trajectory(path)
    assert "damaged" not in str(caught.value)
    assert "\n" not in str(caught.value)
