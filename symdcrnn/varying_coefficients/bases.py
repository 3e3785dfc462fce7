"""Coefficients that are functions of an axis: sigma_S(x), sigma(t), G(x), or that of any word.

A function is a sum of basis functions, so the residual stays linear in all that is sought.

A new basis is one new entry in `BASES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import lookup
from symdcrnn.settings import AUTO, FitSettings

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]

CLEAN_KNOTS, JOINT_KNOTS, MODEST_KNOTS = 100, 40, 16
"""Of a spline where no number is asked for: of one axis, of each of two, and under noise or with as many functions as
words, which leave less to be told apart."""

DENSEST = {"space": 0.5, "time": 0.75}
"""Knots by point at most, by the role of the axis; on others every point has a value of its own."""


@dataclass(frozen=True)
class FunctionSpace:
    """Functions of an axis to choose from.

    Parameters
    ----------
    basis : str
        A key of `BASES`.
    knots : int
        Of a spline, its ends among them.
    continuity : float
        gamma of (4.18), with the square in place of the absolute value, which keeps the problem linear; in units of
        the mean curvature of the loss.
    """

    basis: str = "spline"
    knots: int = CLEAN_KNOTS
    continuity: float = 0.0

    def __post_init__(self) -> None:
        lookup(BASES, self.basis, "basis")


def function_space(
    settings: FitSettings, weak: bool, points: int, everything: bool = False, periodic: bool = False,
    role: str = "space", alone: bool = True,
) -> FunctionSpace:
    """The functions that settings ask for.

    Parameters
    ----------
    settings : FitSettings
    weak : bool
        Whether the residual is the weak form in space and time, which is for noisy data.
    points : int
        Of the axis that residuals reach.
    everything : bool
        Whether every coefficient is a function.
    periodic : bool
        Whether the last point of the axis is followed by the first.
    role : str
        ``time``, or that of the axis.
    alone : bool
        Whether the function is one of this axis alone.
    """
    basis = settings.basis
    if role not in DENSEST and settings.knots == AUTO:
        basis = "grid"
    noisy = weak and basis != "grid"
    if noisy and periodic:
        basis = "periodic"
    clean = CLEAN_KNOTS if alone else JOINT_KNOTS
    automatic = MODEST_KNOTS if noisy or everything else clean
    if automatic > points:
        automatic = max(2, int(DENSEST.get(role, 0.5) * points))
    knots = settings.knots if isinstance(settings.knots, int) else automatic
    return FunctionSpace(basis, knots, settings.continuity)


def _spline(points: Array, knots: int) -> sparse.csr_matrix:
    """Cubic B-splines over uniform knots, shape (points, knots + 2)."""
    from scipy import sparse
    from scipy.interpolate import BSpline

    inner = np.linspace(points[0], points[-1], knots)
    padded = np.concatenate([[points[0]] * 3, inner, [points[-1]] * 3])
    return sparse.csr_matrix(BSpline.design_matrix(points, padded, 3))


def _periodic(points: Array, knots: int) -> sparse.csr_matrix:
    """Cubic B-splines that go on after the last point as they begin, shape (points, knots - 1)."""
    from scipy import sparse
    from scipy.interpolate import BSpline

    intervals, n = max(knots - 1, 1), points.size
    step = (points[-1] - points[0]) * n / max(n - 1, 1) / intervals
    open_ = sparse.csr_matrix(BSpline.design_matrix(points, points[0] + step * np.arange(-3, intervals + 4), 3))
    ends = np.arange(intervals + 3)
    return sparse.csr_matrix(open_ @ sparse.csr_matrix((np.ones(ends.size), (ends, ends % intervals))))


def _grid(points: Array, knots: int) -> sparse.csr_matrix:
    """One value per point, the paper's choice."""
    from scipy import sparse

    return sparse.identity(points.size, format="csr")


def spline_derivatives(points: Array, start: float, stop: float, knots: int, highest: int) -> tuple[Array, ...]:
    """Cubic B-splines over uniform knots from one place to another, and their derivatives.

    Parameters
    ----------
    points : ndarray, shape (points,)
    start, stop : float
        The first and the last knot.
    knots : int
    highest : int
        Order of the derivatives, at most 3.

    Returns
    -------
    tuple of ndarray, shape (knots + 2, points)
        By order.
    """
    from scipy.interpolate import BSpline

    padded = np.concatenate([[start] * 3, np.linspace(start, stop, knots), [stop] * 3])
    spline = BSpline(padded, np.eye(knots + 2), 3)
    return tuple(np.ascontiguousarray(spline(points, nu=order).T) for order in range(highest + 1))


def periodic_part(knots: int) -> Array:
    """The unknowns of `spline_derivatives` that go on at the last knot as they begin, shape (knots + 2, knots - 1)."""
    across = np.vstack([one[:, 0] - one[:, 1] for one in spline_derivatives(
        np.array([0.0, knots - 1.0]), 0.0, knots - 1.0, knots, 2)])
    found: Array = np.linalg.svd(across)[2][3:].T
    return found


BASES: dict[str, Callable[[Array, int], sparse.csr_matrix]] = {"spline": _spline, "periodic": _periodic, "grid": _grid}
