"""Sums of slopes and products with matrices at points of space, compiled."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.plain_functions import compiled_functions

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

TILE = 1024
"""Values that stay in the first cache while all terms are added."""

SIGNATURES = {
    "combine": "void(f8[::1], f8[::1], i8[::1], f8[:,::1], i8, i8, f8[::1])",
    "product": "void(f8[:,:,::1], b1[:,::1], f8[:,::1], f8[:,::1])",
    "settle": "void(f8[::1], f8, f8[::1], f8[::1])",
}


def combine(y: Array, weights: Array, rows: Whole, slopes: Array, first: int, stop: int, out: Array) -> None:
    """out = y + sum of weights times rows of slopes, between two places.

    Parameters
    ----------
    y, out : ndarray, shape (size,)
    weights, rows : ndarray, shape (terms,)
    slopes : ndarray, shape (rows, size)
    first, stop : int
    """
    for start in range(first, stop, TILE):
        end = min(start + TILE, stop)
        # Views are counted from zero: an index that might be negative is looked at every time.
        to, base = out[start:end], y[start:end]
        for j in range(to.size):
            to[j] = base[j]
        for k in range(rows.size):
            weight, row = weights[k], slopes[rows[k], start:end]
            for j in range(to.size):
                to[j] += weight * row[j]


def product(matrix: Array, used: NDArray[np.bool_], values: Array, out: Array) -> None:
    """out[i, j] = sum over k of matrix[i, k, j] values[k, j]; the matrix may have one j for all.

    Parameters
    ----------
    matrix : ndarray, shape (n, n, points or 1)
    used : ndarray of bool, shape (n, n)
        Which of its entries are anything but zero.
    values, out : ndarray, shape (n, points)
    """
    points = values.shape[1]
    for i in range(values.shape[0]):
        for j in range(points):
            out[i, j] = 0.0
        for k in range(values.shape[0]):
            if used[i, k]:
                if matrix.shape[2] == points:
                    for j in range(points):
                        out[i, j] += matrix[i, k, j] * values[k, j]
                else:
                    factor = matrix[i, k, 0]
                    for j in range(points):
                        out[i, j] += factor * values[k, j]


def settle(found: Array, step: float, stage: Array, slope: Array) -> None:
    """slope += (found - stage) / step, then stage = found; all of shape (size,)."""
    for j in range(found.size):
        slope[j] += (found[j] - stage[j]) / step
        stage[j] = found[j]


@lru_cache(maxsize=1)
def compiled() -> ModuleType:
    """These functions in machine code."""
    functions = [(function, SIGNATURES[function.__name__]) for function in (combine, product, settle)]
    return compiled_functions("sums of slopes", functions, {"TILE": TILE}, cache_directory())
