"""The norm of residuals that stand in an array: its value and its weight at every point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.cache import load
from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.source import head

Array = NDArray[np.float64]


def penalties(norm: Norm, residual: Array, width: float) -> tuple[Array, Array]:
    """rho(r) and omega(r).

    Parameters
    ----------
    norm : Norm
    residual : ndarray
    width : float
        The width parameter of the norm.

    Returns
    -------
    values, weights : ndarray, of the shape of the residual
    """
    flat = np.ascontiguousarray(residual).reshape(-1)
    values, weights = np.empty(flat.size), np.empty(flat.size)
    load(_source(norm), cache_directory()).penalties(flat, width, values, weights)
    return values.reshape(residual.shape), weights.reshape(residual.shape)


def _source(norm: Norm) -> str:
    return "\n".join([
        *head((f"The {norm.name} norm at every point.",), allocates=False),
        "", "",
        '@numba.njit("void(float64[::1], float64, float64[::1], float64[::1])", **OPTIONS)',
        "def penalties(residual, width, values, weights):",
        "    for j in range(residual.size):",
        "        r = residual[j]",
        f"        values[j] = {norm.value}",
        f"        weights[j] = {norm.weight}",
        "",
    ])
