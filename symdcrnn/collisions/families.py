"""Families of scattering kernels: gamma_l by a few parameters, with K P_l = gamma_l P_l.

A kernel of the angle alone is K f = sum_l (2 l + 1) gamma_l P_l <P_l f>; gamma_0 = 1 where it conserves what it
scatters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Kernels with some parameters.

    Parameters
    ----------
    name : str
        As it is written in a setting.
    title : str
        As a person says it.
    parameters : tuple of str
    ranges : tuple of (float, float)
        What each of them lies between; not at the ends.
    factor : callable
        From a degree l and the parameters to gamma_l and its derivatives by them.
    """

    name: str
    title: str
    parameters: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    factor: Callable[[int, Sequence[float]], tuple[float, tuple[float, ...]]]


def _henyey_greenstein(degree: int, parameters: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """gamma_l = g^l."""
    [g] = parameters
    return g**degree, (degree * g ** (degree - 1) if degree else 0.0,)


def _linear(degree: int, parameters: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """k(v, v') = 1 + 3 g v v'."""
    [g] = parameters
    return (1.0, g, 0.0)[min(degree, 2)], (1.0 if degree == 1 else 0.0,)


def _peak(degree: int, parameters: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Diffusion over the sphere for the time a: gamma_l = exp(-a l (l + 1) / 2)."""
    [a] = parameters
    slope = -0.5 * degree * (degree + 1)
    found = math.exp(a * slope)
    return found, (slope * found,)


FAMILIES: dict[str, Family] = {
    one.name: one for one in (
        Family("henyey-greenstein", "Henyey-Greenstein", ("g",), ((-1.0, 1.0),), _henyey_greenstein),
        Family("linear", "linearly anisotropic", ("g",), ((-1.0, 1.0),), _linear),
        Family("peak", "a Gaussian peak", ("a",), ((0.0, 10.0),), _peak),
    )
}
"""Families by name."""
