"""Whether an equation of noisy data can be trusted: named checks, each with its number and its limit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.equation import Check
from symdcrnn.equation_text import format_factor
from symdcrnn.selection.units import Groups, units_of
from symdcrnn.uncertainty.verdict import CLEAN, CLEAR_JUMP, best_exchange, identifiability, prediction
from symdcrnn.weak_form.decision.choice import (
    ADDED,
    KEPT,
    Choice,
    Estimate,
    estimate,
    noisiness,
    residual_of,
    squares_of,
    uncorrelated,
)
from symdcrnn.weak_form.noise.covariances import Covariances
from symdcrnn.weak_form.study import Study
from symdcrnn.weak_form.test_functions import OVERLAP

Array = NDArray[np.float64]

UNUSUAL = 4.0
"""Standard deviations that chance alone does not reach."""

LEVEL = 0.04
"""How well the mean square of the noise is known, relative to it."""

SAME, UNKNOWN, HIDDEN = 0.01, 0.08, 0.3
"""The part of a word that is left beside another one, up to which they are the same in this data; the part of the
noise of the other one, over its signal, to which that is known; and what is too large a part for that."""

APART = 0.5
"""The part of what a word has by itself beside another one that may be noise, for data to tell the two apart."""

DOUBTFUL = 3
"""Words that are looked at as substitutes, those first that seem likeliest."""


def checks(
    study: Study, candidates: Sequence[int], names: Sequence[str], choice: Choice, found: Estimate,
    covariances: Covariances, groups: Groups = (), studies: Sequence[Study] = (),
) -> tuple[Check, ...]:
    """What is known of an equation.

    Parameters
    ----------
    study : Study
        That gave the coefficients.
    candidates : sequence of int
        Columns.
    names : sequence of str
        Words by column.
    choice : Choice
    found : Estimate
    covariances : Covariances
    groups : sequence of sequence of int
        Columns that are in it together or not at all.
    studies : sequence of Study
        Under all test functions.
    """
    together = {column for group in groups for column in group}
    if not found.active:
        return (Check("choice", False, "no term is told from the noise"),)
    if not choice.by_noise:
        alone = [column for column in found.active if column not in together]
        exchange = best_exchange(squares_of(study), _spread(study, found), alone, candidates, every=found.active)
        return (_residual(found), _clear(choice), *(() if exchange is None else (identifiability(exchange, names),)),
                prediction(_left_in_second_half(study, found.active), "half of the time", "the second"))
    matrix = covariances.of(study, found.active)
    return (fit_check(study, found), _significant(found, names, groups), _complete(choice, names),
            _halves(study, found, matrix), _prediction(study, found, matrix),
            _exchange(study, candidates, names, found, covariances, together, studies or (study,)))


def _spread(study: Study, found: Estimate) -> Array:
    """The coefficients by column."""
    coefficients = np.zeros(study.unknowns)
    coefficients[list(found.active)] = found.coefficients
    return coefficients


def _residual(found: Estimate) -> Check:
    passed = found.residual <= CLEAN
    text = f"the relative residual is {found.residual:.2g}, " + (
        f"at most {CLEAN:g}" if passed else f"more than {CLEAN:g}: a term may be missing")
    return Check("fit", passed, text, found.residual)


def _clear(choice: Choice) -> Check:
    passed = choice.path.jump >= CLEAR_JUMP
    return Check("choice", passed, "dropping any one term raises the residual at least "
                 f"{format_factor(choice.path.jump)}-fold" + ("" if passed else f", less than {CLEAR_JUMP:g}-fold"),
                 choice.path.jump)


def fit_check(study: Study, found: Estimate) -> Check:
    """Whether noise explains the residual.

    Parameters
    ----------
    study : Study
    found : Estimate
    """
    off = (found.excess - 1.0) / spread_of_excess(study, len(found.active))
    passed = bool(off <= UNUSUAL)
    text = f"the residual is {found.excess:.3g} times what the noise explains" + (
        "" if passed else f", {off:.2g} standard deviations too large: a term may be missing")
    return Check("fit", passed, text, found.excess)


def spread_of_excess(study: Study, words: int) -> float:
    """The standard deviation of the residual over what noise explains, for the right equation of so many words."""
    independent = study.rows / (0.75 * OVERLAP) ** len(study.functions) - words
    return float(np.hypot(np.sqrt(2.0 / max(independent, 1.0)), LEVEL))


def _significant(found: Estimate, names: Sequence[str], groups: Groups) -> Check:
    """Whether every word is told from noise, or one of those that are in the equation together."""
    sizes = {unit: found.together(unit) for unit in units_of(found.active, groups)}
    least = min(sizes, key=lambda unit: sizes[unit])
    value = sizes[least]
    passed = value >= ADDED
    some = f"group of {len(least)} terms" if len(least) > 1 else f"term, {names[least[0]]},"
    return Check("choice", passed, f"the least significant {some} is {value:.3g} standard errors from zero"
                 + ("" if passed else f", less than {ADDED:g}"), value)


def _complete(choice: Choice, names: Sequence[str]) -> Check:
    """Whether a word that was left out is larger than chance makes it, though too small to be told from noise."""
    others = {column: float(size) for column, size in enumerate(choice.significance)
              if column not in choice.active and np.isfinite(size)}
    if not others:
        return Check("completeness", True, "no candidate was left out")
    largest = max(others, key=lambda column: others[column])
    value = others[largest]
    passed = value <= UNUSUAL
    return Check("completeness", passed, f"no excluded candidate is more than {value:.3g} standard errors from zero"
                 if passed else f"the excluded candidate {names[largest]} is {value:.3g} standard errors from zero: "
                 "too large for chance, too small to be selected", value)


def _solved(half: Array, active: Sequence[int]) -> tuple[Array, Array]:
    """The inverse of the normal equations of some words in one half of the time, and their coefficients."""
    chosen = list(active)
    size = np.sqrt(np.abs(np.diag(half)[chosen]))
    inverse = np.linalg.pinv(half[np.ix_(chosen, chosen)] / np.outer(size, size), rcond=1e-12, hermitian=True)
    inverse = inverse / np.outer(size, size)
    return inverse, inverse @ half[chosen, -1]


def _left_in_second_half(study: Study, active: Sequence[int]) -> float:
    """The residual in the second half of the time of the equation of the first, relative to the left-hand side."""
    residual = residual_of(study, active, _solved(study.halves[0], active)[1])
    return float(np.sqrt(max(2.0 * float(residual @ study.halves[1] @ residual), 0.0) / study.gram[-1, -1]))


def _prediction(study: Study, found: Estimate, matrix: Array) -> Check:
    """Whether noise and the errors of the coefficients of the first half explain what they leave in the second."""
    chosen = list(found.active)
    inverse, coefficients = _solved(study.halves[0], chosen)
    residual = residual_of(study, chosen, coefficients)
    noise = float(residual @ study.noises[1] @ residual)
    left = float(residual @ study.grams[1] @ residual)
    moved = study.halves[1][np.ix_(chosen, chosen)] @ inverse @ (0.5 * matrix[np.ix_(chosen, chosen)]) @ inverse
    expected = noise + float(np.trace(moved))
    rows = 0.5 * study.rows / (0.75 * OVERLAP) ** len(study.functions) - len(chosen)
    spread = np.sqrt((2.0 / max(rows, 1.0) + LEVEL**2) * noise**2 + 2.0 * float(np.trace(moved @ moved)))
    off = (left - expected) / max(float(spread), np.finfo(float).tiny)
    value = left / max(expected, np.finfo(float).tiny)
    passed = bool(off <= UNUSUAL)
    return Check("prediction", passed, "fitted to the first half of the time, it has in the second a residual "
                 f"{value:.3g} times what the noise and its errors explain" + (
                     "" if passed else f", {off:.2g} standard deviations too large: it does not predict what was held "
                     "out"), value)


def between_halves(study: Study, active: Sequence[int], matrix: Array) -> tuple[Array, Array]:
    """How far the coefficients of both halves of the time are apart, and the standard errors of that.

    Parameters
    ----------
    study : Study
    active : sequence of int
    matrix : ndarray, shape (unknowns, unknowns)
        The covariance of the right-hand side of the normal equations.
    """
    chosen = list(active)
    solved = []
    for half in study.halves:
        inverse, coefficients = _solved(half, chosen)
        # Each half has half of the noise.
        solved.append((coefficients, inverse @ (0.5 * matrix[np.ix_(chosen, chosen)]) @ inverse))
    return solved[1][0] - solved[0][0], np.sqrt(np.diag(solved[0][1] + solved[1][1]))


def _halves(study: Study, found: Estimate, matrix: Array) -> Check:
    """Whether both halves of the time give the same coefficients."""
    apart, spread = between_halves(study, found.active, matrix)
    value = float(np.max(np.abs(apart) / np.maximum(spread, np.finfo(float).tiny)))
    passed = value <= UNUSUAL
    return Check("halves", passed, "coefficients from the two halves of the time " + (
        f"agree within {value:.2g} standard errors" if passed else
        f"differ by {value:.2g} standard errors, more than {UNUSUAL:g}"), value)


def _alike(
    studies: Sequence[Study], candidates: Sequence[int], found: Estimate, together: Collection[int]
) -> tuple[int, int] | None:
    """A word of the equation and another one that is the same in this data, as far as noise lets that be known.

    In a single wave d_xxx u is -k^2 d_x u.  What is left of a word beside such another one is what the noise of that is
    not known to, under all test functions that show it.
    """
    own = [place for place, column in enumerate(found.active) if column not in together]
    for column in (one for one in candidates if one not in found.active):
        wide = (*found.active, column)
        for place in own:
            rest = [other for other in wide if other != found.active[place]]
            # A column that is hidden in noise is nothing that a word could be the same as.
            told = [(hidden, one) for one in studies if (hidden := _hidden(one, rest)) < HIDDEN]
            if told and all(_left_of(one, wide, place) <= max(SAME, hidden) * _left_of(one, found.active, place)
                            for hidden, one in told):
                return found.active[place], column
    return None


def _hidden(study: Study, columns: Sequence[int]) -> float:
    """The part of the last column, without what others explain of it, that is not known for its noise."""
    last = columns[-1]
    signal = max(_left_of(study, columns, len(columns) - 1), float(np.finfo(float).tiny))
    return UNKNOWN * float(study.noise[last, last]) / signal


def _left_of(study: Study, columns: Sequence[int], place: int) -> float:
    """The sum of squares of a column without noise, without what others explain of it."""
    chosen, others = columns[place], [column for number, column in enumerate(columns) if number != place]
    if not others:
        return float(study.signal[chosen, chosen])
    size = np.sqrt(np.abs(np.diag(study.signal)[others])) + float(np.finfo(float).tiny)
    among = study.signal[np.ix_(others, others)] / np.outer(size, size)
    between = study.signal[others, chosen] / size
    return float(study.signal[chosen, chosen] - between @ np.linalg.lstsq(among, between, rcond=1e-10)[0])


def substitutes(
    study: Study, candidates: Sequence[int], found: Estimate, together: Collection[int]
) -> list[int]:
    """The columns of words that likeliest stand for one of the equation, if the rows were independent.

    Parameters
    ----------
    study : Study
    candidates : sequence of int
    found : Estimate
        Of the equation.
    together : collection of int
        Columns that are in it with others.
    """
    own = [place for place, column in enumerate(found.active) if column not in together]
    others = [column for column in candidates if column not in found.active]
    if not others or not own:
        return []
    simple = uncorrelated(study, candidates)
    rough = {column: float(np.min(estimate(study, (*found.active, column), simple).significance[own]))
             for column in others}
    return sorted(others, key=lambda column: rough[column])[:DOUBTFUL]


def _exchange(
    study: Study, candidates: Sequence[int], names: Sequence[str], found: Estimate, covariances: Covariances,
    together: Collection[int], studies: Sequence[Study],
) -> Check:
    """Whether a word that is not in the equation could stand for one that is, of those that are not together."""
    own = [place for place, column in enumerate(found.active) if column not in together]
    doubtful = substitutes(study, candidates, found, together)
    if not doubtful:
        return Check("identifiability", True, "no other word was a candidate")
    matrix = covariances.of(study, found.active, doubtful)
    least, pair = float("inf"), ("", "")
    for column in doubtful:
        there = estimate(study, (*found.active, column), matrix).significance
        there[np.array(noisiness(study, (*found.active, column))) > APART] = 0.0
        place = min(own, key=lambda number: float(there[number]))
        if there[place] < least:
            least, pair = float(there[place]), (names[found.active[place]], names[column])
    alike = _alike(studies, candidates, found, together)
    if alike is not None:
        least, pair = 0.0, (names[alike[0]], names[alike[1]])
    passed = least >= KEPT
    stays = f"{pair[0]} stays {least:.3g} standard errors from zero when {pair[1]} is added"
    fails = f"{pair[1]} could replace {pair[0]}, " + (
        f"which is {least:.2g} standard errors from zero when it is added" if least > 0.0 else
        "as they differ in this data by noise alone")
    return Check("identifiability", passed, stays if passed else fails, least)
