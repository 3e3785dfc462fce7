"""Optimisers of the networks' parameters, each an init / step / terminate triple.

A new one is one module and one entry in `OPTIMISERS`.
"""

from __future__ import annotations

from symdcrnn.errors import lookup
from symdcrnn.networks.optimisers.adam import ADAM
from symdcrnn.networks.optimisers.gauss_newton import GAUSS_NEWTON
from symdcrnn.networks.optimisers.lbfgs import LBFGS
from symdcrnn.networks.optimisers.optimiser import Optimiser, State, run
from symdcrnn.networks.optimisers.sgd import SGD

OPTIMISERS: dict[str, Optimiser] = {optimiser.name: optimiser for optimiser in (ADAM, LBFGS, GAUSS_NEWTON, SGD)}

__all__ = ["OPTIMISERS", "Optimiser", "State", "find_optimiser", "run"]


def find_optimiser(name: str) -> Optimiser:
    """The optimiser of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(OPTIMISERS, name, "optimiser")
