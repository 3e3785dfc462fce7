"""Units of different files: converted where they are multiples of each other, refused elsewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import symdcrnn
from symdcrnn.data import StoredTrajectory, Trajectory, in_units, open_trajectory, write_trajectory
from symdcrnn.data.units import factor_between, in_same_units, quotient_of_units, units_of
from symdcrnn.errors import InputError

T, X = 0.125 * np.arange(12), 2 * np.pi * np.arange(24) / 24
U = np.exp(-T)[:, None] * (2 + np.sin(X))


def decay(t: str | None = "s", x: str | None = "m", u: str | None = "K", by: float = 1.0) -> Trajectory:
    """d_t u = -u with times multiplied by a number."""
    units = {name: text for name, text in (("t", t), ("x", x), ("u", u)) if text is not None}
    return Trajectory.from_arrays({"u": U}, t=by * T, x=X, units=units, periodic=True, exact={"u": {"u": -1.0}})


@pytest.mark.parametrize(("old", "new", "factor"), [
    ("s", "s", 1), ("ms", "s", Fraction(1, 1000)), ("s", "us", 10**6), ("milliseconds", "seconds", Fraction(1, 1000)),
    ("hours", "s", 3600), ("days since 2000-01-01", "h", 24), ("min", "s", 60), ("µm", "m", Fraction(1, 10**6)),
    ("cm/s", "m s-1", Fraction(1, 100)), ("km/h", "m/s", Fraction(5, 18)), ("m^2/s", "cm**2 ms-1", 10),
    ("kg m2 s-2", "J", 1), ("hPa", "Pa", 100), ("1/cm^3", "m-3", 10**6), ("widgets", "widgets", 1),
    ("widgets/s", "widgets/min", 60), ("m", "s", None), ("K", "C", None), ("degC", "K", None), ("widgets", "m", None),
    ("m (above ground)", "m", None), ("mm", "mol", None), ("mins", "ms", 60000)])
def test_factors(old: str, new: str, factor: int | Fraction | None) -> None:
    assert factor_between(old, new) == factor
    if factor is not None:
        assert factor_between(new, old) == 1 / Fraction(factor)


def test_units_of_quotients() -> None:
    assert quotient_of_units("K", "s") == "K s-1"
    assert quotient_of_units("m/s", "seconds since 2020-01-01") == "m s-1 seconds-1"
    assert quotient_of_units("1", "m") == "m-1"
    assert quotient_of_units("3 apples", "s") == "3 apples/(s)"
    assert quotient_of_units(None, "s") is None
    assert quotient_of_units("K", None) is None


def test_axes_and_fields_are_converted_with_what_belongs_to_them() -> None:
    trajectory = Trajectory.of(xr.Dataset(
        {"u": (("t", "x"), U, {"units": "mK"}), "u_std": (("t", "x"), np.ones(U.shape)), "w": ("x", X)},
        coords={"t": ("t", 1000 * T, {"units": "ms since 2000-01-01"}),
                "x": ("x", X, {"units": "cm", "period": 2 * np.pi})}, attrs={"exact": '{"u": {"u": -1.0}}'}))
    made = in_units(trajectory, {"t": "s", "x": "m", "u": "K", "none": "m"})
    np.testing.assert_array_equal(made.t, T)
    np.testing.assert_array_equal(made.x, X / 100)
    np.testing.assert_array_equal(made.array("u"), U / 1000)
    np.testing.assert_array_equal(made.dataset["u_std"].values, np.ones(U.shape) / 1000)
    assert made.axes[0].period == pytest.approx(np.pi / 50, rel=1e-15)
    assert units_of(made) == {"u": "K", "x": "m", "t": "s since 2000-01-01"}
    assert made.exact is None
    assert made.notices[-4:] == ("converted u from mK to K", "converted t from ms to s", "converted x from cm to m",
                                 "left out the exact equations, which are in the units before")
    assert in_units(made, {"t": "s", "x": "m"}) is made
    np.testing.assert_array_equal(trajectory.t, 1000 * T)
    with pytest.raises(InputError, match="the units of x are 'cm', which are not known to be a multiple of 's'"):
        in_units(trajectory, {"x": "s"})


def test_trajectories_on_disk_have_their_axes_converted(tmp_path: Path) -> None:
    write_trajectory(decay("ms", by=1000.0), tmp_path / "a.nc")
    stored = open_trajectory(tmp_path / "a.nc")
    first, second = in_same_units([decay(), stored])
    np.testing.assert_array_equal(second.header.t, first.t)
    assert "converted t from ms to s" in second.notices


@pytest.mark.usefixtures("interpreted")
def test_fields_and_their_variances_on_disk_are_converted_as_they_are_read(tmp_path: Path) -> None:
    plain = decay()
    with_variance = Trajectory.of(plain.dataset.assign(u_variance=plain.dataset["u"] ** 2))
    write_trajectory(with_variance, tmp_path / "a.nc")
    kelvin, other = open_trajectory(tmp_path / "a.nc"), decay(u="mK")
    (_, expected), (_, found) = in_same_units([other, with_variance]), in_same_units([other, kelvin])
    assert isinstance(expected, Trajectory)
    assert isinstance(found, StoredTrajectory)
    assert units_of(found.header)["u"] == "mK"
    assert found.header.dataset["u"].values.strides[0] == 0
    assert "converted u from K to mK" in found.notices
    with found.reader.opened() as read:
        np.testing.assert_array_equal(read(0, T.size)["u"], 1000.0 * U)
    loaded = found.in_memory_if_it_fits()
    for name in ("u", "u_variance"):
        np.testing.assert_array_equal(loaded.dataset[name], expected.dataset[name])
    settings = {"words": ("u",), "scheme": "simpson", "bootstrap": 0}
    model = symdcrnn.fit([other, kelvin], **settings)
    assert model.data.units["u"] == "mK"
    assert model["u"].coefficients == symdcrnn.fit([other, with_variance], **settings)["u"].coefficients


@pytest.mark.usefixtures("interpreted")
def test_one_equation_of_files_in_other_units_and_a_model_in_its_own() -> None:
    settings = {"words": ("u",), "scheme": "simpson", "bootstrap": 0}
    alone = symdcrnn.fit(decay(), **settings)
    model = symdcrnn.fit([decay(), decay("ms", by=1000.0)], **settings)
    assert model["u"].coefficients["u"] == pytest.approx(alone["u"].coefficients["u"], rel=1e-12)
    assert model.data.units["t"] == "s"
    with pytest.raises(InputError, match="different units of t: 's' and 'm': convert one of them"):
        symdcrnn.fit([decay(), decay("m")], **settings)
    with pytest.raises(InputError, match=r"was given data with t in 'ms', but the model has learned it in 's'"):
        symdcrnn.simulate(alone, decay("ms", by=1000.0), steps=1)
    made = symdcrnn.simulate(alone, in_units(decay("ms", by=1000.0), alone.data.units), steps=3)
    assert made.trajectory.t[-1] == T[3]


@pytest.mark.usefixtures("undrawn")
def test_commands_convert_to_the_units_of_the_model(tmp_path: Path, command) -> None:  # type: ignore[no-untyped-def]
    write_trajectory(decay("ms", by=1000.0), tmp_path / "ms.nc")
    write_trajectory(decay(), tmp_path / "s.nc")
    symdcrnn.fit(decay(), words=("u",), scheme="simpson", bootstrap=0).save(tmp_path / "m.json")
    done = command(tmp_path, "simulate", "m.json", "ms.nc", "-o", "out.nc", "--steps", "2")
    assert "Note: converted t from ms to s" in done.stderr
    assert symdcrnn.read_trajectory(tmp_path / "out.nc").t.tolist() == T[:3].tolist()
    assert command(tmp_path, "report", "m.json", "ms.nc", "-o", "r.html").returncode == 0
    done = command(tmp_path, "fit", "s.nc", "ms.nc", "--word", "u", "--scheme", "simpson", "--bootstrap", "0")
    assert "Note: converted t from ms to s" in done.stderr
