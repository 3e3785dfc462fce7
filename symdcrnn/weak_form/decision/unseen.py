"""What noisy data cannot tell: how large the coefficient of a word that was left out could be without being seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symdcrnn.weak_form.decision.choice import ADDED, Estimate, estimate
from symdcrnn.weak_form.noise.covariances import Covariances
from symdcrnn.weak_form.study import Study


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
    study: Study, candidates: Sequence[int], found: Estimate, covariances: Covariances
) -> tuple[Unseen, ...]:
    """The words that were left out, those first that could be the largest part of the left-hand side.

    Parameters
    ----------
    study : Study
        That gave the coefficients.
    candidates : sequence of int
        Columns.
    found : Estimate
        Of the equation.
    covariances : Covariances
    """
    others = [column for column in candidates if column not in found.active]
    matrix = covariances.of(study, found.active, others)
    whole = max(float(study.signal[-1, -1]), float(np.finfo(float).tiny))
    words = []
    for column in others:
        there = estimate(study, (*found.active, column), matrix)
        limit = ADDED * float(there.errors[-1])
        size = float(np.sqrt(max(float(study.signal[column, column]), 0.0) / whole))
        words.append(Unseen(column, limit, limit * size))
    return tuple(sorted(words, key=lambda one: -one.share))
