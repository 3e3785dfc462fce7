"""The scales: eps_pred (eqs. 1.2, 5.1, 5.2) and the sum over its powers (eq. 1.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy

from symdcrnn.errors import InputError

EPSILON = sympy.Symbol("epsilon", positive=True)


@dataclass(frozen=True)
class EpsilonInterval:
    """The interval that eps_pred is kept in; (0, 1) is eq. (5.1), any other eq. (5.2).

    eps_pred(w) = (upper - lower)/2 (tanh(w) + 1) + lower.
    """

    lower: float = 0.0
    upper: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.lower < self.upper <= 1.0:
            raise InputError(
                f"the interval of epsilon is ({self.lower:g}, {self.upper:g}): "
                "it must satisfy 0 <= lower < upper <= 1"
            )

    def epsilon(self, w: float) -> float:
        """eps_pred at w."""
        return 0.5 * (self.upper - self.lower) * (math.tanh(w) + 1.0) + self.lower

    def slope(self, w: float) -> float:
        """d eps_pred / dw."""
        return 0.5 * (self.upper - self.lower) / math.cosh(w) ** 2

    def w(self, epsilon: float) -> float:
        """The w with eps_pred(w) = epsilon.

        Raises
        ------
        InputError
            If epsilon is not inside the interval.
        """
        if not self.lower < epsilon < self.upper:
            raise InputError(f"epsilon {epsilon:g} is outside ({self.lower:g}, {self.upper:g})")
        return math.atanh(2.0 * (epsilon - self.lower) / (self.upper - self.lower) - 1.0)

    def expression(self, w: sympy.Symbol) -> sympy.Expr:
        """eps_pred(w) as a sympy expression."""
        half = sympy.nsimplify(self.upper - self.lower, rational=True) / 2
        return half * (sympy.tanh(w) + 1) + sympy.nsimplify(self.lower, rational=True)


def paper_interval(index: int) -> EpsilonInterval:
    """The interval [10^-(i+1), 10^-i] of eq. (5.2)."""
    return EpsilonInterval(10.0 ** -(index + 1), 10.0**-index)


def sum_over_scales(parts: list[sympy.Expr]) -> sympy.Expr:
    """sum_m parts[m] / epsilon^m, eq. (1.3)."""
    return sympy.Add(*(part / EPSILON**power for power, part in enumerate(parts)))
