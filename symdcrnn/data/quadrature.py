"""Averages over v: ``<u> = 1/2 int u dv = sum_i weights_i u_i`` (eq. 2.1), with weights that sum to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError
from symdcrnn.given import described, whole_number

Array = NDArray[np.float64]

MAX_NODES = 1000
"""The nodes come from a dense eigenvalue problem, so more would take minutes."""

NODE_TOLERANCE = 1e-6
"""Nodes written in single precision still count as Gauss-Legendre nodes."""


def gauss_legendre(n: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes on [-1, 1] and weights that sum to one.

    Parameters
    ----------
    n : int
        Number of nodes.

    Returns
    -------
    v, weights : ndarray of float64, shape (n,)
        Nodes in increasing order, and weights.

    Raises
    ------
    InputError
        If n is not a whole number from 1 to 1000.
    """
    count = whole_number(n)
    if count is None or not 1 <= count <= MAX_NODES:
        raise InputError(f"the number of velocities is {described(n)}: give a whole number from 1 to {MAX_NODES}")
    v, weights = np.polynomial.legendre.leggauss(count)
    return v, weights / weights.sum()


def normalised_weights(weights: ArrayLike) -> Array:
    """The same weights, divided by their sum.

    Parameters
    ----------
    weights : array_like, shape (Nv,)
        Quadrature weights, zero or positive, of any sum (2 for an integral over [-1, 1]).

    Returns
    -------
    ndarray of float64, shape (Nv,)

    Raises
    ------
    InputError
        If a weight is negative or not finite, or the sum is zero.
    """
    array = np.asarray(weights)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iuf":
        raise InputError(f"weights have shape {array.shape} and type {array.dtype}: give one number for each v")
    array = array.astype(np.float64)
    for wrong, what in ((~np.isfinite(array), "not finite"), (array < 0.0, "negative")):
        if wrong.any():
            index = int(np.argmax(wrong))
            raise InputError(f"weights[{index}] = {array[index]:g} is {what}: give zero or positive numbers")
    total = float(array.sum())
    if not 0.0 < total < np.inf:
        raise InputError(f"the weights sum to {total:g}: give quadrature weights with a positive, finite sum")
    return array / total


def recognised_weights(v: Array) -> Array | None:
    """Weights that follow from the nodes alone: for one node, or for Gauss-Legendre nodes on [-1, 1].

    Parameters
    ----------
    v : ndarray, shape (Nv,)
        Nodes, in any order.

    Returns
    -------
    ndarray of float64, shape (Nv,), or None
        None if the nodes are not recognised.
    """
    if v.size == 1:
        return np.ones(1)
    if v.size > MAX_NODES:
        return None
    nodes, weights = gauss_legendre(v.size)
    order = np.argsort(v)
    if not np.allclose(v[order], nodes, rtol=0.0, atol=NODE_TOLERANCE):
        return None
    out = np.empty_like(weights)
    out[order] = weights
    return out
