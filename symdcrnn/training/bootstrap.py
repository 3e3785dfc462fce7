"""Standard errors and inclusion probabilities from resampled data.

Residuals that are near each other share frames, points and noise, so what is drawn again and again is not single
residuals but cells of time and x.  The loss of every resample is a quadratic form that the cells add up to: no pass
over the data is needed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.engines.engine import IN_PROCESS, Engine
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.training.constraints import TiedKernel
from symdcrnn.training.joint import JointKernel
from symdcrnn.training.regression import Minimum, Regression, minimise, newton_step
from symdcrnn.training.selection import eliminate
from symdcrnn.training.streamed import StreamedKernel

Array = NDArray[np.float64]

X_CELLS, TIME_CELLS = 16, 6
"""Cells at most along x and time."""

CELL = 3.0
"""Length of a cell at least, in widths of what the data was smoothed with."""


@dataclass(frozen=True)
class QuadraticKernel:
    """A loss that is known as a quadratic form around some coefficients.

    Parameters
    ----------
    centre : ndarray, shape (columns,)
    there : QuadraticModel
        At the centre.
    points : int
    norm : Norm
    width : float
    """

    centre: Array
    there: QuadraticModel
    points: int
    norm: Norm
    width: float = 1.0

    linear = True

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and Gram matrix; arguments as those of `BoundKernel`."""
        return self.there.at(coefficients - self.centre).bounded(self.there.loss * 1e-3)


@dataclass(frozen=True)
class Uncertainty:
    """What resampling says of an equation.

    Parameters
    ----------
    errors : ndarray, shape (chosen,)
        Standard errors of the coefficients; the truncation error of their scheme relative to the judge is in them.
    inclusion : ndarray, shape (columns,)
        How often the choice of words, made again, has each of them.
    """

    errors: Array
    inclusion: Array


