"""Gaussian noise on generated data."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]


def check_noise(noise: float, seed: int) -> None:
    """Refuse noise and seeds that are out of range.

    Raises
    ------
    InputError
    """
    if isinstance(noise, bool) or not isinstance(noise, int | float | np.floating) or not 0.0 <= noise < np.inf:
        raise InputError(f"noise is {noise!r}: give a fraction of each field's standard deviation, such as 0.01")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed is {seed!r}: give a whole number from 0 on")


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
