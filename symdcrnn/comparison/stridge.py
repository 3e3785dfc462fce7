"""STRidge: ridge regression with a hard threshold, applied again and again (example 6.7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.comparison.dictionary import Dictionary, Estimate, Task, best_of, dictionary_of, searched_schemes

Array = NDArray[np.float64]

RIDGES = (0.0, 1e-12, 1e-10, 1e-8, 1e-5)
THRESHOLDS = tuple(np.geomspace(1e-6, 0.3, 40))
"""Of coefficients of unit columns; scanning them takes the place of the bisection of the original."""

SWEEPS = 10
"""Times that the threshold is applied."""


def stridge(task: Task) -> Estimate:
    """Sequential thresholded ridge regression over grids of the ridge, the threshold and the time scheme.

    Parameters
    ----------
    task : Task

    Returns
    -------
    Estimate
        Of the settings that are best by `best_of`.
    """
    found: list[tuple[dict[str, float], str]] = []
    residuals: dict[tuple[tuple[str, float], ...], float] = {}
    for scheme in searched_schemes(task):
        dictionary = dictionary_of(task, scheme)
        learn, judge = dictionary.split(task.exact is not None)
        triangle, right = _triangular(dictionary, learn)
        for ridge in RIDGES:
            for threshold in THRESHOLDS:
                scaled = sequential(triangle, right, ridge, threshold)
                coefficients = dictionary.by_word(scaled)
                found.append((coefficients, f"ridge {ridge:.0e}, threshold {threshold:.0e}, {scheme}"))
                key = tuple(coefficients.items())
                if task.exact is None and key not in residuals:
                    left = dictionary.change[judge] - np.tensordot(scaled, dictionary.columns[:, judge], axes=1)
                    residuals[key] = float(np.sqrt(np.mean(left**2)))
    return best_of(task, found, lambda coefficients: residuals[tuple(coefficients.items())])


def _triangular(dictionary: Dictionary, learn: slice) -> tuple[Array, Array]:
    """R and Q^T change of the matrix divided by the square root of its rows: the same problem, but small."""
    matrix = dictionary.columns[:, learn].reshape(len(dictionary.words), -1).T
    q, r = np.linalg.qr(matrix)
    scale = np.sqrt(matrix.shape[0])
    return r / scale, q.T @ dictionary.change[learn].ravel() / scale


def sequential(triangle: Array, right: Array, ridge: float, threshold: float) -> Array:
    """Ridge regression, small coefficients set to zero, until none falls away; at last without the ridge.

    Parameters
    ----------
    triangle : ndarray, shape (words, words)
        R of the matrix with columns of unit size.
    right : ndarray, shape (words,)
    ridge, threshold : float

    Returns
    -------
    ndarray, shape (words,)
    """
    words = triangle.shape[1]
    active = np.ones(words, dtype=bool)
    coefficients = _ridge(triangle, right, active, ridge)
    for _ in range(SWEEPS):
        large = np.abs(coefficients) >= threshold
        if not large.any() or np.array_equal(large, active):
            break
        active = large
        coefficients = _ridge(triangle, right, active, ridge)
    return _ridge(triangle, right, active, 0.0)


def _ridge(triangle: Array, right: Array, active: NDArray[np.bool_], ridge: float) -> Array:
    chosen = triangle[:, active]
    size = chosen.shape[1]
    matrix = np.vstack([chosen, np.sqrt(ridge) * np.eye(size)]) if ridge else chosen
    target = np.concatenate([right, np.zeros(size)]) if ridge else right
    coefficients = np.zeros(triangle.shape[1])
    coefficients[active] = np.linalg.lstsq(matrix, target, rcond=None)[0]
    return coefficients
