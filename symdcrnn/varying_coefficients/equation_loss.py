"""The loss of one equation, whatever is known of its coefficients: several trajectories, ties, functions of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.weighted_sum import relative_weights
from symdcrnn.regression.bound_equation import BoundEquation
from symdcrnn.regression.constraints import Tie, tied
from symdcrnn.regression.trajectories import joined
from symdcrnn.varying_coefficients.regression import Piece, SoughtFunctions, Whole, project_functions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EquationLoss:
    """The loss of one equation under one scheme.

    Parameters
    ----------
    regression : Regression
        By the constant coefficients.
    functions : SoughtFunctions
        Those of an axis that are at their best for them.
    """

    regression: Regression
    functions: SoughtFunctions


def constant_loss(parts: Sequence[BoundEquation], factors: Array, ties: tuple[Tie, ...]) -> EquationLoss:
    """The loss of an equation whose coefficients are all constant.

    Parameters
    ----------
    parts : sequence of BoundEquation
        By trajectory.
    factors : ndarray, shape (trajectories, columns)
        Of `epsilon_factors`.
    ties : tuple of Tie
    """
    regression = tied(joined([part.regression for part in parts], factors), ties)
    return EquationLoss(regression, SoughtFunctions.none(regression.columns))


def functional_loss(
    parts: Sequence[BoundEquation], factors: Array, ties: tuple[Tie, ...], whole: Whole
) -> EquationLoss:
    """The loss of an equation some of whose coefficients are functions of an axis.

    Parameters
    ----------
    parts, factors, ties
        As those of `constant_loss`.
    whole : Whole
        The regression with these functions as further unknowns.
    """
    unit = parts[0].dt
    loss, functions = project_functions(whole, unit)
    without = constant_loss(parts, factors, ties).regression
    return EquationLoss(Regression(Affine(loss, np.full(loss.columns, unit)), without.fixed, without.null), functions)


def pieces_of(parts: Sequence[BoundEquation], factors: Array) -> tuple[Piece, ...]:
    """The sums of squares that functions are sought from, by coefficients times dt of the first trajectory.

    Parameters
    ----------
    parts, factors
        As those of `constant_loss`, by a multistep scheme.
    """
    losses = [Affine(part.regression.loss, factor) for part, factor in zip(parts, factors, strict=True)]
    weights = relative_weights(losses, parts[0].regression.start)
    found = []
    unit = parts[0].dt
    for part, factor, weight in zip(parts, factors, weights, strict=True):
        assert part.multistep is not None
        found.append(Piece(part.multistep, part.dt / unit * factor, weight))
        if part.averaged is not None:
            found.append(Piece(part.averaged, part.dt / unit * factor, weight * part.zero_mean, counts=False))
    return tuple(found)
