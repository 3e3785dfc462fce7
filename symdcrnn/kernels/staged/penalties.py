"""The norm of residuals that stand in an array: its value and its weight at every point."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

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


def slopes(norm: Norm, residual: Array, start: Array, inside: Array, width: float) -> Array:
    """omega(r) r where residuals are fitted and zero elsewhere, in the place of what r begins with.

    Parameters
    ----------
    norm : Norm
    residual : ndarray, axes (step, point)
        r + start, of which this makes omega(r) r.
    start : ndarray, axes (step, point)
    inside : ndarray, shape (points,)
        1 where residuals are fitted, 0 elsewhere.
    width : float
        The width parameter of the norm.

    Returns
    -------
    ndarray, shape (steps,)
        The sum of rho(r) over the points of each step.
    """
    losses = np.empty(len(residual))
    _slopes(norm)(residual, start, inside, width, losses)
    return losses


@lru_cache(maxsize=16)
def _slopes(norm: Norm) -> Callable[..., None]:
    found: Callable[..., None] = load(_slopes_source(norm), cache_directory()).slopes
    return found


def _slopes_source(norm: Norm) -> str:
    return "\n".join([
        *head((f"The slope of the {norm.name} norm at every point.",), allocates=False),
        "", "",
        '@numba.njit("void(float64[:,::1], float64[:,::1], float64[::1], float64, float64[::1])", **OPTIONS)',
        "def slopes(residual, start, inside, width, losses):",
        "    for n in range(residual.shape[0]):",
        "        t, s, loss = residual[n], start[n], 0.0",
        "        for j in range(t.size):",
        "            r = t[j] - s[j] if inside[j] > 0.5 else 0.0",
        f"            loss += {norm.value}",
        f"            t[j] = {norm.weight} * r",
        "        losses[n] = loss",
        "",
    ])


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
