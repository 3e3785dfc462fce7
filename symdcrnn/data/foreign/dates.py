"""Dates and durations of an axis as seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError

NANOSECONDS = 1_000_000_000


def seconds_of(axis: str, values: NDArray[Any], notices: list[str]) -> NDArray[np.float64] | None:
    """Seconds since the first date, or those of durations; None of other values.

    Parameters
    ----------
    axis : str
    values : ndarray, shape (n,)
        Of datetime64 or timedelta64.
    notices : list of str
        What was done is added.

    Raises
    ------
    InputError
        If a date is missing.
    """
    if values.dtype.kind not in "mM" or not values.size:
        return None
    if np.isnat(values).any():
        raise InputError(f"{axis} has a missing date at index {int(np.argmax(np.isnat(values)))}: repair the data or "
                         "leave those frames out")
    first = values[0] if values.dtype.kind == "M" else np.timedelta64(0, "s")
    # Differences of dates are whole numbers, so that they lose nothing before they become floating-point ones.
    since = (values - first).astype("timedelta64[ns]").astype(np.int64)
    notices.append(f"took {axis} as seconds since {first}" if values.dtype.kind == "M"
                   else f"took the durations of {axis} as seconds")
    return np.asarray(since // NANOSECONDS + (since % NANOSECONDS) / NANOSECONDS, dtype=np.float64)
