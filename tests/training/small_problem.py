"""A small regression with forward Euler and first-order stencils, by kernels and by explicit columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import slow_reference as slow

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.algebra.words import kinetic_field
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.networks.coefficient_map import Networks, build_networks
from symdcrnn.preprocess.loaded_frames import LoadedFrames
from symdcrnn.regression.bound_equation import BoundEquation, bind_equation
from symdcrnn.regression.terms import Term
from symdcrnn.schemes.multistep import SCHEMES, residual

Array = np.ndarray
G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
BASIC = tuple(OPERATORS[name] for name in ("I", "v_dx", "mean"))
EULER = SCHEMES["forward-euler"]
STENCILS = Stencils("upwind1", "central2")


def ansatz(layers: int = 1, scales: int = 0, target: str = "g") -> Ansatz:
    return build_ansatz(target, [G, RHO], BASIC, layers, scales)


def networks(
    layers: int = 1, scales: int = 1, target: str = "g", own: tuple[int, ...] = (), more: int = 0,
    interval: EpsilonInterval | None = None,
) -> Networks:
    """All networks of one equation; `more` columns are not theirs."""
    form = ansatz(layers, scales, target)
    units = tuple(2.0 + number for number in range(len(own)))
    return build_networks(form, interval or EpsilonInterval(0.05, 0.9), len(form.words) + more, own, units)


WORDS = ansatz().words
"""g: six words, rho: four."""

TEXTS = tuple(map(str, WORDS))


def data(seed: int = 0, frames: int = 4, nv: int = 4, nx: int = 20) -> slow.Data:
    return slow.random_data(seed, frames, nv, nx)


def bound(
    where: slow.Data, norm: str = "l2", known: Mapping[str, float] | None = None, zero_mean: float = 0.0
) -> BoundEquation:
    terms = [Term(word, (known or {}).get(str(word))) for word in WORDS]
    return bind_equation(EULER, G, terms, LoadedFrames(where.grid), STENCILS, find_norm(norm), zero_mean)


def regression(
    where: slow.Data, norm: str = "l2", known: Mapping[str, float] | None = None, zero_mean: float = 0.0
) -> Regression:
    return bound(where, norm, known, zero_mean).regression


def system(where: slow.Data) -> tuple[Array, Array]:
    """The columns, times dt, as a matrix, and the left-hand side: matrix @ coefficients = side."""
    grid = slow.Grid.of(where, STENCILS.transport, STENCILS.central)
    side, columns = slow.equations(residual(EULER, G, WORDS), where, grid)
    return where.dt * columns.reshape(len(WORDS), -1).T, side.reshape(-1)


def planted(equation: Mapping[str, float], seed: int = 3, frames: int = 5) -> slow.Data:
    """Data that follows an equation exactly under forward Euler; rho is anything at all."""
    made = data(seed, frames)
    grid = slow.Grid.of(made, STENCILS.transport, STENCILS.central)
    g, rho = made.fields["g"].copy(), made.fields["rho"]
    for n in range(frames - 1):
        start = {"g": g[n], "rho": rho[n][None]}
        g[n + 1] = g[n]
        for word in WORDS:
            if str(word) in equation:
                value = slow.compose(word.letters, grid, start[word.base.name], word.base.v_dependent)
                g[n + 1] = g[n + 1] + made.dt * equation[str(word)] * value
    return replace(made, fields={**made.fields, "g": g})


def slopes(function: Callable[[Array], Array | float], at: Array, step: float = 1e-5) -> Array:
    """The Jacobian by central differences, the last axis that of the argument."""
    columns = []
    for number in range(at.size):
        moved = np.zeros_like(at)
        moved[number] = step
        columns.append((np.asarray(function(at + moved)) - np.asarray(function(at - moved))) / (2 * step))
    return np.stack(columns, axis=-1)
