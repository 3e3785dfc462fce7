"""Words that are linear and local in space as a matrix at every point of space, and the implicit step with it.

The axes of space are the last ones of storage, so a field is an array of shape (values at a point, points).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Profile, Stencil
from symdcrnn.algebra.word_rules import rules_of
from symdcrnn.algebra.words import Field, Word
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.preprocess.phase_grid import with_words

Array = NDArray[np.float64]
Local = Mapping[Field, Sequence[tuple[Word, Field, float]]]
"""By equation words, the fields that they are linear in, and coefficients."""

MOST_ENTRIES = 1e8
"""Of the matrices of all points."""

CONSERVED = 1e-12
"""Up to this size, relative to that of the matrix, what it does to a combination of its rows is rounding."""


def local_matrix(
    structure: Structure, block: Sequence[Field], local: Local, inside: Mapping[str, NDArray[np.bool_]]
) -> Array | None:
    """The matrix of the local words that couple some fields.

    Parameters
    ----------
    structure : Structure
    block : sequence of Field
    local : mapping
    inside : mapping of str to ndarray of bool
        By equation the points that have a rate; there is none at points of the velocity that have none anywhere.

    Returns
    -------
    ndarray, shape (values, values, points), or None
        Values are those of all fields at a point of space, field by field; there is one point where the matrix is the
        same at all. None if there is no such word.

    Raises
    ------
    InputError
        If it has too many entries.
    """
    words = [word for target in block for word, base, _ in local[target] if base in block]
    if not words:
        return None
    grid = with_words(structure.grid, words)
    space = {axis.name for axis in grid.axes if axis.role == "space"}
    rules = [rule for word in words for rule in rules_of(word)]
    read = {axis for rule in rules if isinstance(rule, Profile) for axis in rule.axes}
    read |= {axis for rule in rules if isinstance(rule, Stencil) for axis in rule.lean_axes}
    if not space & read:
        grid = replace(grid, axes=tuple(_first_point(axis) if axis.name in space else axis for axis in grid.axes))
    sizes = {one: values_at_a_point(one, grid) for one in block}
    points = prod(grid.axis(name).size for name in block[0].axes if name in space)
    total = sum(sizes.values())
    if total * total * points > MOST_ENTRIES:
        raise InputError(f"{total} values at each of {points} points are solved for at once in an implicit step, "
                         f"{total * total * points:.1e} entries: take a method of scipy, or data on a coarser grid")
    first = dict(zip(block, np.cumsum([0, *sizes.values()])[:-1], strict=True))
    made = np.zeros((total, total, points))
    for target in block:
        rows = slice(first[target], first[target] + sizes[target])
        for word, base, factor in local[target]:
            if base in block:
                columns = slice(first[base], first[base] + sizes[base])
                made[rows, columns] += factor * _response(word, base, target, grid, structure)
        kept = inside[target.name].reshape(sizes[target], -1).any(axis=1)
        made[rows][~kept] = 0.0
    return made


def rate_of_matrix(matrix: Array | None) -> float:
    """How fast it is at most: the largest sum over a row."""
    return 0.0 if matrix is None else float(np.abs(matrix).sum(axis=1).max())


def values_at_a_point(field: Field, grid: PhaseGrid) -> int:
    """How many a field has at each point of space."""
    return prod(axis.size for axis in grid.axes if axis.name in field.axes and axis.role != "space")


def step_matrix(matrix: Array, step: float) -> Array:
    """(1 - step L)^-1 of a matrix L, of the same shape; what L conserves is conserved to rounding.

    Parameters
    ----------
    matrix : ndarray, shape (values, values, points)
    step : float
        dt times the diagonal of the implicit tableau.
    """
    by_point = np.moveaxis(matrix, 2, 0)
    inverse = np.linalg.inv(np.eye(matrix.shape[0]) - step * by_point)
    # Rounding errors of a stiff inverse would add up to a drift of what no collision changes.
    left, sizes, _ = np.linalg.svd(by_point)
    for number, size in enumerate(sizes):
        still = left[number][:, size <= CONSERVED * size[0]]
        inverse[number] += still @ (still.T - still.T @ inverse[number])
    return np.ascontiguousarray(np.moveaxis(inverse, 0, 2))


def _first_point(axis: GridAxis) -> GridAxis:
    return replace(axis, coordinate=axis.coordinate[:1])


def _response(word: Word, base: Field, target: Field, grid: PhaseGrid, structure: Structure) -> Array:
    """A word of unit vectors, one a frame, shape (rows, columns, points)."""
    shape, count = tuple(grid.axis(name).size for name in base.axes[1:]), values_at_a_point(base, grid)
    units = np.repeat(np.eye(count)[:, :, None], prod(shape) // count, axis=2).reshape(count, *shape)
    frames = replace(grid, t=np.zeros(count), fields={base.name: units}, field_axes={base.name: base.axes})
    values = evaluate(word, frames, structure.stencils, range(count))
    wide = tuple(axis.size if axis.name in target.axes else 1 for axis in grid.axes)
    rows = np.broadcast_to(values, (count, *wide)).reshape(count, values_at_a_point(target, grid), -1)
    return np.moveaxis(rows, 1, 0)
