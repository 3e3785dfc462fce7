"""Functions of an axis as further unknowns of the weak form.

The unknowns of a study are the constants of all words and after them, by function, those of its basis.  Words are
chosen with the functions at their best for any constants, which leaves a study of the constants alone; the equation
that was chosen then gets its constants and functions together, with the covariance that noise gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
import scipy.special
from numpy.typing import NDArray

from symdcrnn.equation import Check
from symdcrnn.weak_form.decision.checks import fit_check
from symdcrnn.weak_form.decision.choice import ADDED, ROUNDING, Estimate, sizes_of
from symdcrnn.weak_form.multiplied import FunctionFamily
from symdcrnn.weak_form.noise.covariances import Covariance
from symdcrnn.weak_form.smoothness import Smooth, smooth
from symdcrnn.weak_form.study import Study, pulled_back
from symdcrnn.weak_form.test_functions import OVERLAP

Array = NDArray[np.float64]
CONTENDERS = 5
"""Test functions that are compared by the bands they give."""

ROUGH = 0.2
"""The part of an axis at most where a band may be wider than its function, or the data may say nothing of it."""

UNSEEN = 1e-3
"""What the data says at a point relative to where it says most, below which that is nothing."""


SMALLEST_TAIL = 1e-304
"""A probability below which numbers have too few digits to tell how many standard errors it means."""

SMOOTHER = 1.5
"""Standard errors between a function and those of another smoothness that is about as likely at most."""

APART = 2.5
"""Standard errors between functions under the test functions of the equation and under the narrowest ones at most."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """A study of constants, with functions at their best for any of them.

    Parameters
    ----------
    whole, study : Study
    matrix : ndarray, shape (unknowns + 1, constants + 1)
        From the constants to all unknowns.
    """

    whole: Study
    study: Study
    matrix: Array


@dataclass(frozen=True, eq=False)
class JointEstimate:
    """Constants and functions together.

    Parameters
    ----------
    whole : Study
    active : tuple of int
        Columns with a constant.
    found : Smooth
        Constants first, and all unknowns of functions.
    family : FunctionFamily
    apart : float
        How far the functions are from those under the narrowest test functions, in standard errors.
    """

    whole: Study
    active: tuple[int, ...]
    found: Smooth
    family: FunctionFamily
    apart: float = 0.0

    @property
    def direction(self) -> Array:
        """The residual as a combination of all columns, shape (unknowns + 1,)."""
        found = np.zeros(self.whole.unknowns + 1)
        found[[*self.active, *self.family.unknowns]] = -self.found.values
        found[-1] = 1.0
        return found

    @property
    def constants(self) -> Estimate:
        """Those of the equation."""
        count = len(self.active)
        excess, residual = sizes_of(self.whole, self.direction)
        values = self.found.values[:count]
        covariance = self.found.covariance[:count, :count] + self.whole.off**2 * np.outer(values, values)
        return Estimate(self.active, values, covariance, excess, residual)

    def values(self, number: int) -> Array:
        """A function at all points."""
        found: Array = self.found.values[self._own(number)] @ self.family.values
        return found

    def errors(self, number: int) -> Array:
        """Its standard error there."""
        own = self._own(number)
        spread = self.found.covariance[own, own]
        found: Array = np.sqrt(np.maximum(np.einsum(
            "ip,ij,jp->p", self.family.values, spread, self.family.values), 0.0))
        return np.hypot(found, self.whole.off * self.values(number))

    @property
    def smoother(self) -> float:
        """How far functions of another smoothness that is about as likely are away, in standard errors, in the mean
        along the axis."""
        apart = [0.0]
        for number in range(len(self.family.words)):
            own, errors = self._own(number), np.maximum(self.errors(number), np.finfo(float).tiny)
            apart += [float(np.sqrt(np.mean((((one[own] - self.found.values[own]) @ self.family.values) / errors)**2)))
                      for one in self.found.others]
        return max(apart)

    def unseen(self, number: int) -> NDArray[np.bool_]:
        """The points at which the data says next to nothing of a function, so that it goes on as smoothly as it can."""
        own = self._own(number)
        there = np.maximum(np.diag(self.found.information[own, own]), 0.0) @ np.abs(self.family.values)
        found: NDArray[np.bool_] = there < UNSEEN * np.max(there)
        return found

    def significance(self, number: int) -> tuple[float, float]:
        """The standard deviations of a normal distribution that are as unlikely as a function if it were zero, and if
        it were constant."""
        own = self._own(number)
        count, information = len(self.active), self.found.information
        inside = information[own, own]
        if count:
            across = information[own, :count]
            inside = inside - across @ np.linalg.pinv(information[:count, :count], hermitian=True) @ across.T
        values = self.found.values[own]
        effective = max(1.0, float(np.sum(inside * self.found.covariance[own, own])))
        ones = np.linalg.lstsq(self.family.values.T, np.ones(self.family.values.shape[1]), rcond=None)[0]
        along = inside @ ones
        varying = inside - np.outer(along, along) / max(float(ones @ along), np.finfo(float).tiny)
        return (deviations(float(values @ inside @ values), effective),
                deviations(float(values @ varying @ values), max(1.0, effective - 1.0)))

    def _own(self, number: int) -> slice:
        first = len(self.active) + number * self.family.size
        return slice(first, first + self.family.size)


def deviations(square: float, freedom: float) -> float:
    """The standard deviations of a normal distribution that are as unlikely as a sum of squares by chance.

    Parameters
    ----------
    square, freedom : float
        The sum, and its mean by chance.
    """
    tail = float(scipy.special.chdtrc(freedom, max(square, 0.0)))
    if tail < SMALLEST_TAIL:
        return float(np.sqrt(max(square - freedom, 0.0)))
    return float(-scipy.special.ndtri(0.5 * tail))


def constant_part(whole: Study, constants: int) -> Study:
    """The study of constants alone."""
    return pulled_back(whole, np.eye(whole.unknowns + 1)[:, [*range(constants), whole.unknowns]])


def reduced(whole: Study, family: FunctionFamily, candidates: Sequence[int]) -> Reduced:
    """Functions at their best for any constants, as smooth as uncorrelated rows ask for.

    Parameters
    ----------
    whole : Study
    family : FunctionFamily
    candidates : sequence of int
        Columns that may have a constant.
    """
    chosen, functions = [*candidates, *family.unknowns], family.unknowns
    unit = _variance(whole, chosen)
    found = _smooth(whole, chosen, unit * whole.gram[np.ix_(chosen, chosen)], family, len(candidates))
    added = np.zeros_like(whole.gram)
    for q, one in zip(found.penalties, family.curvatures(family.constants), strict=True):
        added[:-1, :-1] += q * unit * one
    block = (whole.gram + added)[np.ix_(functions, functions)]
    matrix = np.zeros((whole.unknowns + 1, family.constants + 1))
    for column in (*candidates, whole.unknowns):
        matrix[column, min(column, family.constants)] = 1.0
        matrix[functions, min(column, family.constants)] = -_solve(block, whole.gram[functions, column])
    return Reduced(whole, pulled_back(whole, matrix, added), matrix)


def _solve(block: Array, right: Array) -> Array:
    size = np.sqrt(np.maximum(np.diag(block), np.finfo(float).tiny))
    found: Array = np.linalg.lstsq(block / np.outer(size, size), right / size, rcond=1e-13)[0] / size
    return found


def _variance(whole: Study, chosen: Sequence[int]) -> float:
    """Of the noise of normal equations relative to the Gram matrix, if rows were correlated as their overlap says."""
    rest = whole.gram[-1, -1] - whole.gram[chosen, -1] @ _solve(whole.gram[np.ix_(chosen, chosen)],
                                                                whole.gram[chosen, -1])
    overlap = (0.75 * OVERLAP) ** len(whole.functions)
    free = max(whole.rows - len(chosen), 1)
    return float(max(rest, ROUNDING * whole.gram[-1, -1]) * overlap / free)


def _smooth(whole: Study, chosen: Sequence[int], covariance: Array, family: FunctionFamily, constants: int) -> Smooth:
    """The likeliest unknowns, in the family that explains most."""
    signal, right = whole.signal[np.ix_(chosen, chosen)], whole.signal[chosen, -1]
    curvatures = family.curvatures(constants)
    found = []
    for subspace in family.subspaces:
        spread = scipy.linalg.block_diag(np.eye(constants), *[subspace] * len(family.words))
        inner = smooth(signal @ spread, covariance, right, [spread.T @ one @ spread for one in curvatures])
        found.append((inner.criterion, Smooth(
            spread @ inner.values, spread @ inner.covariance @ spread.T, inner.penalties, inner.mismatch,
            inner.effective, _information(signal, covariance), tuple(spread @ one for one in inner.others))))
    return min(found, key=lambda pair: pair[0])[1]


def _information(signal: Array, covariance: Array) -> Array:
    size = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    inverse = np.linalg.pinv(covariance / np.outer(size, size), rcond=1e-12, hermitian=True)
    scaled = signal / size[:, None]
    found: Array = scaled.T @ inverse @ scaled
    return found


def joint_estimate(
    whole: Sequence[Study], family: FunctionFamily, active: Sequence[int], best: int, covariance: Covariance,
    by_noise: bool,
) -> JointEstimate:
    """Constants and functions of an equation, under the test functions of the narrowest band.

    Parameters
    ----------
    whole : sequence of Study
    family : FunctionFamily
    active : sequence of int
        Columns with a constant.
    best : int
        The study that tells the constants best.
    covariance : callable
    by_noise : bool
        Whether noise explains the residual; otherwise the covariance is as many times larger as that is.
    """
    rough = [_rough(one, family, active) for one in whole]
    explained = [one for one in rough if fit_check(one.whole, one.constants).passed] or rough
    narrow = min(explained, key=lambda one: sum(np.log(each.half_width) for each in one.whole.functions.values()))
    contenders = sorted(explained, key=_width)[:CONTENDERS]
    contenders += [one for one in explained if one in (rough[best], narrow) and one not in contenders]
    scales = [1.0 if by_noise else max(1.0, one.constants.excess) for one in contenders]
    found = [_precise(one, covariance, scale) for one, scale in zip(contenders, scales, strict=True)]
    best = min(range(len(found)), key=lambda number: _width(found[number]))
    # Once more with unknowns of which the correlation of rows is known.
    chosen = _precise(found[best], covariance, scales[best])
    if narrow.whole is chosen.whole:
        return chosen
    return replace(chosen, apart=_apart(chosen, _precise(narrow, covariance, 1.0)))


def _apart(first: JointEstimate, second: JointEstimate) -> float:
    """How far functions are apart under other test functions, in standard errors, in the mean along the axis."""
    found = 0.0
    for number in range(len(first.family.words)):
        spread = np.hypot(first.errors(number), second.errors(number))
        away = (first.values(number) - second.values(number)) / np.maximum(spread, np.finfo(float).tiny)
        found = max(found, float(np.sqrt(np.mean(away**2))))
    return found


def _rough(whole: Study, family: FunctionFamily, active: Sequence[int]) -> JointEstimate:
    chosen = [*active, *family.unknowns]
    matrix = _variance(whole, chosen) * whole.gram[np.ix_(chosen, chosen)]
    return JointEstimate(whole, tuple(active), _smooth(whole, chosen, matrix, family, len(active)), family)


def _precise(rough: JointEstimate, covariance: Covariance, scale: float) -> JointEstimate:
    whole, chosen = rough.whole, [*rough.active, *rough.family.unknowns]
    matrix = scale * covariance(whole, -rough.direction[:-1], chosen)[np.ix_(chosen, chosen)]
    return JointEstimate(whole, rough.active, _smooth(whole, chosen, matrix, rough.family, len(rough.active)),
                         rough.family)


def _width(found: JointEstimate) -> tuple[bool, float]:
    """Whether a rougher or smoother function is as likely; and of the bands, relative to the functions, in the mean."""
    total = 0.0
    for number in range(len(found.family.words)):
        values, errors = found.values(number), found.errors(number)
        total += float(np.mean(np.minimum(errors / max(_size(values), np.finfo(float).tiny), 1.0) ** 2))
    return found.smoother > SMOOTHER, total


def _size(values: Array) -> float:
    """Of a function: its range, or what it has everywhere."""
    return float(max(np.ptp(values), np.median(np.abs(values))))


def band_checks(found: JointEstimate, names: Sequence[str]) -> tuple[Check, ...]:
    """Whether the functions are told where they are printed.

    Parameters
    ----------
    found : JointEstimate
    names : sequence of str
        By function.
    """
    checks = []
    for number, name in enumerate(names):
        values, errors = found.values(number), found.errors(number)
        wide = float(np.mean((2.0 * errors > _size(values)) | found.unseen(number)))
        passed = wide <= ROUGH
        flat = "" if found.significance(number)[1] >= ADDED else "; a constant would do as well"
        text = (f"the function of {name} has standard errors from {np.min(errors):.2g} to {np.max(errors):.2g}"
                + (flat if passed else f", and is not determined by the data in {100.0 * wide:.0f} % of the axis"))
        checks.append(Check("band", passed, text, wide))
    if found.smoother > SMOOTHER:
        checks.append(Check("smoothness", False, f"functions that are {found.smoother:.2g} standard errors away are "
                            "about as likely: the data does not tell how smooth they are", found.smoother))
    if found.apart > APART:
        checks.append(Check("widths", False, f"under narrower test functions the functions are {found.apart:.2g} "
                            "standard errors away: they change faster than these windows show", found.apart))
    return tuple(checks)
