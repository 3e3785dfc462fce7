"""The checks of a trajectory: what is put right is noted, what is wrong is said in one line."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from symdcrnn.data import Trajectory, gauss_legendre
from symdcrnn.errors import InputError

NT, NV, NX = 4, 3, 6


def good(**attrs) -> xr.Dataset:
    random = np.random.default_rng(1)
    v, weights = gauss_legendre(NV)
    return xr.Dataset(
        {"g": (("t", "v", "x"), random.normal(size=(NT, NV, NX))), "rho": (("t", "x"), random.normal(size=(NT, NX))),
         "sigma_s": (("x",), np.ones(NX)), "weights": (("v",), weights)},
        coords={"t": 0.5 + 0.1 * np.arange(NT), "v": v, "x": np.arange(NX) / NX},
        attrs={"periodic": 1, "epsilon": 0.25, "exact": json.dumps({"g": {"v_dx g": -4}}), **attrs})


def refused(dataset: xr.Dataset, *says: str) -> None:
    with pytest.raises(InputError) as info:
        Trajectory.of(dataset)
    message = str(info.value)
    assert "\n" not in message
    for text in says:
        assert text in message


def with_values(name: str, values) -> xr.Dataset:
    dataset = good()
    return dataset.assign({name: (dataset[name].dims, values)})


def test_good_dataset():
    dataset = good()
    trajectory = Trajectory.of(dataset)
    assert trajectory.notices == ()
    assert trajectory.field_names == ("g", "rho")
    assert trajectory.profile_names == ("sigma_s",)
    assert trajectory.depends_on_v("g")
    assert not trajectory.depends_on_v("rho")
    assert trajectory.frames == NT
    assert trajectory.dt == pytest.approx(0.1)
    assert trajectory.dx == pytest.approx(1 / NX)
    assert trajectory.periodic
    assert trajectory.epsilon == 0.25
    assert trajectory.exact == {"g": {"v_dx g": -4.0}}
    assert trajectory.weights.sum() == pytest.approx(1.0)
    assert trajectory.profile("sigma_s").tolist() == [1.0] * NX
    array = trajectory.array("g")
    assert array.flags.c_contiguous
    assert np.shares_memory(array, dataset["g"].values)


@given(st.permutations(["t", "v", "x"]))
def test_axes_are_reordered_with_a_notice(order):
    dataset = good()
    trajectory = Trajectory.of(dataset.assign(g=dataset["g"].transpose(*order)))
    np.testing.assert_array_equal(trajectory.array("g"), dataset["g"].values)
    assert trajectory.array("g").flags.c_contiguous
    assert any("reordered the axes of g" in notice for notice in trajectory.notices) == (order != ["t", "v", "x"])


def test_periodic_is_assumed_with_a_notice_or_given():
    dataset = good()
    del dataset.attrs["periodic"]
    assert "periodic" in Trajectory.of(dataset).notices[0]
    assert Trajectory.of(dataset).periodic
    assert not Trajectory.of(dataset, periodic=False).periodic
    assert not Trajectory.of(good(), periodic=False).periodic
    assert not Trajectory.of(good(periodic=np.array([0]))).periodic


def test_weights_are_normalised_or_recognised_with_a_notice():
    dataset = good()
    doubled = Trajectory.of(with_values("weights", 2 * dataset["weights"].values))
    assert "sum 2" in doubled.notices[0]
    np.testing.assert_allclose(doubled.weights, dataset["weights"])
    found = Trajectory.of(dataset.drop_vars("weights"))
    assert "Gauss-Legendre" in found.notices[0]
    np.testing.assert_array_equal(found.weights, dataset["weights"])
    unknown = Trajectory.of(dataset.drop_vars("weights").assign_coords(v=[-1.0, 0.0, 1.0]))
    assert unknown.notices == ()
    assert unknown.axes[0].weights is None
    with pytest.raises(InputError, match="no quadrature weights and the 3 velocities are not Gauss-Legendre nodes"):
        _ = unknown.weights


@pytest.mark.parametrize("dtype", ["float32", "int64", "int8", ">f8"])
def test_numbers_become_float64(dtype):
    trajectory = Trajectory.of(with_values("g", np.arange(NT * NV * NX).reshape(NT, NV, NX).astype(dtype)))
    assert trajectory.array("g").dtype == np.dtype(np.float64)
    assert trajectory.array("g").dtype.isnative


def test_fields_without_v():
    dataset = good()[["rho"]].drop_vars("v", errors="ignore")
    trajectory = Trajectory.of(dataset)
    assert trajectory.v.tolist() == [1.0]
    assert trajectory.weights.tolist() == [1.0]
    again = Trajectory.of(trajectory.dataset)
    assert again.dataset.identical(trajectory.dataset)


def test_of_is_idempotent():
    once = Trajectory.of(good().transpose("x", "v", "t"))
    assert Trajectory.of(once.dataset).notices == ()
    assert Trajectory.of(once.dataset).dataset.identical(once.dataset)


def test_scalars_are_left_out_and_coordinates_are_profiles():
    trajectory = Trajectory.of(good().assign(n=3).assign_coords(sigma_a=("x", np.ones(NX))))
    assert "n" in trajectory.notices[0]
    assert set(trajectory.profile_names) == {"sigma_s", "sigma_a"}


@pytest.mark.parametrize(("old", "axis"), [("time", "t"), ("velocity", "v"), ("space", "x")])
def test_axes_of_usual_names_are_taken_with_a_notice(old, axis):
    trajectory = Trajectory.of(good().rename({axis: old}))
    assert trajectory.notices[0] == f"took {old} as {axis}, by its name"
    xr.testing.assert_identical(trajectory.dataset, Trajectory.of(good()).dataset)


def test_misnamed_axis():
    refused(good().rename(t="when"), "'when'", "if 'when' is t, say --axis t=when (axes={'t': 'when'} in Python)")
    refused(good().rename(t="time").expand_dims(times=[1.0]), "axis 't' is missing")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["g", "rho", "sigma_s", "weights"])
def test_not_finite(name, bad):
    values = good()[name].values.copy()
    values[(-1,) * values.ndim] = bad
    if np.isnan(bad) and name in ("g", "rho"):
        trajectory = Trajectory.of(with_values(name, values))
        assert trajectory.missing == {name: 1}
        assert f"gaps: 1 of {values.size} values of {name} is missing" in trajectory.notices
        refused(with_values(name, np.full_like(values, bad)), f"every value of variable '{name}' is missing")
        return
    refused(with_values(name, values), name, "finite")
    if name == "g":
        values[1, 2, 3] = bad
        values[0, 0, 0] = np.nan
        refused(with_values(name, values), "2 values", "[t=1, v=2, x=3]")


def test_huge_values_whose_sum_overflows_are_accepted():
    Trajectory.of(with_values("rho", np.full((NT, NX), 1e308)))


@pytest.mark.parametrize(("axis", "values", "says"), [
    ("t", [0.0, 1.0, 1.0, 2.0], "index 2"),
    ("t", [3.0, 2.0, 1.0, 0.0], "does not increase"), ("t", [0.0, 1.0, np.nan, 3.0], "finite"),
    ("x", [0.0, 1.0, 2.0, 3.0, 3.0, 5.001], "index 4"), ("v", [0.5, 0.0, 0.5], "v[0] and v[2]"),
    ("v", [0.0, np.inf, 1.0], "finite"), ("v", ["a", "b", "c"], "real numbers"),
    ("t", np.array(["2000", "2001", "NaT", "2003"], dtype="datetime64[ns]"), "missing date at index 2"),
    ("t", np.array(["2000", "2001", "2001", "2003"], dtype="datetime64[ns]"), "index 2")])
def test_bad_coordinate(axis, values, says):
    refused(good().assign_coords({axis: values}), axis, says)


@pytest.mark.parametrize(("axis", "values", "says"), [
    ("t", [0.0, 1.0, 2.0, 3.1], "t is unevenly spaced: the step from index 2 to 3"),
    ("x", [0.0, 1.0, 2.0, 3.0, 4.0, 5.001], "x is unevenly spaced: the step from index 4 to 5")])
def test_uneven_axes_are_kept_and_have_no_step(axis, values, says):
    trajectory = Trajectory.of(good().assign_coords({axis: values}))
    np.testing.assert_array_equal(getattr(trajectory, axis), values)
    if axis == "x":
        assert not trajectory.axes[-1].even
    with pytest.raises(InputError, match=says):
        _ = trajectory.dt if axis == "t" else trajectory.dx
    assert (trajectory.dx if axis == "t" else trajectory.dt) > 0.0


@pytest.mark.parametrize(("axis", "points"), [("t", 0.05 * np.arange(NT)), ("x", np.linspace(0, 2 * np.pi, NX))])
def test_even_steps_in_single_precision_are_even(axis, points):
    trajectory = Trajectory.of(good().assign_coords({axis: points.astype(np.float32)}))
    np.testing.assert_allclose(getattr(trajectory, axis), points, rtol=1e-6)
    step = trajectory.dt if axis == "t" else trajectory.dx
    assert step == pytest.approx(points[1] - points[0], rel=1e-6)
    assert Trajectory.of(trajectory.dataset).notices == ()


def test_times_far_from_zero_may_round():
    Trajectory.of(good().assign_coords(t=1e6 + 1e-8 * 0.1 * np.arange(NT) * 1e7))


@pytest.mark.parametrize("axis", ["t", "v", "x"])
def test_missing_coordinate_and_missing_axis(axis):
    refused(good().drop_vars(axis), f"axis '{axis}' has no coordinate variable")
    rest = good().isel({axis: 0}, drop=True).drop_vars("sigma_s" if axis == "x" else [])
    if axis == "t":
        refused(rest, "axis 't' is missing")
    elif axis == "x":
        assert Trajectory.of(rest).axes_of("g") == ("t", "v")
        with pytest.raises(InputError, match="axis 'x' is missing"):
            _ = Trajectory.of(rest).x


@pytest.mark.parametrize(("dataset", "says"), [
    (good().isel(t=slice(0, 1)), "1 frames"),
    (good().isel(x=slice(0, 4)), "4 points"),
    (good().expand_dims("y"), "'y'"),
    (good().assign(q=("q", np.ones(NV)), h=(("t", "q"), np.ones((NT, NV)))), "role of axis 'q' cannot be told"),
    (good().assign({"v_dx g": ("x", np.ones(NX))}), "rename it"),
    (good().drop_vars(["g", "rho"]), "no variable has the axes"),
    (good().assign(weights=("x", np.ones(NX))), "'weights'"),
    (with_values("g", np.ones((NT, NV, NX)) * 1j).assign(g_im=("x", np.ones(NX))), "complex"),
    (with_values("rho", np.full((NT, NX), "a")).drop_vars("g"), "left out rho, which is no array of numbers"),
    (with_values("rho", np.full((NT, NX), True)).drop_vars("g"), "left out rho"),
    (with_values("rho", np.full((NT, NX), None, dtype=object)).drop_vars("g"), "left out rho"),
    (with_values("weights", [1.0, -1.0, 1.0]), "negative"),
    (with_values("weights", np.zeros(NV)), "sum"),
    (good(epsilon=np.array([1.0, 2.0])), "epsilon is an array of shape (2,)"), (good(periodic=2), "periodic"),
    (good(periodic="yes"), "periodic"), (good(exact="{"), "exact"), (good(exact="[1]"), "exact"),
    (good(exact='{"g": 1}'), "exact"), (good(exact='{"g": {"g": "a"}}'), "exact"),
    (good(exact='{"g": {"g": NaN}}'), "exact"), (xr.Dataset(), "axis 't' is missing"), ("nonsense", "xarray.Dataset")])
def test_bad_dataset(dataset, says):
    refused(dataset, says)


@pytest.mark.parametrize("epsilon", [0.0, 1.5, np.nan, -1.0, "q", "machine"])
def test_an_epsilon_that_is_something_else_is_left_out(epsilon):
    trajectory = Trajectory.of(good(epsilon=epsilon))
    assert trajectory.epsilon is None
    assert "epsilon" not in trajectory.dataset.attrs
    (notice,) = trajectory.notices
    assert notice.startswith("left out the attribute epsilon, ")
    assert notice.endswith(", which is no scale above 0 and at most 1")


def test_epsilon_as_text_and_as_array():
    assert Trajectory.of(good(epsilon="1/8")).epsilon == 0.125
    assert Trajectory.of(good(epsilon=np.array([[0.5]]))).epsilon == 0.5


@given(st.integers(0, 5), st.one_of(st.none(), st.integers(2, 6)), st.integers(1, 4))
def test_select_agrees_with_slices(first, count, stride):
    trajectory = Trajectory.of(good())
    expected = trajectory.array("g")[first::stride][:count]
    if len(expected) < (count or 2):
        with pytest.raises(InputError, match="window"):
            trajectory.select(first, count, stride)
        return
    window = trajectory.select(first, count, stride)
    np.testing.assert_array_equal(window.array("g"), expected)
    np.testing.assert_array_equal(window.t, trajectory.t[first::stride][:count])
    assert window.array("g").flags.c_contiguous
    assert window.exact == trajectory.exact


@pytest.mark.parametrize("window", [{"first": -1}, {"count": 1}, {"count": 0}, {"stride": 0}, {"stride": 1.5},
                                    {"first": True}, {"first": 99}, {"count": "2"}])
def test_bad_window(window):
    with pytest.raises(InputError, match=r"window|frames has"):
        Trajectory.of(good()).select(**window)


def test_unknown_names():
    trajectory = Trajectory.of(good())
    for call in (trajectory.array, trajectory.profile, trajectory.depends_on_v):
        with pytest.raises(InputError, match="there is no"):
            call("q")


def test_from_arrays_equals_of():
    dataset = good()
    made = Trajectory.from_arrays(
        {"g": dataset["g"].values, "rho": dataset["rho"].values}, t=dataset["t"].values, x=dataset["x"].values,
        v=dataset["v"].values, weights=dataset["weights"].values, profiles={"sigma_s": np.ones(NX)}, epsilon=0.25,
        exact={"g": {"v_dx g": -4.0}})
    xr.testing.assert_equal(made.dataset, Trajectory.of(dataset).dataset)
    assert made.exact == {"g": {"v_dx g": -4.0}}


@pytest.mark.parametrize(("fields", "more"), [
    ({"g": np.ones((NT, NV, NX))}, {}), ({"g": np.ones((NV, NT, NX))}, {"v": gauss_legendre(NV)[0]}),
    ({"g": np.ones(NX)}, {}), ({"g": np.ones((NT, NX + 1))}, {}), ({}, {}), ({"g": [[1.0], [1.0, 2.0]]}, {}),
    ({"g": np.ones((NT, NX))}, {"weights": [1.0]}), ({"g": np.ones((NT, NX))}, {"profiles": {"g": np.ones(NX)}}),
    ({"g": np.ones((NT, NX))}, {"profiles": {"s": np.ones(NX + 1)}}), ({"g": np.ones((NT, NX))}, {"epsilon": 2.0}),
    ({"g": np.ones((NT, NX))}, {"x": np.ones((2, 3))}),
    ({"g": np.ones((NT, NX))}, {"v": gauss_legendre(NV)[0], "weights": [1.0]})])
def test_from_arrays_refuses(fields, more):
    with pytest.raises(InputError) as info:
        Trajectory.from_arrays(fields, **{"t": np.arange(NT), "x": np.arange(NX), **more})
    assert "\n" not in str(info.value)
