"""Data under names of its own, as said or usual; complex values, dates, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from symdcrnn.data import Trajectory, open_trajectory, read_trajectory, write_trajectory
from symdcrnn.data.foreign.naming import axes_in, fields_in, names_in, naming_of
from symdcrnn.errors import InputError

NT, NX = 6, 9
T, X = 0.5 * np.arange(NT), np.arange(NX) / NX
RANDOM = np.random.default_rng(7)
U = RANDOM.normal(size=(NT, NX))
Q = U + 1j * RANDOM.normal(size=(NT, NX))


def saved(path: Path, arrays: dict[str, Any], **attrs: Any) -> Path:
    """Plain arrays, or a dataset whose dimensions have the names of the one-dimensional ones."""
    if path.suffix == ".npz":
        np.savez(path, **arrays, **attrs)
    elif path.suffix == ".mat":
        savemat(path, {**arrays, **attrs})
    else:
        sizes = {np.size(array): name for name, array in arrays.items() if np.ndim(array) == 1}
        dataset = xr.Dataset({name: (tuple(sizes[n] for n in np.shape(array)), array)
                              for name, array in arrays.items()}, attrs=attrs)
        if path.suffix == ".zarr":
            dataset.to_zarr(path, zarr_format=2, consolidated=False)
        else:
            dataset.to_netcdf(path, engine="h5netcdf")
    return path


def refused(path: Path, *says: str, **more: Any) -> None:
    with pytest.raises(InputError) as info:
        read_trajectory(path, **more)
    assert "\n" not in str(info.value)
    for text in says:
        assert text in str(info.value)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".nc", ".zarr"])
def test_names_that_are_said(tmp_path: Path, suffix: str) -> None:
    nodes = np.array([-0.5, 0.1, 0.7])
    f = RANDOM.normal(size=(NT, 3, NX))
    path = saved(tmp_path / f"a{suffix}", {"moment": T, "place": X, "cosine": nodes, "phi": f, "psi": U}, periodic=1)
    said: dict[str, Any] = {"axes": {"t": "moment", "x": "place", "v": "cosine"}}
    trajectory = read_trajectory(path, **said)
    assert {name: trajectory.axes_of(name) for name in trajectory.field_names} == {
        "phi": ("t", "v", "x"), "psi": ("t", "x")}
    np.testing.assert_array_equal(trajectory.array("phi"), f)
    chosen = read_trajectory(path, **said, fields={"f": "phi"})
    assert chosen.field_names == ("f",)
    np.testing.assert_array_equal(chosen.array("f"), f)
    assert chosen.notices[0] == "left out psi, as the fields are named"
    assert read_trajectory(path, **said, fields="psi").field_names == ("psi",)
    refused(path, "there is no 'plaice'", "could be x, is it 'place'", axes={"x": "plaice"})
    refused(path, "there is no 'rho'", fields={"u": "rho"})
    if suffix in (".nc", ".zarr"):
        stored = open_trajectory(path, **said, fields={"f": "phi"})
        assert stored.header.field_names == ("f",)
        with stored.reader.opened() as read:
            np.testing.assert_array_equal(read(1, 4)["f"], f[1:4])


@pytest.mark.parametrize("suffix", [".npz", ".nc"])
def test_weights_and_roles_that_are_said(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a{suffix}", {"t": T, "x": X, "xi": np.array([1.0, 3.0, 7.0]),
                                           "f": RANDOM.normal(size=(NT, 3, NX))}, periodic=1)
    refused(path, "role of axis 'xi'")
    assert read_trajectory(path, roles={"xi": "velocity"}).axes[0].role == "velocity"
    dataset = read_trajectory(path, roles={"xi": "velocity"}).dataset.assign(
        gauss=("xi", [1.0, 2.0, 1.0]), w=("xi", [1.0, 1.0, 1.0]))
    trajectory = Trajectory.of(dataset, weights="gauss")
    np.testing.assert_array_equal(trajectory.axes[0].weights, [0.25, 0.5, 0.25])
    assert "left out w, as the weights are named" in trajectory.notices
    np.testing.assert_array_equal(Trajectory.of(dataset, weights={"xi": "gauss"}).axes[0].weights, [0.25, 0.5, 0.25])
    np.savez(tmp_path / "w.npz", t=T, x=X, v=[3.0, 1.0, 7.0], f=RANDOM.normal(size=(NT, 3, NX)), gauss=[1, 2, 1], w=X)
    for said in ("gauss", {"v": "gauss"}):
        np.testing.assert_array_equal(read_trajectory(tmp_path / "w.npz", weights=said).weights, [0.25, 0.5, 0.25])


def test_points_of_axes_that_the_file_lacks(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", {"u": U.T}, periodic=1)
    trajectory = read_trajectory(path, axes={"t": T, "x": X})
    np.testing.assert_array_equal(trajectory.array("u"), U)
    np.testing.assert_array_equal(trajectory.t, T)
    refused(path, "'u' has shape (9, 6)", axes={"t": T[1:], "x": X})
    dataset = xr.Dataset({"u": (("t", "x"), U)}, attrs={"periodic": 1})
    np.testing.assert_array_equal(Trajectory.of(dataset, axes={"t": T, "x": X}).t, T)
    with pytest.raises(InputError, match="axis 't' was given 5 points, but has 6 in the data"):
        Trajectory.of(dataset, axes={"t": T[1:], "x": X})
    with pytest.raises(InputError, match="axis 'z' was given 6 points, but the data has no such dimension"):
        Trajectory.of(dataset, axes={"z": T})


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".nc"])
def test_usual_names(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a{suffix}", {"tt": T, "xs": X, "usol": U}, periodic=1)
    trajectory = read_trajectory(path)
    assert trajectory.notices[:2] == ("took tt as t, by its name", "took xs as x, by its name")
    # In a dataset a variable was given its name; arrays of programs have that of a variable in the program.
    assert trajectory.field_names == (("usol",) if suffix == ".nc" else ("u",))
    assert read_trajectory(path, fields="usol").field_names == ("usol",)
    assert "took" not in " ".join(read_trajectory(path, axes={"t": "tt", "x": "xs"}, fields="usol").notices)


def test_usual_names_that_could_be_two_things(tmp_path: Path) -> None:
    refused(saved(tmp_path / "a.npz", {"tt": T, "time": T, "x": X, "u": U}), "neither 't' nor 'dt'", "'tt', 'time'",
            "--axis t=NAME")
    path = saved(tmp_path / "b.npz", {"t": T, "time": 2.0 * T, "x": X, "uu": U, "sol": U})
    assert set(read_trajectory(path).field_names) == {"uu", "sol", "time"}


def test_names_of_our_own_files_stay(tmp_path: Path) -> None:
    trajectory = Trajectory.from_arrays({"usol": (("t", "vel"), U)}, t=T, axes={"vel": X}, roles={"vel": "velocity"})
    for suffix in (".npz", ".mat", ".nc"):
        write_trajectory(trajectory, tmp_path / f"a{suffix}")
        assert read_trajectory(tmp_path / f"a{suffix}").dataset.identical(trajectory.dataset)


def test_geographic_axes_are_space_with_a_notice() -> None:
    dataset = xr.Dataset({"u": (("time", "lat", "lon"), RANDOM.normal(size=(NT, 5, NX)))},
                         coords={"time": T, "lat": np.arange(5.0), "lon": X}, attrs={"periodic": 0})
    trajectory = Trajectory.of(dataset)
    assert [(axis.name, axis.role) for axis in trajectory.axes] == [("lon", "space"), ("lat", "space")]
    assert trajectory.notices[1].startswith("took lat, lon as space, by their names")
    assert Trajectory.of(trajectory.dataset).notices == ()


def test_meshes_are_axes(tmp_path: Path) -> None:
    mesh = {"x": np.tile(X, (NT, 1)), "t": np.tile(T[:, None], (1, NX)), "u": U}
    trajectory = read_trajectory(saved(tmp_path / "a.mat", mesh))
    np.testing.assert_array_equal(trajectory.x, X)
    np.testing.assert_array_equal(trajectory.t, T)
    assert trajectory.field_names == ("u",)
    assert "took the points of t from the mesh t" in trajectory.notices
    both = read_trajectory(saved(tmp_path / "b.mat", {"x": X, "t": T, "u": U, "X": mesh["x"], "T": mesh["t"]}))
    assert both.field_names == ("u",)
    assert "left out X, a mesh of points of one axis" in both.notices


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".zarr"])
def test_complex_fields(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a{suffix}", {"t": T, "x": X, "q": Q, "r": U + 1e-9j * U}, periodic=1)
    trajectory = read_trajectory(path)
    assert set(trajectory.field_names) == {"q_re", "q_im", "r"}
    np.testing.assert_array_equal(trajectory.array("q_re") + 1j * trajectory.array("q_im"), Q)
    np.testing.assert_array_equal(trajectory.array("r"), U)
    assert "took the complex q as two real variables, q_re and q_im" in trajectory.notices
    assert any(notice.startswith("took r as real: it is stored as complex, with imaginary parts of at most 1e-09 of")
               for notice in trajectory.notices)
    assert set(read_trajectory(path, fields={"psi": "q"}).field_names) == {"psi_re", "psi_im"}


def test_complex_arrays_and_gaps() -> None:
    q = Q.astype(np.complex64)
    q[1, 2] = complex(np.nan, 0.0)
    trajectory = Trajectory.from_arrays({"q": q, "r": np.ma.masked_array(U.astype(complex), U > 2.0)}, t=T, x=X,
                                        periodic=True)
    assert set(trajectory.field_names) == {"q_re", "q_im", "r"}
    assert trajectory.missing.get("r", 0) == int((U > 2.0).sum())
    assert trajectory.missing["q_re"] == 1
    assert "took r as real: it is stored as complex, with imaginary parts that are zero" in trajectory.notices
    with pytest.raises(InputError, match="the complex 'q' is to be read as q_re and q_im, but there is a 'q_re'"):
        Trajectory.from_arrays({"q": Q, "q_re": U}, t=T, x=X)


def test_dates_are_seconds() -> None:
    dates = np.datetime64("2020-02-28T23:59:59.5") + (1e9 * T).astype("timedelta64[ns]")
    for times in (dates, dates - dates[0]):
        trajectory = Trajectory.from_arrays({"u": U}, t=times, x=X, periodic=True)
        np.testing.assert_array_equal(trajectory.t, T)
        assert trajectory.dataset["t"].attrs["units"] == "s"
    trajectory = Trajectory.from_arrays({"u": U}, t=dates, x=X, periodic=True)
    assert trajectory.notices == ("took t as seconds since 2020-02-28T23:59:59.500000000",)


def test_what_is_no_field_is_left_out(tmp_path: Path) -> None:
    dataset = xr.Dataset(
        {"u": (("time", "x"), U), "time_bnds": (("time", "bnds"), np.ones((NT, 2))), "flag": ("time", ["a"] * NT),
         "cells": (("x", "n"), np.ones((NX, 2))), "crs": ((), 1)},
        coords={"time": ("time", T, {"bounds": "time_bnds"}), "x": ("x", X, {"bounds": "cells"}), "member": [1.0, 2.0]},
        attrs={"periodic": 1})
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    for trajectory in (Trajectory.of(dataset), read_trajectory(tmp_path / "a.nc"),
                       open_trajectory(tmp_path / "a.nc").header):
        assert trajectory.field_names == ("u",)
        assert trajectory.profile_names == ()
        assert set(trajectory.notices) == {
            "took time as t, by its name", "left out flag, which is no array of numbers",
            "left out time_bnds, cells, the ends of cells", "left out member: nothing depends on it",
            "left out variables without axes: crs"}
    path = saved(tmp_path / "a.npz", {"t": T, "x": X, "u": U, "table": np.ones((4, 2)), "limits": np.array([0.0, 1.0]),
                                      "L2_norm": T, "who": np.array("me")}, periodic=1)
    assert read_trajectory(path).field_names == ("u",)
    assert set(read_trajectory(path).notices) == {
        "left out who, which is no array of numbers", "left out table, whose shape does not fit the axes",
        "left out limits, whose shape (2,) does not fit the axes",
        "left out L2_norm, a number for each frame: name the fields if it is one of them"}
    assert set(read_trajectory(path, fields=["u", "L2_norm"]).field_names) == {"u", "L2_norm"}


@pytest.mark.parametrize(("given", "says"), [
    ({"axes": ["time"]}, "axes was given ['time']: give a dict"), ({"fields": 3}, "fields was given 3"),
    ({"fields": {"u": 3}}, "fields has 3 for 'u'"), ({"axes": {"t": "a", "x": "a"}}, "'a' is named as two things"),
    ({"axes": {"u": "a"}, "fields": {"u": "b"}}, "as an axis and as a field"), ({"axes": {3: "a"}}, "axes has 3"),
    ({"axes": {"t": [[1.0]]}}, "axis 't' was given [[1.0]]"), ({"axes": {"t": 3.0}}, "axis 't' was given 3.0")])
def test_names_that_are_said_wrongly(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as info:
        naming_of(**given)
    assert says in str(info.value)


def test_the_order_of_axes_is_said_where_sizes_do_not_tell_it(tmp_path: Path) -> None:
    square = RANDOM.normal(size=(NX, NX)) + 1j
    path = saved(tmp_path / "a.mat", {"t": X, "x": X, "phi": square, "psi": square.real}, periodic=1)
    refused(path, "can be read as (t, x) or (x, t)", "or say it, --field 'phi_re(t,x)'")
    trajectory = read_trajectory(path, fields={"f": ("phi", ("x", "t"))})
    np.testing.assert_array_equal(trajectory.array("f_re"), square.real.T)
    assert trajectory.field_names == ("f_re", "f_im")
    assert fields_in(["u(x, t)=usol,v", "w(t,y,x)=w"]) == {"u": ("usol", ("x", "t")), "v": "v",
                                                         "w": ("w", ("t", "y", "x"))}
    assert fields_in(["u=u (m/s)"]) == {"u": "u (m/s)"}
    for text in ("u()=a", "u(x,)=a", "u=a,u(x)=b"):
        with pytest.raises(InputError):
            naming_of(fields=fields_in([text]))
    dataset = xr.Dataset({"u": (("t", "x"), U)}, coords={"t": T, "x": X})
    with pytest.raises(InputError, match="the axes of u are named in the data, as t, x"):
        Trajectory.of(dataset, fields={"u": ("u", ("x", "t"))})


def test_names_on_a_command_line() -> None:
    assert names_in(["t=time, x = pos", "v"], "") == {"t": "time", "x": "pos", "v": "v"}
    assert axes_in(["t=0:1/2:3", "x=pos"]) == {"t": (0.0, 0.25, 0.5), "x": "pos"}
    for text, says in (("t=", "has 't=': write"), (",", "write"), ("t=a,t=b", "names 't' twice")):
        with pytest.raises(InputError, match=says):
            names_in([text], "FORM")
    for text in ("t=0:1", "t=0:1:1", "t=0:1:2:3", "t=0:1:x"):
        with pytest.raises(InputError, match="write FROM:TO:POINTS"):
            axes_in([text])
