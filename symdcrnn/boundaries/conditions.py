"""Boundary conditions by name: what is known at a wall, and how fields go on beyond it.

A new one is one new entry in `BOUNDARIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Comes = Literal["given", "nothing", "mirrored", "joined"]
FITTED = 3
"""Points from the wall inwards that a parabola goes through; one of higher degree is unstable with central stencils."""


@dataclass(frozen=True, eq=False)
class Beyond:
    """How a field goes on beyond a wall, from the points inside; the point nearest to the wall is the first one.

    Parameters
    ----------
    weights : ndarray, shape (width, n)
        Of the points from the wall inwards, by point beyond it.
    known : ndarray, shape (width, n)
        The same where it is known what comes in.
    share : ndarray, shape (width,)
        There, of what comes in.
    """

    weights: Array
    known: Array
    share: Array


@dataclass(frozen=True)
class Boundary:
    """One kind of boundary.

    Parameters
    ----------
    description : str
    comes : str
        What comes in: what is ``given``, ``nothing``, what goes out, ``mirrored``; or the axis is ``joined`` to its
        other end.
    beyond : callable, optional
        ``beyond(points, width, wall)`` makes a `Beyond`; the points, shape (width + n,), ascend towards the inside, and
        that of index width is the first one inside, or on the wall. Mirrored boundaries apply it to the mirrored field.
        None for joined axes.
    """

    description: str
    comes: Comes
    beyond: Callable[[Array, int, float], Beyond] | None = None


def parabola(points: Array, width: int, wall: float) -> Beyond:
    """The polynomial through the points next to the wall, or through what comes in and one point less."""
    outside, inside = points[:width][::-1], points[width:width + FITTED]
    weights = polynomial(inside, outside)
    if wall >= inside[0]:
        return Beyond(weights, weights, np.zeros(width))
    known = polynomial(np.append(wall, inside[:-1]), outside)
    return Beyond(weights, np.pad(known[:, 1:], ((0, 0), (0, 1))), known[:, 0])


def polynomial(nodes: Array, places: Array) -> Array:
    """The weights of values at nodes in the value of their polynomial at places, shape (places, nodes)."""
    weights = np.ones((places.size, nodes.size))
    for number, node in enumerate(nodes):
        for other in np.delete(nodes, number):
            weights[:, number] *= (places - other) / (node - other)
    return weights


def mirror_image(points: Array, width: int, wall: float) -> Beyond:
    """The point as far inside the wall as the one beyond it is outside."""
    weights = np.eye(width, width + 1, 1 if wall >= points[width] else 0)
    return Beyond(weights, weights, np.zeros(width))


BOUNDARIES: dict[str, Boundary] = {
    "inflow": Boundary("what comes in is that of the data, or given", "given", parabola),
    "vacuum": Boundary("nothing comes in", "nothing", parabola),
    "reflecting": Boundary("what goes out comes in with the opposite velocity", "mirrored", mirror_image),
    "periodic": Boundary("the last point is followed by the first", "joined"),
}
"""All of them by name."""
