"""Fields between frames, by polynomials in time through the frames around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LONGEST = 6
"""Frames that a polynomial goes through at most: its error is then below that of any scheme here."""


def between_frames(values: Array, abscissa: float) -> Array:
    """The field at t_n + abscissa dt for every step n.

    Parameters
    ----------
    values : ndarray, shape (frames, ...)
    abscissa : float
        In steps.

    Returns
    -------
    ndarray, shape (frames - 1, ...)
    """
    frames = values.shape[0]
    used = min(frames, LONGEST)
    out = np.zeros((frames - 1, *values.shape[1:]))
    for n in range(frames - 1):
        first = min(max(n + 1 - used // 2, 0), frames - used)
        at = n + abscissa - first
        for number, weight in enumerate(lagrange(used, at)):
            if weight != 0.0:
                out[n] += weight * values[first + number]
    return out


def lagrange(nodes: int, at: float) -> list[float]:
    """The weights of the values at 0, 1, ... in the polynomial through them."""
    weights = []
    for node in range(nodes):
        others = [other for other in range(nodes) if other != node]
        weights.append(float(np.prod([(at - other) / (node - other) for other in others])))
    return weights
