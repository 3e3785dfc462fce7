"""Words of clean data whose coefficients are the same under all test functions.

What clean data leaves is the error of sums over points and of the solver that made it.  A further word
may fit such an error, but then with another coefficient under other test functions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdcrnn.selection.units import Groups
from symdcrnn.uncertainty.verdict import CLEAN
from symdcrnn.weak_form.decision.choice import Choice, least_residual, path_through
from symdcrnn.weak_form.noise.covariances import least_squares
from symdcrnn.weak_form.study import Study

SAME = 0.5
"""A coefficient differs by more than this part of its largest value under test functions that tell it equally well."""

EQUALLY = 10.0
"""Times the smallest residual that test functions leave which tell coefficients equally well."""


def steady(
    studies: Sequence[Study], candidates: Sequence[int], choice: Choice, groups: Groups = (),
    beside: Sequence[Study] = (),
) -> Choice:
    """The choice without words that only fit errors of sums, and with the test functions that leave the least.

    Parameters
    ----------
    studies : sequence of Study
    candidates : sequence of int
        Columns.
    choice : Choice
        Made without tests against noise.
    groups : sequence of sequence of int
        Columns that are in the equation together, which are left as they are.
    beside : sequence of Study
        Under other test functions, which tell whether coefficients stay the same and are not taken.
    """
    together = {column for group in groups for column in group}
    active, every = choice.active, [*studies, *beside]
    while True:
        residuals = [least_residual(one, active) if one.rows > 2 * len(active) else np.inf for one in every]
        least = min(residuals)
        if not active or not least <= CLEAN:
            return choice
        told = [one for one, size in zip(every, residuals, strict=True) if size <= EQUALLY * least]
        values = np.array([least_squares(one, active) for one in told])
        spread = np.ptp(values, axis=0) / np.maximum(np.max(np.abs(values), axis=0), np.finfo(float).tiny)
        spread[[place for place, column in enumerate(active) if column in together]] = 0.0
        worst = int(np.argmax(spread))
        rest = tuple(column for place, column in enumerate(active) if place != worst)
        if spread[worst] <= SAME or not rest or min(least_residual(one, rest) for one in told) > CLEAN:
            break
        active = rest
    best = int(np.argmin(residuals[:len(studies)]))
    if active == choice.active and best == choice.best:
        return choice
    path = path_through(studies[best], candidates, active, groups)
    return Choice(active, best, path, choice.clarities, choice.by_noise, choice.significance)
