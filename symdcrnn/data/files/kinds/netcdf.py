"""NetCDF files: version 4 by h5netcdf, the classic versions are read by scipy."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.atomic import check_room, replacing
from symdcrnn.data.files.kinds.hdf5 import group_and_variable
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.places import ROOT, Place
from symdcrnn.data.files.safety.hdf5_links import check_hdf5, read_all_of_hdf5
from symdcrnn.data.files.safety.rehearsal import rehearse
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.trajectory import Trajectory

OVERHEAD = 8192
"""Bytes of a variable beside its values, about, and of the file."""

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


def open_netcdf(place: Place, notices: list[str]) -> xarray.Dataset:
    """The dataset in a NetCDF file or a group of it, its arrays still on disk.

    Raises
    ------
    InputError
        If the file is damaged or no NetCDF file, or has no such group.
    """
    import xarray

    with open(place.file, "rb") as file:
        magic = file.read(8)
    if magic != HDF5_MAGIC and magic[:3] != b"CDF":
        raise InputError("is no NetCDF file (it does not begin like one): give a file written by xarray or netCDF4")
    try:
        if magic == HDF5_MAGIC:
            # Once, before the process is copied: xarray imports some libraries with its first dataset.
            import h5netcdf.legacyapi  # type: ignore[import-untyped, unused-ignore]  # noqa: F401

            xarray.Dataset({"x": ("x", [0.0])})
            rehearse(place.file, _rehearsed, place)
        else:
            rehearse(place.file, _read_classic)
        if magic == HDF5_MAGIC:
            # Its wrappers print a traceback when they are collected after a failed opening; h5py fails quietly.
            check_hdf5(place.file)
            return _opened(place, notices)
        if place.steps:
            raise InputError("is a NetCDF file of the classic kind, which has no groups: leave the group out")
        with quietly():
            return xarray.open_dataset(place.file, engine="scipy", decode_times=False, cache=False)
    except InputError:
        raise
    except ImportError as error:
        raise InputError(f"cannot be read without a missing package ({first_line(error)}): install it") from None
    except Exception as error:  # a damaged file fails in any way of HDF5 and its wrappers
        raise memory_error(error) or _damaged(error) from None


def _rehearsed(path: str, place: Place) -> None:
    """All that is done with the file, and every value of it, whatever is asked for later."""
    with suppress(Exception):
        check_hdf5(path)
        with _opened(place, []) as dataset:
            for variable in dataset.variables.values():
                with suppress(Exception):
                    variable.load()
    read_all_of_hdf5(path)


def _opened(place: Place, notices: list[str]) -> xarray.Dataset:
    """The dataset of a group, with the coordinates of its axes from the groups around it."""
    import h5py  # type: ignore[import-untyped, unused-ignore]

    with h5py.File(place.file, "r") as file:
        group, only = group_and_variable(file, place, notices)
        name = str(group.name)
    dataset = _group(place.file, name)
    if only is not None:
        others = [str(other) for other, one in dataset.data_vars.items() if other != only and one.ndim > 1]
        if others:
            notices.append(f"left out {', '.join(others)}, as {only} is named")
        close, dataset = dataset.close, dataset.drop_vars(others)
        dataset.set_close(close)
    while name != ROOT:
        name = name.rpartition("/")[0] or ROOT
        with _group(place.file, name) as around:
            lacking = {dim: around[dim].load() for dim in dataset.dims if dim not in dataset.coords and dim in around}
        close, dataset = dataset.close, dataset.assign_coords(lacking).assign_attrs({**around.attrs, **dataset.attrs})
        dataset.set_close(close)
    return dataset


def _group(path: str, name: str) -> xarray.Dataset:
    import xarray

    # Times are kept as the numbers that they are: a unit such as "seconds since" would make them dates.
    with quietly():
        return xarray.open_dataset(path, engine="h5netcdf", decode_times=False, cache=False, group=name)


def _read_classic(path: str) -> None:
    from scipy.io import netcdf_file

    with netcdf_file(path, mmap=False) as file:
        for variable in file.variables.values():
            variable[()]


def _damaged(error: Exception) -> InputError:
    return InputError(f"is damaged or cut short ({first_line(error)}): copy or write the file anew")


def write_netcdf(trajectory: Trajectory, path: str | os.PathLike[str]) -> None:
    """Write a trajectory; an existing file is replaced once the new one is complete.

    Raises
    ------
    InputError
        If an attribute cannot be stored, or a package is missing.
    OSError
        If the folder cannot be written to.
    """
    dataset = trajectory.dataset
    with replacing(path) as temporary:
        # HDF5 ends the process if the disk is full.
        check_room(temporary, dataset.nbytes + OVERHEAD * (1 + len(dataset.variables)))
        try:
            dataset.to_netcdf(temporary, engine="h5netcdf")
        except ImportError as error:
            raise InputError(f"cannot be written without a missing package ({first_line(error)}): "
                             "install it or write .npz") from None
        except (TypeError, ValueError) as error:
            raise InputError(f"cannot be written as NetCDF ({first_line(error)}): "
                             "keep attributes to numbers and text") from None
