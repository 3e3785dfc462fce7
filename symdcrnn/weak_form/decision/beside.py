"""Words and functions beside those of an equation: whether they are needed, and whether the data tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from symdcrnn.weak_form.functions import JointEstimate, deviations
from symdcrnn.weak_form.multiplied import FunctionFamily
from symdcrnn.weak_form.smoothness import Smooth, smooth
from symdcrnn.weak_form.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Beside:
    """An equation with functions in another place beside its own.

    Parameters
    ----------
    signal, spread : ndarray, shape (unknowns, unknowns)
        The normal equations without noise, and the covariance of their right-hand side: constants, the other
        functions, those that were found.
    right : ndarray, shape (unknowns,)
    constants, others : int
        How many there are of each.
    family : FunctionFamily
    """

    signal: Array
    spread: Array
    right: Array
    constants: int
    others: int
    family: FunctionFamily

    @cached_property
    def both(self) -> Smooth:
        """All unknowns at their best."""
        return min((self._fitted(subspace, True) for subspace in self.family.subspaces), key=lambda one: one.criterion)

    @property
    def needed(self) -> float:
        """How far the other functions are from none, in standard errors."""
        return self._from(self._least(False))

    def stays(self, number: int) -> float:
        """How far a function that was found is from a constant."""
        return self._from(self._least(True, number))

    def _from(self, less: Smooth) -> float:
        return deviations(less.mismatch - self.both.mismatch, max(1.0, self.both.effective - less.effective))

    def _least(self, others: bool, flat: int | None = None) -> Smooth:
        return min((self._fitted(subspace, others, flat) for subspace in self.family.subspaces),
                   key=lambda one: one.criterion)

    def _fitted(self, subspace: Array, others: bool, flat: int | None = None) -> Smooth:
        """With the other functions or without them, and with a constant for one that was found."""
        family, free = self.family, self.constants + (self.others if others else 0)
        constant = np.linalg.lstsq(family.values.T, np.ones(family.values.shape[1]), rcond=None)[0][:, None]
        parts = [constant if number == flat else subspace for number in range(len(family.words))]
        fixed = np.eye(self.constants + self.others)[:, :free]
        into = scipy.linalg.block_diag(fixed, *parts)
        bent = [into.T @ one @ into for number, one in enumerate(family.curvatures(len(fixed))) if number != flat]
        return smooth(self.signal @ into, self.spread, self.right, bent)


def chance(whole: Study, spread: Array, own: Sequence[int], more: Sequence[int]) -> float:
    """How far further columns of an equation are from none, all at once, in standard errors.

    Parameters
    ----------
    whole : Study
    spread : ndarray, shape (unknowns, unknowns)
        The covariance of the right-hand side of its normal equations.
    own, more : sequence of int
        The columns of the equation, and those.
    """
    chosen, count = [*own, *more], len(own)
    block, right = np.ix_(chosen, chosen), whole.signal[chosen, -1]
    both = smooth(whole.signal[block], spread[block], right, ())
    less = smooth(whole.signal[block][:, :count], spread[block], right, ())
    return deviations(less.mismatch - both.mismatch, max(1.0, both.effective - less.effective))


def beside_equation(
    whole: Study, spread: Array, joint: JointEstimate, others: Sequence[int], found: Sequence[int]
) -> Beside:
    """An equation with further columns beside it.

    Parameters
    ----------
    whole : Study
        Of the unknowns of the equation and others.
    spread : ndarray, shape (unknowns, unknowns)
        The covariance of the right-hand side of its normal equations.
    joint : JointEstimate
        The equation.
    others, found : sequence of int
        The unknowns that are added, and those of the functions of the equation.
    """
    more = [one for one in others if one not in joint.active]
    chosen = [*joint.active, *more, *found]
    block = np.ix_(chosen, chosen)
    return Beside(whole.signal[block], spread[block], whole.signal[chosen, -1], len(joint.active), len(more),
                   joint.family)
