"""Unknowns that are at their best for whatever the other coefficients are, such as the values of functions of x.

A quadratic loss of constants c and of many further unknowns p, each of which meets few others, is

    l + g.c + f.p + 1/2 c.G c + p.B c + 1/2 p.S p .

At its least value over p it is a quadratic model of c alone, with a Gram matrix that is the Schur complement of S.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]

DAMPING = 1e-13
"""Of directions among the unknowns that rounding hides, in the scale where the diagonal is one."""


@dataclass(frozen=True)
class ExtendedModel:
    """A quadratic loss of constants and further unknowns, around all of them zero.

    Parameters
    ----------
    constants : QuadraticModel
        l, g and G.
    force : ndarray, shape (unknowns,)
        f.
    coupling : ndarray, shape (unknowns, columns)
        B.
    stiffness : csc_matrix, shape (unknowns, unknowns)
        S.
    """

    constants: QuadraticModel
    force: Array
    coupling: Array
    stiffness: sparse.csc_matrix

    def __add__(self, other: ExtendedModel) -> ExtendedModel:
        return ExtendedModel(self.constants + other.constants, self.force + other.force, self.coupling + other.coupling,
                             (self.stiffness + other.stiffness).tocsc())

    def scaled(self, factor: float) -> ExtendedModel:
        """The model of `factor` times the loss."""
        return ExtendedModel(self.constants.scaled(factor), factor * self.force, factor * self.coupling,
                             factor * self.stiffness)

    def pullback(self, matrix: Array, spread: sparse.csr_matrix) -> ExtendedModel:
        """The model by z and q where c = M z and p = T q.

        Parameters
        ----------
        matrix : ndarray, shape (columns, size of z) or (columns,)
            M, or its diagonal.
        spread : csr_matrix, shape (unknowns, size of q)
            T.
        """
        coupling = self.coupling * matrix if matrix.ndim == 1 else self.coupling @ matrix
        return ExtendedModel(self.constants.pullback(matrix), spread.T @ self.force, spread.T @ coupling,
                             (spread.T @ self.stiffness @ spread).tocsc())


@dataclass(frozen=True)
class Projection:
    """A loss of constants, with the unknowns at their best for each of them.

    Parameters
    ----------
    model : QuadraticModel
        Of the constants, around zero.
    offset : ndarray, shape (unknowns,)
        The unknowns with all constants zero.
    response : ndarray, shape (unknowns, columns)
        What a constant adds to them.
    unseen : ndarray of bool, shape (unknowns,)
        Those that the loss does not depend on.
    """

    model: QuadraticModel
    offset: Array
    response: Array
    unseen: NDArray[np.bool_]


def project(extended: ExtendedModel) -> Projection:
    """Put the unknowns at their best.

    Parameters
    ----------
    extended : ExtendedModel
    """
    # A fit without functions of x, and the start of every other, does without the time these take to import.
    from scipy import sparse
    from scipy.sparse.linalg import splu

    constants, coupling, force = extended.constants, extended.coupling, extended.force
    scale = np.sqrt(extended.stiffness.diagonal())
    unseen = scale < np.finfo(float).tiny
    scale = np.where(unseen, 1.0, scale)
    scaling = sparse.diags(1.0 / scale)
    factors = splu((scaling @ extended.stiffness @ scaling + (DAMPING * sparse.identity(scale.size) + sparse.diags(
        unseen.astype(float)))).tocsc())

    def solve(right: Array) -> Array:
        divided = right.T / scale
        solved: Array = (factors.solve(np.ascontiguousarray(divided.T)).T / scale).T
        return solved

    offset, response = -solve(force), -solve(coupling)
    gram = constants.gram + coupling.T @ response
    gradient = constants.gradient + coupling.T @ offset
    loss = constants.loss + 0.5 * float(force @ offset)
    return Projection(QuadraticModel(loss, gradient, 0.5 * (gram + gram.T)), offset, response, unseen)
