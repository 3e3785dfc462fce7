"""Stochastic gradient descent with momentum on minibatches of frames (section 5.2).

The length of a step is set by the largest curvature of the loss at the start, so that it neither creeps nor blows up
whatever the scales of the equation are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.objective import Objective
from symdcrnn.networks.optimisers.optimiser import Optimiser, State

Array = NDArray[np.float64]

MOMENTUM = 0.9
STEP = 0.1
"""Of one over the largest curvature."""

CORNER = 1e-12
LARGEST_STEP = 0.1
"""No step is longer than this fraction of the parameters: far from a minimum curvatures change quickly."""


def _init(objective: Objective, parameters: Array) -> State:
    _, slopes = objective.residual(parameters, CORNER)
    curvature = float(np.linalg.norm(slopes, 2)) ** 2
    value = objective.value(parameters)
    rate = STEP / curvature if curvature > 0.0 else 0.0
    return State(parameters, value, 0, (rate, np.zeros_like(parameters), parameters))


def _step(objective: Objective, state: State, limit: int) -> State:
    rate, velocity, current = state.memory
    batches = max(len(objective.batches), 1)
    # The order of the batches follows from the iteration alone: a state holds all there is to know.
    order = np.random.default_rng((objective.seed, state.iterations // batches)).permutation(batches)
    gradient = objective.batch_gradient(int(order[state.iterations % batches]), current)
    velocity = MOMENTUM * velocity - rate * gradient
    length, most = float(np.linalg.norm(velocity)), LARGEST_STEP * float(np.linalg.norm(current))
    if length > most:
        velocity = velocity * (most / length)
    moved = current + velocity
    value = objective.value(moved)
    best = (moved, value) if value < state.value else (state.parameters, state.value)
    return State(best[0], best[1], state.iterations + 1, (rate, velocity, moved), not np.all(np.isfinite(moved)))


def _terminate(objective: Objective, state: State) -> bool:
    return state.finished


SGD = Optimiser("sgd", _init, _step, _terminate, 2000, "gradient descent with momentum on minibatches of frames")
