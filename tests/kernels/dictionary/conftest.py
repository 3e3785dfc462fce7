"""Three programs, one of them with every word of two layers; their data, and a slow and obvious reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pytest
from numpy.typing import NDArray
from slow_reference import Data

from symdcrnn.algebra.ansatz import build_ansatz
from symdcrnn.algebra.operators import OPERATORS, Operator, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.kernels.ir.values import Program
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind, spec_of
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]
G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
FIELDS = {"g": G, "rho": RHO}
ALPHABET = {**OPERATORS, "sigma": multiplication("sigma")}

LEANING_LEFT = {
    "upwind1": {-1: -1, 0: 1},
    "upwind2": {-2: 1 / 2, -1: -2, 0: 3 / 2},
    "upwind3": {-2: 1 / 6, -1: -1, 0: 1 / 2, 1: 1 / 3},
    "central2": {-1: -1 / 2, 1: 1 / 2},
    "central4": {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12},
    "central8": {-4: 1 / 280, -3: -4 / 105, -2: 1 / 5, -1: -4 / 5, 1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280},
}
SECOND = {
    "central2": {-1: 1, 0: -2, 1: 1},
    "central4": {-2: -1 / 12, -1: 4 / 3, 0: -5 / 2, 1: 4 / 3, 2: -1 / 12},
    "central8": {-4: -1 / 560, -3: 8 / 315, -2: -1 / 5, -1: 8 / 5, 0: -205 / 72, 1: 8 / 5, 2: -1 / 5, 3: 8 / 315,
                 4: -1 / 560},
}


@dataclass(frozen=True)
class Reference:
    """Operators on whole arrays (..., Nv, Nx) of a periodic grid, one line each."""

    data: Data
    stencils: Stencils

    def difference(self, formula: dict[int, float], u: Array) -> Array:
        return sum(weight * np.roll(u, -offset, axis=-1) for offset, weight in formula.items())

    def transport(self, u: Array, upwind: bool) -> Array:
        left = LEANING_LEFT[self.stencils.transport]
        right = {-offset: -weight for offset, weight in left.items()}
        v = self.data.v[:, None]
        from_left = (v > 0) if upwind else (v < 0)
        return v * np.where(from_left, self.difference(left, u), self.difference(right, u)) / self.data.dx

    def operator(self, operator: Operator, u: Array, v_dependent: bool) -> tuple[Array, bool]:
        rule = operator.rules[-1]
        if isinstance(rule, Stencil) and rule.lean == "v":
            side = rule.sides[0] if v_dependent else rule.sides[1]
            return rule.sign * self.transport(u, side == "upwind"), True
        if isinstance(rule, Quadrature):
            return np.ones_like(u) * np.einsum("i,...ij->...j", self.data.quadrature, u)[..., None, :], False
        if isinstance(rule, Profile):
            return self.data.profiles[rule.expression] * u, v_dependent
        assert isinstance(rule, Stencil)
        table = {1: LEANING_LEFT, 2: SECOND}[rule.order][self.stencils.central]
        return rule.sign * self.difference(table, u) / self.data.dx**rule.order, v_dependent

    def field(self, field: Field) -> Array:
        u = self.data.fields[field.name]
        return u if field.v_dependent else np.repeat(u[:, None, :], self.data.v.size, axis=1)

    def word(self, word: Word, u: Array) -> Array:
        varies = word.base.v_dependent
        for letter in reversed(word.letters):
            u, varies = self.operator(letter, u, varies)
        return u

    def bound(self, word: Word) -> float:
        """How much larger a word can make the largest value: what its rounding errors are measured by."""
        size = 1.0
        for rule in (letter.rules[-1] for letter in word.letters):
            if isinstance(rule, Stencil) and rule.lean == "v":
                weights = LEANING_LEFT[self.stencils.transport]
                size *= np.abs(self.data.v).max() * sum(map(abs, weights.values())) / self.data.dx
            elif isinstance(rule, Stencil):
                weights = {1: LEANING_LEFT, 2: SECOND}[rule.order][self.stencils.central]
                size *= sum(map(abs, weights.values())) / self.data.dx**rule.order
            elif isinstance(rule, Profile):
                size *= np.abs(self.data.profiles[rule.expression]).max()
        return size

    def equations(self, form: Residual, halo: int) -> tuple[Array, Array]:
        """The left-hand side (points,) and the columns (columns, points), where the data reaches."""
        frames = len(form.time_weights)
        inside = slice(None) if self.data.periodic else slice(halo, self.data.nx - halo)

        def combine(weights: tuple[float, ...], field: Field) -> Array:
            u = self.field(field)
            count = self.data.frames - frames + 1
            return sum(weight * u[i:i + count] for i, weight in enumerate(weights))

        def points(u: Array) -> Array:
            return (u if form.target.v_dependent else u[:, :1])[..., inside].ravel()

        columns = [points(self.word(c.word, combine(c.time_weights, c.word.base))) for c in form.columns]
        return points(combine(form.time_weights, form.target)), np.array(columns)


PENALTIES = {
    "l2": lambda r, width: (r**2, 2 * r, 2 + 0 * r),
    "l1": lambda r, width: (np.abs(r), np.sign(r), 1 / np.maximum(np.abs(r), width)),
    "huber": lambda r, width: (np.where(np.abs(r) < width, r**2 / 2, width * (np.abs(r) - width / 2)),
                               np.clip(r, -width, width), np.minimum(1, width / np.maximum(np.abs(r), 1e-300))),
}


@dataclass(frozen=True)
class Case:
    """A residual with the stencils its words use."""

    form: Residual
    stencils: Stencils

    @cached_property
    def program(self) -> Program:
        return spec_of("columns", self.form, data_of().grid, self.stencils, NORMS["l2"]).program

    def equations(self, data: Data) -> tuple[Array, Array]:
        return Reference(data, self.stencils).equations(self.form, self.program.margin["x"])


def words(text: str) -> list[Word]:
    return [parse_word(part, FIELDS, ALPHABET) for part in text.split(",")]


FEW = "g, v_dx g, <v_dx g>, v_dx rho, d_x g, d_xx rho, d_x v_dx rho, v_dx <v_dx g>, sigma g, sigma v_dx rho"
FEW_WITHOUT_V = "<v_dx g>, <v_dx v_dx g>, rho, d_xx rho, <v_dx v_dx rho>, <v_dx rho>, sigma rho, <v_dx sigma <g>>"


@cache
def case_of(name: str, transport: str = "upwind3", central: str = "central4") -> Case:
    """`g`: all words of two layers; `few`: few words; `two`: the first ones; `rho`: an equation without v."""
    stencils = Stencils(transport, central)
    if name == "g":
        basic = [OPERATORS[letter] for letter in ("I", "v_dx", "mean")]
        return Case(residual(SCHEMES["imex-bdf2"], G, build_ansatz("g", [G, RHO], basic, 2, 0).words), stencils)
    if name in ("few", "two"):
        return Case(residual(SCHEMES["imex1"], G, words(FEW)[:2 if name == "two" else None]), stencils)
    return Case(residual(SCHEMES["simpson"], RHO, words(FEW_WITHOUT_V)), stencils)


@cache
def data_of(nv: int = 5, nx: int = 300, frames: int = 6, periodic: bool = True) -> Data:
    """Random fields; 300 points are more than one block, and of 5 velocities one is zero."""
    rng = np.random.default_rng([nv, nx, frames])
    nodes, weights = np.polynomial.legendre.leggauss(nv)
    fields = {"g": rng.normal(size=(frames, nv, nx)), "rho": rng.normal(size=(frames, nx))}
    return Data(fields, nodes, weights / weights.sum(), 0.1, 1 / 16, periodic,
                    {"sigma": rng.uniform(0.5, 1.5, size=nx)})


class Workbench:
    """What the tests of this folder share."""

    case = staticmethod(case_of)
    data = staticmethod(data_of)
    reference = Reference
    words = staticmethod(words)
    alphabet = ALPHABET

    def bind(self, case: Case, kind: str, norm: str, data: Data, width: float = 0.3,
             scalar: str = "float64") -> PhaseKernel:
        title = (f"d/dt {case.form.target.name} = {' + '.join(map(str, case.form.words))}",)
        made = bind(kind, case.form, data.grid, case.stencils, NORMS[norm], title=title, scalar=scalar)
        return replace(made, width=width)

    def coefficients(self, case: Case, data: Data, seed: int = 0) -> Array:
        """Random ones, of the size that gives every column the same weight."""
        _, columns = case.equations(data)
        return np.random.default_rng(seed).normal(size=len(columns)) / np.abs(columns).max(axis=1)

    def penalty(self, norm: str, case: Case, data: Data, c: Array, width: float = 0.3) -> tuple[Array, ...]:
        """The columns, r, rho(r), psi(r) and omega(r) at every point."""
        y, columns = case.equations(data)
        r = y - c @ columns
        return (columns, r, *PENALTIES[norm](r, width))

    def poisoned(self, data: Data, field: str) -> Data:
        """The data with one number that is not a number."""
        fields = {name: values.copy() for name, values in data.fields.items()}
        fields[field].flat[fields[field].size // 2] = np.nan
        return replace(data, fields=fields)


@pytest.fixture(scope="session")
def bench() -> Workbench:
    return Workbench()
