"""Residuals on two axes that are walked whole and two that are cut into tiles, and many separable columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from phase_problems import D_V, D_X, D_XX, KERNEL, MEAN, V_DX, K, Problem, V, kinetic, times, word

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual

Array = np.ndarray
SMALL, FRAMES = Stencils("upwind1", "central2"), 4

W, WV = Operator("w", Profile("w", ("w",))), Operator("wv", Profile("wv", ("w", "v")))
OVER_W, SIGMA = Operator("over_w", Quadrature("w"), "<{}>_w"), Operator("sigma", Profile("sigma", ("y", "x")))
D_Y, RAMP = Operator("d_y", Stencil("y", 1)), Operator("ramp", Profile("ramp", ("t",)))
LAPLACIAN = Operator("laplacian", Sum(((Stencil("x", 2),), (Stencil("y", 2),))))
VW_DX = Operator("vw_dx", (Profile("vw", ("v", "w")), Stencil("x", 1, lean="vw", lean_axes=("v", "w"))))
W_DY = Operator("w_dy", (Profile("w", ("w",)), Stencil("y", 1, lean="w", lean_axes=("w",))))


def several(target: str, even: bool = True, periodic: bool = True) -> Problem:
    """Fields on subsets of two axes that are walked whole and of two that are cut into tiles."""
    random = np.random.default_rng(11)
    sizes = {"t": FRAMES, "w": 2, "v": 4, "y": 5, "x": 11}

    def points(n: int) -> Array:
        return 0.4 * np.arange(n) if even else np.cumsum(random.uniform(0.3, 0.6, n))

    v, w = np.array([-1.5, -0.5, 0.5, 1.5]), np.array([-0.7, 1.2])
    axes = (GridAxis("w", "index", w, False, np.array([0.3, 0.7])),
            GridAxis("v", "velocity", v, False, np.array([0.1, 0.4, 0.3, 0.2])),
            GridAxis("y", "space", points(5), periodic), GridAxis("x", "space", points(11), periodic))
    f, h, k = Field("f", ("t", "w", "v", "y", "x")), Field("h", ("t", "w", "y", "x")), Field("k", ("t", "v", "y", "x"))
    u, m, s, q = Field("u", ("t", "y", "x")), Field("m", ("t", "w", "v")), Field("s", ("v",)), Field("q", ("t",))
    fields = {one.name: random.normal(size=[sizes[axis] for axis in one.axes]) for one in (f, h, k, u, m, s, q)}
    functions = {"v": (("v",), v), "w": (("w",), w), "wv": (("w", "v"), random.normal(size=(2, 4))),
                 "sigma": (("y", "x"), random.uniform(1.0, 2.0, (5, 11))),
                 "ramp": (("t",), np.linspace(0.5, 2.0, FRAMES)), "vw": (("v", "w"), random.normal(size=(4, 2)))}
    grid = PhaseGrid(axes, 0.1 * np.arange(FRAMES), fields, {one.name: one.axes for one in (f, h, k, u, m, s, q)},
                     functions, {("v", str(kernel_name(KERNEL))): random.normal(size=(4, 4))})
    everything = {
        "f": [word(f), word(f, V_DX), word(f, W_DY), word(f, WV, D_V), word(f, MEAN), word(f, OVER_W), word(h),
              word(f, LAPLACIAN, OVER_W, MEAN), word(k, D_X), word(m), word(times(word(k), word(h, D_Y))), word(f, K),
              word(f, SIGMA, V, W), word(times(word(u), word(f, D_V))), word(f, W_DY, K, OVER_W), word(u, WV),
              word(times(word(f, MEAN), word(f, OVER_W))), word(q), word(s), word(f, RAMP, D_X),
              word(u, D_V, WV), word(f, VW_DX), word(u, VW_DX), word(f, MEAN, VW_DX)],
        "scaled f": [word(f, V), word(f, WV)],
        "h": [word(h), word(f, MEAN), word(f, MEAN, V, D_X), word(h, D_XX), word(h, OVER_W), word(u, W_DY),
              word(times(word(h), word(h, D_Y))), word(f, MEAN, WV), word(k, MEAN, D_V), word(u)],
        "k": [word(k), word(k, V_DX), word(f, OVER_W, W), word(k, D_Y, K), word(k, D_V), word(u, V_DX)],
        "u": [word(u), word(f, OVER_W, MEAN), word(f, MEAN, OVER_W, V_DX), word(h, OVER_W, W_DY), word(u, LAPLACIAN),
              word(k, SIGMA, MEAN), word(times(word(h), word(h)), OVER_W), word(m, MEAN, OVER_W)],
        "m": [word(m), word(m, D_V), word(m, OVER_W), word(m, W, K), word(s), word(q)],
    }
    aim = {"f": f, "h": h, "k": k, "u": u, "m": m}[target[-1]]
    return Problem(residual(SCHEMES["imex-bdf2" if target in "fu" else "forward-euler"], aim, everything[target]), grid)


def moments() -> Problem:
    """More separable columns with factors of their own than one loop adds."""
    one = kinetic(nv=4, nx=9)
    random = np.random.default_rng(2)
    letters = [Operator(f"p{number}", Profile(f"p{number}", ("v",))) for number in range(11)]
    functions = {letter.name: (("v",), random.normal(size=4)) for letter in letters}
    f = one.form.target
    words = [word(f), word(f, V_DX), *(word(f, letter, MEAN) for letter in letters), word(f, letters[0], D_X, MEAN)]
    return Problem(residual(SCHEMES["forward-euler"], f, words),
                   replace(one.grid, functions={**one.grid.functions, **functions}))


CASES = {
    "f": ("f", True, True, "l2"), "f open": ("f", True, False, "huber"), "f uneven": ("f", False, True, "l1"),
    "h": ("h", True, True, "l2"), "h open and uneven": ("h", False, False, "l2"), "k": ("k", True, True, "huber"),
    "u": ("u", True, True, "l1"), "u uneven": ("u", False, True, "l2"), "m": ("m", True, True, "l2"),
    "scaled": ("scaled f", True, True, "l2"), "kinetic": ("kinetic f", True, True, "l2"),
    "kinetic open": ("kinetic f", False, False, "huber"),
    "kinetic u": ("kinetic u", True, True, "l2"), "kinetic u open": ("kinetic u", True, False, "l2"),
    "kinetic q": ("kinetic q", True, True, "l1"), "moments": ("moments", True, True, "l2"),
}
"""By name the target, whether points are even, whether space is periodic, and the norm."""


def problem_of(name: str) -> Problem:
    """The problem of a case."""
    target, even, periodic, _ = CASES[name]
    if target == "moments":
        return moments()
    if target.startswith("kinetic"):
        return kinetic(target[-1], even, periodic, 4, 19 if target[-1] == "f" else 75)
    return several(target, even, periodic)
