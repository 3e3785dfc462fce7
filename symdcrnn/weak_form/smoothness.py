"""Coefficients of words together with functions of an axis, as smooth as the noise asks for.

The right-hand side of the normal equations is b = A z + e, with e of the covariance V that noise gives it.  Functions
have no size and no slope that is likelier than others beforehand, but a curvature of variance 1/q: what is likeliest
of that (restricted maximum likelihood) is the smoothness, and the covariance of all unknowns given the data says what
both noise and smoothing may have changed (Wahba 1983): a band that covers on the average over the axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]

PENALTIES = (-12.0, 12.0, 49)
"""Powers of ten of q relative to what is known of a function: the least, the largest, and how many are tried."""

LIKELY = 6.0
"""Minus twice the logarithm of a likelihood over the largest, up to which another smoothness is about as likely."""

SWEEPS = 3
"""Over the functions, each of which has a q."""

SMALLEST = 1e-12
"""Variances relative to the largest that count as zero, after scaling."""


@dataclass(frozen=True, eq=False)
class Smooth:
    """Unknowns, some of which are values of smooth functions.

    Parameters
    ----------
    values : ndarray, shape (unknowns,)
    covariance : ndarray, shape (unknowns, unknowns)
    penalties : tuple of float
        q of each function.
    mismatch : float
        The square of what is left of b in units of its noise.
    effective : float
        How many unknowns the data determines.
    information : ndarray, shape (unknowns, unknowns)
        A V^-1 A: what the data says alone.
    others : tuple of ndarray, shape (unknowns,)
        The likeliest unknowns for other smoothness that is about as likely.
    """

    values: Array
    covariance: Array
    penalties: tuple[float, ...]
    mismatch: float
    effective: float
    information: Array
    others: tuple[Array, ...] = ()

    @property
    def criterion(self) -> float:
        """Akaike's, which is the smaller the better the function explains other data."""
        return self.mismatch + 2.0 * self.effective


def smooth(matrix: Array, covariance: Array, right: Array, curvatures: Sequence[Array]) -> Smooth:
    """The likeliest unknowns.

    Parameters
    ----------
    matrix : ndarray, shape (equations, unknowns)
        A.
    covariance : ndarray, shape (equations, equations)
        V.
    right : ndarray, shape (equations,)
        b.
    curvatures : sequence of ndarray, shape (unknowns, unknowns)
        By function, the quadratic form that is small where it is smooth.
    """
    whitened = _whitened(covariance, np.column_stack([matrix, right]))
    design, side = whitened[:, :-1], whitened[:, -1]
    information, known = design.T @ design, design.T @ side
    ranks = [int(np.linalg.matrix_rank(one)) for one in curvatures]
    units = [_unit(information, one) for one in curvatures]
    powers = np.zeros(len(curvatures))
    choices = np.linspace(*PENALTIES[:2], int(PENALTIES[2]))

    def likelihood(tried: Array) -> float:
        """Minus two times its logarithm, but for a constant."""
        precision = information + sum(
            (unit * 10.0**power * one for unit, power, one in zip(units, tried, curvatures, strict=True)),
            np.zeros_like(information))
        scale, factor = _factor(precision)
        half = scipy.linalg.solve_triangular(factor, known / scale, lower=True)
        size = 2.0 * float(np.sum(np.log(np.diag(factor))) + np.sum(np.log(scale)))
        return float(size - half @ half - np.log(10.0) * np.dot(ranks, tried))

    for _ in range(SWEEPS if len(curvatures) > 1 else 1):
        for number in range(len(curvatures)):
            tried = [np.where(np.arange(powers.size) == number, choice, powers) for choice in choices]
            powers = min(tried, key=likelihood)
    penalties = [unit * 10.0**power for unit, power in zip(units, powers, strict=True)]
    precision = information + sum((q * one for q, one in zip(penalties, curvatures, strict=True)),
                                  np.zeros_like(information))
    scale, factor = _factor(precision)
    spread = scipy.linalg.cho_solve((factor, True), np.eye(scale.size)) / np.outer(scale, scale)
    values = spread @ known
    rest = side - design @ values
    least, others = likelihood(powers) + LIKELY, []
    for step in choices - np.mean(powers) if len(curvatures) else ():
        if likelihood(powers + step) < least:
            bent = sum((q * 10.0**step * one for q, one in zip(penalties, curvatures, strict=True)), information)
            scale, factor = _factor(np.asarray(bent))
            others.append(scipy.linalg.cho_solve((factor, True), known / scale) / scale)
    return Smooth(values, spread, tuple(map(float, penalties)), float(rest @ rest),
                  float(np.sum(information * spread)), information, tuple(others))


def _whitened(covariance: Array, rows: Array) -> Array:
    """Rows in units of independent noise; those combinations that have none, or next to none, are left out."""
    size = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(covariance / np.outer(size, size))
    kept = values > SMALLEST * values[-1]
    found: Array = (vectors[:, kept].T @ (rows / size[:, None])) / np.sqrt(values[kept])[:, None]
    return found


def _unit(information: Array, curvature: Array) -> float:
    """The q at which what the data says of a function and its smoothness are of one size."""
    inside = np.diag(curvature) > 0.0
    return float(np.trace(information[np.ix_(inside, inside)]) / np.trace(curvature))


def _factor(precision: Array) -> tuple[Array, Array]:
    """Scales, and the Cholesky factor of the matrix over them."""
    scale = np.sqrt(np.maximum(np.diag(precision), np.finfo(float).tiny))
    scaled = precision / np.outer(scale, scale)
    found: Array = np.linalg.cholesky(scaled + SMALLEST * np.eye(scale.size))
    return scale, found
