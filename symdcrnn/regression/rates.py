"""How fast an equation is in the data it was found in: what schemes are compared by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.preprocess.field_statistics import sizes
from symdcrnn.preprocess.frames import Frames
from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]


def fastest_rate(
    scheme: Scheme, target: Field, judges: Sequence[Regression], found: Sequence[Array],
    data: Sequence[Frames],
) -> float:
    """The largest rms of dt times one term of an equation, relative to that of its field.

    Parameters
    ----------
    scheme : Scheme
    target : Field
    judges : sequence of Regression
        By trajectory.
    found : sequence of ndarray, shape (columns,)
        The coefficients as every trajectory has them.
    data : sequence of Frames
    """
    rates = []
    for judge, coefficients, one in zip(judges, found, data, strict=True):
        size = sizes(one, (target.name,))[target.name]
        columns = np.sqrt(np.diag(judge.evaluate(judge.start).gram)) / float(sum(scheme.implicit))
        rates.append(float(np.max(np.abs(coefficients) * columns)) / size)
    return max(rates)
