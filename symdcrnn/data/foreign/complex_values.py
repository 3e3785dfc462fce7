"""Complex values: real ones where their imaginary parts vanish, else two real variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = ("re", "im")

VANISHING = 1e-5
"""Largest imaginary part over the largest value that is taken as an error of whatever has computed the values."""


def real_parts(name: str, values: NDArray[Any], notices: list[str]) -> dict[str, NDArray[Any]]:
    """By name, the real variables that a complex one is; any other by itself.

    Parameters
    ----------
    name : str
    values : ndarray
    notices : list of str
        What was done is added.
    """
    if values.dtype.kind != "c" or not values.size:
        return {name: values}
    if np.ma.isMaskedArray(values):
        values = np.ma.filled(values, np.nan)
    known = np.isfinite(values)
    imaginary = float(np.abs(values.imag, where=known, out=np.zeros(values.shape)).max())
    largest = float(np.abs(values, where=known, out=np.zeros(values.shape)).max())
    if imaginary <= VANISHING * largest:
        size = "that are zero" if imaginary <= 0.0 else f"of at most {imaginary / largest:.2g} of the largest value"
        notices.append(f"took {name} as real: it is stored as complex, with imaginary parts {size}")
        return {name: np.where(known, values.real, np.nan) if not known.all() else np.ascontiguousarray(values.real)}
    names = tuple(f"{name}_{part}" for part in PARTS)
    notices.append(f"took the complex {name} as two real variables, {names[0]} and {names[1]}")
    return {names[0]: np.ascontiguousarray(values.real), names[1]: np.ascontiguousarray(values.imag)}
