"""Residuals with every kind of word on random data, and what a slow evaluation in numpy makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy
from numpy.typing import NDArray

from symdcrnn.algebra.operators import OPERATORS, Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import UNIT, Base, Field, Function, Product, Word
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]
STENCILS = Stencils()
FRAMES = 6

MEAN = Operator("mean", Quadrature("v"), "<{}>")
V = Operator("v", Profile("v", ("v",)))
D_X, D_XX = Operator("d_x", Stencil("x", 1)), Operator("d_xx", Stencil("x", 2))
D_V, D_VV = Operator("d_v", Stencil("v", 1)), Operator("d_vv", Stencil("v", 2))
KERNEL = Quadrature("v", kernel="1 + v*v'")
K = Operator("K", KERNEL)
PULSE = Operator("pulse", Profile("sin(8*t)", ("t",)))
WAVE = Operator("wave", Profile("p(t, x)", ("t", "x")))
SIGMA = Operator("sigma", Profile("sigma", ("x",)))
V_DX = OPERATORS["v_dx"]


def word(base: Base, *letters: Operator) -> Word:
    return Word.of(letters, base)


def times(*factors: Word) -> Product:
    return Product(factors)


@dataclass(frozen=True, eq=False)
class Problem:
    """A residual and the data it is formed on."""

    form: Residual
    grid: PhaseGrid


def random_points(random: np.random.Generator, n: int, even: bool) -> Array:
    return 0.4 * np.arange(n) if even else np.cumsum(random.uniform(0.3, 0.6, n))


def kinetic(
    target: str = "f", even: bool = True, periodic: bool = True, nv: int = 11, nx: int = 290, every: int = 1
) -> Problem:
    """One x and one v: every rule, products, functions, fields and known functions on any subset of the axes.

    With `every` above one only one in so many words, which compile in less time.
    """
    random = np.random.default_rng(5)
    v, x = np.linspace(-2.0, 2.0, nv), random_points(random, nx, even)
    f, u, e = Field("f", ("t", "v", "x")), Field("u", ("t", "x")), Field("E", ("t", "x"))
    q, s = Field("q", ("t",)), Field("S", ("v",))
    t = 0.1 * np.arange(FRAMES)
    sizes = {"t": FRAMES, "v": nv, "x": nx}
    fields = {one.name: random.normal(size=[sizes[axis] for axis in one.axes]) for one in (f, u, e, q, s)}
    functions = {
        "v": (("v",), v), "sigma": (("x",), random.uniform(1.0, 2.0, nx)), "sin(8*t)": (("t",), np.sin(8.0 * t)),
        "p(t, x)": (("t", "x"), random.normal(size=(FRAMES, nx))),
    }
    axes = (GridAxis("v", "velocity", v, False, np.full(nv, 1.0 / nv)), GridAxis("x", "space", x, periodic))
    matrix = (1.0 + np.outer(v, v)) / nv
    grid = PhaseGrid(axes, t, fields, {one.name: one.axes for one in (f, u, e, q, s)}, functions,
                     {("v", str(kernel_name(KERNEL))): matrix})
    a0, a1 = sympy.symbols("a0 a1")
    bump = Function(sympy.exp(-(a0**2) / 10) * sympy.sqrt(a1**2 + 1), (word(u), word(f, MEAN)))
    everything = {
        "f": [
            word(f), word(times(word(e), word(f, D_V))), word(f, D_V, V), word(f, D_VV), word(f, K), word(f, K, V_DX),
            word(f, MEAN), word(times(word(u), word(u, D_X))), word(times(word(u), word(u)), D_XX), word(f, PULSE),
            word(f, PULSE, MEAN), word(f, WAVE, V_DX), word(f, MEAN, V, D_X), word(bump), word(q), word(s),
            word(UNIT, V), word(UNIT), word(times(word(q), word(f))), word(times(word(f, MEAN), word(f, V_DX))),
            word(times(word(f, MEAN, V), word(u, D_X), word(f)), D_X), word(u, V_DX, V_DX), word(u, K, V_DX),
            word(times(word(u, V_DX), word(u))), word(f, D_V, K), word(f, SIGMA, V_DX), word(u, SIGMA),
        ],
        "u": [
            word(u), word(times(word(u), word(u)), D_XX), word(times(word(u), word(u, D_X))), word(f, MEAN),
            word(f, MEAN, V, D_X), word(q), word(f, MEAN, D_V, V), word(times(word(f, MEAN, V), word(f, MEAN)), D_X),
            word(times(word(f), word(f)), MEAN), word(f, MEAN, V_DX, V_DX), word(u, MEAN, V_DX, V_DX),
        ],
        "q": [word(q), word(times(word(q), word(q))), word(UNIT)],
    }
    aim = {"f": f, "u": u, "q": q}[target]
    return Problem(residual(SCHEMES["imex-bdf2"], aim, everything[target][::every]), grid)


def plane(periodic: bool = True, even: bool = True) -> Problem:
    """Two space axes and ordinates: tiles with halos in both, stencils that lean by a cosine, the Laplacian."""
    random = np.random.default_rng(7)
    angles, ny, nx = 4, 23, 70
    theta = 2.0 * np.pi * np.arange(angles) / angles + 0.3
    f, s = Field("f", ("t", "angle", "y", "x")), Field("s", ("t", "y", "x"))
    axes = (GridAxis("angle", "index", np.arange(float(angles)), False, np.full(angles, 1.0 / angles)),
            GridAxis("y", "space", random_points(random, ny, even), periodic),
            GridAxis("x", "space", 0.5 * np.arange(nx), periodic))
    fields = {"f": random.normal(size=(FRAMES, angles, ny, nx)), "s": random.normal(size=(FRAMES, ny, nx))}
    functions = {"c": (("angle",), np.cos(theta)), "sine": (("angle",), np.sin(theta)),
                 "sigma": (("y", "x"), random.uniform(1.0, 2.0, (ny, nx)))}
    grid = PhaseGrid(axes, 0.1 * np.arange(FRAMES), fields, {"f": f.axes, "s": s.axes}, functions)
    c, sine = Operator("c", Profile("c", ("angle",))), Operator("sine", Profile("sine", ("angle",)))
    mean, d_y = Operator("mean", Quadrature("angle"), "<{}>"), Operator("d_y", Stencil("y", 1))
    sigma = Operator("sigma", Profile("sigma", ("y", "x")))
    laplacian = Operator("laplacian", Sum(((Stencil("x", 2),), (Stencil("y", 2),))))
    c_dx = Operator("c_dx", (Profile("c", ("angle",)), Stencil("x", 1, lean="c", lean_axes=("angle",))))
    words = [
        word(f), word(f, mean), word(f, c, D_X), word(f, sine, d_y), word(f, d_y, D_X), word(f, mean, c, D_X),
        word(f, sigma), word(f, sigma, mean), word(s), word(s, laplacian), word(s, c_dx), word(f, c_dx),
        word(s, c_dx, c_dx), word(s, sigma, c_dx), word(times(word(s), word(s, d_y))),
    ]
    return Problem(residual(SCHEMES["simpson"], f, words), grid)


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "kinetic": kinetic,
    "some words": lambda: kinetic(every=5),
    "open": lambda: kinetic(periodic=False),
    "uneven": lambda: kinetic(even=False),
    "open and uneven": lambda: kinetic(even=False, periodic=False),
    "a field of x": lambda: kinetic("u"),
    "a field of t": lambda: kinetic("q"),
    "plane": plane,
    "open plane": lambda: plane(periodic=False),
    "uneven plane": lambda: plane(even=False, periodic=False),
}


def equations(
    problem: Problem, fitted: dict[str, tuple[int, int]], stencils: Stencils = STENCILS
) -> tuple[Array, Array]:
    """The left-hand side and the columns where residuals are formed, axes (column,) (residual, axes of the target)."""
    form, grid = problem.form, problem.grid
    residuals = grid.frames - len(form.time_weights) + 1
    target = form.target.axes
    shape = (residuals, *(axis.size if axis.name in target else 1 for axis in grid.axes))
    inside = (slice(None), *(slice(*fitted[axis.name]) if axis.name in target else slice(None) for axis in grid.axes))

    def combined(weights: tuple[float, ...], one: Word) -> Array:
        values = evaluate(one, grid, stencils, range(grid.frames))
        sums = [sum(weight * values[n + k] for k, weight in enumerate(weights)) for n in range(residuals)]
        return np.broadcast_to(np.array(sums), shape)[inside]

    left = combined(form.time_weights, Word.of((), form.target))
    return left, np.array([combined(column.time_weights, column.word) for column in form.columns])
