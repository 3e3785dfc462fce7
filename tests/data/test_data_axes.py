"""Any phase space: axes with roles, functions on any subset of them, weights, units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from symdcrnn.data import Trajectory, read_trajectory, write_trajectory
from symdcrnn.data.roles import storage_order
from symdcrnn.data.units import check_same_units
from symdcrnn.errors import InputError

NT, NA, NY, NX = 4, 3, 6, 7
ANGLES = 2 * np.pi * (np.arange(NA) + 0.25) / NA


def plane(**attrs: object) -> xr.Dataset:
    """Ordinates in two space dimensions, with functions on several sets of axes."""
    random = np.random.default_rng(3)
    return xr.Dataset(
        {"f": (("t", "angle", "y", "x"), random.normal(size=(NT, NA, NY, NX))),
         "sigma": (("y", "x"), random.random((NY, NX))), "E": (("t", "x"), random.random((NT, NX))),
         "q": (("t",), random.random(NT)), "S": (("angle", "x"), random.random((NA, NX))),
         "c": (("angle",), np.cos(ANGLES)), "s": (("angle",), np.sin(ANGLES)),
         "weights": (("angle",), np.full(NA, 2.0))},
        coords={"t": 0.1 * np.arange(NT), "y": np.arange(NY) / NY, "x": np.arange(NX)**2.0},
        attrs={"periodic": 1, **attrs})


def refused(dataset: xr.Dataset, *says: str, **more: object) -> None:
    with pytest.raises(InputError) as info:
        Trajectory.of(dataset, **more)
    assert "\n" not in str(info.value)
    for text in says:
        assert text in str(info.value)


def test_axes_of_a_plane_with_ordinates() -> None:
    trajectory = Trajectory.of(plane())
    assert [(axis.name, axis.role, axis.size, axis.periodic, axis.even, axis.ordered) for axis in trajectory.axes] == [
        ("angle", "index", NA, False, True, False), ("y", "space", NY, True, True, True),
        ("x", "space", NX, True, False, True)]
    angle, y, x = trajectory.axes
    np.testing.assert_array_equal(angle.coordinate, np.arange(NA))
    np.testing.assert_allclose(angle.weights, np.full(NA, 1 / NA))
    assert y.weights is None
    assert x.weights is None
    assert trajectory.field_names == ("f", "E", "q")
    assert trajectory.profile_names == ("sigma", "S")
    assert {name: axes for name, (axes, _) in trajectory.coordinates.items()} == {
        "angle": ("angle",), "y": ("y",), "x": ("x",), "c": ("angle",), "s": ("angle",)}
    np.testing.assert_array_equal(trajectory.coordinates["c"][1], np.cos(ANGLES))
    assert [trajectory.axes_of(name) for name in ("f", "sigma", "E", "q", "S", "c", "x")] == [
        ("t", "angle", "y", "x"), ("y", "x"), ("t", "x"), ("t",), ("angle", "x"), ("angle",), ("x",)]
    assert trajectory.notices == (
        "divided the quadrature weights by their sum 6",
        "took the period of x as 42, a mean step after the last point: x is uneven and has no attribute period")
    again = Trajectory.of(trajectory.dataset)
    assert again.notices == ()
    assert again.dataset.identical(trajectory.dataset)


@given(st.permutations(["t", "angle", "y", "x"]))
def test_arrays_are_transposed_by_name(order: list[str]) -> None:
    dataset = plane()
    trajectory = Trajectory.of(dataset.transpose(*order))
    for name in ("f", "sigma", "E", "S"):
        np.testing.assert_array_equal(trajectory.array(name), dataset[name].values)
        assert trajectory.array(name).flags.c_contiguous
        assert trajectory.array(name).dtype == np.float64


def test_storage_order_follows_from_names_and_roles() -> None:
    roles = {"x": "space", "vx": "velocity", "group": "index", "z": "space", "angle": "index", "y": "space",
             "vy": "velocity"}
    expected = ("angle", "group", "vy", "vx", "z", "y", "x")
    assert storage_order(roles) == expected
    assert storage_order(dict(reversed(roles.items()))) == expected


def test_roles_are_stated_or_follow_from_usual_names() -> None:
    renamed = plane().rename(angle="q_n", c="cosine").drop_vars(["c", "s"], errors="ignore")
    renamed = renamed.assign_coords(q_n=[1.0, 2.0, 4.0])
    refused(renamed, "role of axis 'q_n' cannot be told", "'t', 'q_n', 'y', 'x'", "attribute role", "roles={'q_n'")
    for dataset, more in ((renamed, {"roles": {"q_n": "velocity"}}),
                          (renamed.assign_coords(q_n=("q_n", [1.0, 2.0, 4.0], {"role": "velocity"})), {})):
        trajectory = Trajectory.of(dataset, **more)
        axis = trajectory.axes[0]
        assert (axis.name, axis.role, axis.even, axis.ordered) == ("q_n", "velocity", False, True)
        assert Trajectory.of(trajectory.dataset).axes[0].role == "velocity"
        assert trajectory.profile_names == ("sigma", "S", "cosine")
    refused(renamed.rename(q_n="q n"), "axis 'q n' has a name that no equation can use", roles={"q n": "index"})
    refused(renamed, "must be one of space, velocity, index", roles={"q_n": "speed"})
    refused(renamed, "no axis 'p'", roles={"p": "space"})


def test_a_dimension_without_values_is_an_index_if_functions_live_on_it() -> None:
    dataset = plane().rename(angle="om")
    trajectory = Trajectory.of(dataset)
    assert trajectory.axes[0].role == "index"
    assert trajectory.notices[0] == "took om as an index axis, with c, s, weights as functions on it"
    refused(dataset.drop_vars(["c", "s", "weights"]), "role of axis 'om' cannot be told")
    refused(plane().drop_vars("y"), "axis 'y' has no coordinate variable")


def test_labels_of_an_index_are_kept() -> None:
    trajectory = Trajectory.of(plane().rename(angle="species").assign_coords(species=["e", "D", "He"]))
    assert trajectory.axes[0].coordinate.tolist() == [0.0, 1.0, 2.0]
    assert trajectory.dataset["species"].attrs["labels"] == '["e", "D", "He"]'
    assert Trajectory.of(trajectory.dataset).dataset.identical(trajectory.dataset)


@pytest.mark.parametrize("name", ["weights", "w", "wv", "weights_angle", "w_angle"])
def test_names_of_weights(name: str) -> None:
    trajectory = Trajectory.of(plane().rename(weights=name))
    np.testing.assert_allclose(trajectory.axes[0].weights, np.full(NA, 1 / NA))
    assert trajectory.profile_names == ("sigma", "S")


def test_weights_of_several_axes_and_of_none() -> None:
    dataset = plane().assign_coords(mu=[-0.5, 0.1, 0.7, 0.9]).assign(
        h=(("t", "mu", "angle"), np.ones((NT, 4, NA))), w_mu=("mu", [1.0, 2.0, 3.0, 4.0]))
    trajectory = Trajectory.of(dataset)
    angle, mu = trajectory.axes[:2]
    assert trajectory.axes_of("h") == ("t", "angle", "mu")
    np.testing.assert_allclose(mu.weights, [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(angle.weights, np.full(NA, 1 / NA))
    assert Trajectory.of(trajectory.dataset).dataset.identical(trajectory.dataset)
    refused(dataset.assign(wv=("mu", np.ones(4))), "'wv' and 'w_mu' are both weights of axis 'mu'")
    refused(dataset.assign(weights=(("angle", "x"), np.ones((NA, NX)))), "'weights' has axes (angle, x)")
    assert Trajectory.of(plane().drop_vars("weights")).axes[0].weights is None


def test_fields_may_be_called_w() -> None:
    trajectory = Trajectory.of(plane().drop_vars("weights").assign(w=(("t", "y", "x"), np.ones((NT, NY, NX)))))
    assert "w" in trajectory.field_names


def test_periodic_by_file_by_axis_and_by_caller() -> None:
    def flags(dataset: xr.Dataset, **more: object) -> dict[str, bool]:
        trajectory = Trajectory.of(dataset, **more)
        again = Trajectory.of(trajectory.dataset)
        assert again.dataset.identical(trajectory.dataset)
        return {axis.name: axis.periodic for axis in again.axes}

    walls = plane()
    walls["y"].attrs["periodic"] = 0
    assert flags(walls) == {"angle": False, "y": False, "x": True}
    assert flags(plane(periodic=0)) == {"angle": False, "y": False, "x": False}
    assert flags(walls, periodic=True) == {"angle": False, "y": True, "x": True}
    assert flags(walls, periodic=np.True_) == {"angle": False, "y": True, "x": True}
    assert flags(plane(), periodic={"x": False, "angle": True}) == {"angle": True, "y": True, "x": False}
    unsaid = walls.copy()
    del unsaid.attrs["periodic"]
    assert "took x as periodic" in Trajectory.of(unsaid).notices[-2]
    assert "took the period of x as 42" in Trajectory.of(unsaid).notices[-1]
    del unsaid["y"].attrs["periodic"]
    assert "took x and y as periodic" in Trajectory.of(unsaid).notices[-2]
    refused(plane(), "no axis 'z' that could be periodic", periodic={"z": True})
    walls["y"].attrs["periodic"] = 2
    refused(walls, "periodic is 2")


def test_units_and_names_are_kept() -> None:
    dataset = plane()
    for name, unit in (("t", "s"), ("x", "m"), ("f", "1/m^3"), ("c", "1"), ("sigma", "1/m")):
        dataset[name].attrs["units"] = unit
    dataset["f"].attrs["long_name"] = "density"
    trajectory = Trajectory.of(dataset.transpose("x", "y", "t", "angle")).select(1, 2)
    assert [axis.units for axis in trajectory.axes] == [None, None, "m"]
    assert {name: trajectory.dataset[name].attrs for name in ("t", "f", "c", "sigma")} == {
        "t": {"units": "s"}, "f": {"units": "1/m^3", "long_name": "density"}, "c": {"units": "1"},
        "sigma": {"units": "1/m"}}


def test_units_of_several_trajectories_must_agree() -> None:
    def timed(units: str | None, of_f: str | None = None) -> Trajectory:
        trajectory = Trajectory.of(plane())
        trajectory.dataset["t"].attrs |= {"units": units} if units else {}
        trajectory.dataset["f"].attrs |= {"units": of_f} if of_f else {}
        return trajectory

    check_same_units([timed("s since 2000-01-01"), timed(None), timed("s since 2020-01-01", "m")])
    with pytest.raises(InputError, match="different units of t: 's' and 'ms': convert one of them"):
        check_same_units([timed(None), timed("s"), timed("ms")])
    with pytest.raises(InputError, match="different units of f: 'K' and 'C'"):
        check_same_units([timed("s", "K"), timed("s", "C")])


def test_data_without_space() -> None:
    trajectory = Trajectory.of(plane().drop_vars(["f", "sigma", "E", "S"]).assign(
        n=(("t", "angle"), np.ones((NT, NA)))).drop_dims(["x", "y"]))
    assert [axis.name for axis in trajectory.axes] == ["angle"]
    assert trajectory.notices == ("divided the quadrature weights by their sum 6",)
    assert not trajectory.periodic


@pytest.mark.parametrize("name", ["t", "x", "I", "mean", "laplacian", "d_x", "d_yy", "d_v", "v_dx", "sin", "max",
                                  "epsilon", "lambda", "rho 1", "d_angle", "\u03c1",
                                  "pi", "d_xy", "c_dy", "mean_angle", "d_angle_x"])
def test_names_that_mean_something_else(name: str) -> None:
    dataset = plane().drop_vars(["E", "sigma", "S"])
    if name == "x":
        dataset = dataset.isel(x=0, drop=True)
    elif name == "t":
        with pytest.raises(InputError):
            Trajectory.from_arrays({"t": (("t", "y"), np.ones((NT, NY)))}, t=np.arange(NT), y=np.arange(NY))
        return
    refused(dataset.rename(f=name), f"variable '{name}' has", "rename it")


@pytest.mark.parametrize("name", ["v", "eps", "e", "u", "w", "z", "source", "sigma_s", "d_", "dx", "d_out", "c_v",
                                  "mean_f", "E_dx"])
def test_names_that_clash_with_nothing(name: str) -> None:
    assert name in Trajectory.of(plane().rename(f=name)).field_names


def test_missing_values_of_fields_are_gaps_and_of_known_functions_refused() -> None:
    dataset = plane()
    dataset["f"].values[1, 2, 3, 4] = dataset["f"].values[2, 2, 2, 2] = -999.0
    assert not Trajectory.of(dataset).missing
    dataset["f"].attrs["_FillValue"] = -999.0
    found = Trajectory.of(dataset)
    assert found.missing == {"f": 2}
    assert np.isnan(found.array("f")[1, 2, 3, 4])
    assert any(notice.startswith("gaps: 2 of ") for notice in found.notices)
    dataset["sigma"].values[1, 2] = -999.0
    dataset["sigma"].attrs["_FillValue"] = -999.0
    refused(dataset, "'sigma' has 1 missing value (its fill value is -999)", "[y=1, x=2]")


def test_masked_values_of_fields_are_gaps_and_of_axes_refused() -> None:
    u, t = np.ma.array(np.ones((4, 6)), mask=False), np.arange(4.0)
    u[1, 2] = np.ma.masked
    x = np.ma.array(np.arange(6.0), mask=False)
    found = Trajectory.from_arrays({"u": u}, t=t, x=x)
    assert found.missing == {"u": 1}
    assert np.isnan(found.array("u")[1, 2])
    assert Trajectory.from_arrays({"u": u.astype(int)}, t=t, x=x).missing == {"u": 1}
    x[3] = np.ma.masked
    with pytest.raises(InputError, match="coordinate 'x' has 1 masked value"):
        Trajectory.from_arrays({"u": u}, t=t, x=x)
    with pytest.raises(InputError, match="profile 'sigma' has 1 masked value"):
        Trajectory.from_arrays({"u": u.filled(1.0)}, t=t, x=np.arange(6.0), profiles={"sigma": u[1]})


def test_missing_values_of_a_file_are_refused(tmp_path: Path) -> None:
    dataset = plane()
    dataset["sigma"].values[2, 5] = np.nan
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf", encoding={"sigma": {"_FillValue": -1.0}})
    with pytest.raises(InputError, match=r"'sigma' has 1 missing value \(its fill value is -1\), the first at index "
                                         r"\[y=2, x=5\]"):
        read_trajectory(tmp_path / "a.nc")


def test_fields_of_other_axes_are_refused_where_v_and_x_are_needed() -> None:
    trajectory = Trajectory.of(plane())
    with pytest.raises(InputError, match=r"field 'f' has axes \(t, angle, y, x\): this needs \(t, v, x\) or \(t, x\)"):
        trajectory.depends_on_v("f")
    with pytest.raises(InputError, match=r"known function 'S' has axes \(angle, x\): this needs a function of x"):
        trajectory.profile("S")


BENT = 2.0 * np.pi * np.arange(16) / 16 + 0.2 * np.sin(2.0 * np.pi * np.arange(16) / 16)


def waves(x: np.ndarray, **given: object) -> Trajectory:
    t = np.linspace(0.0, 1.0, 6)
    return Trajectory.from_arrays({"u": np.sin(x - t[:, None])}, t=t, x=x, **given)


def test_the_period_of_an_uneven_axis_is_said_or_taken_with_a_notice(tmp_path: Path) -> None:
    taken = waves(BENT, periodic=True)
    assert taken.axes[0].period == pytest.approx((BENT[-1] - BENT[0]) * 16 / 15)
    assert [note for note in taken.notices if note.startswith("took the period of x as ")] == list(taken.notices)
    said = waves(BENT, period={"x": 2.0 * np.pi})
    assert said.periodic
    assert said.axes[0].period == 2.0 * np.pi
    assert not said.notices
    write_trajectory(said, tmp_path / "said.nc")
    assert read_trajectory(tmp_path / "said.nc").axes[0].period == 2.0 * np.pi
    assert not waves(BENT, periodic=False).notices


@pytest.mark.parametrize(("x", "period", "message"), [
    (BENT, {"x": 3.0}, "attribute period of 'x' is 3, but its points reach from 0 to"),
    (BENT, {"x": -1.0}, "attribute period of 'x' is -1"),
    (BENT, {"y": 3.0}, "there is no axis 'y' that could have a period: the data has t, x"),
    (0.5 * np.arange(16), {"x": 7.7}, "attribute period of 'x' is 7.7, but its 16 even points repeat after 8"),
])
def test_periods_that_do_not_fit(x: np.ndarray, period: dict[str, float], message: str) -> None:
    with pytest.raises(InputError) as caught:
        waves(x, periodic=True, period=period)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["mean", "d_x", "I", "sin", "mean_x", "pi"])
def test_axes_whose_names_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"axis '{name}' has the name of an? (operator|function)"):
        Trajectory.from_arrays({"f": (("t", name, "x"), np.ones((4, 5, 8)))}, t=np.arange(4.0), x=np.arange(8.0),
                               axes={name: np.arange(5.0)}, roles={name: "velocity"}, periodic=False)


@pytest.mark.parametrize(("value", "said"), [(1e20, True), (-9999.0, True), (40.0, False), (np.nan, False)])
def test_values_that_seem_to_stand_for_missing_ones_are_named(value: float, said: bool) -> None:
    u = np.random.default_rng(0).standard_normal((6, 8))
    u[2:4, 5] = value
    trajectory = Trajectory.from_arrays({"u": u}, t=np.arange(6.0), x=np.arange(8.0), periodic=True)
    assert any(f"2 values of u are {value:g}, far from all others" in one for one in trajectory.notices) == said
