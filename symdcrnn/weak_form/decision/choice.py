"""Which words are in an equation of noisy data: a path of elimination, and tests with the covariance of the residual.

A path of words is walked for each choice of test functions, and the clearest one gives a first equation. Where the
residual of all words is what noise explains, the errors of coefficients are known, and the equation is then what all
test functions together say: a word belongs to it if under any of them its coefficient is too large to be noise. Where
noise does not explain the residual, as in clean data, the clearest path decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.norms import find_norm
from symdcrnn.leastsquares.newton import scaled_inverse
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.leastsquares.taylor import TaylorModel
from symdcrnn.selection.backward_elimination import WEAK_JUMP, Path, PathStep, clarity, eliminate
from symdcrnn.selection.units import Groups, unit_with, units_of
from symdcrnn.weak_form.noise.covariances import Covariances, least_squares, pilot_of
from symdcrnn.weak_form.study import Study

Array = NDArray[np.float64]

ADDED = 5.0
"""Standard errors from zero at which a word joins the equation."""

KEPT = 4.0
"""Standard errors from zero at which a word of the equation stays in it."""

NOISY = 0.15
"""A column tells nothing where more than this part of what it has by itself is noise."""

EXPLAINED = 2.0
"""The residual of all words over that of the noise, up to which noise explains it."""

AGREEING = 4.0
"""Standard errors that a coefficient under other test functions is apart at most.

