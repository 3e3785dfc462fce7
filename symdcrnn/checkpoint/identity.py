"""What a checkpoint is of: the data, and the version that made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from symdcrnn.checkpoint.digests import digest
from symdcrnn.data.files.places import file_of
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory


def identity_of(
    sources: Sequence[Trajectory | StoredTrajectory], profiles: Sequence[Mapping[str, NDArray[np.float64]]],
    version: str,
) -> dict[str, str]:
    """What a run must have in common with one whose results it takes.

    Parameters
    ----------
    sources : sequence of Trajectory or StoredTrajectory
    profiles : sequence of mapping of str to ndarray
        Known functions of each.
    version : str
        Of symdcrnn.
    """
    return {"version": version, "data": digest([contents_of(one) for one in sources], list(map(dict, profiles)))}


@singledispatch
def contents_of(source: Trajectory | StoredTrajectory) -> str:
    """A digest of the values of a trajectory; of one on disk, of its coordinates and the file's size and time."""
    raise TypeError(f"{type(source).__name__} is no trajectory")


@contents_of.register
def _(source: Trajectory) -> str:
    return _of_dataset(source, tuple(map(str, source.dataset.variables)))


@contents_of.register
def _(source: StoredTrajectory) -> str:
    header = source.header
    names = tuple(name for name in map(str, header.dataset.variables) if name not in header.field_names)
    path, stamps = file_of(source.reader.path), []
    files = [os.fspath(path)] if path.is_file() else [os.path.join(folder, name) for folder, _, inside in os.walk(path)
                                                 for name in inside]
    for file in sorted(files):
        found = os.stat(file)
        stamps.append(f"{file} {found.st_size} {found.st_mtime_ns}")
    stamps += [f"{name} {one}" for name, one in sorted(source.reader.made.items())]
    return hashlib.sha256((_of_dataset(header, names) + "\n".join(stamps)).encode()).hexdigest()


def _of_dataset(source: Trajectory, names: Sequence[str]) -> str:
    into = hashlib.sha256()
    for name in sorted(names):
        values = np.ascontiguousarray(source.dataset[name].values)
        into.update(f"{name} {source.dataset[name].dims} {values.dtype.str} {values.shape}".encode())
        into.update(values.tobytes() if not values.dtype.hasobject else repr(values.tolist()).encode())
    return into.hexdigest()
