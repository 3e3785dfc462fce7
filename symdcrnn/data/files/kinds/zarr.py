"""Zarr folders, of either version, by xarray."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.atomic import replacing_folder
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.places import Place
from symdcrnn.data.files.safety.zarr_codecs import check_codecs
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.trajectory import Trajectory

CHUNK = 2**21
"""Values of a chunk, about: whole frames, as many as make one read worth its while."""

MARKS = ("zarr.json", ".zgroup", ".zmetadata")
"""One of these is in a folder that is a Zarr group."""


def open_zarr(place: Place, notices: list[str]) -> xarray.Dataset:
    """The dataset in a Zarr folder or a group in it, its arrays still on disk; there are no notices.

    Raises
    ------
    InputError
        If the folder is damaged or no Zarr group, or a package is missing.
    """
    import xarray

    path = group_folder(place)
    if not _is_group(path):
        if place.steps and _is_group(place.file):
            raise InputError(f"has no group {place.inside!r}: name one that it has")
        raise InputError("is no Zarr group (it has none of the files zarr.json, .zgroup): give a folder written by "
                         "xarray or zarr")
    check_codecs(path)
    try:
        with quietly():
            return xarray.open_dataset(os.fspath(path), engine="zarr", decode_times=False, cache=False, chunks=None,
                                       consolidated=_is_consolidated(path))
    except ImportError as error:
        raise InputError(f"cannot be read without a missing package ({first_line(error)}): install it") from None
    except Exception as error:  # a damaged folder fails in any way of zarr and its codecs
        raise memory_error(error) or _damaged(error) from None


def _damaged(error: Exception) -> InputError:
    return InputError(f"is damaged ({first_line(error)}): copy or write the folder anew")


def write_zarr(trajectory: Trajectory, path: str | os.PathLike[str], chunk: int | None = None) -> None:
    """Write a trajectory; an existing folder is replaced once the new one is complete.

    Parameters
    ----------
    trajectory : Trajectory
    path : path
    chunk : int, optional
        Frames of a chunk, which may be more than there are; as many as make about `CHUNK` values by default.

    Raises
    ------
    InputError
        If an attribute cannot be stored, a package is missing, or something else is there already.
    OSError
        If the folder cannot be written to.
    """
    if Path(path).exists() and not _is_group(path):
        raise InputError("is there already and is no Zarr group: give another name")
    dataset = trajectory.dataset
    encoding = {}
    for name in trajectory.field_names:
        shape = dataset[name].shape
        frames = chunk or min(shape[0], max(1, CHUNK * shape[0] // dataset[name].size))
        encoding[name] = {"chunks": (frames, *shape[1:])}
    with replacing_folder(path) as temporary:
        try:
            with quietly():
                dataset.to_zarr(os.fspath(temporary), mode="w", encoding=encoding, zarr_format=2, consolidated=True)
        except ImportError as error:
            raise InputError(f"cannot be written without a missing package ({first_line(error)}): "
                             "install it or write .nc") from None
        except (TypeError, ValueError) as error:
            raise InputError(f"cannot be written as Zarr ({first_line(error)}): "
                             "keep attributes to numbers and text") from None


def group_folder(place: Place) -> str:
    """The folder of a group, which is a Zarr folder of its own."""
    return os.path.join(place.file, *(step for step in place.steps if step not in (".", "..")))


def lacking_chunks(place: Place) -> tuple[str, ...]:
    """A line for every array of which some chunks are not in the folder, so that its fill value stands for them.

    Chunks that hold the fill value alone need not be stored, so that this is no fault for certain.

    Raises
    ------
    InputError
        If the folder cannot be listed.
    """
    import zarr

    try:
        with quietly():
            group = zarr.open_group(group_folder(place), mode="r")
            found = [(name, array.nchunks - array.nchunks_initialized, array.nchunks, array.fill_value)
                     for name, array in group.arrays()]
    except Exception as error:  # as in reading
        raise memory_error(error) or _damaged(error) from None
    return tuple(f"{missing} of {chunks} chunks of {name} are not in the folder: read as {fill}, its fill value; if "
                 "they were lost, copy or write the folder anew" for name, missing, chunks, fill in found if missing)


def _is_consolidated(path: str | os.PathLike[str]) -> bool:
    """Whether one file has the metadata of all arrays: asking for it where it is not gives a warning."""
    if (Path(path) / ".zmetadata").is_file():
        return True
    try:
        metadata = json.loads((Path(path) / "zarr.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(metadata, dict) and metadata.get("consolidated_metadata") is not None


def _is_group(path: str | os.PathLike[str]) -> bool:
    return any((Path(path) / mark).is_file() for mark in MARKS)
