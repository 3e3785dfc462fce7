"""MATLAB's .mat files up to version 7, in the layout of the paper's authors (see `named`)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import even_step, first_line, is_even
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.named import arrays_of
from symdcrnn.data.files.rehearsal import rehearse
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory


def read_matlab(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """The arrays in a .mat file.

    Raises
    ------
    InputError
        If the file is damaged or of version 7.3.
    """
    from scipy.io import loadmat

    rehearse(path, loadmat)
    try:
        with quietly():
            content = loadmat(os.fspath(path))
    except NotImplementedError:
        raise InputError("is a MATLAB v7.3 file: save it in MATLAB with save(..., '-v7')") from None
    except Exception as error:  # a damaged file fails in any way of scipy, zlib and struct
        raise memory_error(error) or InputError(f"is no readable .mat file ({first_line(error)}): save it in MATLAB "
                                                "with save(..., '-v7')") from None
    return {name: np.asarray(value) for name, value in content.items() if not name.startswith("__")}


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
