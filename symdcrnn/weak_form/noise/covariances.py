"""The covariance of the right-hand side of the normal equations, as white noise makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symdcrnn.weak_form.columns import Integrals
from symdcrnn.weak_form.noise.response import Response
from symdcrnn.weak_form.rows import weak_rows
from symdcrnn.weak_form.study import Functions, Study, WeakData

Array = NDArray[np.float64]

Covariance = Callable[[Study, Array, Sequence[int]], Array]
"""From a study, pilot coefficients and columns to the covariance of the right-hand side of the normal equations."""


@dataclass(frozen=True, eq=False)
class Known:
    """The covariance of the right-hand side of the normal equations.

    Parameters
    ----------
    columns : tuple of int
        That it was computed for; it is zero elsewhere.
    pilot : ndarray, shape (unknowns,)
        The coefficients of the residual.
    matrix : ndarray, shape (unknowns, unknowns)
    """

    columns: tuple[int, ...]
    pilot: Array
    matrix: Array


@dataclass
class Covariances:
    """Covariances that take passes over the data, and those that were asked for: they grow while words are chosen.

    Parameters
    ----------
    compute : callable
    known : dict
        By the identity of the study.
    """

    compute: Covariance
    known: dict[int, Known] = field(default_factory=dict)

    def of(self, study: Study, active: Sequence[int], more: Sequence[int] = ()) -> Array:
        """The covariance for some columns, zero for others.

        Parameters
        ----------
        study : Study
        active : sequence of int
            The words of the pilot equation, where none was asked for before: the covariance hardly depends on words
            that matter little.
        more : sequence of int
            Columns beside those.
        """
        known = self.known.get(id(study))
        wanted = {*active, *more}
        if known is None or not wanted <= set(known.columns):
            pilot = pilot_of(study, active) if known is None else known.pilot
            columns = tuple(sorted(wanted | set(() if known is None else known.columns)))
            self.known[id(study)] = known = Known(columns, pilot, self.compute(study, pilot, columns))
        return known.matrix


def covariance(data: Sequence[WeakData], functions: Functions, pilot: Array, columns: Sequence[int]) -> Array:
    """The covariance of the right-hand side of the normal equations, as white noise makes it.

    Parameters
    ----------
    data : sequence of WeakData
    functions : mapping of str to TestFunction
    pilot : ndarray, shape (unknowns,)
        Coefficients near those of the equation.
    columns : sequence of int
        It is zero for others.

    Returns
    -------
    ndarray, shape (unknowns, unknowns)
    """
    chosen = list(columns)
    total = np.zeros((pilot.size, pilot.size))
    for one in data if chosen else ():
        [integrals] = one.integrals([functions])
        coefficients = -(one.transform @ np.append(-pilot, 1.0))[:-1]
        response = Response(one.words, one.space, integrals, one.stencils)
        part = one.transform[:, chosen]
        wanted = frozenset(map(int, np.flatnonzero(np.any(part[:-1], axis=1))))
        weights = (part.T @ _weighted(integrals, first, columns) for _, first, columns in weak_rows(
            one.words, one.grid, [integrals], one.stencils, one.means, wanted))
        total[np.ix_(chosen, chosen)] += response.covariance(
            one.grid, weights, coefficients, one.levels, one.correlations)
    return total


def _weighted(integrals: Integrals, first: int, columns: Array) -> Array:
    """Columns of weighted rows as weights of the rows themselves."""
    if integrals.precision is None:
        return columns
    weights = integrals.weights(first, first + columns.shape[1] * integrals.time.rows // integrals.rows)
    return columns if weights is None else columns * weights.reshape(-1)


def least_squares(study: Study, active: Sequence[int]) -> Array:
    """The coefficients of some columns that leave the smallest residual, biased by noise, shape (active,)."""
    chosen = list(active)
    if not chosen:
        return np.zeros(0)
    size = np.sqrt(np.diag(study.gram)[chosen])
    found: Array = np.linalg.lstsq(study.gram[np.ix_(chosen, chosen)] / np.outer(size, size),
                                   study.gram[chosen, -1] / size, rcond=1e-13)[0] / size
    return found


def pilot_of(study: Study, active: Sequence[int]) -> Array:
    """The same by column, zero for others, shape (unknowns,)."""
    found = np.zeros(study.unknowns)
    found[list(active)] = least_squares(study, active)
    return found
