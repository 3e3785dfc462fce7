"""Stages and their cotangents at every point: sums of rows with the weights of a tableau, and the implicit part solved.

Arrays have axes (step, point); those that are the same at all steps have one step. What is stiff is c + s u.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.plain_functions import compiled_functions

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

BLOCK = 1024
"""Points that are taken at a time: their rows stay in the first cache."""


def add_terms(
    out: Array, rows: Array, step: int, low: int, high: int, which: Numbers, weights: Array, length: float
) -> None:
    """out += length sum_m weights[m] rows[which[m]] at some points of a step.

    Parameters
    ----------
    out : ndarray, shape (high - low,)
    rows : ndarray, axes (row, step, point)
    step, low, high : int
    which : ndarray of int64, shape (terms,)
    weights : ndarray, shape (terms,)
    length : float
        Of the step.
    """
    for m in range(which.size):
        weight, row = weights[m] * length, rows[which[m], step, low:high]
        for j in range(out.size):
            out[j] += weight * row[j]


def combine(
    out: Array, start: Array, begins: bool, rows: Array, which: Numbers, weights: Array, lengths: Array
) -> None:
    """out = start + length sum_m weights[m] rows[which[m]].

    Parameters
    ----------
    out, start : ndarray, axes (step, point)
    begins : bool
        Whether to begin with ``start``; with zero otherwise.
    rows, which, weights
        See `add_terms`.
    lengths : ndarray, shape (steps,)
    """
    for n in range(out.shape[0]):
        for low in range(0, out.shape[1], BLOCK):
            high = min(low + BLOCK, out.shape[1])
            t = out[n, low:high]
            if begins:
                s = start[n, low:high]
                for j in range(t.size):
                    t[j] = s[j]
            else:
                for j in range(t.size):
                    t[j] = 0.0
            add_terms(t, rows, n, low, high, which, weights, lengths[n])


def solve(
    value: Array, slope: Array, start: Array, rows: Array, which: Numbers, weights: Array, lengths: Array,
    constant: Array, stiffness: Array, diagonal: float,
) -> None:
    """value = start + length (sum_m weights[m] rows[which[m]] + diagonal (c + s value)), and slope = c + s value.

    Parameters
    ----------
    value, slope, start : ndarray, axes (step, point)
    rows, which, weights
        See `add_terms`.
    lengths : ndarray, shape (steps,)
    constant, stiffness : ndarray, axes (step or 1, point)
        c and s.
    diagonal : float
        Of the implicit tableau.
    """
    for n in range(value.shape[0]):
        part = lengths[n] * diagonal
        for low in range(0, value.shape[1], BLOCK):
            high = min(low + BLOCK, value.shape[1])
            t, k, first = value[n, low:high], slope[n, low:high], start[n, low:high]
            c, s = constant[n % constant.shape[0], low:high], stiffness[n % stiffness.shape[0], low:high]
            for j in range(t.size):
                t[j] = first[j] + part * c[j]
            add_terms(t, rows, n, low, high, which, weights, lengths[n])
            for j in range(t.size):
                u = t[j] / (1.0 - part * s[j])
                t[j] = u
                k[j] = c[j] + s[j] * u


def solve_back(
    known: Array, stiff: Array, damped: Array, moved: Array, rows: Array, which: Numbers, weights: Array,
    lengths: Array, stiffness: Array, diagonal: float, value: Array, inside: Array,
) -> None:
    """From the cotangent of a stage to those of what it was solved from.

    Parameters
    ----------
    known : ndarray, axes (step, point)
        The cotangent of start and rows of `solve` is written here.
    stiff : ndarray, axes (step or 1, point)
        That of c, times the length of the step, is written here; of the last step where there is room for one.
    damped : ndarray, axes (step or 1, point)
        That of s, times the length of the step, is added here.
    moved : ndarray, axes (step or 1, point)
        The cotangent of the stage without its stiff part.
    rows, which, weights
        Whose sum is the cotangent of the stiff slope, see `add_terms`.
    lengths : ndarray, shape (steps,)
    stiffness : ndarray, axes (step or 1, point)
    diagonal : float
    value : ndarray, axes (step, point)
        Of the stage.
    inside : ndarray, shape (points,)
        1 where the stage is solved for, 0 where it is that of the data.
    """
    for n in range(known.shape[0]):
        length = lengths[n]
        part = length * diagonal
        for low in range(0, known.shape[1], BLOCK):
            high = min(low + BLOCK, known.shape[1])
            t, k, free = stiff[n % stiff.shape[0], low:high], known[n, low:high], inside[low:high]
            d, f = damped[n % damped.shape[0], low:high], value[n, low:high]
            s, u = stiffness[n % stiffness.shape[0], low:high], moved[n % moved.shape[0], low:high]
            for j in range(t.size):
                t[j] = 0.0
            add_terms(t, rows, n, low, high, which, weights, 1.0)
            for j in range(t.size):
                solved = (u[j] + length * s[j] * t[j]) / (1.0 - part * s[j])
                k[j] = solved if free[j] > 0.5 else 0.0
            for j in range(t.size):
                t[j] = length * (t[j] + diagonal * k[j])
                d[j] += t[j] * f[j]


_TERMS = "f8[:,:,::1], i8[::1], f8[::1], f8[::1]"

SIGNATURES = (
    (add_terms, "void(f8[::1], f8[:,:,::1], i8, i8, i8, i8[::1], f8[::1], f8)"),
    (combine, f"void(f8[:,::1], f8[:,::1], b1, {_TERMS})"),
    (solve, f"void(f8[:,::1], f8[:,::1], f8[:,::1], {_TERMS}, f8[:,::1], f8[:,::1], f8)"),
    (solve_back, f"void({', '.join(['f8[:,::1]'] * 4)}, {_TERMS}, f8[:,::1], f8, f8[:,::1], f8[::1])"),
)


@lru_cache(maxsize=1)
def compiled() -> ModuleType:
    """All of them as machine code."""
    return compiled_functions("stages and their cotangents at every point", SIGNATURES, {"BLOCK": BLOCK},
                              cache_directory(), divides=True)
