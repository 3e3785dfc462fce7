"""The operators in plain numpy, one array expression each, with the formulas written out by hand.

A value is an array of shape (Nv, Nx), or (1, Nx) if it does not depend on v.  x wraps around.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]

FROM_THE_LEFT: dict[str, dict[int, float]] = {
    "upwind1": {-1: -1, 0: 1},
    "upwind2": {-2: 1 / 2, -1: -2, 0: 3 / 2},
    "upwind3": {-2: 1 / 6, -1: -1, 0: 1 / 2, 1: 1 / 3},
    "central2": {-1: -1 / 2, 1: 1 / 2},
    "central4": {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12},
    "central8": {-4: 1 / 280, -3: -4 / 105, -2: 1 / 5, -1: -4 / 5, 1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280},
}
SECOND: dict[str, dict[int, float]] = {
    "central2": {-1: 1, 0: -2, 1: 1},
    "central4": {-2: -1 / 12, -1: 4 / 3, 0: -5 / 2, 1: 4 / 3, 2: -1 / 12},
    "central8": {-4: -1 / 560, -3: 8 / 315, -2: -1 / 5, -1: 8 / 5, 0: -205 / 72, 1: 8 / 5, 2: -1 / 5, 3: 8 / 315,
                 4: -1 / 560},
}


@dataclass(frozen=True)
class Data:
    """Fields on even t, x and v, (frames, Nv, Nx) or (frames, Nx), and functions of x."""

    fields: Mapping[str, Array]
    v: Array
    quadrature: Array
    dt: float
    dx: float
    periodic: bool
    profiles: Mapping[str, Array]

    @property
    def frames(self) -> int:
        return int(next(iter(self.fields.values())).shape[0])

    @property
    def nx(self) -> int:
        return int(next(iter(self.fields.values())).shape[-1])

    @property
    def grid(self) -> PhaseGrid:
        """The same as kernels read it."""
        axes = (GridAxis("v", "velocity", self.v, False, self.quadrature),
                GridAxis("x", "space", self.dx * np.arange(self.nx), self.periodic))
        on = {name: ("t", "v", "x") if values.ndim == 3 else ("t", "x") for name, values in self.fields.items()}
        functions = {"v": (("v",), self.v), **{name: (("x",), values) for name, values in self.profiles.items()}}
        return PhaseGrid(axes, self.dt * np.arange(self.frames), self.fields, on, functions)


@dataclass(frozen=True)
class Grid:
    """Nodes, weights of sum one, spacing, profiles in x, and the names of the stencils."""

    v: Array
    quadrature: Array
    dx: float
    profiles: Mapping[str, Array] = field(default_factory=dict)
    transport: str = "upwind3"
    central: str = "central4"

    @classmethod
    def of(cls, data: Data, transport: str = "upwind3", central: str = "central4") -> Grid:
        return cls(data.v, data.quadrature, data.dx, data.profiles, transport, central)


def weighted(formula: Mapping[int, float], u: Array) -> Array:
    """sum_o formula[o] u[j + o]."""
    return sum((weight * np.roll(u, -offset, axis=-1) for offset, weight in formula.items()), np.zeros_like(u))


def leaning_left(grid: Grid, u: Array) -> Array:
    """d/dx with a formula that reads further on the left."""
    return weighted(FROM_THE_LEFT[grid.transport], u) / grid.dx


def leaning_right(grid: Grid, u: Array) -> Array:
    """d/dx with the mirrored formula."""
    mirrored = {-offset: -weight for offset, weight in FROM_THE_LEFT[grid.transport].items()}
    return weighted(mirrored, u) / grid.dx


def transport(grid: Grid, u: Array, upwind: bool) -> Array:
    """v du/dx, against the flow or with it."""
    v = grid.v[:, None]
    one, other = (leaning_left, leaning_right) if upwind else (leaning_right, leaning_left)
    return np.where(v > 0.0, v * one(grid, u), v * other(grid, u))


def apply(letter: Operator, grid: Grid, u: Array, v_dependent: bool) -> tuple[Array, bool]:
    """One operator: the value and whether it depends on v."""
    match letter.rules:
        case (Profile(expression="v"), Stencil(lean="v") as rule):
            side = rule.sides[0] if v_dependent else rule.sides[1]
            return rule.sign * transport(grid, u, side == "upwind"), True
        case (Quadrature(axis="v"),):
            return (np.einsum("i,ij->j", grid.quadrature, u)[None] if v_dependent else u), False
        case (Stencil() as rule,):
            formula = {1: FROM_THE_LEFT, 2: SECOND}[rule.order][grid.central]
            return rule.sign * weighted(formula, u) / grid.dx**rule.order, v_dependent
        case (Profile() as rule,):
            return grid.profiles[rule.expression] * u, v_dependent
    assert letter.is_identity
    return u, v_dependent


def compose(letters: Sequence[Operator], grid: Grid, u: Array, v_dependent: bool) -> Array:
    """A composition, outermost operator first."""
    for letter in reversed(letters):
        u, v_dependent = apply(letter, grid, u, v_dependent)
    return u


def reach(word: Word, grid: Grid) -> int:
    """How far a word reads to one side."""
    leaning, central = max(map(abs, FROM_THE_LEFT[grid.transport])), max(SECOND[grid.central])
    return sum(central if rule.lean is None else leaning for letter in word.letters for rule in letter.rules
               if isinstance(rule, Stencil))


def combine(weights: Sequence[float], frames: Array, n: int) -> Array:
    """sum_i weights[i] u^(n+i), with an axis for v."""
    return np.atleast_2d(sum(weight * frames[n + i] for i, weight in enumerate(weights)))


def equations(form: Residual, data: Data, grid: Grid) -> tuple[Array, Array]:
    """The left-hand side y and the columns of a residual at every point where it is defined.

    Shapes (residuals, Nv or 1, points) and (columns, residuals, Nv or 1, points).
    """
    residuals = data.frames - len(form.time_weights) + 1
    halo = 0 if data.periodic else max(reach(word, grid) for word in form.words)
    inside = slice(halo, data.nx - halo)
    y = np.array([combine(form.time_weights, data.fields[form.target.name], n) for n in range(residuals)])
    columns = []
    for column in form.columns:
        word, u = column.word, data.fields[column.word.base.name]
        values = [
            compose(word.letters, grid, combine(column.time_weights, u, n), word.base.v_dependent)
            for n in range(residuals)
        ]
        columns.append(np.broadcast_to(np.array(values), y.shape))
    return y[..., inside], np.array(columns)[..., inside]


def random_data(
    seed: int, frames: int = 5, nv: int = 5, nx: int = 40, periodic: bool = True, dt: float = 0.1
) -> Data:
    """Random g, rho and profile sigma_s; with an odd number of nodes one of them is v = 0."""
    random = np.random.default_rng(seed)
    v, weights = np.polynomial.legendre.leggauss(nv)
    fields = {"g": random.normal(size=(frames, nv, nx)), "rho": random.normal(size=(frames, nx))}
    return Data(fields, v, weights / weights.sum(), dt, 0.5, periodic, {"sigma_s": random.uniform(1, 2, nx)})
