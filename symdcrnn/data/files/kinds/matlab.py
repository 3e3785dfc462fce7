"""MATLAB's .mat files, in the layout of the paper's authors (see `named`); those of version 7.3 are HDF5."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import even_step, first_line, is_even
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.files.kinds.hdf5 import read_matlab_73
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.named import arrays_of
from symdcrnn.data.files.places import Place
from symdcrnn.data.files.safety.rehearsal import rehearse
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory


VERSION_73 = b"MATLAB 7.3"
"""How such files begin."""


def read_matlab(place: Place, notices: list[str]) -> dict[str, NDArray[Any]]:
    """The arrays in a .mat file, or in a structure of it.

    Raises
    ------
    InputError
        If the file is damaged, or there is no such structure.
    """
    from scipy.io import loadmat

    with open(place.file, "rb") as file:
        if file.read(10) == VERSION_73:
            return read_matlab_73(place, notices)
    rehearse(place.file, loadmat)
    try:
        with quietly():
            content = loadmat(place.file)
    except Exception as error:  # a damaged file fails in any way of scipy, zlib and struct
        raise memory_error(error) or InputError(f"is no readable .mat file ({first_line(error)}): save it in MATLAB "
                                                "with save(..., '-v7')") from None
    arrays = {name: np.asarray(value) for name, value in content.items() if not name.startswith("__")}
    steps = place.steps or _only_structure(arrays, notices)
    for number, step in enumerate(steps, 1):
        found = arrays.get(step)
        if found is None or found.dtype.names is None or found.size != 1:
            structures = ", ".join(name for name, one in arrays.items() if one.dtype.names is not None) or "none"
            raise InputError(f"has no structure /{'/'.join(steps[:number])} (structures found: {structures}): "
                             "name one of these")
        arrays = {name: np.asarray(found.reshape(-1)[0][name]) for name in found.dtype.names}
    return arrays


def _only_structure(arrays: dict[str, NDArray[Any]], notices: list[str]) -> tuple[str, ...]:
    """The way to the only structure of a file that has no field of its own."""
    structures = [name for name, one in arrays.items() if one.dtype.names is not None and one.size == 1]
    fields = [one for one in arrays.values() if one.dtype.kind in "iufc" and min(one.shape, default=1) > 1]
    if len(structures) != 1 or fields:
        return ()
    notices.append(f"took the structure {structures[0]}, as the file has no field beside it")
    return (structures[0],)


def write_matlab(trajectory: Trajectory, path: str | os.PathLike[str]) -> None:
    """Write a trajectory; an existing file is replaced once the new one is complete.

    Raises
    ------
    InputError
        If a variable has a reserved name.
    OSError
        If the folder cannot be written to.
    """
    from scipy.io import savemat

    arrays = arrays_of(trajectory)
    for axis, step in (("t", "dt"), ("x", "hx")):
        if axis in arrays and is_even(arrays[axis]):
            arrays[step] = np.array(even_step(arrays[axis], axis))
    with replacing(path) as temporary, open(temporary, "wb") as file:
        savemat(file, {name: str(array) if array.dtype.kind == "U" else array for name, array in arrays.items()},
                do_compression=True, oned_as="row", long_field_names=True)
