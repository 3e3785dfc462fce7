"""Training in several intervals of epsilon side by side, eq. (5.2), by processes where the loss can travel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal
from symdcrnn.engines.engine import Engine, opened
from symdcrnn.kernels.threads import thread_count
from symdcrnn.leastsquares.minimise import Minimum
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import RESOLVED
from symdcrnn.networks.coefficient_map import Networks
from symdcrnn.networks.multistart import Training, train
from symdcrnn.networks.regularisers import Regulariser

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Order:
    """What is to be trained, in whichever interval; arguments of `train`.

    Parameters
    ----------
    networks : Networks
    least : Minimum
        Over the linear hull of the networks.
    kept : tuple of int
        The columns that count.
    nothing : float
        The loss of no equation at all.
    epsilon : float or None
        That of the scaled form.
    regularisers : tuple of (Regulariser, gamma)
    starts, seed : int
    iterations : dict
        By optimiser.
    optimisers : tuple of str
    batches : tuple of QuadraticModel
    majorised : bool
    quadratic : bool
        Whether the loss is a quadratic form of the coefficients: then it goes to other processes, those of the engine
        or, by default, one per core.  Another loss needs the data, and stays with it in threads of this process.
    resolved : float
    """

    networks: Networks
    least: Minimum
    kept: tuple[int, ...]
    nothing: float
    epsilon: float | None
    regularisers: tuple[tuple[Regulariser, float], ...]
    starts: int
    seed: int
    iterations: dict[str, int]
    optimisers: tuple[str, ...]
    batches: tuple[QuadraticModel, ...]
    majorised: bool
    quadratic: bool
    resolved: float = RESOLVED

    def train(
        self, interval: EpsilonInterval, loss: Callable[[Array], float],
        progress: Callable[[int, int], None] | None = None, journal: Journal = NO_JOURNAL,
    ) -> Training:
        """The training in one interval."""
        return train(replace(self.networks, interval=interval), self.least, self.kept, self.nothing, loss,
                     _start(interval, self.epsilon), self.regularisers, self.starts, self.seed, self.iterations,
                     progress, self.optimisers, self.batches, self.majorised, journal, self.resolved)

    def quadratic_loss(self, coefficients: Array) -> float:
        """The loss of the L2 norm without a pass over the data, from what is known at its least value."""
        away = np.zeros(coefficients.size)
        chosen = list(self.kept)
        away[chosen] = coefficients[chosen] - self.least.coefficients[chosen]
        return self.least.model.at(away).bounded(0.0).loss


def train_intervals(
    order: Order, intervals: Sequence[EpsilonInterval], loss: Callable[[Array], float], engine: Engine,
    progress: Callable[[int, int], None], journal: Journal = NO_JOURNAL,
) -> list[Training]:
    """The training in every interval.

    Parameters
    ----------
    order : Order
    intervals : sequence of EpsilonInterval
    loss : callable
        The mean loss at given coefficients, by a pass over the data.
    engine : Engine
    progress : callable
        Called with the starts done and all of them, where there is one interval.
    journal : Journal
        What keeps the result of every optimiser.

    Returns
    -------
    list of Training
        By interval.
    """
    if len(intervals) == 1:
        return [order.train(intervals[0], loss, progress, journal)]
    if not order.quadratic:
        with ThreadPoolExecutor(min(len(intervals), thread_count())) as workers:
            return list(workers.map(lambda interval: order.train(interval, loss, None, journal), intervals))
    with opened("processes") if engine.spawns else nullcontext(engine) as chosen:
        return list(chosen.map(train_one, order, intervals))


def train_one(order: Order, interval: EpsilonInterval) -> Training:
    """The training in one interval with the quadratic loss; runs in any process."""
    return order.train(interval, order.quadratic_loss)


def _start(interval: EpsilonInterval, epsilon: float | None) -> float:
    """Where eps_pred starts: at the epsilon of the scaled form, or in the middle of its interval."""
    margin = 1e-6 * (interval.upper - interval.lower)
    middle = 0.5 * (interval.lower + interval.upper)
    return middle if epsilon is None or not interval.lower + margin < epsilon < interval.upper - margin else epsilon
