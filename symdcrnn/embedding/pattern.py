"""Which entries of a packed state each entry of its rate may depend on, for solvers that need a Jacobian."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.embedding.words import Equation
from symdcrnn.errors import InputError
from symdcrnn.kernels.phase_space.ir.grid import GridAxis

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

MOST_ENTRIES = 3e7
"""Of a Jacobian: more would take more memory and time than an implicit step is worth."""


def pattern(structure: Structure) -> csc_matrix:
    """The pattern of the Jacobian: every block as far as stencils reach, over the whole of axes that are summed over.

    Parameters
    ----------
    structure : Structure

    Raises
    ------
    InputError
        If it has too many entries.
    """
    import scipy.sparse

    equations = [equation for equation, _ in structure.numbered]
    blocks = [[_factors(structure, row, column) for column in equations] for row in equations]
    entries = sum(float(np.prod([factor.nnz for factor in block])) for line in blocks for block in line)
    if entries > MOST_ENTRIES:
        raise InputError(f"the equations are stiff, and their Jacobian would have {entries:.1e} entries: choose the "
                         "explicit method RK45 or DOP853, or data on a coarser grid")
    return scipy.sparse.bmat([[reduce(scipy.sparse.kron, block, scipy.sparse.eye(1)) for block in line]
                              for line in blocks]).tocsc()


def _factors(structure: Structure, row: Equation, column: Equation) -> list[csc_matrix]:
    """One matrix for every axis of either field, in storage order."""
    import scipy.sparse

    if row.target not in structure.kernels:
        return [scipy.sparse.csc_matrix((structure.size(row.target), structure.size(column.target)))]
    margin = structure.kernels[row.target].program.margin
    summed = {rule.axis for word in row.words for rule in rules_of(word) if isinstance(rule, Quadrature)}
    found = []
    for axis in structure.grid.axes:
        in_row, in_column = (axis.name in equation.target.axes for equation in (row, column))
        if in_row and in_column and axis.name not in summed:
            found.append(_near(axis, margin.get(axis.name, 0)))
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
