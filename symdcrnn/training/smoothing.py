"""Smoothing in x, against noise.

A word with constant coefficients commutes with a convolution in x, so the smoothed fields solve the
same discrete equation: together with a weak form in time this is the weak form in space-time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symdcrnn.errors import InputError
from symdcrnn.kernels.runtime import GridData

TRUNCATED_AT = 6.0
"""Standard deviations after which the Gaussian is cut off, at 2e-8 of its height."""


def smoothed(data: GridData, width: float) -> GridData:
    """The data with every field convolved in x with a Gaussian.

    Parameters
    ----------
    data : GridData
        Periodic in x.
    width : float
        The standard deviation in points of x; 0 leaves the data as it is.

    Raises
    ------
    InputError
        If x is not periodic, a known function depends on x, or the width is that of the domain.
    """
    if width == 0.0:
        return data
    points = next(iter(data.fields.values())).shape[-1]
    if not data.periodic:
        raise InputError("smoothing in x needs data that is periodic in x: set smooth_x to 0")
    for name, values in data.profiles.items():
        if np.ptp(values) > 0.0:
            raise InputError(f"smoothing in x does not commute with {name}, which depends on x: set smooth_x to 0")
    if width > points / 8.0:
        raise InputError(f"smooth_x is {width:g}, too wide for {points} points of x: give at most {points / 8.0:g}")
    from scipy.ndimage import gaussian_filter1d

    fields = {
        name: np.ascontiguousarray(gaussian_filter1d(values, width, axis=-1, mode="wrap", truncate=TRUNCATED_AT))
        for name, values in data.fields.items()
    }
    return replace(data, fields=fields)
