"""The passes over any axes that are measured: two space axes with ordinates, and nonlinear words on one space axis."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from passes import paper_residual

from symdcrnn.algebra.ansatz import build_ansatz
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Quadrature, Stencil
from symdcrnn.algebra.words import Field, Product, Word
from symdcrnn.kernels.codegen.emit import Kind
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime import GridData
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual

F = Field("f", ("t", "angle", "y", "x"))
U, W = Field("u", ("t", "x")), Field("w", ("t", "x"))


POINTS = 4
"""Of the central stencil of a first derivative, the middle one not counted."""

PENALTY = 4
"""Operations of the loss and the slope, and two for the average."""


def plane_residual() -> Residual:
    """The words of two layers of I, d_x, d_y, mean on f under IMEX-BDF2."""
    letters = [Operator("I", ()), Operator("d_x", Stencil("x", 1)), Operator("d_y", Stencil("y", 1)),
               Operator("mean", Quadrature("angle"), "<{}>")]
    ansatz = build_ansatz("f", (F,), letters, 2, 0)
    return residual(SCHEMES["imex-bdf2"], F, ansatz.words)


def plane_grid(frames: int, angles: int, ny: int, nx: int) -> PhaseGrid:
    """Smooth waves on ordinates and a square; how long a pass takes does not depend on the values."""
    angle, y, x = np.arange(float(angles)), np.arange(ny) / ny, np.arange(nx) / nx
    f = np.empty((frames, angles, ny, nx))
    for n in range(frames):
        for number in range(angles):
            phase = 0.01 * n + 2.0 * np.pi * number / angles
            np.multiply(np.sin(2.0 * np.pi * y + phase)[:, None], np.cos(2.0 * np.pi * x - phase), out=f[n, number])
    axes = (GridAxis("angle", "index", angle, False, np.full(angles, 1.0 / angles)),
            GridAxis("y", "space", y, True), GridAxis("x", "space", x, True))
    return PhaseGrid(axes, 1e-3 * np.arange(frames), {"f": f}, {"f": F.axes})


def plane_cost(shape: tuple[int, int, int, int]) -> tuple[float, float]:
    """Bytes of the field, and operations: each frame read once, a point of a stencil two, a column four.

    Words with an average are counted once for all angles.
    """
    frames, angles, ny, nx = shape
    form = plane_residual()
    residuals = (frames - len(form.time_weights) + 1) * ny * nx
    weights = {form.time_weights, *(column.time_weights for column in form.columns)}
    combined = sum(2 * np.count_nonzero(one) - 1 for one in weights)
    wide = [column.word for column in form.columns if not any(letter.averages for letter in column.word.letters)]
    stencils = sum(2 * POINTS for word in wide if word.letters)
    thin = len(form.columns) - len(wide)
    per_angle = combined + stencils + 4 * len(wide) + 2 + PENALTY
    once = (2 * POINTS + 4) * thin
    return 8.0 * frames * angles * ny * nx, float(residuals * (angles * per_angle + once))


def library_words(count: int = 100) -> list[Word]:
    """Derivatives to order four of the products of u and w to degree three, and products with derivatives."""
    derivatives = [Operator("d_" + "x" * order, Stencil("x", order)) for order in range(1, 5)]
    factors = [Word.of((), U), Word.of((), W)]
    products = [parts for degree in (1, 2, 3) for parts in combinations_with_replacement(factors, degree)]
    words = [Word.of(letters, Product(parts) if len(parts) > 1 else parts[0].base)
             for parts in products for letters in ((), *((one,) for one in derivatives))]
    slopes = [Word.of((one,), field) for one in derivatives for field in (U, W)]
    words += [Word.of((), Product((*parts, slope))) for slope in slopes for parts in products]
    return list(dict.fromkeys(words))[:count]


def library_residual(words: int = 100) -> Residual:
    """A dictionary of nonlinear words for the equation of u."""
    return residual(SCHEMES["simpson"], U, library_words(words))


def library_grid(frames: int, nx: int) -> PhaseGrid:
    """Smooth waves of u and w."""
    x, fields = np.arange(nx) / nx, {"u": np.empty((frames, nx)), "w": np.empty((frames, nx))}
    for n in range(frames):
        fields["u"][n] = np.sin(2.0 * np.pi * (x - 0.01 * n))
        fields["w"][n] = np.cos(6.0 * np.pi * (x + 0.02 * n))
    return PhaseGrid((GridAxis("x", "space", x, True),), 1e-3 * np.arange(frames), fields, {"u": U.axes, "w": W.axes})


def kinetic_grid(data: GridData) -> PhaseGrid:
    """The data of one x and one v on named axes."""
    x = data.dx * np.arange(data.nx)
    axes = (GridAxis("v", "velocity", data.v, False, data.quadrature), GridAxis("x", "space", x, True))
    fields = {"g": ("t", "v", "x"), "rho": ("t", "x")}
    return PhaseGrid(axes, data.dt * np.arange(data.frames), data.fields, fields, {"v": (("v",), data.v)})


def kinetic_pass(data: GridData, kind: Kind, norm: str) -> PhaseKernel:
    """The 31 words of two layers of I, v_dx, mean on g and rho."""
    return bind(kind, paper_residual(), kinetic_grid(data), Stencils(), NORMS[norm])


def plane_pass(grid: PhaseGrid, kind: Kind = "value_and_gradient", norm: str = "l2") -> PhaseKernel:
    """The words of two layers on two space axes."""
    return bind(kind, plane_residual(), grid, Stencils(), NORMS[norm])


def library_pass(grid: PhaseGrid, words: int = 100, kind: Kind = "normal_equations") -> PhaseKernel:
    """The dictionary of nonlinear words."""
    return bind(kind, library_residual(words), grid, Stencils(), NORMS["l2"])
