"""Finite-difference stencils, derived exactly from their offsets.

A new stencil is one new entry in `TRANSPORT_STENCILS` or `CENTRAL_ACCURACIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from math import factorial, lcm, prod

from symdcrnn.errors import lookup


@dataclass(frozen=True)
class Stencil:
    """A difference formula: sum over offsets o of coefficient[o] u[j + o], divided by dx^derivative.

    Parameters
    ----------
    offsets : tuple of int
        Ascending.
    coefficients : tuple of Fraction
        Exact, one per offset.
    derivative : int
        The order of the derivative it approximates.
    """

    offsets: tuple[int, ...]
    coefficients: tuple[Fraction, ...]
    derivative: int

    @property
    def reach(self) -> int:
        """How far from the point it reads."""
        return max(abs(offset) for offset in self.offsets)

    @cached_property
    def gain(self) -> float:
        """The sum of the absolute values of the coefficients: how many times an error grows at most, times dx^k."""
        return sum(abs(float(coefficient)) for coefficient in self.coefficients)

    @property
    def mirrored(self) -> Stencil:
        """The same formula leaning to the other side."""
        sign = -1 if self.derivative % 2 else 1
        pairs = sorted((-o, sign * c) for o, c in zip(self.offsets, self.coefficients, strict=True))
        return Stencil(tuple(o for o, _ in pairs), tuple(c for _, c in pairs), self.derivative)

    @property
    def denominator(self) -> int:
        """The least common denominator of the coefficients."""
        return lcm(*(coefficient.denominator for coefficient in self.coefficients))

    @property
    def numerators(self) -> tuple[int, ...]:
        """The coefficients times the denominator."""
        return tuple(int(coefficient * self.denominator) for coefficient in self.coefficients)


@cache
def stencil(offsets: tuple[int, ...], derivative: int) -> Stencil:
    """The formula of highest order on the given offsets: the derivative at zero of the polynomial through the values.

    Parameters
    ----------
    offsets : tuple of int
        Distinct; more of them than the order of the derivative.
    derivative : int
        At least 1.
    """
    # Coefficients of the product of all (x - offset), the highest power first: whole numbers, as are all below.
    product = [1]
    for offset in offsets:
        product = [a - offset * b for a, b in zip([*product, 0], [0, *product], strict=True)]
    kept = []
    for offset in offsets:
        # Without its own factor, by Horner's rule: the numerator of Lagrange's polynomial of that offset.
        quotient = [1]
        for coefficient in product[1:-1]:
            quotient.append(quotient[-1] * offset + coefficient)
        numerator = factorial(derivative) * quotient[-1 - derivative]
        if numerator:
            kept.append((offset, Fraction(numerator, prod(offset - other for other in offsets if other != offset))))
    return Stencil(tuple(o for o, _ in kept), tuple(c for _, c in kept), derivative)


TRANSPORT_STENCILS: dict[str, tuple[int, ...]] = {
    "upwind1": (-1, 0),
    "upwind2": (-2, -1, 0),
    "upwind3": (-2, -1, 0, 1),
    **{f"central{accuracy}": tuple(range(-accuracy // 2, accuracy // 2 + 1)) for accuracy in range(2, 17, 2)},
}
"""Offsets of the d/dx inside v d/dx where the flow comes from the left (v > 0)."""

CENTRAL_ACCURACIES: dict[str, int] = {f"central{accuracy}": accuracy for accuracy in range(2, 17, 2)}
"""Orders of accuracy of the central stencils, whatever derivative they are of."""


def transport_stencil(name: str, from_the_left: bool) -> Stencil:
    """The stencil of d/dx that leans to the left or, mirrored, to the right.

    Raises
    ------
    InputError
        If there is no such stencil.
    """
    leaning = stencil(lookup(TRANSPORT_STENCILS, name, "stencil"), 1)
    return leaning if from_the_left else leaning.mirrored


def central_stencil(name: str, derivative: int) -> Stencil:
    """The central stencil of a derivative, the narrowest of its accuracy.

    Parameters
    ----------
    name : str
        A key of `CENTRAL_ACCURACIES`.
    derivative : int
        Its order, at least 1.

    Raises
    ------
    InputError
        If there is no such stencil.
    """
    accuracy = lookup(CENTRAL_ACCURACIES, name, "central stencil")
    width = (derivative + 1) // 2 - 1 + accuracy // 2
    return stencil(tuple(range(-width, width + 1)), derivative)


AUTO = "auto"
"""In place of the name of a stencil: what the data asks for."""


@dataclass(frozen=True)
class Stencils:
    """Which stencils the operators use.

    Parameters
    ----------
    transport : str
        Of v_dx, a key of `TRANSPORT_STENCILS`.
    central : str
        Of d_x, d_xx and on, a key of `CENTRAL_ACCURACIES`.
    """

    transport: str = "upwind3"
    central: str = "central4"

    @classmethod
    def named(cls, transport: str, central: str) -> Stencils:
        """Stencils by name; `AUTO` stands for the defaults here."""
        return cls(cls.transport if transport == AUTO else transport, cls.central if central == AUTO else central)

    def __post_init__(self) -> None:
        transport_stencil(self.transport, True)
        central_stencil(self.central, 1)
