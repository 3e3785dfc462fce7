"""Adam with the learning rate of scale m proportional to epsilon^m, eq. (5.14)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.objective import Objective
from symdcrnn.networks.optimisers.optimiser import Optimiser, State

Array = NDArray[np.float64]

LEARNING_RATE = 1e-2
DECAY = (0.9, 0.999)


def _rates(objective: Objective, parameters: Array) -> Array:
    networks = objective.networks
    rates = np.full(networks.size, LEARNING_RATE)
    by_scale = networks.epsilon(parameters) ** np.arange(networks.scales + 1.0)
    shape = (len(networks.tapes), networks.scales + 1, networks.weights)
    rates[:networks.theta_size] *= np.broadcast_to(by_scale[None, :, None], shape).reshape(-1)
    return rates


def _init(objective: Objective, parameters: Array) -> State:
    nothing = np.zeros_like(parameters)
    value = objective.value(parameters)
    return State(parameters, value, 0, (nothing, nothing, parameters, (parameters, value)))


def _step(objective: Objective, state: State, limit: int) -> State:
    mean, square, current, best = state.memory
    value, gradient = objective.value_and_gradient(current)
    if value < best[1]:
        best = (current, value)
    number = state.iterations + 1
    mean = DECAY[0] * mean + (1.0 - DECAY[0]) * gradient
    square = DECAY[1] * square + (1.0 - DECAY[1]) * gradient**2
    direction = (mean / (1.0 - DECAY[0] ** number)) / (np.sqrt(square / (1.0 - DECAY[1] ** number)) + 1e-30)
    moved = current - _rates(objective, current) * direction
    return State(best[0], best[1], number, (mean, square, moved, best), not np.all(np.isfinite(moved)))


def _terminate(objective: Objective, state: State) -> bool:
    return state.finished


ADAM = Optimiser("adam", _init, _step, _terminate, 300, "Adam, the learning rate of scale m times epsilon^m")
