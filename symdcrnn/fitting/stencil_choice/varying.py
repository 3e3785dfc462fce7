"""Words whose coefficient is a function, as several columns of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.varying_coefficients.bases import BASES

Array = NDArray[np.float64]

TRIAL_KNOTS, POWERS = 16, 6
"""Of functions in a trial: knots of a coarse spline; of time, coefficients of a polynomial in each window of frames."""

FEWEST_KNOTS, MOST_COLUMNS = 4, 220
"""Where many words have functions, knots are fewer: with more columns smooth data is fitted under any stencils."""


@dataclass(frozen=True)
class Varying:
    """The words whose coefficient is a function.

    Parameters
    ----------
    words : frozenset of Word
    factors : ndarray, shape (size, ...), or None
        Basis functions, of the axes (frame, axes of the grid); None for functions of time.
    """

    words: frozenset[Word]
    factors: Array | None

    @classmethod
    def of(cls, words: Sequence[Word], axis: str, grid: PhaseGrid) -> Varying:
        """The functions of an axis of a grid."""
        axes = ["t", *(one.name for one in grid.axes)]
        if not words or axis == "t":
            return cls(frozenset(words), None)
        factors = np.ones((1, *(1 for _ in axes)))
        names = axis.split(",")
        knots = min(TRIAL_KNOTS // len(names) ** 2, max(FEWEST_KNOTS, MOST_COLUMNS // len(words) - 2))
        for one in names:
            points = grid.axis(one).coordinate
            basis = BASES["spline" if points.size > knots else "grid"](points, knots).toarray()
            shape = [-1 if name == one else 1 for name in axes]
            factors = np.array([factor * values.reshape(shape) for factor in factors for values in basis.T])
        return cls(frozenset(words), factors)

    @property
    def size(self) -> int:
        """Columns of each word, in each window of frames."""
        return POWERS if self.factors is None else self.factors.shape[0]

    @property
    def in_time(self) -> bool:
        """Whether they are functions of time, of which each window of frames has its own."""
        return bool(self.words) and self.factors is None
