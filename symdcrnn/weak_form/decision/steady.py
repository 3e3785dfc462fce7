"""Words of clean data whose coefficients are the same under all test functions.

What clean data leaves is the error of sums over points and of the solver that made it.  A further word
may fit such an error, but then with another coefficient under other test functions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.selection.units import Groups
from symdcrnn.uncertainty.verdict import CLEAN
from symdcrnn.weak_form.decision.choice import Choice, estimate, least_residual, path_through
from symdcrnn.weak_form.noise.covariances import least_squares
from symdcrnn.weak_form.study import Study

Array = NDArray[np.float64]

SAME = 0.5
"""A coefficient differs by more than this part of its largest value under test functions that tell it equally well."""

ALIKE = 2.0
"""Times the smallest error, up to which the clearest path tells which test functions are taken."""

EQUALLY = 10.0
"""Times the smallest error of test functions which tell coefficients equally well."""


def steady(
    studies: Sequence[Study], candidates: Sequence[int], choice: Choice, groups: Groups = (),
    beside: Sequence[Study] = (),
) -> Choice:
    """The choice without words that only fit errors of sums, and with test functions of small errors.

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
        errors = _errors(every, active)
        if not active or not min(errors) <= CLEAN:
            return choice
        told = _equally(every, errors)
        values = np.array([least_squares(one, active) for one in told])
        spread = np.ptp(values, axis=0) / np.maximum(np.max(np.abs(values), axis=0), np.finfo(float).tiny)
        spread[[place for place, column in enumerate(active) if column in together]] = 0.0
        worst = int(np.argmax(spread))
        rest = tuple(column for place, column in enumerate(active) if place != worst)
        if spread[worst] <= SAME or not rest or min(least_residual(one, rest) for one in told) > CLEAN:
            break
        active = rest
    own = errors[:len(studies)]
    best = max((number for number, size in enumerate(own) if size <= ALIKE * min(own)),
               key=lambda number: choice.clarities[number])
    if active == choice.active and best == choice.best:
        return choice
    path = path_through(studies[best], candidates, active, groups)
    return Choice(active, best, path, choice.clarities, choice.by_noise, choice.significance)


def between_windows(studies: Sequence[Study], choice: Choice) -> Array:
    """How far coefficients of clean data are from those under other test functions that tell them equally well: the
    root mean square.

    Parameters
    ----------
    studies : sequence of Study
    choice : Choice
        Made without tests against noise.

    Returns
    -------
    ndarray, shape (active,)
    """
    nothing = np.zeros_like(studies[0].gram[:-1, :-1])
    told = [estimate(one, choice.active, nothing).coefficients
            for one in _equally(studies, _errors(studies, choice.active))]
    taken = estimate(studies[choice.best], choice.active, nothing).coefficients
    apart: Array = np.sqrt(np.mean((np.array(told) - taken) ** 2, axis=0))
    return apart


def _errors(studies: Sequence[Study], active: Sequence[int]) -> list[float]:
    """What each leaves of the left-hand side at least; what sums change of all coefficients alike it does not show."""
    return [max(least_residual(one, active), one.off) if one.rows > 2 * len(active) else np.inf for one in studies]


def _equally(studies: Sequence[Study], errors: Sequence[float]) -> list[Study]:
    return [one for one, size in zip(studies, errors, strict=True) if size <= EQUALLY * min(errors)]
