"""From a dataset that is still on disk to arrays, a few frames at a time.

Decoding a variable makes copies of it: done for a few frames at a time, they are copies of a few frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray

PIECE = 2**23
"""Values that are read at once, about."""


def loaded(dataset: xarray.Dataset) -> xarray.Dataset:
    """The dataset in memory, with what depends on t read in pieces.

    Parameters
    ----------
    dataset : xarray.Dataset
        Opened, not yet read.
    """
    import xarray

    variables = {}
    for name, variable in dataset.variables.items():
        if "t" not in variable.dims or variable.size <= PIECE or variable.dtype.kind not in "iufb":
            variables[name] = variable.load()
            continue
        whole = np.empty(variable.shape, variable.dtype)
        axis, frames = variable.dims.index("t"), int(variable.sizes["t"])
        step = max(1, PIECE * frames // variable.size)
        for first in range(0, frames, step):
            part = slice(first, first + step)
            whole[(slice(None),) * axis + (part,)] = variable[{"t": part}].values
        variables[name] = xarray.Variable(variable.dims, whole, variable.attrs)
    return xarray.Dataset({name: variables[name] for name in dataset.data_vars},
                          coords={name: variables[name] for name in dataset.coords}, attrs=dataset.attrs)
