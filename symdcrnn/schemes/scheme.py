"""A linear multistep scheme: its weights, its order and its truncation error."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import factorial

Weights = tuple[Fraction, ...]


@dataclass(frozen=True)
class Scheme:
    """sum_i alpha_i u^{n+i} = dt (sum_i explicit_i F(u^{n+i}) + sum_i implicit_i S(u^{n+i})).

    Parameters
    ----------
    name : str
        How it is named on the command line.
    alpha : tuple of Fraction
        One weight per frame.
    explicit, implicit : tuple of Fraction
        Of the part that is not stiff and of the part that is; an empty one means that the scheme
        treats every term in the other way.
    order : int
        The order of its truncation error in dt.
    description : str
        What it is, and its equation in the paper.
    """

    name: str
    alpha: Weights
    explicit: Weights
    implicit: Weights
    order: int
    description: str

    @property
    def frames(self) -> int:
        """How many consecutive frames a residual reads."""
        return len(self.alpha)

    @property
    def splits(self) -> bool:
        """Whether stiff terms are treated in another way than the rest (IMEX)."""
        return bool(self.explicit) and bool(self.implicit)

    def truncation(self, rate: float) -> float:
        """The leading truncation error of u' = lambda u, relative to its right-hand side.

        Parameters
        ----------
        rate : float
            dt |lambda|.
        """
        left = self.defect(self.order + 1) / factorial(self.order + 1) / sum(self.implicit or self.explicit)
        return float(abs(left)) * rate**self.order

    def defect(self, power: int) -> Fraction:
        """sum_i alpha_i i^p - p sum_i beta_i i^(p-1): what the scheme leaves of u = t^p.

        It is zero for p up to the order, whichever of the two parts beta is.
        """
        beta = self.implicit or self.explicit
        left = sum((a * Fraction(i) ** power for i, a in enumerate(self.alpha)), Fraction(0))
        if power == 0:
            return left
        return left - power * sum((b * Fraction(i) ** (power - 1) for i, b in enumerate(beta)), Fraction(0))
