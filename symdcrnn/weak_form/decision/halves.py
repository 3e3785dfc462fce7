"""Words chosen from halves of noisy data: normal equations of cells of t and space, and the choice from some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.objective import Partition, cell_edges
from symdcrnn.selection.units import Groups
from symdcrnn.uncertainty.choosing import TIME_CELLS, X_CELLS
from symdcrnn.weak_form.columns import Integrals
from symdcrnn.weak_form.decision.choice import choose
from symdcrnn.weak_form.noise.covariances import Covariances
from symdcrnn.weak_form.study import Functions, Study, WeakData
from symdcrnn.weak_form.test_functions import OVERLAP

Array = NDArray[np.float64]

CELLS = Partition(TIME_CELLS, X_CELLS, 1, float(OVERLAP))
"""The cells that rows are cut into: at least as long as a half width, over which the noise of rows is correlated."""


@dataclass(frozen=True, eq=False)
class Cell:
    """The rows of a cell.

    Parameters
    ----------
    rows : int
        But for those that read missing values.
    gram : ndarray, shape (unknowns + 1, unknowns + 1)
        Of all columns, the left-hand side last.
    """

    rows: int
    gram: Array


@dataclass(frozen=True, eq=False)
class Halves:
    """What choices from halves have in common.

    Parameters
    ----------
    whole : Study
        Of all data, under the test functions of the equation.
    cells : tuple of Cell
        They add up to it.
    covariance : ndarray, shape (unknowns, unknowns)
        Of the right-hand side of its normal equations; words of halves are tested against the errors that all of the
        data has, so that one at the limit there is in half of the halves.
    candidates : tuple of int
    start : tuple of int
        The words of the equation, which are tested first.
    noisy : bool
    fewest : int
    groups : sequence of sequence of int
        As those of `choose`.
    """

    whole: Study
    cells: tuple[Cell, ...]
    covariance: Array
    candidates: tuple[int, ...]
    start: tuple[int, ...]
    noisy: bool
    fewest: int = 1
    groups: Groups = ()


def cells_of(data: Sequence[WeakData], functions: Functions) -> list[Cell]:
    """The rows in cells of t and of the longest axis of space, from one pass over the data.

    Parameters
    ----------
    data : sequence of WeakData
        All trajectories.
    functions : mapping of str to TestFunction
    """
    found = []
    for one in data:
        [integrals] = one.integrals([functions])
        place, count = _longest(integrals)
        times = cell_edges(0, integrals.time.rows, CELLS.along_time(integrals.time.rows, OVERLAP))
        points = cell_edges(0, count, CELLS.along_space(count))
        width = one.transform.shape[1]
        grams = np.zeros((len(times) - 1, len(points) - 1, width, width))
        rows = np.zeros(grams.shape[:2], dtype=np.int64)
        for _, first, columns in one.rows([integrals]):
            wide = columns.reshape(width, -1, *integrals.shape[1:])
            for number, (begin, end) in enumerate(pairwise(times)):
                some = wide[:, max(begin - first, 0):max(end - first, 0)]
                for cell, (low, high) in enumerate(pairwise(points)) if some.shape[1] else ():
                    part = np.take(some, np.arange(low, high), axis=place + 1).reshape(width, -1)
                    grams[number, cell] += part @ part.T
                    rows[number, cell] += np.count_nonzero(np.any(part, axis=0))
        found += [Cell(int(count), gram) for count, gram in zip(rows.flat, grams.reshape(-1, width, width), strict=True)
                  if count]
    return found


def _longest(integrals: Integrals) -> tuple[int, int]:
    """The place, counted with t, and the rows of the axis beside t of most rows of those that are summed along."""
    places = [place for place, _ in integrals.summed]
    place = max(places, key=lambda one: integrals.shape[one], default=1)
    return (place, integrals.shape[place]) if places else (0, 1)


def words_of_half(common: Halves, half: Sequence[int]) -> tuple[int, ...]:
    """The words that are chosen from half of the cells, under the test functions of the equation."""
    rows = sum(common.cells[cell].rows for cell in half)
    share = rows / common.whole.rows
    gram: Array = np.sum([common.cells[cell].gram for cell in half], axis=0)
    noise = share * common.whole.noise
    part = replace(common.whole, rows=rows, grams=(0.5 * gram,) * 2, noises=(0.5 * noise,) * 2)
    # Normal equations of half of the data are half as large: these are the errors of all of it.
    errors = Covariances(partial(_known, share**2 * common.covariance))
    return choose([part], common.candidates, errors, common.noisy, fewest=common.fewest, groups=common.groups,
                  start=common.start).active


def _known(matrix: Array, study: Study, pilot: Array, columns: Sequence[int]) -> Array:
    return matrix