What truncation errors of narrow test functions feign is another one under wider ones.
"""

ROUGH = 0.7
"""Rows overlap, so sizes of coefficients without their correlation are too large, or at most by so much too small."""

ROUNDING = 1e-15
"""Squares of residuals over that of the left-hand side that sums of products do not resolve."""

CONTENDERS = 8
"""Test functions that are compared by their errors."""

ROUNDS = 30
"""Words that join or leave at most."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The coefficients of some words under some test functions.

    Parameters
    ----------
    active : tuple of int
        Columns.
    coefficients : ndarray, shape (active,)
    covariance : ndarray, shape (active, active)
    excess : float
        The mean square of the residual over that of the noise.
    residual : float
        The norm of the residual over that of the left-hand side.
    """

    active: tuple[int, ...]
    coefficients: Array
    covariance: Array
    excess: float
    residual: float

    @property
    def errors(self) -> Array:
        """Standard errors."""
        found: Array = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return found

    def together(self, columns: Sequence[int]) -> float:
        """How far some coefficients are from zero, all at once, in standard errors."""
        places = [self.active.index(column) for column in columns]
        scale = np.maximum(self.errors[places], np.finfo(float).tiny)
        block = self.covariance[np.ix_(places, places)] / np.outer(scale, scale)
        sizes = self.coefficients[places] / scale
        square = float(sizes @ np.linalg.lstsq(block, sizes, rcond=1e-10)[0])
        return float(np.sqrt(max(square, 0.0)))

    @property
    def significance(self) -> Array:
        """The sizes of the coefficients in standard errors."""
        found: Array = np.abs(self.coefficients) / np.maximum(self.errors, np.finfo(float).tiny)
        return found


@dataclass(frozen=True, eq=False)
class Choice:
    """The words of an equation.

    Parameters
    ----------
    active : tuple of int
        Columns.
    best : int
        The study that tells their coefficients best.
    path : Path
        Of that study; its knee is the first guess.
    clarities : tuple of float
        Of the paths of all studies.
    by_noise : bool
        Whether noise explains the residual of all words, so that words were tested.
    significance : ndarray, shape (unknowns,)
        The largest size of each coefficient in standard errors under any test functions; of words that are not in the
        equation, when they are added to it; NaN where it was not tested.
    """

    active: tuple[int, ...]
    best: int
    path: Path
    clarities: tuple[float, ...]
    by_noise: bool
    significance: Array


def estimate(study: Study, active: Sequence[int], covariance: Array, scale: float = 1.0) -> Estimate:
    """Coefficients without the bias of noise, and their covariance, with what sums along t change of them.

    Parameters
    ----------
    study : Study
    active : sequence of int
    covariance : ndarray, shape (unknowns, unknowns)
        Of the right-hand side of the normal equations.
    scale : float
        By which it is too small.
    """
    chosen = list(active)
    size = np.sqrt(np.diag(study.gram)[chosen])
    inverse = np.linalg.pinv(study.signal[np.ix_(chosen, chosen)] / np.outer(size, size), rcond=1e-14, hermitian=True)
    inverse = inverse / np.outer(size, size)
    found = inverse @ study.signal[chosen, -1]
    spread = scale * inverse @ covariance[np.ix_(chosen, chosen)] @ inverse + study.off**2 * np.outer(found, found)
    excess, residual = sizes_of(study, residual_of(study, chosen, found))
    return Estimate(tuple(chosen), found, spread, excess, residual)


def sizes_of(study: Study, direction: Array) -> tuple[float, float]:
    """The residual over that of noise, and over the left-hand side.

    Parameters
    ----------
    study : Study
    direction : ndarray, shape (unknowns + 1,)
        The residual as a combination of the columns, the left-hand side last.
    """
    left = max(float(direction @ study.gram @ direction), ROUNDING * float(study.gram[-1, -1]))
    noise = float(direction @ study.noise @ direction)
    return left / max(noise, np.finfo(float).tiny), float(np.sqrt(left / study.gram[-1, -1]))


def residual_of(study: Study, active: Sequence[int], coefficients: Array) -> Array:
    """The residual of some words as a combination of the columns, the left-hand side last, shape (unknowns + 1,)."""
    direction = np.zeros(study.unknowns + 1)
    direction[list(active)] = -coefficients
    direction[-1] = 1.0
    return direction


def left_by(study: Study, active: Sequence[int], coefficients: Array) -> tuple[float, float]:
    """`sizes_of` the residual of some words."""
    return sizes_of(study, residual_of(study, active, coefficients))


def path_of(study: Study, candidates: Sequence[int], groups: Groups = ()) -> Path:
    """The elimination path under some test functions."""
    return eliminate(squares_of(study), candidates, smallest_jump=WEAK_JUMP, known_form=True, groups=groups)


def squares_of(study: Study) -> Regression:
    """The sum of the squares of the residual by the coefficients."""
    model = QuadraticModel(float(study.gram[-1, -1]), -2.0 * study.gram[:-1, -1], 2.0 * study.gram[:-1, :-1])
    loss = TaylorModel(np.zeros(study.unknowns), model, study.rows, find_norm("l2"), ROUNDING * model.loss)
    return Regression(loss, np.full(study.unknowns, np.nan))


def path_through(study: Study, candidates: Sequence[int], active: Sequence[int], groups: Groups = ()) -> Path:
    """The path that drops all words that are not in an equation first, and has its knee there."""
    outside = [column for column in candidates if column not in active]
    inside = path_of(study, active, groups).steps
    steps: list[PathStep] = []
    left = list(candidates)
    while outside:
        inverse = scaled_inverse(study.gram[:-1, :-1], left)
        costs = dict(zip(left, inverse.costs(pilot_of(study, left)), strict=True))
        dropped = unit_with(min(outside, key=lambda column: costs[column]), outside, groups)
        steps.append(PathStep(tuple(left), least_residual(study, left), dropped[0]))
        outside = [column for column in outside if column not in dropped]
        left = [column for column in left if column not in dropped]
    knee = len(steps)
    steps += inside
    rounding = float(np.finfo(float).eps)
    jumps = [max(after.residual, rounding) / max(before.residual, rounding) for before, after in pairwise(steps)]
    return Path(tuple(steps), knee, jumps[knee] if knee < len(jumps) else 1.0, max(jumps[:knee], default=1.0))


def least_residual(study: Study, active: Sequence[int]) -> float:
    """The smallest residual of some words over the left-hand side."""
    return left_by(study, active, least_squares(study, active))[1]


def choose(
    studies: Sequence[Study], candidates: Sequence[int], covariances: Covariances, noisy: bool,
    progress: Callable[[int, int], None] | None = None, fewest: int = 1, groups: Groups = (),
    start: Sequence[int] | None = None,
) -> Choice:
    """The words of the equation.

    Parameters
    ----------
    studies : sequence of Study
        One for each choice of test functions.
    candidates : sequence of int
        Columns.
    covariances : Covariances
    noisy : bool
        Whether there is noise to speak of; the smallest errors of clean data are those of its solver, which no
        statistics of noise describe.
    progress : callable, optional
        Called with what is done and all there is.
    fewest : int
        Words that the equation has at least; none where it has functions too.
    groups : sequence of sequence of int
        Columns that join and leave together: if one of them is too large to be noise, all are.
    start : sequence of int, optional
        The words that are tested first, in the place of those of the clearest path.
    """
    paths = [path_of(one, candidates, groups) for one in studies]
    clarities = tuple(clarity(path, WEAK_JUMP) for path in paths)
    clearest = clarities.index(max(clarities))
    active = tuple(sorted(paths[clearest].chosen))
    nothing = np.full(studies[0].unknowns, np.nan)
    if not noisy:
        return Choice(active, clearest, paths[clearest], clarities, False, nothing)
    free = [one for one in studies if one.rows > 2 * len(candidates)]
    scales = {id(one): max(1.0, _excess_of_all(one, candidates)) for one in free}
    if len(active) < fewest or not free or min(scales.values()) > EXPLAINED:
        return Choice(active, clearest, paths[clearest], clarities, False, nothing)
    told = [one for one in free if scales[id(one)] <= EXPLAINED]
    active = active if start is None else tuple(start)
    found = nothing
    for number in range(ROUNDS):
        if progress is not None:
            progress(number, ROUNDS)
        found = _significance(told, scales, candidates, active, covariances, groups)
        joining = [column for column in candidates if column not in active and found[column] > ADDED]
        rough = estimate(told[0], active, uncorrelated(told[0], candidates))
        sizes = {unit: float(np.nan_to_num(found[unit[0]])) if len(unit) == 1 else ROUGH * rough.together(unit)
                 for unit in units_of(active, groups)}
        leaving = [unit for unit, size in sizes.items() if not size > KEPT]
        if joining:
            largest = max(joining, key=lambda column: found[column])
            active = tuple(sorted((*active, *unit_with(largest, [one for one in candidates if one not in active],
                                                       groups))))
        elif leaving and len(active) > fewest:
            least = min(leaving, key=lambda unit: sizes[unit])
            active = tuple(column for column in active if column not in least)
        else:
            break
    best = _most_precise(told, scales, active, covariances, groups)
    return Choice(active, next(k for k, one in enumerate(studies) if one is best), paths[clearest], clarities,
                  True, found)


def _excess_of_all(study: Study, candidates: Sequence[int]) -> float:
    """The residual of all words over what noise explains, with the degrees of freedom that they take."""
    fitted = least_squares(study, candidates)
    return left_by(study, candidates, fitted)[0] * study.rows / (study.rows - len(candidates))


def _significance(
    told: Sequence[Study], scales: dict[int, float], candidates: Sequence[int], active: tuple[int, ...],
    covariances: Covariances, groups: Groups,
) -> Array:
    """The largest size of every coefficient in standard errors, under any test functions.

    The covariance takes a pass over the data, so it is computed where uncorrelated rows of the same residual make a
    coefficient large alone.
    """
    quiet = [one for one in told if _noisiest(one, active, groups) <= NOISY]
    found = np.full(told[0].unknowns, np.nan)
    rough: dict[int, list[tuple[float, Study]]] = {}
    for one in quiet:
        simple = uncorrelated(one, candidates)
        for column, size in zip(active, estimate(one, active, simple).significance, strict=True):
            rough.setdefault(column, []).append((float(size), one))
        for column in candidates:
            wider = (*active, column)
            if column not in active and _noisiest(one, wider, groups) <= NOISY:
                size = float(estimate(one, wider, simple).significance[-1])
                rough.setdefault(column, []).append((size, one))
    largest = {column: max(sizes, key=lambda pair: pair[0]) for column, sizes in rough.items()}
    tested = [column for column in rough if column in active or largest[column][0] >= ROUGH * ADDED]
    for one in told:
        together = [column for column in tested if largest[column][1] is one]
        if together:
            covariances.of(one, active, together)
    for column, sizes in rough.items():
        size, one = largest[column]
        if column not in tested:
            found[column] = size
            continue
        words = active if column in active else (*active, column)
        value, error = _exactly(one, words, column, active, scales, covariances)
        found[column] = abs(value) / max(error, float(np.finfo(float).tiny))
        others = [pair for pair in sizes if _differ(pair[1], one)]
        if column not in active and found[column] > ADDED and others:
            again, spread = _exactly(max(others, key=lambda pair: pair[0])[1], words, column, active, scales,
                                     covariances)
            if abs(again - value) > AGREEING * float(np.hypot(error, spread)):
                found[column] = 0.0
    return found


def _exactly(
    study: Study, words: Sequence[int], column: int, pilot: tuple[int, ...], scales: dict[int, float],
    covariances: Covariances,
) -> tuple[float, float]:
    """The coefficient of one word and its standard error."""
    there = estimate(study, words, covariances.of(study, pilot, words), scales[id(study)])
    place = there.active.index(column)
    return float(there.coefficients[place]), float(there.errors[place])


def _differ(first: Study, second: Study) -> bool:
    """Whether the test functions have other widths along all axes."""
    return all(first.functions[axis] != second.functions[axis] for axis in first.functions)


def uncorrelated(study: Study, candidates: Sequence[int]) -> Array:
    """The covariance of the right-hand side of the normal equations if the rows were independent."""
    excess = left_by(study, candidates, least_squares(study, candidates))[1] ** 2 * study.gram[-1, -1]
    found: Array = study.gram[:-1, :-1] * (excess / study.rows)
    return found


def noisiness(study: Study, active: Sequence[int], groups: Groups = ()) -> list[float]:
    """The part of what each unit has by itself, without what the others explain of it, that is noise.

    Of columns that are together it is that of the combination which has least of it: some parts of a kernel may be lost
    in noise, and the others tell it all the same.
    """
    chosen = list(active)
    size = np.sqrt(np.diag(study.gram)[chosen])
    gram = study.gram[np.ix_(chosen, chosen)] / np.outer(size, size)
    noise = study.noise[np.ix_(chosen, chosen)] / np.outer(size, size)
    inverse = np.linalg.pinv(gram, rcond=1e-14, hermitian=True)
    # Columns of the inverse are the directions of what is left of each column, but for their lengths.
    noise, parts = inverse @ noise @ inverse, []
    for unit in units_of(active, groups):
        places = [chosen.index(column) for column in unit]
        if len(places) == 1:
            # What the rest of the loop comes to, for most units by far.
            parts.append(float(noise[places[0], places[0]] / inverse[places[0], places[0]]))
            continue
        own = np.linalg.pinv(inverse[np.ix_(places, places)], rcond=1e-14, hermitian=True)
        parts.append(float(np.min(np.linalg.eigvals(own @ noise[np.ix_(places, places)]).real)))
    return parts


def _noisiest(study: Study, active: Sequence[int], groups: Groups) -> float:
    return max(noisiness(study, active, groups), default=0.0)


def _most_precise(
    told: Sequence[Study], scales: dict[int, float], active: tuple[int, ...],
    covariances: Covariances, groups: Groups,
) -> Study:
    """The study of the smallest relative errors, of those that are best if the rows were independent."""
    quiet = [one for one in told if _noisiest(one, active, groups) <= NOISY] or list(told)
    best = sorted(quiet, key=lambda one: _relative(
        estimate(one, active, uncorrelated(one, active)), groups))[:CONTENDERS]
    return min(best, key=lambda one: _relative(estimate(
        one, active, covariances.of(one, active), scales[id(one)]), groups))


def _relative(found: Estimate, groups: Groups) -> float:
    """The sum of the squares of relative errors, that of a unit being of all its coefficients together."""
    units = units_of(found.active, groups)
    sizes = [float(found.significance[found.active.index(unit[0])]) if len(unit) == 1 else found.together(unit)
             for unit in units]
    return float(np.sum(1.0 / np.maximum(sizes, 1e-3) ** 2))
