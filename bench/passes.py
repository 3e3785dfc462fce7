"""The passes that are measured: symdcrnn's kernels on the words that two layers of I, v_dx, mean reach on g and rho."""

from __future__ import annotations

from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec, Kind
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.stages import BoundStages, bind_stages

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.operators import find_operator
from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.algebra.words import kinetic_field
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.networks.coefficient_map import Networks, build_networks
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import TABLEAUS

LAYERS, SCALES = 2, 2

VISIBLE = (
    "g", "v_dx g", "<v_dx g>", "v_dx v_dx g", "<v_dx v_dx g>", "v_dx <v_dx g>", "v_dx v_dx v_dx g",
    "<v_dx v_dx v_dx g>", "v_dx <v_dx v_dx g>", "v_dx v_dx <v_dx g>", "v_dx v_dx v_dx v_dx g", "rho", "v_dx rho",
    "v_dx v_dx rho", "<v_dx v_dx rho>", "v_dx v_dx v_dx rho", "v_dx <v_dx v_dx rho>", "v_dx v_dx v_dx v_dx rho",
)
"""The 18 words of 31 that do not vanish in data of (2.4), (2.5): those that a regression stores."""


def paper_ansatz() -> Ansatz:
    """The ansatz for g of section 6."""
    fields = (kinetic_field("g", True), kinetic_field("rho", False))
    operators = [find_operator(name) for name in ("I", "v_dx", "mean")]
    return build_ansatz("g", fields, operators, LAYERS, SCALES)


def paper_residual(visible: bool = False) -> Residual:
    """All words under IMEX-BDF2, or those that do not vanish."""
    ansatz = paper_ansatz()
    words = [word for word in ansatz.words if not visible or str(word) in VISIBLE]
    return residual(SCHEMES["imex-bdf2"], ansatz.target, words)


def spec(kind: Kind, norm: str, visible: bool = False) -> KernelSpec:
    return KernelSpec(kind, lower(paper_residual(visible), Stencils()), NORMS[norm])


def bound_pass(data: GridData, norm: str, visible: bool = False) -> BoundKernel:
    """Loss and gradient on some data."""
    return BoundKernel(build(spec("value_and_gradient", norm, visible)), data)


def ars222(data: GridData, norm: str) -> BoundStages:
    """The same words with the stages of ARS(2,2,2)."""
    ansatz = paper_ansatz()
    return bind_stages(TABLEAUS["imex-ars222"], ansatz.target, ansatz.words, data, Stencils(), NORMS[norm])


def networks_of_the_paper() -> Networks:
    """The map from theta to the coefficients, the stiff one its own."""
    ansatz = paper_ansatz()
    return build_networks(ansatz, EpsilonInterval(), len(ansatz.words), (0,), (1.0,))
