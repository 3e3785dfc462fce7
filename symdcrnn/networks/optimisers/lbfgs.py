"""L-BFGS-B by scipy, a few iterations a step; w_eps is bounded where tanh has become flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.objective import Objective
from symdcrnn.networks.optimisers.optimiser import Optimiser, State

Array = NDArray[np.float64]

CHUNK = 100
FLAT = 9.0


def _init(objective: Objective, parameters: Array) -> State:
    return State(parameters, objective.value(parameters), 0, None)


def _step(objective: Objective, state: State, limit: int) -> State:
    from scipy.optimize import minimize

    bounds: list[tuple[float | None, float | None]] = [(None, None)] * state.parameters.size
    bounds[objective.networks.theta_size] = (-FLAT, FLAT)
    chunk = min(CHUNK, limit)
    # At its end scipy makes an inverse Hessian that nobody reads, of steps that may have been nothing but rounding.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        found = minimize(
            objective.value_and_gradient,
            state.parameters,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": chunk, "maxfun": 2 * chunk, "ftol": 0.0, "gtol": 0.0, "maxcor": 20},
        )
    better = bool(np.isfinite(found.fun)) and found.fun < state.value
    parameters = np.asarray(found.x) if better else state.parameters
    value = float(found.fun) if better else state.value
    stalled = not better or value > 0.999 * state.value
    return State(parameters, value, state.iterations + max(int(found.nit), 1), None, stalled)


def _terminate(objective: Objective, state: State) -> bool:
    return state.finished


LBFGS = Optimiser("l-bfgs-b", _init, _step, _terminate, 200, "limited-memory BFGS with bounds (scipy)")
