"""The sums of a step of a scheme with stages and of its adjoint, as weights of rows.

With e_j the explicit part of the right-hand side at the value U_j of stage j, f_j the forcing, s(x) the stiffness, and
hence s U_j + f_j the stiff part,

    U_i = (u^n + sum_{j<i} (a~_ij e_j + a_ij (s U_j + f_j)) + a_ii f_i) / (1 - a_ii s),
    r^n = u^{n+1} - u^n - sum_i (w~_i e_i + w_i (s U_i + f_i)).

The adjoint starts from z = d loss / d r.  The forces on e_i and on the stiff part, and what the start of the sum of a
stage feels, are

    p_i = -w~_i z + sum_{k>i} a~_ki y_k,    q_i = -w_i z + sum_{k>i} a_ki y_k,
    y_i = (E* p_i + s q_i) / (1 - a_ii s),  q_i + a_ii y_i.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]

START, END, RESIDUAL, FORCE, REPLY = range(5)
"""Rows of a step; those of the stages follow.  The slope of the norm takes the place of the residual."""

FIXED = 5


@dataclass(frozen=True)
class Combination:
    """A weighted sum of rows.

    Parameters
    ----------
    chosen : ndarray of int64, shape (terms,)
        Rows.
    weights : ndarray, shape (terms, Nx)
    """

    chosen: NDArray[np.int64]
    weights: Array

    @cached_property
    def even(self) -> Array | None:
        """The weights where they are the same at all x, shape (terms,)."""
        first = self.weights[:, :1]
        return np.ascontiguousarray(first[:, 0]) if first.size and (self.weights == first).all() else None


@dataclass(frozen=True)
class StageSums:
    """What is summed at which stage.

    Parameters
    ----------
    scheme : DoubleTableau
    stiffness : ndarray, shape (Nx,)
        What multiplies U in the stiff part, times dt.
    forced : bool
        Whether the stiff part has words on other fields.
    """

    scheme: DoubleTableau
    stiffness: Array
    forced: bool

    @property
    def rows(self) -> int:
        """How many rows a step needs."""
        return FIXED + (3 if self.forced else 2) * self.scheme.stages

    def value(self, i: int) -> int:
        """The row of U_i; that of the start, if they are the same."""
        return FIXED + i if self.moves(i) else START

    def slope(self, i: int) -> int:
        """The row of e_i, and of y_i on the way back, when e_i is no longer needed."""
        return FIXED + self.scheme.stages + i

    def forcing(self, i: int) -> int:
        """The row of f_i."""
        return FIXED + 2 * self.scheme.stages + i

    def moves(self, i: int) -> bool:
        """Whether U_i depends on the coefficients."""
        return i > 0 or self._diagonal(i) != 0.0

    def explicit_needed(self, i: int) -> bool:
        """Whether any sum has e_i."""
        return bool(self.scheme.explicit_weights[i]) or any(row[i] for row in self.scheme.explicit)

    def stiff_needed(self, i: int) -> bool:
        """Whether any sum has the stiff part at stage i."""
        return self.scheme.splits and (bool(self.scheme.implicit_weights[i])
                                       or any(row[i] for row in self.scheme.implicit))

    def value_sum(self, i: int) -> Combination:
        """U_i."""
        terms: list[tuple[int, Array | float]] = [(START, 1.0)]
        for j in range(i):
            terms.append((self.slope(j), self.scheme.explicit[i][j]))
            terms += self._stiff(j, self._implicit(i, j))
        if self.forced:
            terms.append((self.forcing(i), self._diagonal(i)))
        return self._combined(terms, 1.0 / (1.0 - self._diagonal(i) * self.stiffness))

    def residual_sum(self) -> Combination:
        """r."""
        terms: list[tuple[int, Array | float]] = [(END, 1.0), (START, -1.0)]
        for i, weight in enumerate(self.scheme.explicit_weights):
            terms.append((self.slope(i), -weight))
            terms += self._stiff(i, -self._implicit_weight(i))
        return self._combined(terms)

    def explicit_force(self, i: int) -> Combination:
        """p_i."""
        later = range(i + 1, self.scheme.stages)
        return self._combined([(RESIDUAL, -self.scheme.explicit_weights[i]),
                               *((self.slope(k), self.scheme.explicit[k][i]) for k in later)])

    def stiff_force(self, i: int) -> Combination:
        """q_i + a_ii y_i."""
        return self._combined([*self._later_stiff(i), (self.slope(i), self._diagonal(i))])

    def start_force(self, i: int, replied: bool) -> Combination:
        """y_i, with E* p_i in the row `REPLY` if there is any."""
        terms: list[tuple[int, Array | float]] = [(row, weight * self.stiffness) for row, weight in
                                                  self._later_stiff(i)]
        if replied:
            terms.append((REPLY, 1.0))
        return self._combined(terms, 1.0 / (1.0 - self._diagonal(i) * self.stiffness))

    def _later_stiff(self, i: int) -> list[tuple[int, float]]:
        later = range(i + 1, self.scheme.stages)
        return [(RESIDUAL, -self._implicit_weight(i)), *((self.slope(k), self._implicit(k, i)) for k in later)]

    def _stiff(self, i: int, weight: float) -> list[tuple[int, Array | float]]:
        forcing: list[tuple[int, Array | float]] = [(self.forcing(i), weight)] if self.forced else []
        return [(self.value(i), weight * self.stiffness), *forcing]

    def _implicit(self, i: int, j: int) -> float:
        return self.scheme.implicit[i][j] if self.scheme.splits else 0.0

    def _implicit_weight(self, i: int) -> float:
        return self.scheme.implicit_weights[i] if self.scheme.splits else 0.0

    def _diagonal(self, i: int) -> float:
        return self._implicit(i, i)

    def _combined(self, terms: Iterable[tuple[int, Array | float]], factor: Array | float = 1.0) -> Combination:
        found: dict[int, Array] = {}
        for row, weight in terms:
            if np.any(weight):
                found[row] = found.get(row, np.zeros_like(self.stiffness)) + weight * factor
        weights = np.array(list(found.values())).reshape(len(found), self.stiffness.size)
        return Combination(np.array(list(found), dtype=np.int64), weights)
