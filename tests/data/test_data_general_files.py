"""Files of any phase space: what is written comes back, and named arrays say by names and sizes what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from symdcrnn.data import Trajectory, read_trajectory, write_trajectory
from symdcrnn.errors import InputError

SUFFIXES = [".nc", ".zarr", ".mat", ".npz"]
NT, NA, NY, NX = 6, 4, 8, 9
ANGLES = 2 * np.pi * (np.arange(NA) + 0.25) / NA
RANDOM = np.random.default_rng(5)
F = RANDOM.normal(size=(NT, NA, NX, NX))


def ordinates(**more: Any) -> dict[str, Any]:
    """Arrays as people store them: no y, no names of axes."""
    return {"f": F, "th": ANGLES, "c": np.cos(ANGLES), "s": np.sin(ANGLES), "w": np.full(NA, 0.25),
            "x": np.arange(NX) / NX, "t": 0.01 * np.arange(NT), **more}


def saved(path: Path, arrays: dict[str, Any]) -> Path:
    kept = {name: value for name, value in arrays.items() if value is not None}
    if path.suffix == ".mat":
        savemat(path, kept)
    else:
        np.savez(path, **kept)
    return path


def refused(path: Path, *says: str) -> None:
    with pytest.raises(InputError) as info:
        read_trajectory(path)
    assert "\n" not in str(info.value)
    for text in says:
        assert text in str(info.value)


def general() -> Trajectory:
    """Two index axes and a velocity, uneven axes, known functions of every kind, units, one wall."""
    return Trajectory.from_arrays(
        {"f": (("t", "group", "species", "v", "y", "x"), RANDOM.normal(size=(NT, 2, 1, 3, NY, NX))),
         "E": (("t", "x"), RANDOM.normal(size=(NT, NX))), "q": ("t", RANDOM.normal(size=NT))},
        t=np.sqrt(1.0 + np.arange(NT)), x=np.arange(NX)**2.0, y=np.arange(NY) / NY, v=[-1.0, 0.0, 2.0],
        axes={"group": [3.0, 1.0], "species": None}, weights={"group": [1.0, 3.0], "v": [1.0, 2.0, 1.0]},
        coordinates={"charge": ("species", [-1.0]), "gamma": ("v", [1.0, 2.0, 3.0])},
        profiles={"sigma": (("group", "y", "x"), RANDOM.random((2, NY, NX))), "S": ("v", [4.0, 5.0, 6.0])},
        units={"x": "m", "f": "s/m^2", "gamma": "1"}, periodic={"x": False, "y": True}, epsilon=0.5,
        attributes={"solver": "none"})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    trajectory = general()
    assert [axis.name for axis in trajectory.axes] == ["group", "species", "v", "y", "x"]
    assert set(trajectory.coordinates) == {"group", "species", "v", "y", "x", "charge", "gamma"}
    write_trajectory(trajectory, tmp_path / f"a{suffix}")
    again = read_trajectory(tmp_path / f"a{suffix}")
    xr.testing.assert_identical(again.dataset, trajectory.dataset)
    assert again.notices == ()
    assert again.dataset["x"].attrs["units"] == "m"


POINTS = {"x": 5, "y": 5, "z": 6, "v": 3, "xi": 5, "angle": 3, "kind": 1}
"""Axes of sizes that tell little."""


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_phase_space_comes_back(tmp_path: Path, data: st.DataObject) -> None:
    axes = data.draw(st.lists(st.sampled_from(sorted(POINTS)), min_size=1, unique=True))
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    points = {axis: (np.cumsum(0.1 + random.random(POINTS[axis])) if random.random() < 0.5
                     else np.arange(POINTS[axis]) / 4.0) for axis in axes}
    sizes = {"t": 5, **{axis: array.size for axis, array in points.items()}}
    subsets = st.lists(st.sampled_from(axes), unique=True, min_size=1)

    def function(on: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
        return tuple(on), random.normal(size=[sizes[axis] for axis in on])

    fields = {name: function(data.draw(st.permutations(["t", *data.draw(subsets)]))) for name in ("f", "g", "u")}
    profiles = {name: function(data.draw(subsets)) for name in ("S", "w_s")}
    spread = [axis for axis in axes if axis not in "xyz"]
    trajectory = Trajectory.from_arrays(
        fields, t=np.sqrt(np.arange(5)), axes=points, profiles=profiles,
        coordinates={f"c_{axis}": (axis, random.normal(size=sizes[axis])) for axis in spread[:2]},
        weights={axis: random.random(sizes[axis]) for axis in spread[1:]},
        roles={axis: role for axis, role in (("xi", "velocity"), ("kind", "index")) if axis in axes},
        periodic={axis: bool(random.random() < 0.5) for axis in axes})
    for name, (given_axes, array) in (fields | profiles).items():
        order = [given_axes.index(axis) for axis in trajectory.axes_of(name)]
        np.testing.assert_array_equal(trajectory.array(name), array.transpose(order))
    for suffix in (".nc", ".mat", ".npz"):
        write_trajectory(trajectory, tmp_path / f"a{suffix}")
        again = read_trajectory(tmp_path / f"a{suffix}")
        xr.testing.assert_identical(again.dataset, trajectory.dataset)
        assert again.notices == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_stated_roles_and_labels_come_back(tmp_path: Path, suffix: str) -> None:
    dataset = xr.Dataset({"f": (("t", "kind", "xi"), RANDOM.normal(size=(NT, 2, 5))),
                          "u": (("t", "kind"), RANDOM.normal(size=(NT, 2)))},
                         coords={"t": np.arange(NT), "xi": ("xi", np.arange(5) - 2.0, {"role": "velocity"}),
                                 "kind": ("kind", ["ions", "electrons"], {"role": "index"})})
    trajectory = Trajectory.of(dataset)
    write_trajectory(trajectory, tmp_path / f"a{suffix}")
    again = read_trajectory(tmp_path / f"a{suffix}")
    xr.testing.assert_identical(again.dataset, trajectory.dataset)
    assert [(axis.name, axis.role) for axis in again.axes] == [("kind", "index"), ("xi", "velocity")]


@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_ordinates_in_the_plane(tmp_path: Path, suffix: str) -> None:
    trajectory = read_trajectory(saved(tmp_path / f"a{suffix}", ordinates()))
    assert trajectory.axes_of("f") == ("t", "th", "y", "x")
    np.testing.assert_array_equal(trajectory.array("f"), F)
    th, y, x = trajectory.axes
    assert (th.role, y.role, x.role) == ("index", "space", "space")
    np.testing.assert_array_equal(th.coordinate, ANGLES)
    np.testing.assert_array_equal(th.weights, np.full(NA, 0.25))
    np.testing.assert_array_equal(y.coordinate, x.coordinate)
    assert {name: axes for name, (axes, _) in trajectory.coordinates.items() if name in ("c", "s")} == {
        "c": ("th",), "s": ("th",)}
    assert trajectory.profile_names == ()
    assert trajectory.notices[0].startswith("took the axes of f as (t, th, y, x) with y = x")
    write_trajectory(trajectory, tmp_path / f"b{suffix}")
    again = read_trajectory(tmp_path / f"b{suffix}")
    assert again.dataset.identical(trajectory.dataset)
    assert again.notices == ()


def test_stated_axes_come_before_what_sizes_say(tmp_path: Path) -> None:
    trajectory = read_trajectory(saved(tmp_path / "a.npz", ordinates(axes_f="t th x y", y=np.arange(NX) / NX)))
    np.testing.assert_array_equal(trajectory.array("f"), F.transpose(0, 1, 3, 2))
    assert not any("took" in notice and "axes" in notice for notice in trajectory.notices)
    trajectory = read_trajectory(saved(tmp_path / "c.npz", ordinates(y=np.arange(NX) / NX)))
    np.testing.assert_array_equal(trajectory.array("f"), F)
    assert trajectory.notices[0] == ("took the axes of f as (t, th, y, x), which their sizes do not tell as y = x: add "
                                     "axes_f if it is otherwise")
    refused(saved(tmp_path / "b.npz", ordinates(y=0.1 * np.arange(NX))),
            "can be read as (t, th, y, x) or (t, th, x, y)", "axes_f")


def test_a_space_axis_of_another_size_is_told_by_it(tmp_path: Path) -> None:
    arrays = ordinates(f=F[:, :, :NY].transpose(3, 1, 2, 0), y=np.arange(NY) / NY, sigma=F[0, 0, :NY].T,
                       E=F[:, 0, 0], S=F[0, :, 0])
    trajectory = read_trajectory(saved(tmp_path / "a.npz", arrays))
    assert {name: trajectory.axes_of(name) for name in ("f", "sigma", "E", "S")} == {
        "f": ("t", "th", "y", "x"), "sigma": ("y", "x"), "E": ("t", "x"), "S": ("th", "x")}
    np.testing.assert_array_equal(trajectory.array("f"), F[:, :, :NY])
    refused(saved(tmp_path / "b.npz", {**arrays, "y": None}), "'f'", "does not fit the sizes")


@pytest.mark.parametrize("change", [
    {"th": None, "om": ANGLES}, {"th": None}, {"th": None, "phi": np.cos(ANGLES), "theta": np.sin(ANGLES)},
    {"w": None, "weights": np.full(NA, 2.0)}, {"w": None, "w_th": np.full(NA, 2.0)}])
def test_other_names_of_the_same_kind(tmp_path: Path, change: dict[str, Any]) -> None:
    trajectory = read_trajectory(saved(tmp_path / "a.npz", ordinates(**change)))
    index = trajectory.axes[0]
    assert index.role == "index"
    assert index.name == ("th" if "th" not in change else "om" if "om" in change else "ordinate")
    np.testing.assert_allclose(index.weights, np.full(NA, 0.25))
    assert trajectory.axes_of("f") == ("t", index.name, "y", "x")
    assert trajectory.axes_of("c") == (index.name,)
    if index.name != "th":
        assert any("as an index axis of f" in notice for notice in trajectory.notices)


def test_what_a_named_axis_is_must_be_told(tmp_path: Path) -> None:
    arrays = {"f": F[:, :, 0], "om": ANGLES, "x": np.arange(NX), "t": np.arange(NT), "periodic": 1}
    refused(saved(tmp_path / "a.npz", arrays), "role of axis 'om' of 'f' cannot be told", "role_om")
    trajectory = read_trajectory(saved(tmp_path / "b.npz", {**arrays, "role_om": "velocity"}))
    assert [(axis.name, axis.role) for axis in trajectory.axes] == [("om", "velocity"), ("x", "space")]
    assert trajectory.notices == ()
    refused(saved(tmp_path / "c.npz", {**arrays, "role_om": "speed"}), "must be one of space, velocity, index")
    refused(saved(tmp_path / "d.npz", {**arrays, "ox": ANGLES**2}), "may have the coordinate om or ox", "axes_f")
    trajectory = read_trajectory(saved(tmp_path / "e.npz", {**arrays, "ox": ANGLES**2, "axes_f": "t om x",
                                                            "role_om": "index"}))
    assert trajectory.coordinates["ox"][0] == ("om",)


def test_one_dimensional_arrays(tmp_path: Path) -> None:
    arrays = {"f": F[:, :3, 0], "v": [-0.5, 0.1, 0.7], "x": np.arange(NX), "t": np.arange(NT), "periodic": 1,
              "q": np.ones(NT), "S": np.ones(3), "sigma": np.ones(NX), "y": 2.0 * np.arange(NX), "wv": np.ones(3)}
    trajectory = read_trajectory(saved(tmp_path / "a.npz", arrays))
    assert {name: trajectory.axes_of(name) for name in ("f", "q", "S", "sigma", "y")} == {
        "f": ("t", "v", "x"), "q": ("t",), "S": ("v",), "sigma": ("x",), "y": ("x",)}
    assert trajectory.profile_names == ("S", "sigma", "y")
    trajectory = read_trajectory(saved(tmp_path / "b.npz", {**arrays, "p": np.ones(4)}))
    assert trajectory.profile_names == ("S", "sigma", "y")
    assert trajectory.notices[0] == "left out p, whose shape (4,) does not fit the axes"
    refused(saved(tmp_path / "c.npz", {**arrays, "f": F[:3, :3, 0], "t": np.arange(3), "axes_f": "t v x",
                                       "q": np.ones(3)}), "along t or v", "axes_q")
    square = {**arrays, "f": F[:, :3, 0, :NT], "x": np.arange(NT), "sigma": np.ones(NT), "y": None, "axes_f": "t v x"}
    trajectory = read_trajectory(saved(tmp_path / "d.npz", square))
    assert trajectory.axes_of("sigma") == ("x",)
    assert any("took sigma as a function of x; t has the same size" in notice for notice in trajectory.notices)


def test_fields_named_like_coordinates_and_settings(tmp_path: Path) -> None:
    arrays = {"u": F[:, 0], "v": F[:, 1], "w": F[:, 2], "eps": F[:, 3], "x": np.arange(NX), "t": np.arange(NT)}
    trajectory = read_trajectory(saved(tmp_path / "a.npz", arrays))
    assert trajectory.field_names == ("u", "v", "w", "eps")
    assert {trajectory.axes_of(name) for name in trajectory.field_names} == {("t", "y", "x")}
    write_trajectory(trajectory, tmp_path / "b.mat")
    assert read_trajectory(tmp_path / "b.mat").dataset.identical(trajectory.dataset)


def test_u_is_rho_beside_a_g_of_more_axes_alone(tmp_path: Path) -> None:
    arrays = {"u": F[:, 0, 0], "g": 2 * F[:, 0, 0], "x": np.arange(NX), "t": np.arange(NT), "periodic": 1}
    trajectory = read_trajectory(saved(tmp_path / "a.npz", arrays))
    assert trajectory.field_names == ("u", "g")
    assert trajectory.notices == ()
    full = {**arrays, "g": F[:, :3, 0], "v": [-0.5, 0.1, 0.7], "wv": np.ones(3)}
    trajectory = read_trajectory(saved(tmp_path / "b.npz", full))
    assert trajectory.field_names == ("rho", "g")
    assert "took u as rho, as it stands beside g" in trajectory.notices
