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

AT_ONCE = 2**22
"""Values of the matrices whose likelihoods are computed together."""

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
    ranks = np.array([float(np.linalg.matrix_rank(one)) for one in curvatures])
    units = np.array([_unit(information, one) for one in curvatures])
    powers = np.zeros(len(curvatures))
    choices = np.linspace(*PENALTIES[:2], int(PENALTIES[2]))

    def factors(tried: Array) -> tuple[Array, Array]:
        penalties = (units * 10.0**tried)[:, :, None, None]
        return _factor(information + sum((penalties[:, number] * one for number, one in enumerate(curvatures)),
                                         np.zeros((len(tried), *information.shape))))

    def likelihoods(tried: Array) -> Array:
        """Minus two times their logarithms, but for a constant."""
        found = []
        for part in np.array_split(tried, -(-len(tried) * information.size // AT_ONCE)):
            scale, factor = factors(part)
            half = np.linalg.solve(factor, (known / scale)[:, :, None])[:, :, 0]
            size = 2.0 * np.sum(np.log(np.diagonal(factor, axis1=1, axis2=2)) + np.log(scale), axis=1)
            found.append(size - np.sum(half**2, axis=1) - np.log(10.0) * (part @ ranks))
        return np.concatenate(found)

    for _ in range(SWEEPS if len(curvatures) > 1 else 1):
        for number in range(len(curvatures)):
            tried = np.tile(powers, (choices.size, 1))
            tried[:, number] = choices
            powers = tried[np.argmin(likelihoods(tried))]
    [scale], [factor] = factors(powers[None])
    spread = scipy.linalg.cho_solve((factor, True), np.eye(scale.size)) / np.outer(scale, scale)
    values = spread @ known
    rest, others = side - design @ values, []
    if len(curvatures):
        tried = powers + (choices - np.mean(powers))[:, None]
        likely = likelihoods(tried) < likelihoods(powers[None]) + LIKELY
        for one in tried[likely]:
            [scale], [factor] = factors(one[None])
            others.append(scipy.linalg.cho_solve((factor, True), known / scale) / scale)
    penalties = units * 10.0**powers
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
    """Scales, and the Cholesky factors of the matrices over them."""
    scale = np.sqrt(np.maximum(np.diagonal(precision, axis1=1, axis2=2), np.finfo(float).tiny))
    scaled = precision / (scale[:, :, None] * scale[:, None, :])
    found: Array = np.linalg.cholesky(scaled + SMALLEST * np.eye(scale.shape[1]))
    return scale, found
