"""Smoothing in x, against noise.

A word with constant coefficients commutes with a convolution in x, so the smoothed fields solve the same discrete
equation: together with a weak form in time this is the weak form in space-time.  `products` are words that do not
commute.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.runtime import GridData

Array = NDArray[np.float64]


def smooth(values: Array, width: float) -> Array:
    """Convolve along the last axis, which wraps around, with a Gaussian.

    Parameters
    ----------
    values : ndarray, shape (..., Nx)
    width : float
        The standard deviation in points of x; 0 leaves the values as they are.
    """
    if width == 0.0:
        return values
    # A fit of clean data does without the time this takes to import.
    from scipy import fft

    points = values.shape[-1]
    waves = 2.0 * np.pi * fft.rfftfreq(points)
    found: Array = fft.irfft(fft.rfft(values, axis=-1) * np.exp(-0.5 * (width * waves) ** 2), points, axis=-1)
    return found


def smoothed(data: GridData, width: float) -> GridData:
    """The data with every field smoothed in x.

    Parameters
    ----------
    data : GridData
        Periodic in x.
    width : float
        As that of `smooth`.

    Raises
    ------
    InputError
        If x is not periodic, or the width is that of the domain.
    """
    if width == 0.0:
        return data
    if not data.periodic:
        raise InputError("smoothing in x needs data that is periodic in x: set smooth_x to 0")
    if width > data.nx / 8.0:
        raise InputError(f"smooth_x is {width:g}, too wide for {data.nx} points of x: give at most {data.nx / 8.0:g}")
    return replace(data, fields={name: smooth(values, width) for name, values in data.fields.items()})
