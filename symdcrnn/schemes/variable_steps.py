"""Multistep schemes on frames that are unevenly spaced: weights of their own for every residual.

A difference formula keeps the frames that it reads, and its weights are those of the polynomial through them:
integrals of it for rules of Adams and of Newton and Cotes, its derivative at the last frame for BDF, its value there
for the explicit part of an IMEX pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StepWeights:
    """The weights of a scheme at every residual.

    Parameters
    ----------
    alpha, explicit, implicit : ndarray, shape (residuals, frames)
        Those of the terms have the time steps in them.
    """

    alpha: Array
    explicit: Array
    implicit: Array


def step_weights(scheme: Scheme, times: Array) -> StepWeights:
    """The weights of a scheme on any increasing times.

    Parameters
    ----------
    scheme : Scheme
    times : ndarray, shape (frames,)

    Returns
    -------
    StepWeights
        On even times those of the scheme, times dt.
    """
    count = times.size - scheme.frames + 1
    alpha, explicit, implicit = (np.zeros((count, scheme.frames)) for _ in range(3))
    for n in range(count):
        nodes = times[n:n + scheme.frames]
        alpha[n], explicit[n], implicit[n] = _one(scheme, nodes)
    return StepWeights(alpha, explicit, implicit)


def _one(scheme: Scheme, nodes: Array) -> tuple[Array, Array, Array]:
    read = [number for number, weight in enumerate(scheme.alpha) if weight]
    weights = scheme.implicit or scheme.explicit
    used = [number for number, weight in enumerate(weights) if weight]
    if len(read) > 2 or (scheme.splits and len(used) == 1):
        return _backward(scheme, nodes)
    first, last = read
    alpha = np.zeros(nodes.size)
    alpha[first], alpha[last] = -1.0, 1.0
    rule = np.zeros(nodes.size)
    rule[used] = integrals(nodes[used], float(nodes[first]), float(nodes[last]))
    nothing = np.zeros(nodes.size)
    return (alpha, nothing, rule) if scheme.implicit else (alpha, rule, nothing)


def _backward(scheme: Scheme, nodes: Array) -> tuple[Array, Array, Array]:
    """BDF: the derivative at the last frame, with the explicit part extrapolated to it."""
    last = float(nodes[-1])
    slopes = derivatives(nodes, last)
    step = 1.0 / slopes[-1]
    implicit, explicit = np.zeros(nodes.size), np.zeros(nodes.size)
    implicit[-1] = step
    used = [number for number, weight in enumerate(scheme.explicit) if weight]
    explicit[used] = step * values(nodes[used], last)
    return slopes * step, explicit, implicit


def values(nodes: Array, at: float) -> Array:
    """The weights of the value at a place, of the polynomial through some nodes."""
    return np.array([prod((at - other) / (node - other) for other in _others(nodes, number))
                     for number, node in enumerate(nodes)])


def derivatives(nodes: Array, at: float) -> Array:
    """The weights of its derivative."""
    found = []
    for number, node in enumerate(nodes):
        others = _others(nodes, number)
        below = prod(node - other for other in others)
        above = sum(prod(at - other for k, other in enumerate(others) if k != left) for left in range(len(others)))
        found.append(above / below)
    return np.array(found)


def integrals(nodes: Array, begin: float, end: float) -> Array:
    """The weights of its integral from one place to another, by a Gauss rule that is exact for it."""
    points, weights = np.polynomial.legendre.leggauss(nodes.size // 2 + 1)
    places = 0.5 * (end - begin) * points + 0.5 * (end + begin)
    found: Array = 0.5 * (end - begin) * np.sum([
        weight * values(nodes, float(place)) for weight, place in zip(weights, places, strict=True)], axis=0)
    return found


def _others(nodes: Sequence[float] | Array, number: int) -> list[float]:
    return [float(node) for k, node in enumerate(nodes) if k != number]
