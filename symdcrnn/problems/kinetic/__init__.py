"""Kinetic problems beyond the paper: their equations, exact solvers in Fourier modes, data accurate to rounding.

A new problem is one new entry in `KINETIC`.
"""

from __future__ import annotations

from symdcrnn.problems.kinetic.entry import Entry, KineticProblem
from symdcrnn.problems.kinetic.gases import BGK, FOKKER_PLANCK, LINEAR_BGK, VLASOV_POISSON
from symdcrnn.problems.kinetic.generation import offered, solve_kinetic
from symdcrnn.problems.kinetic.matter import OPACITY, RADIATION
from symdcrnn.problems.kinetic.plane import ORDINATES_2D
from symdcrnn.problems.kinetic.scattering import ANISOTROPIC, GOLDSTEIN_TAYLOR, GROUPS, PN
from symdcrnn.problems.kinetic.slab import SLAB

__all__ = ["KINETIC", "Entry", "KineticProblem", "offered", "solve_kinetic"]

KINETIC: tuple[Entry, ...] = (SLAB, ANISOTROPIC, GROUPS, RADIATION, BGK, LINEAR_BGK, FOKKER_PLANCK, VLASOV_POISSON,
                              GOLDSTEIN_TAYLOR, PN, ORDINATES_2D, OPACITY)
