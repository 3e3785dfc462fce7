"""The passes that are measured: words on x and v, words on two space axes with ordinates, and nonlinear words.

The kinetic words are those that two layers of I, v_dx, mean reach on g and rho.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.operators import Operator, find_operator
from symdcrnn.algebra.rules import Quadrature, Stencil
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.algebra.words import Field, Product, Word, kinetic_field
from symdcrnn.kernels.codegen.emit import KernelSpec, Kind
from symdcrnn.kernels.cost import Cost, stages
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import lower_words
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind, spec_of
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.staged.march import PhaseStages
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.networks.coefficient_map import Networks, build_networks
from symdcrnn.preprocess.stages.grids import bind_phase_stages
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import TABLEAUS

Array = NDArray[np.float64]

LAYERS, SCALES = 2, 2

STENCILS = Stencils()

VISIBLE = (
    "g", "v_dx g", "<v_dx g>", "v_dx v_dx g", "<v_dx v_dx g>", "v_dx <v_dx g>", "v_dx v_dx v_dx g",
    "<v_dx v_dx v_dx g>", "v_dx <v_dx v_dx g>", "v_dx v_dx <v_dx g>", "v_dx v_dx v_dx v_dx g", "rho", "v_dx rho",
    "v_dx v_dx rho", "<v_dx v_dx rho>", "v_dx v_dx v_dx rho", "v_dx <v_dx v_dx rho>", "v_dx v_dx v_dx v_dx rho",
)
"""The 18 words of 31 that do not vanish in data of (2.4), (2.5): those that a regression stores."""

G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
F = Field("f", ("t", "angle", "y", "x"))
U, W = Field("u", ("t", "x")), Field("w", ("t", "x"))

POINTS = 4
"""Of the central stencil of a first derivative, the middle one not counted."""

PENALTY = 4
"""Operations of the loss and the slope, and two for the average."""


def paper_ansatz() -> Ansatz:
    """The ansatz for g of section 6."""
    operators = [find_operator(name) for name in ("I", "v_dx", "mean")]
    return build_ansatz("g", (G, RHO), operators, LAYERS, SCALES)


def paper_residual(visible: bool = False) -> Residual:
    """All words under IMEX-BDF2, or those that do not vanish."""
    ansatz = paper_ansatz()
    words = [word for word in ansatz.words if not visible or str(word) in VISIBLE]
    return residual(SCHEMES["imex-bdf2"], ansatz.target, words)


def kinetic_grid(t: Array, x: Array, v: Array, quadrature: Array, g: Array, rho: Array) -> PhaseGrid:
    """Data of g and rho, periodic in x.

    Parameters
    ----------
    t, x, v, quadrature : ndarray
        Of one axis each; quadrature is that of v.
    g : ndarray, shape (frames, Nv, Nx)
    rho : ndarray, shape (frames, Nx)
    """
    axes = (GridAxis("v", "velocity", v, False, quadrature), GridAxis("x", "space", x, True))
    return PhaseGrid(axes, t, {"g": g, "rho": rho}, {"g": G.axes, "rho": RHO.axes}, {"v": (("v",), v)})


def kinetic_spec(kind: Kind, norm: str, grid: PhaseGrid, visible: bool = False) -> KernelSpec:
    """What the kernel of the kinetic words is made from; of the grid only the axes matter."""
    return spec_of(kind, paper_residual(visible), grid, STENCILS, NORMS[norm])


def kinetic_pass(
    grid: PhaseGrid, norm: str, visible: bool = False, kind: Kind = "value_and_gradient"
) -> PhaseKernel:
    """The kinetic words on some data."""
    return bind(kind, paper_residual(visible), grid, STENCILS, NORMS[norm])


def kinetic_cost(norm: str, frames: int, velocities: int, nx: int) -> Cost:
    """What the loss and gradient of all kinetic words cost after all rewrites."""
    points, x = np.ones(velocities), np.arange(float(nx))
    grid = kinetic_grid(np.zeros(1), x, points, points, np.zeros((1, velocities, nx)), np.zeros((1, nx)))
    spec = kinetic_spec("value_and_gradient", norm, grid)
    words = lower_words(paper_residual(), spec.program.axes, STENCILS)
    return stages(spec, words, {"t": frames, "v": velocities, "x": nx})[-1].cost


def ars222(grid: PhaseGrid, norm: str) -> PhaseStages:
    """The kinetic words with the stages of ARS(2,2,2)."""
    ansatz = paper_ansatz()
    return bind_phase_stages(TABLEAUS["imex-ars222"], ansatz.target, ansatz.words, STENCILS, NORMS[norm], grid)


def networks_of_the_paper() -> Networks:
    """The map from theta to the coefficients, the stiff one its own."""
    ansatz = paper_ansatz()
    return build_networks(ansatz, EpsilonInterval(), len(ansatz.words), (0,), (1.0,))


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


def plane_pass(grid: PhaseGrid) -> PhaseKernel:
    """The words of two layers on two space axes."""
    return bind("value_and_gradient", plane_residual(), grid, STENCILS, NORMS["l2"])


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


def library_grid(frames: int, nx: int) -> PhaseGrid:
    """Smooth waves of u and w."""
    x, fields = np.arange(nx) / nx, {"u": np.empty((frames, nx)), "w": np.empty((frames, nx))}
    for n in range(frames):
        fields["u"][n] = np.sin(2.0 * np.pi * (x - 0.01 * n))
        fields["w"][n] = np.cos(6.0 * np.pi * (x + 0.02 * n))
    return PhaseGrid((GridAxis("x", "space", x, True),), 1e-3 * np.arange(frames), fields, {"u": U.axes, "w": W.axes})


def library_pass(grid: PhaseGrid, words: int = 100) -> PhaseKernel:
    """A dictionary of nonlinear words for the equation of u, with its Gram matrix."""
    form = residual(SCHEMES["simpson"], U, library_words(words))
    return bind("normal_equations", form, grid, STENCILS, NORMS["l2"])
