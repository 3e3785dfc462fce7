"""Periodic grids that repeat their end point: in every format and from arrays, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray
from numpy.typing import NDArray
from scipy.io import savemat

from symdcrnn import InputError, Trajectory, open_trajectory, read_trajectory

Array = NDArray[np.float64]

T = 0.1 * np.arange(6)
X = np.linspace(0.0, 2.0 * np.pi, 33)
NOTE = "left out the last point of x, which repeats the first"


def wave(x: Array) -> Array:
    """Shape (t, x), of period 2 pi."""
    return np.cos(x - T[:, None]) + 0.4 * np.sin(3.0 * x + T[:, None])


def dataset(u: Array, x: Array = X, **attributes: float) -> xarray.Dataset:
    return xarray.Dataset({"u": (("t", "x"), u)}, coords={"t": T, "x": x}, attrs=attributes)


def is_cut(trajectory: Trajectory) -> bool:
    return any(NOTE in notice for notice in trajectory.notices)


WRITERS: dict[str, Callable[[Path, Array], object]] = {
    ".nc": lambda path, u: dataset(u, periodic=1).to_netcdf(path, engine="h5netcdf"),
    ".zarr": lambda path, u: dataset(u, periodic=1).to_zarr(path, zarr_format=2),
    ".npz": lambda path, u: np.savez(path, u=u, t=T, x=X, periodic=1),
    ".mat": lambda path, u: savemat(path, {"u": u, "t": T, "x": X, "periodic": 1}),
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("single", [False, True])
def test_every_reader_leaves_the_point_out(tmp_path: Path, suffix: str, single: bool) -> None:
    u = wave(X).astype(np.float32) if single else wave(X)
    WRITERS[suffix](tmp_path / f"a{suffix}", u)
    found = read_trajectory(tmp_path / f"a{suffix}")
    assert is_cut(found)
    assert np.array_equal(found.array("u"), u[:, :-1])
    assert np.array_equal(found.x, X[:-1])
    assert found.array("u").flags.c_contiguous
    assert found.axes[0].periodic
    assert not is_cut(read_trajectory(tmp_path / f"a{suffix}", periodic=False))
    if suffix in (".nc", ".zarr"):
        stored = open_trajectory(tmp_path / f"a{suffix}")
        assert is_cut(stored.header)
        assert stored.header.dataset.sizes == {"t": 6, "x": 32}
        assert np.array_equal(stored.select(1, 3).in_memory_if_it_fits().array("u"), u[1:4, :-1])
        assert stored.header.dataset["x"].identical(found.dataset["x"])


def test_one_frame_on_disk_that_differs_is_said(tmp_path: Path) -> None:
    u = wave(X)
    u[1, -1] += 0.5
    dataset(u, periodic=1).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    assert not is_cut(read_trajectory(tmp_path / "a.nc"))
    stored = open_trajectory(tmp_path / "a.nc")
    with pytest.raises(InputError, match="the last point of x does not repeat the first"):
        stored.in_memory_if_it_fits()


def test_two_space_axes() -> None:
    y = np.linspace(-1.0, 1.0, 17)
    u = np.cos(X - T[:, None, None]) * np.sin(np.pi * y[:, None]) + np.cos(np.pi * y[:, None] + T[:, None, None])
    found = Trajectory.from_arrays({"u": u}, t=T, x=X, y=y, profiles={"source": np.cos(X) + np.sin(np.pi * y)[:, None]},
                                   periodic=True)
    assert found.array("u").shape == (6, 16, 32)
    assert found.array("source").shape == (16, 32)
    assert sum("which repeats the first" in notice for notice in found.notices) == 2
    one = Trajectory.from_arrays({"u": u}, t=T, x=X, y=y, periodic={"x": True, "y": False})
    assert one.array("u").shape == (6, 17, 32)


def test_values_that_agree_to_rounding() -> None:
    u = wave(X)
    u[:, -1] = u[:, 0] * (1.0 + 4e-16) + 1e-15
    assert is_cut(Trajectory.of(dataset(u), periodic=True))
    assert is_cut(Trajectory.of(dataset(u)))
    u[3, -1] += 1e-6
    assert not is_cut(Trajectory.of(dataset(u), periodic=True))


def test_even_data_that_repeats_its_end_and_even_data_on_cells() -> None:
    decay = np.exp(-T)[:, None]
    assert is_cut(Trajectory.of(dataset(decay * np.cos(X) + np.cos(2.0 * X)), periodic=True))
    cells = (np.arange(32) + 0.5) * np.pi / 16
    even = decay * np.cos(cells) + np.cos(2.0 * cells)
    assert np.abs(even[:, 0] - even[:, -1]).max() < 1e-14
    assert not is_cut(Trajectory.of(dataset(even, cells), periodic=True))


@pytest.mark.parametrize("u", [
    np.ones((6, 33)) * (1.0 + T[:, None]),
    np.exp(-20.0 * (X - np.pi - 0.1 * T[:, None]) ** 2),
    np.zeros((6, 33)),
    np.sin(0.5 * X) * (1.0 + T[:, None]),
    np.cos(X[:, None] * 0.9).T * np.ones((6, 1)),
    wave(X * 32 / 33),
])
def test_what_is_flat_or_different_at_the_ends_is_not_cut(u: Array) -> None:
    assert not is_cut(Trajectory.of(dataset(u), periodic=True))


def test_a_period_that_is_the_length_of_the_axis_says_it() -> None:
    given = {"t": T, "x": X, "periodic": True}
    pulse = np.exp(-20.0 * (X - np.pi - 0.1 * T[:, None]) ** 2)
    found = Trajectory.from_arrays({"u": pulse}, period={"x": 2.0 * np.pi}, **given)  # type: ignore[arg-type]
    assert found.array("u").shape == (6, 32)
    assert found.axes[0].period == pytest.approx(2.0 * np.pi)
    with pytest.raises(InputError, match="attribute period of 'x'"):
        Trajectory.from_arrays({"u": wave(0.9 * X)}, period={"x": 2.0 * np.pi}, **given)  # type: ignore[arg-type]
    longer = 2.0 * np.pi * 33 / 32
    kept = Trajectory.from_arrays({"u": wave(X)}, period={"x": longer}, **given)  # type: ignore[arg-type]
    assert kept.array("u").shape == (6, 33)


def test_uneven_points() -> None:
    x = X + 0.1 * np.sin(X)
    found = Trajectory.of(dataset(wave(x), x), periodic=True)
    assert is_cut(found)
    assert found.axes[0].period == pytest.approx(2.0 * np.pi)
    assert found.axes[0].size == 32


def test_the_weight_of_the_last_angle_goes_to_the_first() -> None:
    x = 2.0 * np.pi * np.arange(16) / 16
    theta = np.linspace(0.0, 2.0 * np.pi, 9)
    weights = np.r_[0.5, np.ones(7), 0.5] / 8
    f = np.cos(x - T[:, None, None]) * (2.0 + np.sin(theta[:, None]) + np.cos(2.0 * theta[:, None]))
    found = Trajectory.from_arrays({"f": (("t", "theta", "x"), f)}, t=T, x=x, axes={"theta": theta},
                                   coordinates={"c": ("theta", np.cos(theta))}, weights={"theta": weights},
                                   roles={"theta": "velocity"}, periodic={"x": True, "theta": True})
    axis = next(one for one in found.axes if one.name == "theta")
    assert axis.size == 8
    assert axis.weights is not None
    assert np.allclose(axis.weights, 1.0 / 8, rtol=1e-14)
    assert found.array("f").shape == (6, 8, 16)
    assert found.array("c").shape == (8,)


def test_gaps_at_the_ends_hide_no_point_that_repeats_another(tmp_path: Path) -> None:
    u = wave(X)
    u[2, -1], u[4, :3], u[1] = np.nan, np.nan, np.nan
    WRITERS[".nc"](tmp_path / "a.nc", u)
    found = read_trajectory(tmp_path / "a.nc")
    assert is_cut(found)
    np.testing.assert_array_equal(found.array("u"), u[:, :-1])
    stored = open_trajectory(tmp_path / "a.nc").in_memory_if_it_fits()
    np.testing.assert_array_equal(stored.dataset["u"].values, u[:, :-1])
    u[3, -1] += 0.1
    WRITERS[".nc"](tmp_path / "a.nc", u)
    assert not is_cut(read_trajectory(tmp_path / "a.nc"))
