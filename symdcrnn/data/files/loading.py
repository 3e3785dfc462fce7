"""From a dataset that is still on disk to arrays, a few frames at a time.

Decoding a variable makes copies of it: done for a few frames at a time, they are copies of a few frames.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.memory import check_memory, memory_error
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

PIECE = 2**23
"""Values that are read at once, about."""


_OPENING = threading.Lock()


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of file libraries, which are about them and not about the data.

    One at a time: what is a warning is known to the whole process.
    """
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loaded(dataset: xarray.Dataset) -> xarray.Dataset:
    """The dataset in memory, with what depends on t read in pieces.

    Parameters
    ----------
    dataset : xarray.Dataset
        Opened, not yet read.

    Raises
    ------
    InputError
        If this process may not have as much memory, or an array cannot be read.
    """
    import xarray

    size = sum(8 * variable.size for variable in dataset.variables.values())
    check_memory(size)
    variables = {}
    # What cannot be converted is looked for in the numbers that come of it.
    try:
        with np.errstate(all="ignore"):
            for name, variable in dataset.variables.items():
                variables[name] = _in_memory(variable)
    except Exception as error:
        # A damaged file fails in any way of its library.
        raise memory_error(error, size) or InputError(f"is damaged or cut short ({first_line(error)}): copy or write "
                                                      "it anew") from None
    return xarray.Dataset({name: variables[name] for name in dataset.data_vars},
                          coords={name: variables[name] for name in dataset.coords}, attrs=dataset.attrs)


def _in_memory(variable: xarray.Variable) -> xarray.Variable:
    import xarray

    if "t" not in variable.dims or variable.size <= PIECE or variable.dtype.kind not in "iufb":
        variable.load()
        return variable
    whole = np.empty(variable.shape, variable.dtype)
    axis, frames = variable.dims.index("t"), int(variable.sizes["t"])
    step = max(1, PIECE * frames // variable.size)
    for first in range(0, frames, step):
        part = slice(first, first + step)
        whole[(slice(None),) * axis + (part,)] = variable[{"t": part}].values
    return xarray.Variable(variable.dims, whole, variable.attrs)
