"""Files as the field's own codes write them: openPMD by its own library, OSIRIS and OpenMC as they document them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError

pytestmark = pytest.mark.usefixtures("strangers")

T, V, X = 0.25 * np.arange(4), np.linspace(-1.5, 1.5, 5), 0.125 * np.arange(16)
F = np.exp(-T)[:, None, None] * (1.0 + V[:, None] * np.sin(np.pi * X))


def write_openpmd(path: Path, position: float = 0.5) -> None:
    """f(v, x), a vector E of which one component is constant, on points half a cell from the corner."""
    io = pytest.importorskip("openpmd_api")
    series = io.Series(str(path), io.Access.create)
    for number, time in enumerate(T):
        iteration = series.iterations[10 * number]
        iteration.time, iteration.dt, iteration.time_unit_SI = float(time), 0.25, 1e-9
        mesh = iteration.meshes["f"]
        mesh.axis_labels, mesh.grid_spacing, mesh.grid_global_offset = ["v", "x"], [0.75, 0.125], [-1.5, 0.0]
        mesh.grid_unit_SI = 2.0
        mesh.unit_dimension = {io.Unit_Dimension.L: -3}
        part = mesh[io.Mesh_Record_Component.SCALAR]
        part.position, part.unit_SI = [0.0, position], 10.0
        part.reset_dataset(io.Dataset(F.dtype, F[number].shape))
        part.store_chunk(np.ascontiguousarray(F[number]))
        field = iteration.meshes["E"]
        field.axis_labels, field.grid_spacing, field.grid_global_offset = ["x"], [0.125], [0.0]
        for name in ("x", "y"):
            one = field[name]
            one.position = [0.5]
            one.reset_dataset(io.Dataset(F.dtype, [16]))
            if name == "x":
                one.store_chunk(np.ascontiguousarray(F[number, 0]))
            else:
                one.make_constant(0.0)
        series.flush()
        iteration.close()
    del series


def write_osiris(folder: Path) -> list[Path]:
    paths = []
    for number, time in enumerate(T):
        paths.append(folder / f"x1p1-{number:06d}.h5")
        with h5py.File(paths[-1], "w") as file:
            file.attrs.update({"NAME": [b"x1p1"], "TYPE": [b"grid"], "TIME": [time], "ITER": [number],
                               "TIME UNITS": [b"1 / omega_p"]})
            file.create_dataset("x1p1", data=F[number].astype("float32")).attrs["UNITS"] = [b"n_0"]
            for label, ends, of in (("AXIS1", (0.0, 2.0), "x1"), ("AXIS2", (-1.5, 2.25), "p1")):
                axis = file.create_dataset(f"AXIS/{label}", data=ends)
                axis.attrs.update({"NAME": [of.encode()], "UNITS": [b"c / omega_p"]})
    return paths


def write_openmc(path: Path, realisations: int = 20, tallies: int = 1, version: int = 18) -> None:
    """A flux over 4 times, 5 cosines and 16 cells, and one over cells alone."""
    rng = np.random.default_rng(5)
    batches = F[None] * (1.0 + 0.1 * rng.normal(size=(realisations, *F.shape)))
    with h5py.File(path, "w") as file:
        file.attrs.update({"filetype": np.bytes_("statepoint"), "version": [version, 1]})
        for number in range(1, tallies + 2):
            tally = file.create_group(f"tallies/tally {number}")
            tally["n_realizations"] = realisations
            tally["filters"] = [1, 2, 3] if number <= tallies else [3]
            tally["score_bins"] = np.array([b"flux"])
            tally["nuclides"] = np.array([b"total"])
            sums = np.stack([batches.sum(0), (batches**2).sum(0)], -1)
            tally["results"] = (sums if number <= tallies else sums[0, 0]).reshape(-1, 1, 2)
        for number, (kind, bins) in enumerate((("time", 0.25 * np.arange(5)), ("mu", np.linspace(-1, 1, 6)),
                                               ("mesh", 7)), 1):
            one = file.create_group(f"tallies/filters/filter {number}")
            one["type"], one["bins"] = np.bytes_(kind), bins
            one["n_bins"] = 16 if kind == "mesh" else len(np.atleast_1d(bins)) - 1
        mesh = file.create_group("tallies/meshes/mesh 7")
        mesh["type"], mesh["dimension"] = np.bytes_("regular"), [16, 1, 1]
        mesh["lower_left"], mesh["upper_right"] = [0.0, 0.0, 0.0], [2.0, 3.0, 5.0]


@pytest.mark.parametrize("name", ["run.h5", "run_%06T.h5", "run.bp"])
def test_meshes_of_openpmd(tmp_path: Path, name: str) -> None:
    write_openpmd(tmp_path / name)
    if "%" in name:
        found = symdcrnn.read_series(sorted(tmp_path.glob("*.h5")), False)
    else:
        found = symdcrnn.read_trajectory(tmp_path / name, False)
    assert found.field_names == ("f",)
    assert found.axes_of("f") == ("t", "v", "x")
    np.testing.assert_allclose(found.array("f"), 10.0 * F, rtol=1e-15)
    np.testing.assert_allclose(found.t, 1e-9 * T, rtol=1e-15)
    np.testing.assert_allclose(found.x, 2.0 * (X + 0.0625), rtol=1e-15)
    units = {name: found.dataset[name].attrs.get("units") for name in ("t", "x", "f")}
    assert units == {"t": "s", "x": "m", "f": "m-3"}
    assert any("left out the meshes E_x, E_y" in notice for notice in found.notices)


def test_one_mesh_of_several(tmp_path: Path) -> None:
    write_openpmd(tmp_path / "run.h5")
    found = symdcrnn.read_trajectory(f"{tmp_path / 'run.h5'}:/data/0/meshes/E_x", False)
    assert found.field_names == ("E_x", "E_y")
    assert found.axes_of("E_x") == ("t", "x")
    np.testing.assert_allclose(found.array("E_x"), F[:, 0], rtol=1e-15)
    assert np.array_equal(found.array("E_y"), np.zeros((4, 16)))


def test_dumps_of_osiris(tmp_path: Path) -> None:
    found = symdcrnn.read_series(write_osiris(tmp_path), True)
    assert found.field_names == ("x1p1",)
    assert found.axes_of("x1p1") == ("t", "p1", "x")
    np.testing.assert_allclose(found.array("x1p1"), F, rtol=1e-6)
    np.testing.assert_allclose(found.x, X, rtol=1e-15)
    np.testing.assert_allclose(found.dataset["p1"].values, V, atol=1e-15)
    assert np.array_equal(found.t, T)
    assert found.dataset["x1p1"].attrs["units"] == "n_0"


def test_tallies_of_openmc(tmp_path: Path) -> None:
    write_openmc(tmp_path / "statepoint.20.h5")
    found = symdcrnn.read_trajectory(tmp_path / "statepoint.20.h5", True)
    assert found.field_names == ("flux",)
    assert found.axes_of("flux") == ("t", "mu", "x")
    volume = 0.25 * 0.4 * (0.125 * 3.0 * 5.0)
    error = found.array("flux_std") * volume
    assert np.all(np.abs(found.array("flux") * volume - F) < 5.0 * error)
    np.testing.assert_allclose(np.median(error / np.abs(F)), 0.1 / np.sqrt(20.0), rtol=0.2)
    np.testing.assert_allclose(found.x, X + 0.0625, rtol=1e-15)
    axis = next(axis for axis in found.axes if axis.name == "mu")
    assert axis.role == "velocity"
    assert axis.weights is not None
    np.testing.assert_allclose(axis.weights, np.full(5, 0.2), rtol=1e-14)


def _cut(name: str) -> Callable[[Path], Any]:
    def without(path: Path) -> None:
        write_osiris(path.parent)[0].rename(path)
        with h5py.File(path, "r+") as file:
            del file[name]
    return without


def _other_openpmd(attribute: str, value: Any) -> Callable[[Path], Any]:
    def changed(path: Path) -> None:
        write_openpmd(path)
        with h5py.File(path, "r+") as file:
            if value is None:
                del file["data/0/meshes/f"].attrs[attribute]
            else:
                file.attrs[attribute] = value
    return changed


@pytest.mark.parametrize(("write", "message"), [
    (_other_openpmd("openPMD", b"3.0.0"), "is of version 3.0.0 of openPMD: versions 1 and 2 are known"),
    (_other_openpmd("basePath", b"/frames/%T/"), "has no group 'frames' of iterations"),
    (_other_openpmd("gridSpacing", None), "lacks the attribute .*gridSpacing"),
    (_cut("AXIS/AXIS2"), "no AXIS/AXIS2 with its two ends"),
    (_cut("x1p1"), "has no grid of OSIRIS"),
    (lambda path: write_openmc(path, realisations=1), "tally 1 has 1 realisation"),
    (lambda path: write_openmc(path, tallies=2), r"several tallies over time: choose one as .*tally 1, .*tally 2"),
    (lambda path: write_openmc(path, tallies=0), "has no tally with a time filter"),
    (lambda path: write_openmc(path, version=99), "is of version 99.1 of OpenMC's statepoints"),
])
def test_bad_files_are_one_line(tmp_path: Path, write: Callable[[Path], Any], message: str) -> None:
    write(tmp_path / "run.h5")
    with pytest.raises(InputError, match=message) as error:
        symdcrnn.read_trajectory(tmp_path / "run.h5", False)
    assert "\n" not in str(error.value)
    assert "run.h5" in str(error.value)


def test_a_tally_is_named(tmp_path: Path) -> None:
    write_openmc(tmp_path / "run.h5", tallies=2)
    assert symdcrnn.read_trajectory(f"{tmp_path / 'run.h5'}:/tallies/tally 2", True).frames == 4
