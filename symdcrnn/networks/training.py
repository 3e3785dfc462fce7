"""The networks of an equation, trained to the coefficients that they reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.ansatz import Ansatz
from symdcrnn.algebra.scales import EpsilonInterval, paper_interval
from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal
from symdcrnn.engines.engine import Engine
from symdcrnn.equation import NetworkRecord
from symdcrnn.leastsquares.minimise import minimise_over
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.networks.coefficient_map import build_networks
from symdcrnn.networks.epsilon_intervals import Order, train_intervals
from symdcrnn.networks.linear_hull import linear_hull
from symdcrnn.networks.minibatches import minibatches
from symdcrnn.networks.regularisers import REGULARISERS
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import is_stiff
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]


def train_networks(
    ansatz: Ansatz, regression: Regression, splits: bool, terms: Sequence[Term],
    kept: tuple[int, ...], found: Array, nothing: float, epsilon: float | None, settings: FitSettings, residuals: int,
    progress: Callable[[int, int], None], engine: Engine, journal: Journal = NO_JOURNAL,
) -> NetworkRecord:
    """Train the networks of an equation in every interval of epsilon.

    Parameters
    ----------
    ansatz : Ansatz
    regression : Regression
        That gave the coefficients.
    splits : bool
        Whether its scheme treats the stiff term apart, whose coefficient then is outside the networks.
    terms : sequence of Term
    kept : tuple of int
        The columns that do not vanish in the data.
    found : ndarray, shape (columns,)
        The learned coefficients.
    nothing : float
        The loss of no equation at all.
    epsilon : float or None
        That of the scaled form.
    settings : FitSettings
    residuals : int
        In time, of the shortest trajectory.
    progress : callable
        Called with the starts done and all of them.
    engine : Engine
    journal : Journal
        What keeps the result of every optimiser.
    """
    if not kept:
        return untrained(ansatz, settings.interval, regression.evaluate(found, active=()).loss)
    own = tuple(
        number for number in kept
        if (splits and ansatz.target.v_dependent and is_stiff(terms[number].word, ansatz.target))
        or number >= len(ansatz.words) or terms[number].word != ansatz.words[number]
    )
    sizes = np.sqrt(np.diag(regression.evaluate(regression.start).gram) / nothing)
    networks = build_networks(
        ansatz, settings.interval, regression.columns, own, tuple(1.0 / float(sizes[number]) for number in own)
    )
    intervals = [paper_interval(number) for number in range(settings.intervals)] or [settings.interval]
    hull = linear_hull(networks, kept)
    least = minimise_over(regression, hull, 8 if regression.quadratic else 100, found)
    gammas = {"weights": settings.weight_sparsity, "coefficients": settings.coefficient_sparsity}
    regularisers = tuple((REGULARISERS[name], gamma) for name, gamma in gammas.items() if gamma > 0.0)

    def loss(coefficients: Array) -> float:
        """Without the words that vanish in this data, whose coefficients mean nothing."""
        counted = regression.start
        counted[list(kept)] = coefficients[list(kept)]
        return regression.evaluate(counted, active=()).loss

    batches = minibatches(regression, least.coefficients, settings.batches, residuals)

    order = Order(networks, least, kept, nothing, epsilon, regularisers, settings.starts, settings.seed,
                  settings.iterations, settings.optimisers, batches, regression.linear,
                  regression.quadratic and regression.linear, regression.resolved)
    found_inside = train_intervals(order, intervals, loss, engine, progress, journal)
    best = min(range(len(intervals)), key=lambda number: found_inside[number].loss)
    trained, networks = found_inside[best], replace(networks, interval=intervals[best])
    return NetworkRecord(
        theta=tuple(tuple(tuple(map(float, row)) for row in field) for field in networks.theta(trained.parameters)),
        epsilon_pred=networks.epsilon(trained.parameters),
        own={str(terms[number].word): float(value) for number, value in
             zip(own, networks.coefficients(trained.parameters)[list(own)], strict=True)},
        loss=trained.loss,
        least_loss=least.loss,
        starts=trained.starts,
        iterations=trained.iterations,
        converged=trained.converged,
        intervals=tuple((one.lower, one.upper, training.loss)
                        for one, training in zip(intervals, found_inside, strict=True)),
    )


def untrained(ansatz: Ansatz, interval: EpsilonInterval, loss: float) -> NetworkRecord:
    """The networks where they have no constant coefficient to make, or compose no words to have one."""
    weights = (0.0,) * len(ansatz.weights)
    theta = tuple(tuple(weights for _ in range(ansatz.scales + 1)) for _ in ansatz.bases)
    middle = 0.5 * (interval.lower + interval.upper)
    return NetworkRecord(theta, middle, {}, loss, loss, starts=0, iterations=0, converged=True)
