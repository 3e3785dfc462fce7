"""What <u> is over a velocity axis: the averages of its monomials, and d_v carried over to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Literal

import sympy

from symdcrnn.errors import InputError, lookup

Exponents = tuple[int, ...]
Polynomial = dict[Exponents, sympy.Expr]
Ends = Literal["interval", "decay", "weight", "none"]


@dataclass(frozen=True)
class Measure:
    """The average over one velocity axis.

    Parameters
    ----------
    name : str
        A key of `MEASURES`, or ``ordinates``.
    axis : str
    coordinates : tuple of str
        The functions on the axis that equations are polynomials of: v itself, or c and s.
    average : callable
        ``average(exponents)`` is the average of a monomial of the coordinates, None where it has none.
    ends : str
        What d_v does at the ends: ``interval``, there are values at -1 and 1; ``decay``, what it acts on vanishes;
        ``weight``, the average has the weight exp(-v^2/2); ``none``, there is no d_v.
    length : sympy.Expr
        The integral over the axis divided by the average.
    """

    name: str
    axis: str
    coordinates: tuple[str, ...]
    average: Callable[[Exponents], sympy.Expr | None]
    ends: Ends
    length: sympy.Expr

    def by_parts(self, polynomial: Polynomial) -> Polynomial:
        """q with <p d_v u> = <q u>, but for values at the ends.

        Raises
        ------
        InputError
            If there is no d_v along this axis.
        """
        if self.ends == "none":
            raise InputError(f"d_{self.axis} has no meaning for the {self.name} of {self.axis}: it needs an interval "
                             "(legendre), a line (line) or a weight (hermite)")
        found: Polynomial = {}
        for (power,), factor in polynomial.items():
            if power:
                found[(power - 1,)] = found.get((power - 1,), 0) - power * factor
            if self.ends == "weight":
                found[(power + 1,)] = found.get((power + 1,), 0) + factor
        return found


def interval(axis: str, coordinates: Sequence[str]) -> Measure:
    """All v in [-1, 1] count alike: Legendre polynomials are orthogonal."""
    def average(exponents: Exponents) -> sympy.Expr:
        return sympy.Rational(1, exponents[0] + 1) if exponents[0] % 2 == 0 else sympy.Integer(0)
    return Measure("legendre", axis, (axis,), average, "interval", sympy.Integer(2))


def weighted(axis: str, coordinates: Sequence[str]) -> Measure:
    """The weight exp(-v^2/2): Hermite polynomials are orthogonal."""
    return Measure("hermite", axis, (axis,), lambda exponents: _double_factorial(exponents[0] - 1)
                   if exponents[0] % 2 == 0 else sympy.Integer(0), "weight", sympy.Integer(1))


def line(axis: str, coordinates: Sequence[str]) -> Measure:
    """All real v count alike, and fields decay: what is constant in v has no average times v^2."""
    return Measure("line", axis, (axis,), lambda exponents: None if exponents[0] else sympy.Integer(1), "decay",
                   sympy.Integer(1))


def circle(axis: str, coordinates: Sequence[str]) -> Measure:
    """All directions of the plane count alike; the coordinates are their cosines and sines."""
    names = tuple(coordinates) or ("c", "s")
    if len(names) != 2:
        raise InputError(f"a circle along {axis!r} has the coordinates {', '.join(names)}: it has two, a cosine and a "
                         "sine")

    def average(exponents: Exponents) -> sympy.Expr:
        if any(power % 2 for power in exponents):
            return sympy.Integer(0)
        return (sympy.Mul(*(_double_factorial(power - 1) for power in exponents))
                / _double_factorial(sum(exponents)))
    return Measure("circle", axis, names, average, "none", sympy.Integer(1))


def two(axis: str, coordinates: Sequence[str]) -> Measure:
    """The velocities -1 and 1."""
    return Measure("two", axis, (axis,), lambda exponents: sympy.Integer(1 - exponents[0] % 2), "none",
                   sympy.Integer(1))


MEASURES: dict[str, Callable[[str, Sequence[str]], Measure]] = {
    "legendre": interval, "hermite": weighted, "line": line, "circle": circle, "two": two,
}
"""Measures by name: ``MEASURES[name](axis, coordinates)``."""

CLOSE = 1e-11
"""Averages that are so near to a fraction are that fraction."""

LARGEST_DENOMINATOR = 10_000

FINEST = 10**15
"""Denominators of averages that are no fractions of people."""


def measure(name: str, axis: str, coordinates: Sequence[str] = ()) -> Measure:
    """The measure of that name along an axis.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    return lookup(MEASURES, name, "measure of velocities")(axis, coordinates)


def ordinates(axis: str, coordinates: Mapping[str, Sequence[float]], weights: Sequence[float]) -> Measure:
    """The average over the points of data, exact where its averages are fractions.

    Parameters
    ----------
    axis : str
    coordinates : mapping of str to sequence of float
        The functions on the axis at its points.
    weights : sequence of float
        Of sum one.
    """
    names = tuple(coordinates)

    @cache
    def average(exponents: Exponents) -> sympy.Expr:
        total = 0.0
        for point, weight in enumerate(weights):
            value = weight
            for name, power in zip(names, exponents, strict=True):
                value *= coordinates[name][point] ** power
            total += value
        simple = Fraction(total).limit_denominator(LARGEST_DENOMINATOR)
        exact = simple if abs(float(simple) - total) <= CLOSE else Fraction(total).limit_denominator(FINEST)
        return sympy.Rational(exact.numerator, exact.denominator)
    return Measure("ordinates", axis, names, average, "none", sympy.Integer(1))


def exponents_up_to(measures: Sequence[Measure], degree: int) -> list[tuple[Exponents, ...]]:
    """The monomials of all velocity axes up to a degree, those of lower degree first."""
    count = sum(len(one.coordinates) for one in measures)
    flat = [powers for powers in product(range(degree + 1), repeat=count) if sum(powers) <= degree]
    found = []
    for powers in sorted(flat, key=lambda one: (sum(one), tuple(-power for power in one))):
        rest = list(powers)
        found.append(tuple(tuple(rest.pop(0) for _ in one.coordinates) for one in measures))
    return found


def _double_factorial(number: int) -> sympy.Expr:
    return sympy.factorial2(number) if number > 0 else sympy.Integer(1)
