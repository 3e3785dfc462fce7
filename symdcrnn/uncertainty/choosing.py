"""The choice of words made again, from cells of the residual in the place of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.objective import LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.selection.backward_elimination import eliminate
from symdcrnn.selection.units import Groups

Array = NDArray[np.float64]

TIME_CELLS, X_CELLS = 6, 16
"""Cells at most along time and x."""

SHORTEST = 8.0
"""Length of a cell along x at least, in points."""

CELLS = Partition(TIME_CELLS, X_CELLS, 2, SHORTEST)
"""The cells that are drawn."""

FEWEST = 4
"""Cells that tell anything."""

ROUNDING = 1e-3
"""Of the loss of some cells: the least it is taken to be where its words are chosen."""


@dataclass(frozen=True)
class Choosing:
    """What all choices have in common.

    Parameters
    ----------
    cells : tuple of QuadraticModel
        Around the coefficients of all words.
    full : ndarray, shape (columns,)
        Those coefficients.
    points : int
    norm : LossNorm
    fixed : ndarray, shape (columns,)
        Known coefficients, as those of a `Regression`.
    candidates : tuple of int
    smallest_jump : float
        Of the choice, see `eliminate`.
    groups : sequence of sequence of int
        Columns that are chosen together.
    """

    cells: tuple[QuadraticModel, ...]
    full: Array
    points: int
    norm: LossNorm
    fixed: Array
    candidates: tuple[int, ...]
    smallest_jump: float
    groups: Groups = ()


def choosing(
    judge: Regression, candidates: Sequence[int], smallest_jump: float, groups: Groups = ()
) -> Choosing | None:
    """What choices from cells of a residual have in common.

    Parameters
    ----------
    judge : Regression
        That chose the words.
    candidates : sequence of int
        Columns of all words.
    smallest_jump : float
    groups : sequence of sequence of int

    Returns
    -------
    Choosing or None
        None where the loss is not a sum over cells of a quadratic form, or there are too few cells.
    """
    full = minimise(judge, candidates).coefficients
    cells = judge.loss.cells(full, CELLS)
    if len(cells) < FEWEST:
        return None
    return Choosing(tuple(cells), full, judge.loss.points, judge.loss.norm, judge.fixed, tuple(candidates),
                    smallest_jump, groups)


def chosen_words(common: Choosing, there: QuadraticModel) -> tuple[int, ...]:
    """The words that are chosen where that is what some cells add up to.

    Parameters
    ----------
    common : Choosing
    there : QuadraticModel
        Around the coefficients of all words.
    """
    quadratic = TaylorModel(common.full, there, common.points, common.norm, ROUNDING * there.loss)
    return eliminate(Regression(quadratic, common.fixed), common.candidates, smallest_jump=common.smallest_jump,
                     known_form=True, groups=common.groups).chosen
