"""Decay of the integral of f log f as relations of coefficients and forms that are nowhere positive.

A linear operator on the velocities does that for every positive f exactly if it keeps the mass and what is constant,
and takes f from one velocity to another at no negative rate; diffusion in space does if every velocity has its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.entropy import Mixing
from symdcrnn.algebra.relations.terms import Form, Relation
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import PhaseGrid

Array = NDArray[np.float64]

ZERO = 1e-12
"""Entries that are rounding, relative to the largest of their word."""

SAME = 1e-9
"""Rows that differ by so much, relative to their largest number, are one; less is left of a relation by rounding."""

MOST_RATES = 1000
"""Different rates from velocity to velocity at most."""


def is_entropy(text: str, field: Field, space: PhaseSpace) -> bool:
    """Whether a density is <f log(f)>, or u log(u) of a field without velocity.

    Parameters
    ----------
    text : str
    field : Field
    space : PhaseSpace
    """
    own = f"{field.name} log({field.name})"
    velocities = {axis.name for axis in space.axes if axis.role == "velocity"} & set(field.axes)
    return space.word(text) == space.word(f"<{own}>" if velocities else own)


def entropy_constraints(found: Mixing, grid: PhaseGrid, target: Field) -> tuple[list[Relation], list[Array]]:
    """Relations of the coefficients, and diagonal matrices of every coefficient whose sum must be nowhere positive.

    Parameters
    ----------
    found : Mixing
    grid : PhaseGrid
        With the points and weights of velocities.
    target : Field

    Raises
    ------
    InputError
        If there are too many velocities.
    """
    own = [axis for axis in grid.axes if axis.weights is not None and axis.name in target.axes]
    points = own[0].coordinate if own else np.zeros(1)
    weights = grid.weights(own[0].name) if own else np.ones(1)
    space = {axis.name for axis in grid.axes if axis.role == "space"}
    vanishing, bounded = [], []
    for orders in dict.fromkeys(form.orders for forms in found.forms for form in forms):
        matrices = np.stack([sum((factor * _matrix(form, points, weights) for form, factor in forms.items()
                                  if form.orders == orders), np.zeros((points.size, points.size)))
                             for forms in found.forms])
        matrices[np.abs(matrices) <= ZERO * np.max(np.abs(matrices), axis=(1, 2), keepdims=True)] = 0.0
        apart = ~np.eye(points.size, dtype=bool)
        if not orders:
            vanishing += [_cut(np.einsum("i,cij->cj", weights, matrices), matrices),
                          _cut(matrices.sum(axis=2), matrices)]
            bounded.append(-(matrices / weights)[:, apart])
        elif len(orders) == 1 and orders[0][0] in space and orders[0][1] == 2:
            vanishing.append(matrices[:, apart])
            bounded.append(-np.einsum("cii->ci", matrices))
        else:
            vanishing.append(matrices.reshape(len(matrices), -1))
    relations = [Relation({int(column): float(row[column]) for column in np.flatnonzero(row)})
                 for row in _reduced(_different(vanishing, True))]
    rates = [_different([one], False) for one in bounded]
    if any(len(one) > MOST_RATES for one in rates):
        raise InputError(f"there are {max(map(len, rates))} rates from velocity to velocity, more than {MOST_RATES}: "
                         "give data on fewer velocities, or leave the decay of the entropy out")
    return relations, [np.einsum("rc,rs->crs", one, np.eye(len(one))) for one in rates if len(one)]


def _matrix(form: Form, points: Array, weights: Array) -> Array:
    left = points**form.outside
    return np.outer(left, weights * points**form.inside) if form.averaged else np.diag(left)


def _cut(sums: Array, matrices: Array) -> Array:
    """Sums over a matrix of every word, without what rounding leaves of them."""
    sizes = np.max(np.abs(matrices), axis=(1, 2))[:, None] * matrices.shape[1]
    return np.where(np.abs(sums) <= ZERO * sizes, 0.0, sums)


def _reduced(rows: Array) -> Array:
    """The relations that these rows are, each with a column of its own: one that leaves out a word has it alone."""
    left, found = rows.copy(), np.zeros((0, rows.shape[1]))
    while left.size and np.max(np.abs(left)) > SAME:
        row, column = np.unravel_index(int(np.argmax(np.abs(left))), left.shape)
        pivot = left[row] / left[row, column]
        left, found = (one - np.outer(one[:, column], pivot) for one in (left, found))
        left, found = np.delete(left, row, axis=0), np.vstack([found, pivot])
    return np.where(np.abs(found) <= SAME, 0.0, found)


def _different(parts: list[Array], signed: bool) -> Array:
    """Different rows, by word, of numbers with the words first, largest one in size; none that are zero.

    Where the sign of a row does not matter its largest number is positive.
    """
    rows = np.concatenate([one.reshape(len(one), -1).T for one in parts]) if parts else np.zeros((0, 0))
    rows = rows[np.any(rows, axis=1)]
    if not len(rows):
        return rows
    largest = rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)]
    rows = rows / (largest if signed else np.abs(largest))[:, None]
    _, first = np.unique(np.round(rows, 9), axis=0, return_index=True)
    return np.asarray(rows[np.sort(first)])
