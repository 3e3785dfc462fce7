"""Coefficients that are functions of x: sigma_S(x), sigma_A(x), G(x), or that of any word.

A function is a sum of basis functions of x, so the residual stays linear in all that is sought.

A new basis is one new entry in `BASES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import lookup
from symdcrnn.settings import FitSettings

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]

CLEAN_KNOTS, MODEST_KNOTS = 100, 16
"""Of a spline where no number is asked for: noise, or as many functions as words, leave less to be told apart."""


@dataclass(frozen=True)
class FunctionSpace:
    """Functions of x to choose from.

    Parameters
    ----------
    basis : str
        A key of `BASES`.
    knots : int
        Of a spline, its ends among them.
    continuity : float
        gamma of (4.18), with the square in place of the absolute value, which keeps the problem linear; in units of
        the mean curvature of the loss.
    noisy : bool
        Whether the smoothest function is sought that explains noisy data, see `smoothest`.
    """

    basis: str = "spline"
    knots: int = CLEAN_KNOTS
    continuity: float = 0.0
    noisy: bool = False

    def __post_init__(self) -> None:
        lookup(BASES, self.basis, "basis")


def function_space(settings: FitSettings, weak: bool, points: int, everything: bool = False) -> FunctionSpace:
    """The functions that settings ask for.

    Parameters
    ----------
    settings : FitSettings
    weak : bool
        Whether the residual is a weak form, which is for noisy data.
    points : int
        Of x that residuals reach.
    everything : bool
        Whether every coefficient is a function.
    """
    noisy = (weak or settings.smooth_x > 0.0) and settings.basis == "spline"
    automatic = MODEST_KNOTS if noisy or everything else CLEAN_KNOTS
    if automatic > points:
        automatic = max(2, points // 2)
    knots = settings.knots if isinstance(settings.knots, int) else automatic
    return FunctionSpace(settings.basis, knots, settings.continuity, noisy)


def _spline(x: Array, knots: int) -> sparse.csr_matrix:
    """Cubic B-splines over uniform knots, shape (points, knots + 2)."""
    from scipy import sparse
    from scipy.interpolate import BSpline

    inner = np.linspace(x[0], x[-1], knots)
    padded = np.concatenate([[x[0]] * 3, inner, [x[-1]] * 3])
    return sparse.csr_matrix(BSpline.design_matrix(x, padded, 3))


def _grid(x: Array, knots: int) -> sparse.csr_matrix:
    """One value per point, the paper's choice."""
    from scipy import sparse


    return sparse.identity(x.size, format="csr")


BASES: dict[str, Callable[[Array, int], sparse.csr_matrix]] = {"spline": _spline, "grid": _grid}
