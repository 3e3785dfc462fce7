"""NumPy's .npz files, with the arrays that `named` describes."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.named import arrays_of
from symdcrnn.data.files.places import Place
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory


def read_npz(place: Place, notices: list[str]) -> dict[str, NDArray[Any]]:
    """The arrays in a .npz file; there are no notices.

    Raises
    ------
    InputError
        If the file is damaged, or holds Python objects.
    """
    try:
        # NumPy leaves a damaged file open if it has opened it itself.
        with open(place.file, "rb") as file:
            if file.read(2) != b"PK":
                raise ValueError("it does not begin like one")
            file.seek(0)
            with quietly(), np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except Exception as error:  # a damaged archive fails in any way of zipfile, zlib and numpy
        raise memory_error(error) or InputError(f"is no readable .npz file ({first_line(error)}): write it anew with "
                                                "numpy.savez, numbers and text alone") from None


def write_npz(trajectory: Trajectory, path: str | os.PathLike[str]) -> None:
    """Write a trajectory; an existing file is replaced once the new one is complete.

    Raises
    ------
    InputError
        If a variable has a reserved name.
    OSError
        If the folder cannot be written to.
    """
    arrays = arrays_of(trajectory)
    # Of savez old versions of NumPy cannot be told to pickle nothing.
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(values), allow_pickle=False)