def cells_of(kernel: BoundKernel | StreamedKernel, coefficients: Array, reach: float) -> list[QuadraticModel]:
    """The normal equations of every cell of one trajectory, as shares of its means.

    Parameters
    ----------
    kernel : BoundKernel or StreamedKernel
        Of kind ``normal_equations``.
    coefficients : ndarray, shape (columns,)
        Times dt.
    reach : float
        How far noise is correlated along x, in points.
    """
    program = kernel.kernel.spec.program
    residuals = kernel.data.frames - program.frames + 1
    along_time = max(1, min(TIME_CELLS, residuals // (2 * program.frames)))
    first, last = kernel.fitted
    along_x = max(1, min(X_CELLS, int((last - first) / max(8.0, CELL * reach))))
    edges = np.linspace(first, last, along_x + 1).astype(int)
    if isinstance(kernel, StreamedKernel):
        found = kernel.sums_by_cell(coefficients, [int(edge) for edge in edges], along_time)
    else:
        found = [cell for begin, end in pairwise(edges)
                 for cell in kernel.sums_by_time(coefficients, int(begin), int(end), along_time)]
    return [cell.scaled(1.0 / kernel.points) for cell in found]


def all_cells(regression: Regression, coefficients: Array, reach: float) -> list[QuadraticModel]:
    """The cells of all trajectories by the coefficients themselves; none where the loss is not a sum over cells.

    Parameters
    ----------
    regression : Regression
    coefficients : ndarray, shape (columns,)
    reach : float
        How far noise is correlated along x, in points.
    """
    kernel, unit = regression.kernel, np.full(coefficients.size, regression.dt)
    if isinstance(kernel, BoundKernel | StreamedKernel):
        return [cell.pullback(unit) for cell in cells_of(kernel, regression.dt * coefficients, reach)]
    if isinstance(kernel, TiedKernel):
        inner = all_cells(kernel.inner, kernel.matrix @ coefficients, reach)
        return [cell.pullback(kernel.matrix) for cell in inner]
    if not isinstance(kernel, JointKernel):
        return []
    found: list[QuadraticModel] = []
    for part, weight, factor in zip(kernel.parts, kernel.weights, kernel.factors, strict=True):
        found.extend(cell.pullback(factor).scaled(weight) for cell in all_cells(part, factor * coefficients, reach))
    return found


def bootstrap(
    judge: Regression, regression: Regression, sharp: Minimum, best: Minimum, chosen: Sequence[int],
    candidates: Sequence[int], smallest_jump: float, resamples: int, seed: int, reach: float,
    engine: Engine = IN_PROCESS,
) -> Uncertainty | None:
    """Draw cells with replacement, fit the equation and choose the words again.

    Parameters
    ----------
    judge : Regression
        That chose the words.
    regression : Regression
        That gave the coefficients.
    sharp, best : Minimum
        Of the judge and of the other one; their difference, the truncation error of the latter, counts as an error.
    chosen, candidates : sequence of int
        Columns of the equation and of all words.
    smallest_jump : float
        Of the choice, see `eliminate`.
    resamples : int
    seed : int
    reach : float
        How far noise is correlated along x, in points.
    engine : Engine
        Where the resamples are fitted.

    Returns
    -------
    Uncertainty or None
        None where a residual is not a sum over cells of a quadratic form, or there are too few cells.
    """
    full = minimise(judge, candidates).coefficients
    cells = all_cells(regression, best.coefficients, reach) or all_cells(judge, best.coefficients, reach)
    wide = all_cells(judge, full, reach)
    if len(cells) < 4 or len(wide) < 4:
        return None
    random = np.random.default_rng(seed)
    # All are drawn beforehand, in one order, so that the answer does not depend on the engine.
    draws = [(random.integers(len(cells), size=len(cells)), random.integers(len(wide), size=len(wide)))
             for _ in range(resamples)]
    common = Resampling(tuple(cells), tuple(wide), full, judge.kernel.points, judge.kernel.norm, judge.fixed,
                        tuple(chosen), tuple(candidates), smallest_jump)
    moved = np.empty((resamples, len(chosen)))
    counts = np.zeros(regression.columns)
    for number, (step, included) in enumerate(engine.map(resampled, common, draws)):
        moved[number] = step
        counts[list(included)] += 1.0
    few = np.sqrt(len(cells) / (len(cells) - 1.0))
    spread = few * np.std(moved, axis=0, ddof=1)
    truncation = best.coefficients[list(chosen)] - sharp.coefficients[list(chosen)]
    return Uncertainty(np.hypot(spread, truncation), counts / resamples)


@dataclass(frozen=True)
class Resampling:
    """What all resamples have in common.

    Parameters
    ----------
    cells, wide : tuple of QuadraticModel
        By cell: where the coefficients were found, and where those of all words were.
    full : ndarray, shape (columns,)
        The coefficients of all words.
    points : int
    norm : Norm
    fixed : ndarray, shape (columns,)
    chosen, candidates : tuple of int
        Columns of the equation and of all words.
    smallest_jump : float
    """

    cells: tuple[QuadraticModel, ...]
    wide: tuple[QuadraticModel, ...]
    full: Array
    points: int
    norm: Norm
    fixed: Array
    chosen: tuple[int, ...]
    candidates: tuple[int, ...]
    smallest_jump: float


Draw = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Which cells are drawn for the coefficients, and for the choice of words."""


def resampled(common: Resampling, draw: Draw) -> tuple[Array, tuple[int, ...]]:
    """How far the chosen coefficients move in one resample, and which words it chooses."""
    drawn, there = _drawn(common.cells, draw[0]), _drawn(common.wide, draw[1])
    moved = newton_step(drawn.gram, drawn.gradient, common.chosen)[list(common.chosen)]
    quadratic = QuadraticKernel(common.full, there, common.points, common.norm)
    path = eliminate(Regression(quadratic, 1.0, common.fixed), common.candidates, smallest_jump=common.smallest_jump,
                     known_form=True)
    return moved, path.chosen


def _drawn(cells: Sequence[QuadraticModel], drawn: NDArray[np.int64]) -> QuadraticModel:
    counts = np.bincount(drawn, minlength=len(cells))
    return total(cell.scaled(float(count)) for count, cell in zip(counts, cells, strict=True) if count)
