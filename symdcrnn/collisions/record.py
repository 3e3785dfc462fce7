"""What was learned of a kernel, as it is kept in a model and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symdcrnn.collisions.families import FAMILIES

FULL_WORDS = 12
"""Degrees that are printed at most."""


@dataclass(frozen=True)
class KernelParameter:
    """A parameter of a family of kernels."""

    name: str
    value: float
    error: float | None = None


@dataclass(frozen=True)
class KernelDegree:
    """What a kernel does to one Legendre polynomial.

    Parameters
    ----------
    degree : int
    value : float
        q_l of Q f = sum_l q_l P_l <P_l f>: the rate of P_l is q_l / (2 l + 1).
    error : float or None
        Its standard error.
    seen : bool
        Whether the data tells it.
    """

    degree: int
    value: float
    error: float | None = None
    seen: bool = True


@dataclass(frozen=True)
class LearnedKernel:
    """A kernel of an equation.

    Parameters
    ----------
    name : str
    form : str
        ``isotropic``, ``full``, or the name of a family.
    field : str
        What it acts on.
    conserving : bool
        Whether <Q f> = 0 was asked for.
    words : tuple of str
        Words of the equation that it consists of.
    degrees : tuple of KernelDegree
        Of a kernel of the angle.
    rest : KernelParameter or None
        The rate of what is beyond those degrees.
    parameters : tuple of KernelParameter
        Of a family.
    matrix : tuple of tuple of float
        Of a full kernel, with the weights in it: (Q f)_i = sum_j M_ij f_j.
    rank : int
        Of what it gains, K in K f - s f.
    lacking : tuple of int
        Degrees of moments that such a matrix lacks, as the data does not tell them.
    """

    name: str
    form: str
    field: str
    conserving: bool
    words: tuple[str, ...]
    degrees: tuple[KernelDegree, ...] = ()
    rest: KernelParameter | None = None
    parameters: tuple[KernelParameter, ...] = ()
    matrix: tuple[tuple[float, ...], ...] = ()
    rank: int = 0
    lacking: tuple[int, ...] = ()

    @property
    def unseen(self) -> tuple[int, ...]:
        """Degrees that the data does not tell."""
        return (*(one.degree for one in self.degrees if not one.seen), *self.lacking)

    def lines(self) -> list[str]:
        """A few lines about it, as a person writes it."""
        own = f"{self.name} {self.field}"
        if self.form in FAMILIES:
            values = {one.name: one for one in self.parameters}
            lost, gained = values["s"], values["k"]
            kernel = f"{shown(lost)} (K {self.field} - {self.field})" if self.conserving else \
                f"{shown(gained)} K {self.field} - {shown(lost)} {self.field}"
            shape = ", ".join(f"{one.name} = {shown(one)}" for one in self.parameters[2:])
            return [f"{own} = {kernel}, K {FAMILIES[self.form].title}, {shape}"]
        if self.matrix:
            count = len(self.matrix)
            found = [f"{own} = sum_j M_ij {self.field}(v_j), {count} x {count}, M = K - s with K of rank {self.rank}"]
            return found if not self.lacking else [*found, f"not told by this data: moments of l = {self._listed}"]
        told = [one for one in self.degrees if one.seen]
        listed = [f"q_{one.degree} = {shown(one)}" for one in told[:FULL_WORDS]]
        more = f" and {len(told) - FULL_WORDS} more" if len(told) > FULL_WORDS else ""
        found = [f"{own} = sum q_l P_l <P_l {self.field}>, {', '.join(listed)}{more}"]
        if self.rest is not None and self.degrees:
            found.append(f"q_l = {shown(self.rest)} (2 l + 1) for l > {self.degrees[-1].degree}")
        if self.unseen:
            found.append(f"not told by this data: q_l for l = {self._listed}")
        return found

    @property
    def _listed(self) -> str:
        return ", ".join(map(str, self.unseen))

    def details(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        return {
            "form": self.form, "field": self.field, "conserving": self.conserving, "words": list(self.words),
            "degrees": [{"l": one.degree, "q": one.value, "error": one.error, "seen": one.seen}
                        for one in self.degrees],
            "rest": None if self.rest is None else {"value": self.rest.value, "error": self.rest.error},
            "parameters": {one.name: {"value": one.value, "error": one.error} for one in self.parameters},
            **({"matrix": [list(row) for row in self.matrix], "rank": self.rank} if self.matrix else {}),
            "unseen": list(self.unseen),
            "text": "; ".join(self.lines()),
        }


def shown(one: KernelParameter | KernelDegree) -> str:
    """``0.7 +- 0.002``."""
    value = f"{one.value:.6g}"
    return value if not one.error else f"{value} +- {one.error:.1g}"
