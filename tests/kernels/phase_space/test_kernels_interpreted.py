"""Generated kernels as plain Python, which needs no compiler: two and three whole axes, small tiles, every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from in_python import in_python
from phase_problems import D_V, D_X, D_XX, KERNEL, MEAN, V_DX, K, Problem, V, equations, kinetic, times, word

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil, Sum
from symdcrnn.algebra.words import Field
from symdcrnn.kernels.codegen.emit import Kind
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual

Array = np.ndarray
SMALL, WIDTH, FRAMES = Stencils("upwind1", "central2"), 0.8, 4
VALUES = {
    "l2": (lambda r: r**2, lambda r: 2.0 * r, lambda r: np.full_like(r, 2.0)),
    "l1": (np.abs, np.sign, lambda r: 1.0 / np.maximum(np.abs(r), WIDTH)),
    "huber": (lambda r: np.where(np.abs(r) < WIDTH, r**2 / 2, WIDTH * (np.abs(r) - WIDTH / 2)),
              lambda r: np.clip(r, -WIDTH, WIDTH), lambda r: np.minimum(1.0, WIDTH / np.abs(r))),
}

W, WV = Operator("w", Profile("w", ("w",))), Operator("wv", Profile("wv", ("w", "v")))
OVER_W, SIGMA = Operator("over_w", Quadrature("w"), "<{}>_w"), Operator("sigma", Profile("sigma", ("y", "x")))
D_Y, RAMP = Operator("d_y", Stencil("y", 1)), Operator("ramp", Profile("ramp", ("t",)))
LAPLACIAN = Operator("laplacian", Sum(((Stencil("x", 2),), (Stencil("y", 2),))))
VW_DX = Operator("vw_dx", (Profile("vw", ("v", "w")), Stencil("x", 1, lean="vw", lean_axes=("v", "w"))))
W_DY = Operator("w_dy", (Profile("w", ("w",)), Stencil("y", 1, lean="w", lean_axes=("w",))))


@pytest.fixture(autouse=True)
def _interpreted() -> Iterator[None]:
    with in_python():
        yield


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
    words = [word(f), word(f, V_DX), *(word(f, MEAN, letter) for letter in letters), word(f, MEAN, D_X, letters[0])]
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


@cache
def case(name: str) -> tuple[Problem, Array, Array, Array, PhaseKernel]:
    """A problem, coefficients, its residual and its columns over all points, and a kernel for the columns."""
    target, even, periodic, norm = CASES[name]
    if target == "moments":
        one = moments()
    elif target.startswith("kinetic"):
        one = kinetic(target[-1], even, periodic, 4, 19 if target[-1] == "f" else 75)
    else:
        one = several(target, even, periodic)
    spans = bind("columns", one.form, one.grid, SMALL, NORMS[norm])
    left, columns = equations(one, spans.spans, SMALL)
    flat = columns.reshape(len(columns), -1)
    coefficients = np.random.default_rng(5).normal(size=len(flat)) / np.maximum(np.abs(flat).max(axis=1), 1e-3)
    return one, coefficients, left.reshape(-1) - coefficients @ flat, flat, spans


def bound(name: str, kind: Kind, tile: tuple[int, int] | None = None) -> PhaseKernel:
    one, *_ = case(name)
    kernel = replace(bind(kind, one.form, one.grid, SMALL, NORMS[CASES[name][3]]), width=WIDTH)
    names = [axis for axis, _ in kernel.spec.tile]
    if tile is None:
        return kernel
    return replace(kernel, spec=replace(kernel.spec, tile=tuple(zip(names, tile[-len(names):], strict=True))))


def close(found: Any, expected: Any, size: Any) -> None:
    assert (np.abs(np.asarray(found) - expected) <= 1e-12 * np.asarray(size)).all()


@pytest.mark.parametrize("tile", [None, (2, 32)])
@pytest.mark.parametrize("name", CASES)
def test_sums(name: str, tile: tuple[int, int] | None) -> None:
    _, coefficients, r, columns, _ = case(name)
    value, _, weight = VALUES[CASES[name][3]]
    found = bound(name, "normal_equations", tile).evaluate(coefficients)
    omega = weight(r)
    gram = (columns * omega) @ columns.T / r.size
    sizes = np.sqrt(np.diag(gram))
    close(found.loss, value(r).mean(), value(r).mean())
    close(found.gradient, -(columns @ (omega * r)) / r.size, (np.abs(columns) @ np.abs(omega * r)) / r.size)
    close(found.gram, gram, np.outer(sizes, sizes))


@pytest.mark.parametrize("name", ["f open", "h", "u uneven", "m", "kinetic", "kinetic u open", "moments"])
def test_loss_and_gradient(name: str) -> None:
    _, coefficients, r, columns, _ = case(name)
    value, slope, _ = VALUES[CASES[name][3]]
    loss, gradient = bound(name, "value_and_gradient", (2, 32)).value_and_gradient(coefficients)
    close(loss, value(r).mean(), value(r).mean())
    close(gradient, -(columns @ slope(r)) / r.size, (np.abs(columns) @ np.abs(slope(r))) / r.size)
    left = r + coefficients @ columns
    loss, gradient = bound(name, "products", (2, 32)).value_and_gradient(coefficients)
    close(loss, value(left).mean(), value(left).mean())
    close(gradient, -(columns @ slope(left)) / r.size, (np.abs(columns) @ np.abs(slope(left))) / r.size)


@pytest.mark.parametrize("name", CASES)
def test_columns_and_right_hand_side(name: str) -> None:
    _, coefficients, _, columns, _ = case(name)
    kernel = bound(name, "columns", (2, 32))
    inside = (..., *(slice(*kernel.spans[axis]) for axis in (*kernel.program.target_whole, *kernel.target_tiled)))
    found = kernel.each_column()[inside].reshape(columns.shape)
    close(found, columns, np.abs(columns).max(axis=1, keepdims=True))
    rate = bound(name, "apply", (2, 32)).apply(coefficients)[inside].reshape(-1)
    close(rate, coefficients @ columns, np.abs(columns * coefficients[:, None]).sum(axis=0).max())


def test_all_that_stands_in_kernels_is_run() -> None:
    """But for shares without work and words that read no frame, each statement for one problem or another."""
    statements: dict[str, set[int]] = {}
    missed: dict[str, set[int]] = {}
    for name in ("f open", "h", "m", "kinetic", "kinetic u open", "moments"):
        with in_python(notes=True) as run:
            bound(name, "normal_equations", (2, 32)).evaluate(case(name)[1])
        for text, lines in run.statements.items():
            statements[text] = lines
            missed[text] = missed.get(text, lines) - run.seen[text]
    left = sorted({text.splitlines()[line].strip() for text, lines in missed.items() for line in lines})
    assert sum(map(len, missed.values())) < 0.02 * sum(map(len, statements.values())), left
