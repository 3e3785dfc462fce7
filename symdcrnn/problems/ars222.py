"""The compiled solver of the transport equations, see `ars222_steps`."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.plain_functions import compiled_functions
from symdcrnn.problems import ars222_steps
from symdcrnn.problems.ars222_steps import DELTA, GAMMA, HALO

Array = NDArray[np.float64]

SIGNATURES = {
    "wrap": "void(f8[::1])",
    "upwind": "void(f8[::1], f8, f8[::1])",
    "advect": "void(f8[:,::1], f8[::1], f8[::1], f8, f8[:,::1], f8[::1])",
    "explicit": "void(f8[::1], f8[::1], f8[::1], f8[::1], f8, f8, f8, f8[::1], f8[::1])",
    "advance": ("void(i8, f8[:,::1], f8[::1], f8[:,::1], f8[::1], f8[::1], f8[::1], f8[::1], f8[::1], "
                "f8[::1], f8, f8, f8)"),
}
"""Of the functions, in the order in which they call each other."""


def advance(steps: int, g: Array, rho: Array, dg: Array, mean: Array, v: Array, weights: Array, sigma_s: Array,
            sigma_a: Array, source: Array, eps: float, dx: float, dt: float) -> None:
    """Make some steps in place; arguments as those of `ars222_steps.advance`."""
    _solver().advance(steps, g, rho, dg, mean, v, weights, sigma_s, sigma_a, source, eps, dx, dt)


def advect(g: Array, v: Array, weights: Array, scale: float, out: Array, mean: Array) -> None:
    """v d_x g and its average; arguments as those of `ars222_steps.advect`."""
    _solver().advect(g, v, weights, scale, out, mean)


@lru_cache(maxsize=1)
def _solver() -> ModuleType:
    constants = {"GAMMA": float(GAMMA), "DELTA": float(DELTA), "HALO": HALO}
    functions = [(getattr(ars222_steps, name), signature) for name, signature in SIGNATURES.items()]
    return compiled_functions("steps of IMEX-ARS(2,2,2)", functions, constants, cache_directory())
