"""What noisy data cannot tell: how large the coefficient of a word that was left out could be without being seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.weak_form.decision.checks import substitutes
from symdcrnn.weak_form.decision.choice import ADDED, NOISY, Estimate, estimate, uncorrelated
from symdcrnn.weak_form.noise.covariances import Covariances
from symdcrnn.weak_form.study import Study, WeakData

Array = NDArray[np.float64]

FEWEST, MOST = 3, 24
"""Words that are looked at, those first that could be the largest part if the rows were independent."""

VALUES = 5e6
"""Of such words at all points, about, beyond which no more are looked at: each takes as long as one of the equation."""


@dataclass(frozen=True)
class Unseen:
    """A word that was left out.

    Parameters
    ----------
    column : int
    coefficient : float
        The size up to which it would have been left out as well.
    share : float
        The root mean square of such a term over that of the left-hand side.
    """

    column: int
    coefficient: float
    share: float


def unseen(
    data: Sequence[WeakData], study: Study, candidates: Sequence[int], found: Estimate, covariances: Covariances,
    together: Collection[int] = (),
) -> tuple[Unseen, ...]:
    """The words that were left out, those first that could be the largest part of the left-hand side.

    Parameters
    ----------
    data : sequence of WeakData
        All trajectories; of much data few words are looked at.
    study : Study
        That gave the coefficients.
    candidates : sequence of int
        Columns.
    found : Estimate
        Of the equation.
    covariances : Covariances
    together : collection of int
        Columns that are in the equation with others.
    """
    others = [column for column in candidates if column not in found.active]
    points = sum(one.grid.frames * prod(axis.size for axis in one.grid.outline.axes) for one in data)
    most = max(FEWEST, min(MOST, int(VALUES / points)))
    if len(others) > most:
        rough = {one.column: one.share for one in _limits(study, others, found, uncorrelated(study, candidates))}
        largest = sorted(others, key=lambda column: -rough[column])[:most]
        # The covariance is asked for these too, and takes one pass for all.
        others = sorted({*largest, *substitutes(study, candidates, found, together)})
    limits = _limits(study, others, found, covariances.of(study, found.active, others))
    return tuple(sorted(limits, key=lambda one: -one.share))


def _limits(study: Study, others: Sequence[int], found: Estimate, matrix: Array) -> Iterator[Unseen]:
    # As is known of a left-hand side.
    whole = max(float(study.signal[-1, -1]), NOISY * float(study.gram[-1, -1]), float(np.finfo(float).tiny))
    for column in others:
        there = estimate(study, (*found.active, column), matrix)
        limit = ADDED * float(there.errors[-1])
        # Of a column that is mostly noise no more is known than that.
        size = max(float(study.signal[column, column]), NOISY * float(study.gram[column, column]))
        yield Unseen(column, limit, limit * float(np.sqrt(size / whole)))
