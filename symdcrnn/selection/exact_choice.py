"""The best set of so many words of all, by branch and bound: what the path of elimination can be checked by.

Dropping a word from a regression never lowers its loss, so all sets inside of one whose loss is above the best known
one can be left out, and a word whose loss alone is that much stays in all others (Furnival and Wilson 1974, leaps and
bounds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.newton import scaled_inverse

Array = NDArray[np.float64]

MOST_SETS = 50_000
"""That are looked at before the search is given up."""


@dataclass(frozen=True)
class BestSet:
    """The set of words of the least loss, among all of one size.

    Parameters
    ----------
    words : tuple of int
        Columns, ascending.
    loss : float
        Above that of all words together.
    factor : float
        Its residual over that of the words that it was compared with.
    finished : bool
        Whether all sets were looked at or can be no better.
    """

    words: tuple[int, ...]
    loss: float
    factor: float
    finished: bool


@dataclass
class _Search:
    """What has been found so far."""

    size: int
    words: tuple[int, ...]
    loss: float
    left: int = MOST_SETS

    def below(self, active: tuple[int, ...], coefficients: Array, inverse: Array, loss: float, fixed: int) -> None:
        """Look at all sets inside of one, without dropping its first words.

        Parameters
        ----------
        active : tuple of int
            The words of the set; the first `fixed` of them stay.
        coefficients, inverse : ndarray
            Of the regression over them.
        loss : float
            Above that of all words.
        """
        if len(active) == self.size:
            self.words, self.loss = active, loss
            return
        grown = loss + 0.5 * coefficients**2 / np.diag(inverse)
        # The cheapest goes first: what is looked at after it has to keep it.
        order = np.concatenate([np.arange(fixed), fixed + np.argsort(grown[fixed:], kind="stable")])
        active = tuple(active[number] for number in order)
        coefficients, inverse, grown = coefficients[order], inverse[np.ix_(order, order)], grown[order]
        # Those that alone cost more than the best set stay, so that few others can.
        stay = fixed + int(np.count_nonzero(grown[fixed:] >= self.loss))
        for number in range(fixed, fixed + self.size - stay + 1):
            if grown[number] >= self.loss or self.left == 0:
                return
            self.left -= 1
            keep = np.delete(np.arange(len(active)), number)
            column, pivot = inverse[keep, number], inverse[number, number]
            self.below(tuple(active[one] for one in keep), coefficients[keep] - column * coefficients[number] / pivot,
                       inverse[np.ix_(keep, keep)] - np.outer(column, column) / pivot, float(grown[number]), number)


def best_set(
    gram: Array, full: Array, candidates: Sequence[int], chosen: Sequence[int], least: float
) -> BestSet:
    """The best set of as many words as were chosen.

    Parameters
    ----------
    gram : ndarray, shape (columns, columns)
        The second derivatives of the loss.
    full : ndarray, shape (columns,)
        The coefficients of least loss over all candidates.
    candidates, chosen : sequence of int
        Columns of all words, and of those whose set is to be beaten.
    least : float
        The loss of all candidates.
    """
    inverse = scaled_inverse(gram, candidates)
    scaled = inverse.inverse / np.outer(inverse.scale, inverse.scale)
    coefficients = full[list(candidates)]
    away = [number for number, column in enumerate(candidates) if column not in chosen]
    start = 0.0
    if away:
        part = coefficients[away]
        start = float(0.5 * part @ np.linalg.solve(scaled[np.ix_(away, away)], part))
    search = _Search(len(chosen), tuple(chosen), start)
    if away:
        search.below(tuple(candidates), coefficients, scaled, 0.0, 0)
    factor = float(np.sqrt((least + search.loss) / (least + start))) if search.words != tuple(chosen) else 1.0
    return BestSet(tuple(sorted(search.words)), search.loss, factor, search.left > 0)
