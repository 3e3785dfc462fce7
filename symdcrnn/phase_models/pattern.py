"""Which entries of a packed state each entry of its rate may depend on, for solvers that need a Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.errors import InputError
from symdcrnn.kernels.phase_space.ir.grid import GridAxis
from symdcrnn.phase_models.rates import Rate

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

MOST_ENTRIES = 3e7
"""Of a Jacobian: more would take more memory and time than an implicit step is worth."""


def pattern(rates: Sequence[Rate]) -> csc_matrix:
    """The pattern of the Jacobian: every block as far as stencils reach, over the whole of axes that are summed over.

    Parameters
    ----------
    rates : sequence of Rate

    Raises
    ------
    InputError
        If it has too many entries.
    """
    import scipy.sparse

    blocks = [[_factors(row, column) for column in rates] for row in rates]
    entries = sum(float(np.prod([factor.nnz for factor in block])) for line in blocks for block in line)
    if entries > MOST_ENTRIES:
        raise InputError(f"the equations are stiff, and their Jacobian would have {entries:.1e} entries: choose the "
                         "explicit method RK45 or DOP853, or data on a coarser grid")
    return scipy.sparse.bmat([[reduce(scipy.sparse.kron, block, scipy.sparse.eye(1)) for block in line]
                              for line in blocks]).tocsc()


def _factors(row: Rate, column: Rate) -> list[csc_matrix]:
    """One matrix for every axis of either field, in storage order."""
    import scipy.sparse

    if row.kernel is None:
        sizes = (int(np.prod(row.shape)), int(np.prod(column.shape)))
        return [scipy.sparse.csc_matrix(sizes)]
    grid = row.kernel.grid
    summed = {rule.axis for word in row.words for rule in rules_of(word) if isinstance(rule, Quadrature)}
    found = []
    for axis in grid.axes:
        in_row, in_column = (axis.name in rate.target.axes for rate in (row, column))
        if in_row and in_column and axis.name not in summed:
            found.append(_near(axis, row.kernel.program.margin.get(axis.name, 0)))
        elif in_row or in_column:
            found.append(scipy.sparse.csc_matrix(np.ones((axis.size if in_row else 1, axis.size if in_column else 1))))
    return found


def _near(axis: GridAxis, reach: int) -> csc_matrix:
    import scipy.sparse

    n, offsets = axis.size, np.arange(-reach, reach + 1)
    rows = np.repeat(np.arange(n), offsets.size)
    columns = rows + np.tile(offsets, n)
    inside = np.ones(rows.size, bool) if axis.periodic else (columns >= 0) & (columns < n)
    ones = np.ones(int(inside.sum()))
    near = scipy.sparse.coo_matrix((ones, (rows[inside], columns[inside] % n)), shape=(n, n)).tocsc()
    near.data[:] = 1.0
    return near
