"""Which points a stencil reads: central ones by their accuracy, leaning ones by their side as well."""

from __future__ import annotations

from symdcrnn.algebra.rules import Side, Stencil
from symdcrnn.errors import InputError
from symdcrnn.kernels.stencils import Stencils

Offsets = tuple[int, ...]

LARGEST_REACH = 16
"""Points to one side that a stencil reads at most."""


def central_offsets(stencils: Stencils, rule: Stencil) -> Offsets:
    """The points of a central formula, ascending."""
    accuracy = rule.accuracy or _accuracy(stencils.central)
    half = (rule.order + 1) // 2 - 1 + accuracy // 2
    return _checked(rule, -half, half)


def leaning_offsets(stencils: Stencils, rule: Stencil, side: Side) -> tuple[Offsets, Offsets]:
    """The points of the formulas where the coordinate is positive and where it is not.

    Parameters
    ----------
    stencils : Stencils
    rule : Stencil
        One that leans.
    side : str
        ``upwind`` reads further on the side that the flow comes from.
    """
    if rule.accuracy is None and stencils.transport.startswith("central"):
        half = (rule.order + 1) // 2 - 1 + _accuracy(stencils.transport) // 2
        both = _checked(rule, -half, half)
        return both, both
    points = rule.order + (rule.accuracy or _accuracy(stencils.transport))
    lowest = -((points + 1) // 2)
    from_the_left = _checked(rule, lowest, lowest + points - 1)
    from_the_right = tuple(-offset for offset in reversed(from_the_left))
    return (from_the_left, from_the_right) if side == "upwind" else (from_the_right, from_the_left)


def _accuracy(name: str) -> int:
    return int(name.lstrip("abcdefghijklmnopqrstuvwxyz"))


def _checked(rule: Stencil, lowest: int, highest: int) -> Offsets:
    if max(-lowest, highest) > LARGEST_REACH:
        raise InputError(f"a stencil of d^{rule.order} along {rule.axis!r} would read {highest - lowest + 1} points: "
                         "choose a lower accuracy")
    return tuple(range(lowest, highest + 1))
