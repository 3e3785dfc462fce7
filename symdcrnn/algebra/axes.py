"""The axes that data lives on, and what they are to the equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["space", "velocity", "index"]

TIME = "t"
"""How time is written among the axes of a field; it is no `Axis`: no letter acts along it."""


@dataclass(frozen=True)
class Axis:
    """One axis.

    Parameters
    ----------
    name : str
        Such as x, v, angle or group.
    role : str
        ``space``; ``velocity``, with weights that averages are made by; or ``index``: groups, species, ordinates.
    periodic : bool
        Whether it wraps around.
    even : bool
        Whether its points are evenly spaced: stencils then have the same weights everywhere.
    ordered : bool
        Whether its points have an order, without which there are no stencils along it.
    """

    name: str
    role: Role
    periodic: bool = False
    even: bool = True
    ordered: bool = True
