"""From a trajectory and an ansatz to the regressions that the training works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.memo import remembering
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.leastsquares.penalised import Penalised
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.preprocess.frames import BoundWords, Frames
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]

FORWARD_EULER = SCHEMES["forward-euler"]
"""At the frame where a step of a scheme with stages starts, (4.15) counts <F> as it does."""

@dataclass(frozen=True)
class BoundEquation:
    """One equation under one scheme, with the data of one trajectory.

    Parameters
    ----------
    kernel : LeastSquares
        By the coefficients times dt.
    multistep : BoundWords or None
        The same where the scheme is a multistep scheme; None where it has stages.
    regression : Regression
        By the coefficients themselves, with what is known of them.
    dt : float
        Spacing of the frames.
    averaged : BoundWords or None
        That of the average of the right-hand side, eq. (4.15), where it is penalised.
    zero_mean : float
        The weight of its loss.
    """

    kernel: LeastSquares
    multistep: BoundWords | None
    regression: Regression
    dt: float
    averaged: BoundWords | None = None
    zero_mean: float = 0.0


def regression_of(
    scheme: Scheme | DoubleTableau,
    target: Field,
    terms: Sequence[Term],
    data: Frames,
    stencils: Stencils,
    norm: Norm,
    zero_mean: float = 0.0,
) -> Regression:
    """The regression of one equation under one scheme; arguments as those of `bind_equation`."""
    return bind_equation(scheme, target, terms, data, stencils, norm, zero_mean).regression


def bind_equation(
    scheme: Scheme | DoubleTableau,
    target: Field,
    terms: Sequence[Term],
    data: Frames,
    stencils: Stencils,
    norm: Norm,
    zero_mean: float = 0.0,
) -> BoundEquation:
    """Compile one equation under one scheme and bind it to data.

    Parameters
    ----------
    scheme : Scheme or DoubleTableau
    target : Field
    terms : sequence of Term
        The right-hand side.
    data : Frames
    stencils : Stencils
    norm : Norm
    zero_mean : float
        The weight of the penalty on dt <F>, eq. (4.15); its norm is L2.

    Raises
    ------
    InputError
        If there are too few frames or points, or every point would be fitted exactly.
    """
    words = [term.word for term in terms]
    bound: LeastSquares
    multistep: BoundWords | None = None
    if isinstance(scheme, DoubleTableau):
        form = residual(FORWARD_EULER, target, words)
        bound = data.stages(scheme, target, words, stencils, norm)
    else:
        form = residual(scheme, target, words)
        multistep = bind(form, data, stencils, norm)
        bound = multistep.loss
    fixed = np.array([np.nan if term.known is None else term.known for term in terms])
    if bound.points < 2 * len(terms):
        raise InputError(
            f"the data gives {bound.points} equations for {len(terms)} words under {scheme.name}: "
            f"give at least {frames_needed(bound.points, data.frames, scheme.frames, 2 * len(terms))} frames, or use "
            "fewer words (fewer layers, a smaller library)"
        )
    loss: LeastSquares = Affine(remembering(bound), np.full(bound.columns, data.dt))
    averaged = _averaged(form, data, stencils) if zero_mean > 0.0 else None
    if averaged is not None:
        gram = averaged.loss.evaluate(np.zeros(len(terms))).gram
        loss = Penalised(loss, zero_mean * data.dt**2 * gram)
    return BoundEquation(bound, multistep, Regression(loss, fixed), data.dt, averaged, zero_mean)


def frames_needed(points: int, frames: int, read: int, equations: int) -> int:
    """How many frames give so many equations.

    Parameters
    ----------
    points : int
        Equations that there are.
    frames : int
        Of the data.
    read : int
        By the scheme at a time.
    equations : int
        That are needed.
    """
    in_one = points // (frames - read + 1)
    return read - 1 - (-equations // in_one)


def bind(form: Residual, data: Frames, stencils: Stencils, norm: Norm) -> BoundWords:
    """Compile a residual and bind it to the data."""
    title = tuple(f"    {coefficient} * {column.word}" for coefficient, column in enumerate(form.columns))
    head = (f"The {norm.name} loss of the residual of d/dt {form.target.name} = sum of coefficient * word:", "")
    return data.words(form, stencils, norm, (*head, *title))


def _averaged(form: Residual, data: Frames, stencils: Stencils) -> BoundWords:
    """The averages of all columns over the velocities, with nothing on the left-hand side."""
    averages = tuple(Operator(f"mean_{axis.name}", Quadrature(axis.name)) for axis in data.grid.axes
                     if axis.weights is not None and axis.name in form.target.axes)
    columns = tuple(Column(c.word.after(averages), c.level, c.time_weights) for c in form.columns)
    nothing = Residual(form.target, tuple(0.0 for _ in form.time_weights), columns, form.scheme)
    return bind(nothing, data, stencils, find_norm("l2"))
