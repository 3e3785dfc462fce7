"""Gauss-Newton with Levenberg's damping; l1 regularisers are reweighted at every step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.training.objective import Objective
from symdcrnn.training.optimisers.optimiser import Optimiser, State

Array = NDArray[np.float64]

CORNER = 1e-6
"""Where the corner of |q| is rounded off."""

NEGLIGIBLE = 1e-28
"""The objective, in units of the loss of no equation, below which it is rounding error."""


def _init(objective: Objective, parameters: Array) -> State:
    return State(parameters, objective.value(parameters), 0, (1e-3, 0))


def _step(objective: Objective, state: State, limit: int) -> State:
    damping, still = state.memory
    residual, slopes = objective.residual(state.parameters, CORNER)
    for _ in range(12):
        moved = state.parameters + _direction(slopes, residual, damping)
        value = objective.value(moved)
        if np.isfinite(value) and value < state.value:
            still = still + 1 if value > (1.0 - 1e-6) * state.value else 0
            return State(moved, value, state.iterations + 1, (max(damping / 5.0, 1e-16), still), still >= 5)
        damping *= 4.0
    return State(state.parameters, state.value, state.iterations + 1, (damping, still), True)


def _direction(slopes: Array, residual: Array, damping: float) -> Array:
    """The damped step -(J^T J + mu)^-1 J^T F, through singular values: J has dependent columns."""
    left, values, right = np.linalg.svd(slopes, full_matrices=False)
    mu = damping * float(values[0] ** 2) if values.size else 1.0
    filtered = values / (values**2 + mu)
    direction: Array = -(right.T * filtered) @ (left.T @ residual)
    return direction


def _terminate(objective: Objective, state: State) -> bool:
    return state.finished or state.value < NEGLIGIBLE


GAUSS_NEWTON = Optimiser(
    "gauss-newton", _init, _step, _terminate, 300, "Gauss-Newton with Levenberg's damping, reweighted for l1 terms"
)
