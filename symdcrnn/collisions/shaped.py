"""The minimum of a quadratic form where coefficients have a shape, c = C(z), and obey linear constraints, A c = b.

Gauss and Newton by z, each step inside the constraints.  The covariance of z follows from that of the right-hand side
of the normal equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS, HALVINGS = 60, 30

SMALL, RESOLVED = 1e-12, 1e-6
"""Steps end where they change every parameter by less, relative to its size, or to so much of the largest."""

MOST_CUTS = 100

POSITIVE = 1e-10
"""Eigenvalues of a form, relative to the largest, that are not positive but rounding."""

LOOSE = 1e-8
"""How much a constraint may pull the wrong way, relative to the others, and still count as holding."""

SINGULAR = 1e-13
"""Directions of constraints, or of normal equations, that are none."""


@dataclass(frozen=True, eq=False)
class Normal:
    """Normal equations: G c = r at the free minimum.

    Parameters
    ----------
    gram : ndarray, shape (columns, columns)
    right : ndarray, shape (columns,)
    """

    gram: Array
    right: Array

    def excess(self, coefficients: Array) -> float:
        """Half the sum of squares, but for a constant."""
        return float(0.5 * coefficients @ self.gram @ coefficients - self.right @ coefficients)

    @property
    def convex(self) -> Normal:
        """The same without directions along which the sum of squares falls for ever, as columns lost in noise have."""
        size = np.sqrt(np.abs(np.diag(self.gram)))
        size[size <= 0.0] = 1.0
        values, vectors = np.linalg.eigh(self.gram / np.outer(size, size))
        if values.size == 0 or values[0] >= -SINGULAR * values[-1]:
            return self
        kept = vectors[:, values > 0.0]
        return Normal((kept * values[values > 0.0]) @ kept.T * np.outer(size, size),
                      size * (kept @ (kept.T @ (self.right / size))))


@dataclass(frozen=True, eq=False)
class Shape:
    """How coefficients follow from parameters.

    Parameters
    ----------
    coefficients : callable
        From parameters to coefficients and their derivatives, shapes (columns,) and (columns, parameters).
    inside : callable
        Whether parameters are allowed.
    """

    coefficients: Callable[[Array], tuple[Array, Array]]
    inside: Callable[[Array], bool]


@dataclass(frozen=True, eq=False)
class Constraints:
    """A c = b.

    Parameters
    ----------
    rows : ndarray, shape (constraints, columns)
    values : ndarray, shape (constraints,)
    """

    rows: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Shaped:
    """A minimum.

    Parameters
    ----------
    parameters : ndarray, shape (parameters,)
    coefficients : ndarray, shape (columns,)
    jacobian : ndarray, shape (columns, parameters)
    response : ndarray, shape (parameters, columns)
        How the parameters move with the right-hand side of the normal equations.
    converged : bool
    """

    parameters: Array
    coefficients: Array
    jacobian: Array
    response: Array
    converged: bool

    def snapped(self, constraints: Constraints) -> Array:
        """The coefficients with what rounding leaves of linear constraints taken out, shape (columns,)."""
        found, onto = self.coefficients, np.linalg.pinv(constraints.rows, rcond=SINGULAR)
        for _ in range(2):
            found = found - onto @ (constraints.rows @ found - constraints.values)
        return found

    def covariance(self, right: Array) -> tuple[Array, Array]:
        """Those of the parameters and of the coefficients, by that of the right-hand side."""
        inner = self.response @ right @ self.response.T
        return inner, self.jacobian @ inner @ self.jacobian.T


def minimise_decaying(
    normal: Normal, shape: Shape, constraints: Constraints, forms: Sequence[Array], start: Array
) -> Shaped:
    """The least sum of squares where quadratic forms that are linear in the coefficients are nowhere positive.

    A direction in which one is positive becomes a constraint, as long as it holds the coefficients back.

    Parameters
    ----------
    normal : Normal
    shape : Shape
    constraints : Constraints
    forms : sequence of ndarray, shape (columns, n, n)
        Symmetric matrices of every coefficient.
    start : ndarray, shape (parameters,)
    """
    cuts: list[Array] = []
    normal = normal.convex if forms else normal
    found = minimise_shaped(normal, shape, constraints, start)
    for _ in range(MOST_CUTS):
        new = [cut for cut in (_cut(form, found.coefficients) for form in forms) if cut is not None]
        if not new:
            return found
        cuts += new
        while True:
            held = Constraints(np.vstack([constraints.rows, *cuts]),
                               np.concatenate([constraints.values, np.zeros(len(cuts))]))
            found = minimise_shaped(normal, shape, held, found.parameters)
            pull = found.jacobian.T @ (normal.right - normal.gram @ found.coefficients)
            pulls = np.linalg.lstsq(found.jacobian.T @ held.rows.T, pull, rcond=SINGULAR)[0][len(constraints.rows):]
            weakest = int(np.argmin(pulls))
            if pulls[weakest] >= -LOOSE * float(np.max(np.abs(pulls))):
                break
            del cuts[weakest]
            if not cuts:
                found = minimise_shaped(normal, shape, constraints, found.parameters)
                break
    return replace(found, converged=False)


def is_held(forms: Sequence[Array], coefficients: Array) -> bool:
    """Whether quadratic forms are nowhere positive, but for what constraints may leave of them.

    Parameters
    ----------
    forms : sequence of ndarray, shape (columns, n, n)
    coefficients : ndarray, shape (columns,)
    """
    for form in forms:
        values = np.linalg.eigvalsh(np.tensordot(coefficients, form, axes=1))
        if values[-1] > LOOSE * float(np.max(np.abs(values))):
            return False
    return True


def _cut(form: Array, coefficients: Array) -> Array | None:
    """The constraint that holds a form back where it is largest; None where it is nowhere positive."""
    values, vectors = np.linalg.eigh(np.tensordot(coefficients, form, axes=1))
    if values[-1] <= POSITIVE * float(np.max(np.abs(values))):
        return None
    found: Array = np.einsum("i,cij,j->c", vectors[:, -1], form, vectors[:, -1])
    return found


def minimise_shaped(normal: Normal, shape: Shape, constraints: Constraints, start: Array) -> Shaped:
    """The least sum of squares.

    Parameters
    ----------
    normal : Normal
    shape : Shape
    constraints : Constraints
    start : ndarray, shape (parameters,)
        Allowed parameters.
    """
    now = start
    found, jacobian = shape.coefficients(now)
    converged = False
    for _ in range(STEPS):
        feasible, inner = _step(normal, constraints, found, jacobian)
        step = feasible + inner @ (jacobian.T @ (normal.right - normal.gram @ (found + jacobian @ feasible)))
        for _ in range(HALVINGS):
            if shape.inside(now + step):
                break
            step = 0.5 * step
        now = now + step
        found, jacobian = shape.coefficients(now)
        if np.all(np.abs(step) <= SMALL * np.maximum(np.abs(now), RESOLVED * float(np.max(np.abs(now), initial=0.0)))):
            converged = True
            break
    inner = _step(normal, constraints, found, jacobian)[1]
    return Shaped(now, found, jacobian, inner @ jacobian.T, converged)


def _step(normal: Normal, constraints: Constraints, found: Array, jacobian: Array) -> tuple[Array, Array]:
    """The least step onto the constraints, and the inverse of the Hessian along them."""
    hessian = jacobian.T @ normal.gram @ jacobian
    size = np.sqrt(np.maximum(np.abs(np.diag(hessian)), np.finfo(float).tiny))
    rows = constraints.rows @ jacobian / size
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0.0)
    left = np.divide(constraints.values - constraints.rows @ found, lengths[:, 0],
                     out=np.zeros(len(rows)), where=lengths[:, 0] > 0.0)
    basis, values, turned = np.linalg.svd(rows, full_matrices=True)
    rank = int(np.sum(values > SINGULAR * max(1.0, float(values.max(initial=0.0)))))
    along = turned[rank:].T
    feasible = turned[:rank].T @ ((basis[:, :rank].T @ left) / values[:rank])
    inside = along.T @ (hessian / np.outer(size, size)) @ along
    inverse = along @ np.linalg.pinv(inside, rcond=SINGULAR, hermitian=True) @ along.T
    return feasible / size, inverse / np.outer(size, size)
