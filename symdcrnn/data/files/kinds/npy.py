"""NumPy's .npy files: one array, whose axes somebody has to give."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.files.memory import memory_error
from symdcrnn.data.files.places import Place
from symdcrnn.errors import InputError

NAME = "u"

MAGIC = b"\x93NUMPY"


def read_npy(place: Place, notices: list[str]) -> dict[str, NDArray[Any]]:
    """The array of a .npy file, as u.

    Raises
    ------
    InputError
        If the file is damaged, or holds Python objects.
    """
    try:
        # NumPy leaves a damaged file open if it has opened it itself.
        with open(place.file, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("it does not begin like one")
            file.seek(0)
            with quietly():
                array = np.load(file, allow_pickle=False)
    except Exception as error:  # a damaged file fails in any way of numpy
        raise memory_error(error) or InputError(f"is no readable .npy file ({first_line(error)}): write it anew with "
                                                "numpy.save, numbers alone") from None
    notices.append(f"took the array of the file as {NAME}, of shape {array.shape}")
    return {NAME: array}
