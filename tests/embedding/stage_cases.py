"""Equations under schemes with stages, on random data of several axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from written_models import KINETIC, SCATTER, kinetic

from symdcrnn import Operator, Trajectory
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.staged.march import PhaseStages
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.regression.dictionary import space_of
from symdcrnn.schemes.runge_kutta import TABLEAUS, DoubleTableau

Array = np.ndarray
STENCILS = Stencils("upwind1", "central2")
GAMMA = 1.0 - 0.5**0.5
SSP2 = DoubleTableau("ssp2", ((0.0, 0.0), (1.0, 0.0)), (0.5, 0.5), ((GAMMA, 0.0), (1.0 - 2.0 * GAMMA, GAMMA)),
                     (0.5, 0.5), 2, "Pareschi and Russo; its first stage is implicit")
SCHEMES = {**TABLEAUS, "ssp2": SSP2}
TARGETS = {"f": ["cos(3*t) f", *KINETIC["f"], "v f", "f"], "u": list(KINETIC["u"])}


def stages_of(
    data: Trajectory, scheme: str, target: str, texts: Sequence[str], norm: str = "l2",
    operators: Sequence[Operator] = (),
) -> tuple[PhaseStages, tuple[Word, ...]]:
    """An equation of some data, and its words."""
    space = space_of(data, operators)
    words = tuple(space.word(text) for text in texts)
    form = loaded_frames(data).stages(SCHEMES[scheme], space.variables[target], words, STENCILS, find_norm(norm))
    assert isinstance(form, PhaseStages)
    return form, words


@cache
def case(scheme: str, target: str, periodic: bool = True, norm: str = "l2") -> tuple[PhaseStages, tuple[Word, ...]]:
    """An equation on v, which has ends, and x."""
    return stages_of(kinetic(periodic, True)[1], scheme, target, TARGETS[target], norm, [SCATTER])


def coefficients(words: tuple[Word, ...]) -> Array:
    """Times dt; differences over dx are large, so these are small."""
    return np.random.default_rng(7).normal(size=len(words)) * 0.02
