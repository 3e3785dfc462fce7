"""Gaussian noise on generated data."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.given import described, real_number, whole_number

Array = NDArray[np.float64]


def check_noise(noise: float, seed: int) -> tuple[float, int]:
    """Noise and seed as plain numbers; what is out of range is refused.

    Raises
    ------
    InputError
    """
    found = real_number(noise)
    if found is None or found < 0.0:
        raise InputError(f"noise is {described(noise)}: give a fraction of each field's standard deviation, such as "
                         "0.01")
    whole = whole_number(seed)
    if whole is None or whole < 0:
        raise InputError(f"seed is {described(seed)}: give a whole number from 0 on")
    return found, whole


def add_noise(fields: Iterable[Array], noise: float, seed: int) -> None:
    """Add noise to each field in place.

    Parameters
    ----------
    fields : iterable of ndarray
    noise : float
        Its standard deviation, as a fraction of each field's own; 0 for none.
    seed : int
    """
    if noise > 0.0:
        random = np.random.default_rng(seed)
        for array in fields:
            array += noise * array.std() * random.standard_normal(array.shape)
