"""A quadratic loss by few passes: from the passes there have been, wherever rounding lets them tell.

For the L2 norm the loss around a pass is known exactly, but for rounding: far away from it, where most of what was
there cancels, digits are lost.  A new pass is made only where more would be lost than a pass itself loses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]

LOST = 30.0
"""How many times the rounding error of a pass the gradient may have."""

Pass = tuple[Array, QuadraticModel]
"""The coefficients of a pass over the data, and what it found."""


def expanded(passes: Sequence[Pass], coefficients: Array) -> QuadraticModel | None:
    """Loss, gradient and Gram matrix at some coefficients from passes at others; None where they cannot tell.

    Parameters
    ----------
    passes : sequence of (ndarray, QuadraticModel)
    coefficients : ndarray, shape (columns,)
    """
    best, least = None, LOST
    for centre, there in passes:
        away = coefficients - centre
        if not away.any():
            return there
        found = there.at(away)
        if found.loss <= 0.0:
            continue
        scale = np.sqrt(np.diag(there.gram) * found.loss)
        added = np.abs(there.gram) @ np.abs(away)
        seen = scale > 0.0
        lost = float(np.max(added[seen] / scale[seen], initial=0.0))
        if lost <= least:
            best, least = found, lost
    return best
