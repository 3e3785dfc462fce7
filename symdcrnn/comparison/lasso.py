"""Lasso on the matrix of the dictionary (example 6.6), by scikit-learn's coordinate descent."""

from __future__ import annotations

import warnings

import numpy as np

from symdcrnn.comparison.dictionary import Estimate, Task, best_of, dictionary_of, searched_schemes

ALPHAS = np.geomspace(1e-1, 1e-12, 34)
"""Weights of the L1 penalty that are searched, for columns and changes of unit rms."""

PASSES = 20_000
"""Of coordinate descent at most."""


def lasso(task: Task) -> Estimate:
    """min 1/(2N) |change - columns c|^2 + alpha |c|_1 over a path of alpha and several time schemes.

    Parameters
    ----------
    task : Task

    Returns
    -------
    Estimate
        Of the alpha and scheme that are best by `best_of`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import lasso_path

    found: list[tuple[dict[str, float], str]] = []
    residuals: dict[tuple[tuple[str, float], ...], float] = {}
    for scheme in searched_schemes(task):
        dictionary = dictionary_of(task, scheme)
        learn, judge = dictionary.split(task.exact is not None)
        matrix = dictionary.columns[:, learn].reshape(len(task.words), -1).T
        change = dictionary.change[learn].ravel()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            _, path, _ = lasso_path(matrix, change, alphas=ALPHAS, precompute=True, max_iter=PASSES, tol=1e-10)
        for alpha, scaled in zip(ALPHAS, path.T, strict=True):
            coefficients = dictionary.by_word(scaled)
            found.append((coefficients, f"alpha {alpha:.0e}, {scheme}"))
            left = dictionary.change[judge] - np.tensordot(scaled, dictionary.columns[:, judge], axes=1)
            residuals[tuple(coefficients.items())] = float(np.sqrt(np.mean(left**2)))
    return best_of(task, found, lambda coefficients: residuals[tuple(coefficients.items())])
