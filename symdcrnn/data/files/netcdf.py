"""NetCDF files: version 4 by h5netcdf, the classic versions are read by scipy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.files.hdf5_links import check_hdf5, read_all_of_hdf5
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.rehearsal import rehearse
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.trajectory import Trajectory

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


def open_netcdf(path: str | os.PathLike[str]) -> xarray.Dataset:
    """The dataset in a NetCDF file, its arrays still on disk.

    Raises
    ------
    InputError
        If the file is damaged or no NetCDF file.
    """
    import xarray

    with open(path, "rb") as file:
        magic = file.read(8)
    if magic != HDF5_MAGIC and magic[:3] != b"CDF":
        raise InputError("is no NetCDF file (it does not begin like one): give a file written by xarray or netCDF4")
    try:
        rehearse(path, read_all_of_hdf5 if magic == HDF5_MAGIC else _read_classic)
        if magic == HDF5_MAGIC:
            # Its wrappers print a traceback when they are collected after a failed opening; h5py fails quietly.
            check_hdf5(path)
        # Times are kept as the numbers that they are: a unit such as "seconds since" would make them dates.
        with quietly():
            return xarray.open_dataset(os.fspath(path), engine="h5netcdf" if magic == HDF5_MAGIC else "scipy",
                                       decode_times=False, cache=False)
    except InputError:
        raise
    except ImportError as error:
        raise InputError(f"cannot be read without a missing package ({first_line(error)}): install it") from None
    except Exception as error:  # a damaged file fails in any way of HDF5 and its wrappers
        raise memory_error(error) or _damaged(error) from None


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
    with replacing(path) as temporary:
        try:
            trajectory.dataset.to_netcdf(temporary, engine="h5netcdf")
        except ImportError as error:
            raise InputError(f"cannot be written without a missing package ({first_line(error)}): "
                             "install it or write .npz") from None
        except (TypeError, ValueError) as error:
            raise InputError(f"cannot be written as NetCDF ({first_line(error)}): "
                             "keep attributes to numbers and text") from None
