"""The scaled form of an equation: the one epsilon and the powers that make its coefficients of order one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_SCALES = 4
"""The largest M that is tried where the data is to choose it."""

NARROW = 1.2
"""A function has one size where its values are within this factor of their geometric mean."""

FLOOR = 0.05
"""How well the logarithm of a coefficient is known: closer to a power of epsilon than this says no more."""


@dataclass(frozen=True)
class ScaledForm:
    """c_w = scaled_w / epsilon^power_w.

    Parameters
    ----------
    epsilon : float
        In (0, 1).
    powers : tuple of int
        One per coefficient.
    scaled : tuple of float
        One per coefficient, of order one.
    spread : float
        The root mean square of log|scaled_w|: 0 where every one of them is 1 or -1.
    """

    epsilon: float
    powers: tuple[int, ...]
    scaled: tuple[float, ...]
    spread: float


def scaled_form(coefficients: Sequence[float], highest: int) -> ScaledForm | None:
    """The scaled form with the least spread, and the largest epsilon among equals.

    Only the products scaled_w / epsilon^power_w are determined by data; this picks one of the many
    epsilons that describe the same equation, by the rule that what remains should be near one.

    Parameters
    ----------
    coefficients : sequence of float
        None of them zero.
    highest : int
        The largest power, M of eq. (1.3).

    Returns
    -------
    ScaledForm or None
        None where every coefficient is of order one already (below e), or there is nothing to scale.
    """
    if not coefficients or highest < 1 or not all(c != 0.0 and math.isfinite(c) for c in coefficients):
        return None
    sizes = np.log(np.abs(np.asarray(coefficients, dtype=float)))
    largest = float(sizes.max())
    if largest <= 1.0:
        return None
    best: tuple[float, float, tuple[int, ...]] | None = None
    guesses = np.geomspace(largest / highest / 4.0, largest * 2.0, 4000)
    tried = np.clip(np.round(sizes / guesses[:, None]), 0, highest).astype(int)
    for powers in dict.fromkeys(map(tuple, tried.tolist())):
        if not any(powers):
            continue
        orders = np.array(powers, dtype=float)
        length = float(orders @ sizes / (orders @ orders))
        if length <= 0.0:
            continue
        spread = float(np.sqrt(np.mean((sizes - orders * length) ** 2)))
        # Fits that are equal up to a percent are told apart by the larger epsilon, not by rounding.
        if best is None or (round(spread, 2), length) < (round(best[0], 2), best[1]):
            best = (spread, length, powers)
    if best is None or best[0] >= float(np.sqrt(np.mean(sizes**2))):
        return None
    spread, length, powers = best
    epsilon = math.exp(-length)
    scaled = tuple(c * epsilon**p for c, p in zip(coefficients, powers, strict=True))
    return ScaledForm(epsilon, powers, scaled, spread)


def scaled_form_with_functions(
    coefficients: Sequence[float], functions: Sequence[Sequence[float]], highest: int
) -> ScaledForm | None:
    """The scaled form of coefficients some of which are functions, where they tell one epsilon.

    Where all powers have a common factor, as where all large coefficients are of one size, another epsilon with
    smaller powers describes them as well, so none of both is given.  Functions of one size are asked where the numbers
    do not tell, the flattest first.

    Parameters
    ----------
    coefficients : sequence of float
        None of them zero.
    functions : sequence of sequence of float
        The values of each.
    highest : int
        The largest power.

    Returns
    -------
    ScaledForm or None
        Powers and scaled sizes of the coefficients, then those of the functions, whose sizes are geometric means.
    """
    sizes = [_size_of(values) for values in functions]
    ranges = [_range_of(values, size) for values, size in zip(functions, sizes, strict=True)]
    flattest = sorted((factor, size) for factor, size in zip(ranges, sizes, strict=True) if factor <= NARROW)
    asked = [[size for _, size in flattest[:count]] for count in range(len(flattest) + 1)]
    form = next((found for more in asked
                 if (found := _determined(scaled_form([*coefficients, *more], highest))) is not None), None)
    if form is None:
        return None
    length = -math.log(form.epsilon)
    powers = [min(max(round(math.log(size) / length), 0), highest) if size > 0.0 else 0 for size in sizes]
    count = len(coefficients)
    return ScaledForm(form.epsilon, (*form.powers[:count], *powers),
                      (*form.scaled[:count], *(size * form.epsilon**power
                                               for size, power in zip(sizes, powers, strict=True))), form.spread)


def _determined(form: ScaledForm | None) -> ScaledForm | None:
    return form if form is not None and math.gcd(*form.powers) == 1 else None


def _size_of(values: Sequence[float]) -> float:
    """The geometric mean of the values that are not zero; 0 if there are none."""
    sizes = np.abs(np.asarray(values, dtype=float))
    sizes = sizes[sizes > 0.0]
    return float(np.exp(np.mean(np.log(sizes)))) if sizes.size else 0.0


def _range_of(values: Sequence[float], size: float) -> float:
    """The factor that the values are within of their size; infinite where one is zero."""
    sizes = np.abs(np.asarray(values, dtype=float))
    least = float(sizes.min())
    return max(float(sizes.max()) / size, size / least) if least > 0.0 else math.inf


@dataclass(frozen=True)
class ScaleCandidate:
    """One M, the highest power of 1/epsilon, and how well an equation is described with it.

    Parameters
    ----------
    scales : int
        M.
    spread : float
        The root mean square of the logarithms of what is left of the coefficients, see `ScaledForm`.
    criterion : float
        See `scale_candidates`: the lowest is the best.
    """

    scales: int
    spread: float
    criterion: float


def scale_candidates(coefficients: Sequence[float], highest: int = MOST_SCALES) -> tuple[ScaleCandidate, ...]:
    """How well each M from 0 on describes an equation.

    The coefficients do not depend on M, so no residual can choose it: what M decides is how an equation is read.
    A reading with M says of n coefficients log|c_w| = m_w log(1/epsilon) + e_w with powers m_w of 0 to M and Gaussian
    e_w.  At the best variance, which is spread^2 + `FLOOR`^2 because coefficients are not known better than that, minus
    twice the logarithm of its likelihood is n log(spread^2 + FLOOR^2) but for a constant.  Each m_w is one of M + 1
    that are as likely before, which takes log(M + 1) to say, 2 n log(M + 1) in the same units; epsilon is one real
    number, which costs log n (Bayesian information criterion), and there is none for M = 0:

        n log(spread^2 + FLOOR^2) + 2 n log(M + 1) + (log n if M > 0)

    Parameters
    ----------
    coefficients : sequence of float
        None of them zero.
    highest : int
        The largest M to try.

    Returns
    -------
    tuple of ScaleCandidate
        By M; only M = 0 if there are no coefficients.
    """
    count = len(coefficients)
    if not count:
        return (ScaleCandidate(0, 0.0, 0.0),)
    plain = float(np.sqrt(np.mean(np.log(np.abs(np.asarray(coefficients, dtype=float))) ** 2)))
    found = []
    for scales in range(highest + 1):
        form = scaled_form(coefficients, scales)
        spread = plain if form is None else form.spread
        criterion = count * math.log(spread**2 + FLOOR**2) + 2.0 * count * math.log(scales + 1.0)
        found.append(ScaleCandidate(scales, spread, criterion + (math.log(count) if scales else 0.0)))
    return tuple(found)
