"""PySINDy on one field of t and x: a library of monomials times derivatives, and sequential thresholded least squares.

It is given what it needs and no more: derivatives up to the highest of the equation, monomials up to the first power,
periodic differences of order 6 and the threshold at which it finds the equation.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
import pysindy
from numpy.typing import NDArray
from pysindy.feature_library import CustomLibrary, PDELibrary, WeakPDELibrary

Array = NDArray[np.float64]

ACCURACY = 6
"""Order of its differences in x."""

DOMAINS = 400
"""Of the weak form."""


@dataclass(frozen=True)
class Task:
    """What is given to PySINDy for one equation.

    Parameters
    ----------
    derivatives : int
        The highest order.
    threshold : float
        Terms with smaller coefficients are dropped.
    """

    derivatives: int
    threshold: float


TASKS = {"burgers": Task(2, 0.05), "kdv": Task(3, 0.3), "kuramoto-sivashinsky": Task(4, 0.2)}

Terms = dict[str, float]


def strong(u: Array, t: Array, x: Array, problem: str) -> Terms:
    """Coefficients by term, from derivatives at every point."""
    task = TASKS[problem]
    library = PDELibrary(
        _monomials(), derivative_order=task.derivatives, spatial_grid=x, include_bias=False,
        differentiation_method=partial(pysindy.FiniteDifference, periodic=True), diff_kwargs={"order": ACCURACY},
    )
    return _fit(library, u, t, task)


def weak(u: Array, t: Array, x: Array, problem: str) -> Terms:
    """Coefficients by term, from integrals over domains of t and x."""
    task = TASKS[problem]
    grid = np.stack(np.meshgrid(x, t, indexing="ij"), axis=-1)
    np.random.seed(0)  # noqa: NPY002  (its domains are drawn by numpy's global generator)
    library = WeakPDELibrary(_monomials(), derivative_order=task.derivatives, spatiotemporal_grid=grid, K=DOMAINS,
                             include_bias=False)
    return _fit(library, u, t, task)


def _monomials() -> CustomLibrary:
    return CustomLibrary(library_functions=[lambda u: u], function_names=[lambda name: name])


def _fit(library: PDELibrary | WeakPDELibrary, u: Array, t: Array, task: Task) -> Terms:
    optimiser = pysindy.STLSQ(threshold=task.threshold, alpha=1e-8, normalize_columns=False)
    model = pysindy.SINDy(feature_library=library, optimizer=optimiser,
                          differentiation_method=pysindy.FiniteDifference(order=ACCURACY, axis=-2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(u.T[:, :, None], t=t[1] - t[0], feature_names=["u"])
    return {name: float(value) for name, value in zip(model.get_feature_names(), model.coefficients()[0], strict=True)
            if value != 0.0}


EXACT_TERMS: dict[str, Terms] = {
    "burgers": {"uu_1": -1.0, "u_11": 0.1},
    "kdv": {"uu_1": -6.0, "u_111": -1.0},
    "kuramoto-sivashinsky": {"uu_1": -1.0, "u_11": -1.0, "u_1111": -1.0},
}
"""The equations as its names write them."""
