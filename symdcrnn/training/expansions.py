"""A quadratic loss by few passes: from the passes there have been, wherever rounding lets them tell.

For the L2 norm the loss around a pass is known exactly, but for rounding: far away from it, where most of what was
there cancels, digits are lost.  A new pass is made only where more would be lost than a pass itself loses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.runtime import NormalEquations

Array = NDArray[np.float64]

LOST = 30.0
"""How many times the rounding error of a pass the gradient may have."""

Pass = tuple[Array, NormalEquations]
"""The coefficients of a pass over the data, and what it found."""


def expanded(passes: Sequence[Pass], coefficients: Array) -> NormalEquations | None:
    """Loss, gradient and Gram matrix at some coefficients from passes at others; None where they cannot tell.

    Parameters
    ----------
    passes : sequence of (ndarray, NormalEquations)
    coefficients : ndarray, shape (columns,)
    """
    best, least = None, LOST
    for centre, there in passes:
        away = coefficients - centre
        force = there.gram @ away
        loss = there.loss + float(away @ (there.gradient + 0.5 * force))
        if not away.any():
            return there
        if loss <= 0.0:
            continue
        scale = np.sqrt(np.diag(there.gram) * loss)
        added = np.abs(there.gram) @ np.abs(away)
        seen = scale > 0.0
        lost = float(np.max(added[seen] / scale[seen], initial=0.0))
        if lost <= least:
            least = lost
            best = NormalEquations(loss, there.gradient + force, there.gram)
    return best
