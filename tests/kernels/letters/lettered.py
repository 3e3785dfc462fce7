"""Every letter of two phase spaces, those that come with the axes and some of a user, on grids of every kind.

What is in `OWN`, and whatever comes with the axes, is tried by every test of this folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.preprocess.phase_grid import with_words

Array = np.ndarray
FRAMES = 3
NV, NX, ANGLES, NY = 12, 26, 4, 15
CIRCLE = 2.0 * np.pi * (np.arange(ANGLES) + 0.2) / ANGLES

OWN: dict[str, tuple[Operator, ...]] = {
    "slab": (
        Operator("K", Quadrature("v", kernel="1 + 0.9*v*v' + legendre(2, v)*exp(v')")),
        Operator("Kt", Quadrature("v", kernel="1 + v^2*v'", transposed=True)),
        Operator("M", Quadrature("v", matrix=np.random.default_rng(3).normal(size=(NV, NV)).tolist())),
        Operator("diffuse", [Stencil("x", 1), Profile("1.5 + 0.5*cos(x)"), Stencil("x", 1)]),
        Operator("down", [Profile("v"), Stencil("x", 1, "v", ("downwind", "downwind"), -1, accuracy=2)]),
        Operator("fine", Stencil("x", 2, accuracy=8)),
        Operator("lorentz", [Stencil("v", 1), Profile("1 - v^2"), Stencil("v", 1)]),
        Operator("drift", Sum(((Profile("v"), Stencil("x", 1)), (Profile("sin(8*t)"), Stencil("v", 1))))),
        Operator("flux", [Quadrature("v"), Profile("v")]),
        Operator("cube", Pointwise("u^3")),
        Operator("damp", Pointwise("exp(-v^2)*u/(1 + sigma*u^2) + cos(t)")),
        Operator("rough", Sum(((Pointwise("sin(u)"),), (Stencil("x", 2), Pointwise("u^2"))))),
    ),
    "plane": (
        Operator("turn", Quadrature("angle", kernel="1 + 0.5*(c*c' + s*s') + 0.1*c*s'")),
        Operator("hat", Profile("1 - c^2")),
        Operator("biharmonic", Sum(((Stencil("x", 4),), (Stencil("x", 2), Stencil("y", 2)), (Stencil("y", 4),)))),
        Operator("swirl", Sum(((Profile("s"), Stencil("x", 1, "s")), (Profile("cos(y)"), Stencil("y", 1))))),
        Operator("glow", Pointwise("u*tanh(u + c)")),
    ),
}
"""Operators of a user; a new one is one new entry."""


@dataclass(frozen=True)
class Lettered:
    """A phase space with data on it.

    Parameters
    ----------
    name : str
        Of its operators in `OWN`.
    periodic, even : bool
        The axes of space.
    refined : int
        How many times finer those axes are, and the velocity.
    """

    name: str
    periodic: bool
    even: bool
    refined: int = 1

    @cached_property
    def axes(self) -> tuple[GridAxis, ...]:
        """In storage order."""
        if self.name == "slab":
            v = np.linspace(-2.0, 2.4, (NV - 1) * self.refined + 1)
            return (GridAxis("v", "velocity", v, False, np.full(v.size, 1.0 / v.size)), self._in_space("x", NX))
        angle = GridAxis("angle", "velocity", np.arange(float(ANGLES)), False, np.array([0.1, 0.2, 0.3, 0.4]))
        return angle, self._in_space("y", NY), self._in_space("x", NX)

    def _in_space(self, name: str, n: int) -> GridAxis:
        points = n * self.refined
        place = 2.0 * np.pi * np.arange(points) / points
        moved = place if self.even else place + 0.2 * np.sin(place) + 0.05 * np.cos(2.0 * place)
        return GridAxis(name, "space", moved, self.periodic, repeats=2.0 * np.pi)

    @cached_property
    def space(self) -> PhaseSpace:
        """Its axes, fields and letters."""
        axes = [Axis(axis.name, axis.role, axis.periodic, axis.spacing is not None, axis.name != "angle")
                for axis in self.axes]
        if self.name == "slab":
            fields = [Field("f", ("t", "v", "x")), Field("u", ("t", "x")), Field("sigma", ("x",))]
            return phase_space(axes, fields, None, OWN["slab"])
        fields = [Field("f", ("t", "angle", "y", "x")), Field("u", ("t", "y", "x")), Field("sigma", ("x",))]
        return phase_space(axes, fields, {"c": ("angle",), "s": ("angle",)}, OWN["plane"])

    @cached_property
    def letters(self) -> tuple[Operator, ...]:
        """All of them, with some that are made when they are named."""
        named = ("P_2", "P_3", "v^2", "d_xv", "d_xxv") if self.name == "slab" else ("d_xy", "c^2", "d_xyy")
        return (*self.space.operators.values(), *(self.space.operator(name) for name in named))

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every letter on a field of all axes and on one without velocity, where that is not zero."""
        found = [Word((letter,), field) for field in (self.space.variables["f"], self.space.variables["u"])
                 for letter in self.letters if not letter.vanishes_on(frozenset(field.axes))]
        return tuple(Word.of(word.letters, word.base) for word in found)

    @cached_property
    def grid(self) -> PhaseGrid:
        """Random fields."""
        random = np.random.default_rng(11)
        shapes = {name: [self.sizes[axis] for axis in field.axes] for name, field in self.space.variables.items()}
        return self.grid_of({name: random.normal(size=shape) for name, shape in shapes.items()}, self.words)

    @cached_property
    def sizes(self) -> dict[str, int]:
        return {"t": FRAMES, **{axis.name: axis.size for axis in self.axes}}

    def grid_of(self, fields: dict[str, Array], words: tuple[Word, ...]) -> PhaseGrid:
        """The grid with some fields on it, and what some words multiply by."""
        t = 0.3 + 0.1 * np.arange(FRAMES)
        known = {"t": (("t",), t), **{axis.name: ((axis.name,), axis.coordinate) for axis in self.axes}}
        known |= {"c": (("angle",), np.cos(CIRCLE)), "s": (("angle",), np.sin(CIRCLE))} if self.name == "plane" else {}
        x = known["x"][1]
        known["sigma"] = (("x",), 1.5 + 0.5 * np.sin(x))
        axes = {field.name: field.axes for field in self.space.variables.values()}
        axes |= {name: ("t", *(axis.name for axis in self.axes)) for name in fields if name not in axes}
        return with_words(PhaseGrid(self.axes, t, fields, axes, known), words)


GRIDS = {f"{name} {'periodic' if periodic else 'open'} {'even' if even else 'uneven'}": Lettered(name, periodic, even)
         for name in OWN for periodic in (True, False) for even in (True, False)}
