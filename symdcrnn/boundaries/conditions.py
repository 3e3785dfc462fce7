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
AtWall = Literal["given", "nothing", "mirrored", "joined"]
Beyond = Callable[[Array, int], Array]

FITTED = 3
"""Points from the wall inwards that a parabola goes through; one of higher degree is unstable with central stencils."""


@dataclass(frozen=True)
class Boundary:
    """One kind of boundary.

    Parameters
    ----------
    description : str
    at_wall : str
        What comes in at the wall itself: what is ``given``, ``nothing``, what goes out, ``mirrored``; or the axis is
        ``joined`` to its other end.
    beyond : callable, optional
        ``beyond(points, width)`` gives the weights of the points from the wall inwards, shape (width, n), that make the
        value at each point beyond it, the nearest first; the points, shape (width + n,), ascend towards the inside and
        the wall is the one at index width. Mirrored boundaries apply it to the mirrored field. None for joined axes.
    """

    description: str
    at_wall: AtWall
    beyond: Beyond | None = None


def parabola(points: Array, width: int) -> Array:
    """The polynomial through the wall and the points next to it."""
    nodes = points[width:width + FITTED]
    weights = np.ones((width, nodes.size))
    for row, place in enumerate(points[width - 1::-1] if width else ()):
        for number, node in enumerate(nodes):
            others = np.delete(nodes, number)
            weights[row, number] = np.prod((place - others) / (node - others))
    return weights


def mirror_image(points: Array, width: int) -> Array:
    """The point as far inside the wall as the one beyond it is outside."""
    return np.eye(width, width + 1, 1)


BOUNDARIES: dict[str, Boundary] = {
    "inflow": Boundary("what comes in is that of the data, or given", "given", parabola),
    "vacuum": Boundary("nothing comes in", "nothing", parabola),
    "reflecting": Boundary("what goes out comes in with the opposite velocity", "mirrored", mirror_image),
    "periodic": Boundary("the last point is followed by the first", "joined"),
}
"""All of them by name."""
