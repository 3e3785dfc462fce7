"""Gauss-Newton with Levenberg's damping and geodesic acceleration; l1 regularisers are reweighted at every step.

The networks' products of weights make narrow curved valleys.  The second-order correction of a step
(Transtrum and Sethna) lets it follow them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.objective import Objective
from symdcrnn.networks.optimisers.optimiser import Optimiser, State

Array = NDArray[np.float64]

CORNER = 1e-6
"""Where the corner of |q| is rounded off."""

PROBE = 0.1
"""The fraction of a step at which its curvature is measured."""

BEND = 0.375
"""A step whose second-order part is longer than this fraction of the first is damped more."""

PATIENCE = 30
"""So many steps may gain less than `GAIN` each: as many as it takes to bring the damping down to rounding."""

GAIN, REGULARISED_GAIN = 1e-6, 1e-4
"""Relative; with l1 terms the objective ends well above zero, and the end of the reweighting is slow."""

NEGLIGIBLE = 1e-28
"""The objective, in units of the loss of no equation, below which it is rounding error."""


def _init(objective: Objective, parameters: Array) -> State:
    return State(parameters, objective.value(parameters), 0, (1e-3, 0))


def _step(objective: Objective, state: State, limit: int) -> State:
    damping, still = state.memory
    residual, slopes = objective.residual(state.parameters, CORNER)
    left, values, right = np.linalg.svd(slopes, full_matrices=False)

    def solve(force: Array, mu: float) -> Array:
        """-(J^T J + mu)^-1 J^T force, through singular values: J has dependent columns."""
        answer: Array = -(right.T * (values / (values**2 + mu))) @ (left.T @ force)
        return answer

    for _ in range(12):
        mu = damping * float(values[0] ** 2)
        velocity = solve(residual, mu)
        ahead = objective.residual_value(state.parameters + PROBE * velocity, state.parameters, CORNER)
        curvature = (2.0 / PROBE) * ((ahead - residual) / PROBE - slopes @ velocity)
        acceleration = 0.5 * solve(curvature, mu)
        bent = float(np.linalg.norm(acceleration)) <= BEND * float(np.linalg.norm(velocity))
        if bent and np.all(np.isfinite(acceleration)):
            moved = state.parameters + velocity + acceleration
            value = objective.value(moved)
            if np.isfinite(value) and value < state.value:
                gain = REGULARISED_GAIN if objective.regularisers else GAIN
                still = still + 1 if value > (1.0 - gain) * state.value else 0
                return State(moved, value, state.iterations + 1, (max(damping / 5.0, 1e-18), still), still >= PATIENCE)
        damping *= 4.0
    return State(state.parameters, state.value, state.iterations + 1, (damping, still), True)


def _terminate(objective: Objective, state: State) -> bool:
    return state.finished or state.value < NEGLIGIBLE


GAUSS_NEWTON = Optimiser(
    "gauss-newton", _init, _step, _terminate, 300, "Gauss-Newton with Levenberg's damping, reweighted for l1 terms"
)
