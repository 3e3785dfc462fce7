"""What the weak form says of coefficients: normal equations without the bias of noise, and how noise scatters them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.collisions.shaped import Normal
from symdcrnn.fitting.imposed.stage import Evidence
from symdcrnn.fitting.weak.joint import Found
from symdcrnn.selection.backward_elimination import STRONG_JUMP, WEAK_JUMP
from symdcrnn.weak_form.decision.choice import left_by
from symdcrnn.weak_form.noise.covariances import covariance
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]


def evidence_of(data: Sequence[WeakData], found: Found) -> Evidence:
    """The evidence of an equation under its test functions.

    Parameters
    ----------
    data : sequence of WeakData
    found : Found
    """
    best, by_noise = found.best, found.choice.by_noise
    scale = 1.0 if by_noise else max(1.0, found.estimate.excess)

    def spread(coefficients: Array, columns: Sequence[int]) -> Array:
        return scale * covariance(data, best.functions, coefficients, columns)

    return Evidence(_normal(best.signal), () if by_noise else tuple(map(_normal, best.halves)), spread,
                    lambda coefficients: left_by(best, range(best.unknowns), coefficients)[1],
                    WEAK_JUMP if by_noise else STRONG_JUMP)


def _normal(equations: Array) -> Normal:
    return Normal(equations[:-1, :-1], equations[:-1, -1])
