"""The file formats of trajectories. A new format is one new entry in `FORMATS`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.atomic import set_aside
from symdcrnn.data.files.codes.adios import read_adios
from symdcrnn.data.files.kinds.hdf5 import read_hdf5
from symdcrnn.data.files.kinds.matlab import read_matlab, write_matlab
from symdcrnn.data.files.kinds.netcdf import open_netcdf, write_netcdf
from symdcrnn.data.files.kinds.npy import read_npy
from symdcrnn.data.files.kinds.npz import read_npz, write_npz
from symdcrnn.data.files.kinds.tables import read_table
from symdcrnn.data.files.kinds.zarr import lacking_chunks, open_zarr, write_zarr
from symdcrnn.data.files.loading import loaded
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.named import arrays_of_dataset, dataset_of
from symdcrnn.data.files.places import Place, file_of, place_of
from symdcrnn.data.foreign.datasets import understood
from symdcrnn.data.foreign.naming import NamesOfAxes, NamesOfFields, NamesOfWeights, Naming, naming_of
from symdcrnn.data.periodic import Periodic
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_kind, check_path

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Format:
    """A file format.

    Parameters
    ----------
    name : str
        For messages.
    suffixes : tuple of str
        In lower case, with the dot.
    write : callable or None
        From a trajectory and a path to a complete file; raises InputError or OSError. None: read only.
    arrays : callable or None
        From a place to its named arrays, with what was assumed added to a list; raises InputError. None where they
        have axes of their own.
    open : callable or None
        From a place to a dataset whose arrays are still on disk, in the same way. None: only read as a whole.
    folder : bool
        Whether the file is a folder.
    lacking : callable or None
        From a place to a line for everything that is not in the file and was read as something else.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Trajectory, str], None] | None
    arrays: Callable[[Place, list[str]], dict[str, NDArray[Any]]] | None = None
    open: Callable[[Place, list[str]], xarray.Dataset] | None = None
    folder: bool = False
    lacking: Callable[[Place], tuple[str, ...]] | None = None


FORMATS: dict[str, Format] = {
    suffix: entry
    for entry in (
        Format("NetCDF", (".nc",), write_netcdf, open=open_netcdf),
        Format("Zarr", (".zarr",), write_zarr, open=open_zarr, folder=True, lacking=lacking_chunks),
        Format("MATLAB", (".mat",), write_matlab, read_matlab),
        Format("NumPy", (".npz",), write_npz, read_npz),
        Format("HDF5", (".h5", ".hdf5"), None, read_hdf5),
        Format("openPMD (ADIOS2)", (".bp", ".bp4", ".bp5"), None, read_adios, folder=True),
        Format("NumPy array", (".npy",), None, read_npy),
        Format("table", (".csv", ".tsv"), None, read_table),
    )
    for suffix in entry.suffixes
}


def find_format(path: str | os.PathLike[str]) -> Format:
    """The format of a file, by its suffix.

    Raises
    ------
    InputError
        Naming the known suffixes, if it is none of them.
    """
    check_path(path, f"give the name of a file in one of the formats {', '.join(FORMATS)}")
    suffix = file_of(path).suffix.lower()
    if suffix not in FORMATS:
        what = " of data: a model is given where MODEL stands" if suffix == ".json" else ""
        raise InputError(f"{shown(path)}: the suffix {suffix!r} is no known format{what}: use {', '.join(FORMATS)}")
    return FORMATS[suffix]


def read_trajectory(
    path: str | os.PathLike[str], periodic: Periodic = None, roles: Mapping[str, str] | None = None, *,
    axes: NamesOfAxes | None = None, fields: NamesOfFields | None = None, weights: NamesOfWeights | None = None,
) -> Trajectory:
    """Read and check a trajectory.

    Parameters
    ----------
    path : path
        Of a file or folder in one of `FORMATS`; with groups as ``run.h5:/output``.
    periodic : bool or mapping of str to bool, optional
        Whether the space axes, or those named, are periodic; overrides what the file says.
    roles : mapping of str to str, optional
        "space", "velocity" or "index" for axes whose names do not tell; overrides what the file says.
    axes : mapping of str to str or array_like, optional
        By axis, its name in the file, or its points: ``{"t": "time", "x": "pos"}``.
    fields : mapping of str to str, or sequence of str, optional
        By field, its name in the file: ``{"f": "phi"}``. Other variables that change in time are left out then.
    weights : str or mapping of str to str, optional
        The name of the quadrature weights, by axis where there are several.

    Returns
    -------
    Trajectory
        In memory; the file is closed.

    Raises
    ------
    InputError
        If there is no such file, or what it holds is no trajectory. The message begins with the path.
    """
    return read_named(path, periodic, naming_of(axes, fields, weights, roles))


