"""What an optimiser is: three pure functions over an immutable state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.networks.objective import Objective

Array = NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """Where an optimiser stands.

    Parameters
    ----------
    parameters : ndarray
    value : float
        The objective there.
    iterations : int
        How many there have been.
    memory : object
        What the optimiser itself remembers.
    finished : bool
        Whether no further step can help.
    """

    parameters: Array
    value: float
    iterations: int
    memory: Any
    finished: bool = False


@dataclass(frozen=True)
class Optimiser:
    """An optimiser.

    Parameters
    ----------
    name : str
    init : callable
        (objective, parameters) -> State.
    step : callable
        (objective, state, limit) -> State, with at most `limit` further iterations.
    terminate : callable
        (objective, state) -> bool.
    iterations : int
        How many iterations it is given unless told otherwise.
    description : str
    """

    name: str
    init: Callable[[Objective, Array], State]
    step: Callable[[Objective, State, int], State]
    terminate: Callable[[Objective, State], bool]
    iterations: int
    description: str


def run(optimiser: Optimiser, objective: Objective, parameters: Array, iterations: int) -> State:
    """Steps until the goal is reached, the optimiser terminates, or it has used up its iterations."""
    state = optimiser.init(objective, parameters)
    while (state.iterations < iterations and state.value > objective.goal
           and not optimiser.terminate(objective, state)):
        state = optimiser.step(objective, state, iterations - state.iterations)
    return state
