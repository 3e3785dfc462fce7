"""Groups of HDF5 and NetCDF, MATLAB 7.3, single arrays, tables, and series of files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from symdcrnn.data import Trajectory, open_trajectory, read_series, read_trajectory, write_trajectory
from symdcrnn.data.files.places import Place, place_of
from symdcrnn.errors import InputError

pytestmark = pytest.mark.usefixtures("strangers")

NT, NX = 6, 9
T, X = 0.5 * np.arange(NT), np.arange(NX) / NX
RANDOM = np.random.default_rng(11)
U = RANDOM.normal(size=(NT, NX))
SQUARE = RANDOM.normal(size=(NX, NX))


def refused(path: Path | str, *says: str, **more: Any) -> None:
    with pytest.raises(InputError) as info:
        read_trajectory(path, **more)
    assert "\n" not in str(info.value)
    assert str(info.value).startswith(str(path).partition(":/")[0])
    for text in says:
        assert text in str(info.value)


def grouped(path: Path) -> Path:
    """Two runs on the same x, which stands around them."""
    with h5py.File(path, "w") as file:
        file.attrs["periodic"] = 1
        file["x"] = X
        file["x"].attrs["units"] = "m"
        for number, name in enumerate(("one", "two"), 1):
            group = file.create_group(name)
            group["time"], group["u"], group["w"], group["who"] = T, number * U, U, "me"
            group["time"].attrs["units"] = "s"
            group["box"] = np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])
    return path


def test_groups_of_hdf5(tmp_path: Path) -> None:
    path = grouped(tmp_path / "a.h5")
    refused(path, f"has fields in several groups: choose one of {path}:/one, {path}:/two")
    refused(f"{path}:/three", "has nothing called '/three'", f"{path}:/one")
    trajectory = read_trajectory(f"{path}:/two")
    np.testing.assert_array_equal(trajectory.array("u"), 2 * U)
    np.testing.assert_array_equal(trajectory.x, X)
    assert trajectory.field_names == ("u", "w")
    assert [trajectory.dataset[name].attrs["units"] for name in ("t", "x")] == ["s", "m"]
    assert set(trajectory.notices) == {"took time as t, by its name", "left out box, which is no array of numbers",
                                       "left out who, which is no array of numbers"}
    single = read_trajectory(f"{path}:/one/w", fields={"v": "w"})
    assert single.field_names == ("v",)
    np.testing.assert_array_equal(single.array("v"), U)
    with h5py.File(path, "r+") as file:
        del file["two"]
        file["again"] = file["/"]
    assert "took the group /one, the only one with fields" in read_trajectory(path).notices


def test_dimension_scales_tell_axes(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["q"], file["pos"], file["time"] = SQUARE, X, X
        for number, name in enumerate(("pos", "time")):
            file[name].make_scale()
            file["q"].dims[number].attach_scale(file[name])
    trajectory = read_trajectory(tmp_path / "a.h5")
    np.testing.assert_array_equal(trajectory.array("q"), SQUARE.T)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        for number, name in enumerate(("pos", "time")):
            file["q"].dims[number].detach_scale(file[name])
    refused(tmp_path / "a.h5", "can be read as (t, x) or (x, t)")


def test_matlab_73(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    pairs = np.zeros((NX, NT), dtype=[("real", "f8"), ("imag", "f8")])
    pairs["real"], pairs["imag"] = U.T, 2 * U.T
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array, kind in (("x", X[:, None], "double"), ("t", T[None], "double"), ("q", pairs, "double"),
                                  ("f", SQUARE[:NX, :NT], "double"), ("periodic", np.ones((1, 1)), "double"),
                                  ("axes_f", np.array([[ord(letter)] for letter in "t x"], dtype="u2"), "char"),
                                  ("c", np.zeros((1, 1)), "cell")):
            file[name] = array
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        file.create_group("#refs#")["a"] = np.ones((2, 2))
    content = bytearray(path.read_bytes())
    content[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + bytes([0, 2]) + b"IM"
    path.write_bytes(content)
    trajectory = read_trajectory(path)
    np.testing.assert_array_equal(trajectory.array("q_re"), U)
    np.testing.assert_array_equal(trajectory.array("q_im"), 2 * U)
    np.testing.assert_array_equal(trajectory.array("f"), SQUARE[:NX, :NT].T)
    assert "left out c, which is no array of numbers" in trajectory.notices
    path.write_bytes(content[:900])
    refused(path, "damaged or cut short")


def test_structures_of_matlab(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"run": {"x": X, "t": T, "out": {"t": T, "x": X, "u": U}, "u": 3 * U}, "k": 1.0})
    np.testing.assert_array_equal(read_trajectory(path).array("u"), 3 * U)
    assert "took the structure run, as the file has no field beside it" in read_trajectory(path).notices
    np.testing.assert_array_equal(read_trajectory(f"{path}:/run/out").array("u"), U)
    refused(f"{path}:/run/in", "has no structure /run/in (structures found: out)")


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_groups_of_datasets(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    around = xr.Dataset(coords={"x": X}, attrs={"periodic": 1})
    inner = xr.Dataset({"u": (("time", "x"), U)}, coords={"time": T} | ({} if suffix == ".nc" else {"x": X}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for group, dataset in ((None, around), ("runs/one", inner), ("runs/two", 2 * inner)):
            if suffix == ".nc":
                dataset.to_netcdf(path, engine="h5netcdf", group=group, mode="a" if group else "w")
            else:
                dataset.to_zarr(path, group=group, mode="a", zarr_format=2, consolidated=False)
    place = f"{path}:/runs/two"
    np.testing.assert_array_equal(read_trajectory(place, periodic=True).array("u"), 2 * U)
    stored = open_trajectory(place, periodic=True)
    with stored.reader.opened() as read:
        np.testing.assert_array_equal(read(2, 4)["u"], 2 * U[2:4])
    refused(f"{path}:/runs/three", "'/runs/three'")
    with pytest.raises(InputError, match="groups can only be read"):
        write_trajectory(read_trajectory(place), place)
    if suffix == ".nc":
        refused(path, "has fields in several groups", "/runs/one")
        around.assign(u=(("t", "x"), U), t=("t", T)).to_netcdf(tmp_path / "b.nc", engine="scipy")
        refused(f"{tmp_path}/b.nc:/runs", "which has no groups")


def test_places(tmp_path: Path) -> None:
    assert place_of("a/b.h5:/c/d") == Place("a/b.h5", "/c/d")
    assert place_of("b.NC:/").steps == ()
    for plain in ("a.npz:/b", "a.h5:b", "a.h5", "C:/a.h5"):
        assert place_of(plain) == Place(plain)
    (tmp_path / "a.nc:").mkdir()
    (tmp_path / "a.nc:" / "b").write_text("")
    assert place_of(tmp_path / "a.nc:" / "b").inside == "/"


def test_single_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", U.T)
    refused(tmp_path / "a.npy", "neither 't' nor 'dt'", "--axis t=FROM:TO:POINTS")
    refused(tmp_path / "a.npy", "'u' has shape (9, 6)", axes={"t": T})
    trajectory = read_trajectory(tmp_path / "a.npy", axes={"t": T, "x": X}, fields={"h": "u"})
    np.testing.assert_array_equal(trajectory.array("h"), U)
    np.save(tmp_path / "b.npy", np.array([{}, None], dtype=object), allow_pickle=True)
    refused(tmp_path / "b.npy", "is no readable .npy file")


def table(path: Path, rows: list[list[Any]], separator: str = ",", start: str = "") -> Path:
    path.write_text(start + "\n".join(separator.join(str(cell) for cell in row) for row in rows) + "\n")
    return path


WIDE = [["t", *X.tolist()], *([time, *row] for time, row in zip(T.tolist(), U.tolist(), strict=True))]
LONG = [["time", "pos", "phi", "psi"], *([time, place, U[i, j], -U[i, j]] for j, place in enumerate(X.tolist())
                                        for i, time in enumerate(T.tolist()))]


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_tables(tmp_path: Path, separator: str) -> None:
    wide = read_trajectory(table(tmp_path / "a.csv", WIDE, separator))
    np.testing.assert_array_equal(wide.array("u"), U)
    np.testing.assert_array_equal(wide.x, X)
    turned = [["x", *T.tolist()], *([place, *row] for place, row in zip(X.tolist(), U.T.tolist(), strict=True))]
    np.testing.assert_array_equal(read_trajectory(table(tmp_path / "b.csv", turned, separator)).array("u"), U)
    long = read_trajectory(table(tmp_path / "c.tsv", LONG, separator, "# made by hand\n# "), fields={"f": "phi"})
    assert long.field_names == ("f",)
    np.testing.assert_array_equal(long.array("f"), U)
    last = [[*row[2:], *row[:2]] for row in LONG]
    np.testing.assert_array_equal(read_trajectory(table(tmp_path / "d.csv", last, separator)).array("psi"), -U)
    assert long.notices[:2] == ("took time as t, by its name", "took pos as x, by its name")


def test_gaps_and_dates_of_tables(tmp_path: Path) -> None:
    rows = [list(row) for row in WIDE]
    rows[2][3] = ""
    for number in range(NT):
        rows[number + 1][0] = f"2020-01-01T00:0{number}:30"
    trajectory = read_trajectory(table(tmp_path / "a.csv", rows))
    assert trajectory.missing == {"u": 1}
    np.testing.assert_array_equal(trajectory.t, 60.0 * np.arange(NT))
    assert trajectory.dataset["t"].attrs["units"] == "s"


@pytest.mark.parametrize(("rows", "says"), [
    (WIDE[1:], "has no header"), (WIDE[:1], "has no rows"), ([*WIDE, [1.0]], "has 1 entries in row 8, and 10"),
    ([WIDE[0], ["a"] * 10], "has 'a' in row 2 of column 't'"), (LONG[:-1], "no full grid"),
    ([["t", "x", "x"], [0, 0, 0]], "columns without names of their own")])
def test_bad_tables(tmp_path: Path, rows: list[list[Any]], says: str) -> None:
    refused(table(tmp_path / "a.csv", rows), says)


def frame_npz(folder: Path, number: int) -> Path:
    path = folder / f"f_{number:03d}.npz"
    np.savez(path, x=X, u=U[number], time=T[number], step=number, rho=X**2, periodic=1)
    return path


def frame_named(folder: Path, number: int) -> Path:
    path = folder / f"run2_{number}.npz"
    np.savez(path, x=X, u=U[number], dt=0.5, periodic=1)
    return path


def frame_attribute(folder: Path, number: int) -> Path:
    path = folder / f"a{number}.nc"
    xr.Dataset({"u": ("x", U[number])}, coords={"x": X}, attrs={"t": T[number], "periodic": 1}).to_netcdf(
        path, engine="h5netcdf")
    return path


def frames_of_two(folder: Path, number: int) -> Path:
    path = folder / f"b{number}.nc"
    part = slice(2 * (number % 3), 2 * (number % 3) + 2)
    xr.Dataset({"u": (("x", "time"), U.T[:, part])}, coords={"x": X, "time": ("time", T[part], {"units": "ms"})},
               attrs={"periodic": 1}).to_netcdf(path, engine="h5netcdf")
    return path


@pytest.mark.parametrize(("written", "count", "says"), [
    (frame_npz, NT, "took time as t"), (frame_attribute, NT, "took the attributes t of the files as t"),
    (frames_of_two, 3, "took time as t"),
    (frame_named, NT, "took the numbers in the names of the files times dt = 0.5 as t: no file tells its time")])
def test_series(tmp_path: Path, written: Callable[[Path, int], Path], count: int, says: str) -> None:
    paths = [written(tmp_path, number) for number in range(count)]
    trajectory = read_series(paths)
    assert trajectory.field_names == ("u",)
    np.testing.assert_array_equal(trajectory.array("u"), U)
    np.testing.assert_array_equal(trajectory.t, T)
    np.testing.assert_array_equal(trajectory.x, X)
    assert trajectory.notices[0] == says
    assert trajectory.profile_names == (("rho",) if written is frame_npz else ())
    assert trajectory.dataset["t"].attrs.get("units") == ("ms" if written is frames_of_two else None)
    backwards = read_series(paths[::-1], fields={"w": "u"})
    np.testing.assert_array_equal(backwards.array("w"), U)
    assert "put the files into the order of their times" in backwards.notices
    if written is frame_npz:
        given = read_series(paths, axes={"t": T + 1.0})
        np.testing.assert_array_equal(given.t, T + 1.0)


def test_a_series_of_our_own_files(tmp_path: Path) -> None:
    whole = Trajectory.from_arrays({"f": (("t", "v", "x"), RANDOM.normal(size=(NT, 2, NX)))}, t=T, x=X, v=[-1.0, 1.0],
                                   weights=[1.0, 1.0], periodic=True, epsilon=0.5, units={"t": "s"})
    for suffix in (".nc", ".npz"):
        paths = [tmp_path / f"{first}{suffix}" for first in (0, 3)]
        for first, path in zip((0, 3), paths, strict=True):
            write_trajectory(whole.select(first, 3), path)
        xr.testing.assert_identical(read_series(paths).dataset, whole.dataset)


def test_bad_series(tmp_path: Path) -> None:
    def message(paths: Any, **more: Any) -> str:
        with pytest.raises(InputError) as info:
            read_series(paths, **more)
        assert "\n" not in str(info.value)
        return str(info.value)

    paths = [frame_npz(tmp_path, number) for number in range(3)]
    assert "series of 1 files" in message(paths[:1])
    assert "paths was given" in message("a.npz")
    assert "axis 't' was given 6 points, but there are 3 files" in message(paths, axes={"t": T})
    assert "no 'when' in all files that could be t" in message(paths, axes={"t": "when"})
    assert "no such file" in message([*paths, tmp_path / "none.npz"])
    np.savez(tmp_path / "other.npz", x=X + 1.0, u=U[0], time=9.0)
    assert "other.npz has other values of x than" in message([*paths, tmp_path / "other.npz"])
    np.savez(tmp_path / "other.npz", x=X, u=U[0, 1:], time=9.0)
    assert "u has other sizes in some files" in message([*paths, tmp_path / "other.npz"])
    assert "t does not increase" in message([*paths, paths[0]])
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", x=X, u=U[0])
    assert "no file tells its time" in message([tmp_path / "a.npz", tmp_path / "b.npz"])
