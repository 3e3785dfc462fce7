"""Measured -> an equation's words, constants and functions: what the weak form finds, before it is made a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from symdcrnn.equation import Check
from symdcrnn.selection.units import Groups
from symdcrnn.weak_form.decision.checks import between_halves, checks, fit_check
from symdcrnn.weak_form.decision.choice import ADDED, Choice, Estimate, choose, estimate
from symdcrnn.weak_form.decision.steady import between_windows, steady
from symdcrnn.weak_form.decision.unseen import Unseen, unseen
from symdcrnn.weak_form.functions import JointEstimate, Reduced, band_checks, joint_estimate, reduced
from symdcrnn.weak_form.multiplied import FunctionFamily
from symdcrnn.weak_form.noise.covariances import Covariance, Covariances, covariance
from symdcrnn.weak_form.study import Study, WeakData

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Found:
    """An equation.

    Parameters
    ----------
    studies : tuple of Study
        Of the constants, for each choice of test functions.
    best : Study
        The one of them that tells the equation.
    choice : Choice
    estimate : Estimate
        Of the constants.
    checks : tuple of Check
    joint : JointEstimate, optional
        Where there are functions, all together.
    unseen : tuple of Unseen
        What the noise hides of words that were left out.
    """

    studies: tuple[Study, ...]
    best: Study
    choice: Choice
    estimate: Estimate
    checks: tuple[Check, ...]
    joint: JointEstimate | None = None
    unseen: tuple[Unseen, ...] = ()


def with_constants(
    data: Sequence[WeakData], studies: Sequence[Study], candidates: Sequence[int], names: Sequence[str], noisy: bool,
    progress: Callable[[int, int], None], groups: Groups = (), beside: Callable[[], Sequence[Study]] = tuple,
) -> Found:
    """An equation whose coefficients are all constant.

    Parameters
    ----------
    data : sequence of WeakData
    studies : sequence of Study
    candidates : sequence of int
        Columns.
    names : sequence of str
        Words by column.
    noisy : bool
        Whether there is noise to speak of.
    progress : callable
    groups : sequence of sequence of int
        As those of `choose`.
    beside : callable
        Studies under test functions near those that were asked for, which clean data is asked for.
    """
    noise = Covariances(partial(_covariance, data))
    choice = choose(studies, candidates, noise, noisy, progress, groups=groups)
    every = [*studies, *(() if choice.by_noise else beside())]
    if not choice.by_noise:
        choice = steady(studies, candidates, choice, groups, every[len(studies):])
    best = studies[choice.best]
    found = estimate(best, choice.active, noise.of(best, choice.active),
                     1.0 if choice.by_noise else _excess(best, choice))
    if not choice.by_noise and choice.active:
        # The errors of clean data are not those of its rounding: how far its halves and windows disagree tells them.
        apart, _ = between_halves(best, choice.active, noise.of(best, choice.active))
        found = replace(found, covariance=found.covariance + np.diag(apart**2 + between_windows(every, choice)**2))
    hidden = unseen(data, best, candidates, found, noise, _together(groups)) if choice.by_noise else ()
    looked = checks(best, candidates, names, choice, found, noise, groups, studies)
    return Found(tuple(studies), best, choice, found, looked,
                 unseen=hidden)


def with_functions_too(
    data: Sequence[WeakData], whole: Sequence[Study], family: FunctionFamily, candidates: Sequence[int],
    names: Sequence[str], noisy: bool, progress: Callable[[int, int], None], groups: Groups = (),
) -> Found:
    """An equation some of whose coefficients are functions; arguments as those of `with_constants`.

    Parameters
    ----------
    whole : sequence of Study
        Of all unknowns.
    family : FunctionFamily
    """
    parts = [reduced(one, family, candidates) for one in whole]
    studies = [part.study for part in parts]
    noise = Covariances(_reduced_covariance(data, parts))
    choice = choose(studies, candidates, noise, noisy, progress, fewest=0, groups=groups)
    joint = joint_estimate(whole, family, choice.active, choice.best, partial(_covariance, data), choice.by_noise)
    best = next(part.study for part in parts if part.whole is joint.whole)
    found = joint.constants
    hidden = unseen(data, best, candidates, found, noise, _together(groups)) if choice.by_noise else ()
    looked = (checks(best, candidates, names, choice, found, noise, groups, studies) if found.active
              else (fit_check(best, found),))
    return Found(tuple(studies), best, choice, found,
                 (*looked, *band_checks(joint, [names[column] or "1" for column in family.words])), joint, hidden)


def _together(groups: Groups) -> frozenset[int]:
    return frozenset(column for group in groups for column in group)


def lost_functions(joint: JointEstimate) -> tuple[int, ...]:
    """The columns whose function is not told from zero."""
    return tuple(column for number, column in enumerate(joint.family.words)
                 if joint.significance(number)[0] < ADDED)


def _covariance(data: Sequence[WeakData], one: Study, pilot: Array, columns: Sequence[int]) -> Array:
    return covariance(data, one.functions, pilot, columns)


def _reduced_covariance(data: Sequence[WeakData], parts: Sequence[Reduced]) -> Covariance:
    """The covariance of the right-hand sides of studies of constants with functions at their best."""

    def found(one: Study, pilot: Array, columns: Sequence[int]) -> Array:
        matrix = next(part.matrix for part in parts if part.study is one)
        return covariance([replace(each, transform=each.transform @ matrix) for each in data], one.functions, pilot,
                          columns)

    return found


def _excess(best: Study, choice: Choice) -> float:
    """How many times what noise explains the residual of clean data is: it stands for the errors of the solver."""
    found = estimate(best, choice.active, np.zeros_like(best.gram[:-1, :-1]))
    return max(1.0, found.excess)