def read_named(path: str | os.PathLike[str], periodic: Periodic, naming: Naming) -> Trajectory:
    """As `read_trajectory`, by what was said of names."""
    entry = checked_path(path)
    with _said_of(path):
        dataset, notices = _content(entry, place_of(path), naming)
        notices = (*notices, *(entry.lacking(place_of(path)) if entry.lacking is not None else ()))
        trajectory = Trajectory.of(dataset, periodic, naming.roles)
    return Trajectory(trajectory.dataset, (*notices, *trajectory.notices))


def _content(entry: Format, place: Place, naming: Naming) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """What is in a file under our names, in memory, and notices."""
    notices: list[str] = []
    if entry.arrays is not None:
        dataset, more = dataset_of(entry.arrays(place, notices), naming)
        return dataset, (*notices, *more)
    assert entry.open is not None
    with entry.open(place, notices) as opened:
        return loaded(understood(opened, naming, notices)), tuple(notices)


def arrays_in(path: str | os.PathLike[str], notices: list[str]) -> dict[str, NDArray[Any]]:
    """The arrays of a file by name, with texts about their axes and attributes where the file has such.

    Parameters
    ----------
    path : path
    notices : list of str
        What was assumed is added.

    Raises
    ------
    InputError
        If it cannot be read. The message begins with the path.
    """
    with _said_of(path):
        entry, place = checked_path(path), place_of(path)
        if entry.arrays is not None:
            return entry.arrays(place, notices)
        assert entry.open is not None
        with entry.open(place, notices) as opened:
            return arrays_of_dataset(loaded(opened))


@contextmanager
def _said_of(path: str | os.PathLike[str]) -> Iterator[None]:
    """Errors of reading a file in one line that begins with its path."""
    name = shown(path)
    try:
        yield
    except InputError as error:
        raise error if str(error).startswith(name) else InputError(f"{name}: {error}") from None
    except MemoryError as error:
        raise InputError(f"{name}: {memory_error(error)}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read ({first_line(error)}): check the path") from None


def checked_path(path: str | os.PathLike[str]) -> Format:
    """The format of a file that is there and may be read.

    Raises
    ------
    InputError
        If it is not there, is a folder where a file is expected or the other way round, or may not be read.
    """
    known = ", ".join(FORMATS)
    check_path(path, f"give the name of a file in one of the formats {known}")
    name, whole = shown(path), path
    path = file_of(whole)
    try:
        if not Path(path).exists():
            aside = set_aside(path)
            if aside is not None:
                raise InputError(f"{name}: there is no such file, but a run that was killed while it replaced it has "
                                 f"left {shown(aside)}: rename that to {shown(Path(path).name)}")
            raise InputError(f"{name}: there is no such file: give a file in one of the formats {known}")
        folder = Path(path).suffix.lower() in FORMATS and find_format(path).folder
        if folder and not Path(path).is_dir():
            raise InputError(f"{name}: is a file, not a folder of {find_format(path).name}: give it the suffix of its "
                             "format")
        if not folder and not Path(path).is_file():
            raise InputError(f"{name}: is a folder or device, not a file: give a file in one of the formats {known}")
        entry = find_format(path)
        if not os.access(path, os.R_OK):
            raise InputError(f"{name}: permission denied: make the file readable")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: cannot be read ({first_line(error)}): check the path") from None
    return entry


def write_trajectory(trajectory: Trajectory, path: str | os.PathLike[str]) -> None:
    """Write a trajectory in the format that the suffix names. Nothing is left behind if that fails.

    Parameters
    ----------
    trajectory : Trajectory
        What to write.
    path : path
        Of a .nc, .mat or .npz file, or a .zarr folder; an existing one is replaced in one step.

    Raises
    ------
    InputError
        If the format is unknown, the folder is missing or may not be written to. The message begins with the path.
    """
    check_kind(trajectory, Trajectory, "write_trajectory", "give a Trajectory: of a StoredTrajectory, "
               "in_memory_if_it_fits()")
    entry = find_format(path)
    name = shown(path)
    if place_of(path).steps:
        raise InputError(f"{name}: groups can only be read: give the name of a file")
    if entry.write is None:
        writable = ", ".join(suffix for suffix, other in FORMATS.items() if other.write is not None)
        raise InputError(f"{name}: {entry.name} files can only be read: use {writable}")
    try:
        if Path(path).is_dir() and not entry.folder:
            raise InputError(f"{name}: is a folder: give the name of a file")
        if not Path(path).resolve().parent.is_dir():
            raise InputError(f"{name}: there is no folder {shown(Path(path).parent)}: make it first")
        try:
            entry.write(trajectory, os.fspath(path))
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else first_line(error)
        raise InputError(f"{name}: cannot be written ({reason}): "
                         "check the permissions of the folder and the space on the disk") from None


def shown(path: str | os.PathLike[str]) -> str:
    """A path on one line, whatever characters its name has."""
    text = os.fspath(path)
    return text if text.isprintable() else repr(text)
