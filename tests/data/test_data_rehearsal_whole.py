"""The copy of the process that reads a file first says nothing: that it reads all of a sound one is told here."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
import pytest
from scipy.io import netcdf_file, savemat

from symdcrnn import read_trajectory
from symdcrnn.data.files.safety import rehearsal

pytestmark = pytest.mark.usefixtures("strangers")

T, X = np.arange(6.0), np.arange(8.0)
U = np.cos(T[:, None] + X)


def hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["t"], file["x"], file["u"] = T, X, U


def netcdf(path: Path) -> None:
    import xarray

    xarray.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X}).to_netcdf(path, engine="h5netcdf")


def classic(path: Path) -> None:
    with netcdf_file(path, "w") as file:
        for name, values in (("t", T), ("x", X)):
            file.createDimension(name, values.size)
            file.createVariable(name, "d", (name,))[:] = values
        file.createVariable("u", "d", ("t", "x"))[:] = U


def matlab(path: Path) -> None:
    savemat(path, {"t": T, "x": X, "u": U})


@pytest.mark.parametrize(("name", "write"), [("a.h5", hdf5), ("a.nc", netcdf), ("b.nc", classic), ("a.mat", matlab)])
def test_every_value_of_a_sound_file_is_read(
    name: str, write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, where an error would be seen and values that are read are counted."""
    path = tmp_path / name
    write(path)
    counted = {"in": 0}
    read = h5py.Dataset.__getitem__

    def reading(self: Any, *arguments: Any) -> Any:
        found = read(self, *arguments)
        counted["in"] += np.size(found)
        return found

    def rehearsed(path: str, stamp: object, reading_all: Callable[..., object], given: tuple[Hashable, ...]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(h5py.Dataset, "__getitem__", reading)
            found = reading_all(path, *given)
        counted["in"] += sum(np.size(one) for one in found.values()) if isinstance(found, dict) else 0
        counted["called"] = 1

    monkeypatch.setattr(rehearsal, "_rehearsed", rehearsed)
    np.testing.assert_array_equal(read_trajectory(path, True).array("u"), U)
    assert counted["called"] == 1
    if name != "b.nc":
        assert counted["in"] >= T.size + X.size + U.size


@pytest.mark.skipif(sys.platform != "linux", reason="copies processes on Linux")
@pytest.mark.parametrize("error", [None, OSError("damaged"), KeyboardInterrupt()])
def test_the_copy_has_limits_and_says_nothing(error: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: dict[int, Any] = {}
    silent: list[int] = []
    done: list[tuple[Any, ...]] = []

    def end(code: int) -> NoReturn:
        raise SystemExit(code)

    def reading(*given: Any) -> None:
        done.append(given)
        if error is not None:
            raise error

    for module, name, instead in ((os, "_exit", end), (os, "dup2", lambda file, other: silent.append(other)),
                                  (resource, "setrlimit", limits.__setitem__), (signal, "signal", lambda *_: None)):
        monkeypatch.setattr(module, name, instead)
    monkeypatch.setattr("faulthandler.disable", lambda: None)
    with pytest.raises(SystemExit, match="0"):
        rehearsal._read_and_end("a.nc", reading, (3,), 7)
    assert done == [("a.nc", 3)]
    assert silent == [1, 2]
    assert limits[resource.RLIMIT_CPU] == (7, 8)
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    assert limits[resource.RLIMIT_AS][0] > 0
