"""Training of the networks' weights: Adam, L-BFGS-B, Gauss-Newton, from several random starts.

Each start goes through a schedule of optimisers, first in the metric where every word counts by the
size of its column alone, then in that of the loss.  The starts end when one has reached the least
loss over the reachable words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal
from symdcrnn.leastsquares.minimise import Minimum
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import RESOLVED
from symdcrnn.networks.coefficient_map import Networks
from symdcrnn.networks.objective import Objective, square_root
from symdcrnn.networks.optimisers import find_optimiser, run
from symdcrnn.networks.regularisers import Regulariser

Array = NDArray[np.float64]

Metric = Literal["columns", "loss"]

COLUMNS: Metric = "columns"
LOSS: Metric = "loss"

SCHEDULES: tuple[tuple[tuple[str, Metric], ...], ...] = (
    (("adam", COLUMNS), ("l-bfgs-b", COLUMNS), ("gauss-newton", COLUMNS), ("gauss-newton", LOSS)),
    (("gauss-newton", COLUMNS), ("gauss-newton", LOSS)),
)
"""Optimisers in their order, and the metric each works in; the starts take the schedules in turn."""

WEIGHT_SIZES = (0.1, 0.3, 1.0)
"""Standard deviations of the initial weights, in turn."""

REACHED = 1e-3
"""The training has converged when its loss is this close to the least one, relative to it, or as rounding allows."""

ENOUGH = (1e-2, 0.9)
"""An optimiser stops when its distance from the least value is this part of what `REACHED` or rounding allow."""


@dataclass(frozen=True)
class Training:
    """Trained networks.

    Parameters
    ----------
    parameters : ndarray
        p of `Networks`.
    loss : float
        The mean loss of the networks, by a pass over the data.
    starts : int
        Random starts that were needed.
    iterations : int
        Of all optimisers in all starts.
    converged : bool
        Whether `loss` has come within `REACHED` or rounding of the least one; with sparsity terms, whether the last
        optimiser stopped by itself.
    """

    parameters: Array
    loss: float
    starts: int
    iterations: int
    converged: bool


def train(
    networks: Networks,
    best: Minimum,
    kept: tuple[int, ...],
    whole: float,
    loss: Callable[[Array], float],
    epsilon: float,
    regularisers: tuple[tuple[Regulariser, float], ...],
    starts: int,
    seed: int,
    iterations: dict[str, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
    optimisers: tuple[str, ...] = (),
    batches: tuple[QuadraticModel, ...] = (),
    majorised: bool = False,
    journal: Journal = NO_JOURNAL,
    resolved: float = RESOLVED,
) -> Training:
    """Train the networks towards the least loss over the words they reach.

    Parameters
    ----------
    networks : Networks
    best : Minimum
        Over the linear hull of the networks.
    kept : tuple of int
        The columns that count; the others vanish in this data.
    whole : float
        The loss of no equation at all.
    loss : callable
        The mean loss at given coefficients, by a pass over the data.
    epsilon : float
        Where eps_pred starts.
    regularisers : tuple of (Regulariser, gamma)
    starts : int
        At most so many.
    seed : int
    iterations : dict, optional
        Iterations per optimiser, where not its own.
    progress : callable, optional
        Called with the number of starts done and the most there can be.
    optimisers : tuple of str
        Keys of `OPTIMISERS` in their order, in place of `SCHEDULES`.
    batches : tuple of QuadraticModel
        Of every minibatch, at the coefficients of `best`; their mean is that of the whole.
    majorised : bool
        Whether the quadratic form of the Gram matrix of `best` is nowhere below what the loss is above its least value,
        as where residuals are linear in the coefficients: then optimisers know when they are done.
    journal : Journal
        What keeps the result of every optimiser.
    resolved : float
        Differences of losses, relative to `whole`, that rounding hides.

    Returns
    -------
    Training
        The start with the lowest value.
    """
    counted = np.zeros(best.model.gram.shape)
    counted[np.ix_(kept, kept)] = best.model.gram[np.ix_(kept, kept)] / whole
    roots = {COLUMNS: np.diag(np.sqrt(np.diag(counted))), LOSS: square_root(counted)}
    schedules = (tuple((name, LOSS) for name in optimisers),) if optimisers else SCHEDULES
    mask = np.isin(np.arange(networks.columns), kept).astype(np.float64)
    parts = tuple(batch.pullback(mask).scaled(1.0 / whole) for batch in batches)
    close = max(REACHED * best.loss, resolved * whole)
    goal = 0.0 if regularisers or not majorised else max(ENOUGH[0] * REACHED * best.loss / whole, ENOUGH[1] * resolved)
    # The loss is at most the number of columns times what it is in their own metric.
    goals = {COLUMNS: goal / max(1, len(kept)), LOSS: goal}
    objectives = {
        name: Objective(networks, best.coefficients, root, regularisers, parts if name == LOSS else (), seed,
                        goals[name])
        for name, root in roots.items()
    }
    found: list[Training] = []
    total = 0
    for start in range(starts):
        size = WEIGHT_SIZES[start % len(WEIGHT_SIZES)]
        own = best.coefficients[list(networks.own)]
        parameters = networks.initial(epsilon, own, seed + start, size)
        finished = False
        for name, metric in schedules[start % len(schedules)]:
            most = (iterations or {}).get(name, find_optimiser(name).iterations)
            parameters, finished, done = journal.kept((name, objectives[metric], parameters, most),
                                                      partial(_optimised, name, objectives[metric], parameters, most))
            total += done
        value = loss(networks.coefficients(parameters))
        near = value - best.loss <= close
        reached = finished if regularisers else near
        found.append(Training(parameters, value, start + 1, total, reached))
        if progress is not None:
            progress(start + 1, starts)
        if reached:
            break
    if regularisers:
        lowest = min(found, key=lambda training: objectives[LOSS].value(training.parameters))
    else:
        lowest = min(found, key=lambda training: training.loss)
    return Training(lowest.parameters, lowest.loss, len(found), total, lowest.converged)


def _optimised(name: str, objective: Objective, parameters: Array, most: int) -> tuple[Array, bool, int]:
    """Where an optimiser comes to, whether it stopped by itself, and after how many iterations."""
    state = run(find_optimiser(name), objective, parameters, most)
    return state.parameters, bool(state.finished), int(state.iterations)
