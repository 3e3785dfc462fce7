"""Whether a system of moments is symmetric hyperbolic and dissipates, read off its coefficients.

The system is d_t m = A d_x m + B m + D d_xx m.  Where gradients couple neighbours alone there is one diagonal H, up to
a factor, that makes H A symmetric.  Then sum h_l m_l^2 / 2 does not grow, for waves of any length, if H B is nowhere
positive and H D nowhere negative.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.closure.moments import second_derivative
from symdcrnn.equation import Check, LearnedEquation

Array = NDArray[np.float64]

ZERO = 1e-12
"""Up to this size, relative to the largest number, one is rounding."""

WAVES = np.geomspace(1e-3, 1e3, 241)
"""Wave numbers that growth is looked for at, in units of the rate over the speed."""


@dataclass(frozen=True, eq=False)
class MomentSystem:
    """d_t m = A d_x m + B m + D d_xx m.

    Parameters
    ----------
    gradients, local, second : ndarray, shape (n, n)
        A, B and D.
    further : tuple of str
        Terms of moments that are none of these, each with its equation.
    """

    gradients: Array
    local: Array
    second: Array
    further: tuple[str, ...]


def moment_system(equations: Sequence[LearnedEquation], axis: str, epsilon: float | None) -> MomentSystem:
    """The matrices of the equations of m0, m1, ...

    Parameters
    ----------
    equations : sequence of LearnedEquation
        In the order of the moments.
    axis : str
    epsilon : float or None
    """
    count = len(equations)
    repeated = second_derivative(axis)
    matrices = {"": np.zeros((count, count)), f"d_{axis} ": np.zeros((count, count)),
                f"{repeated} ": np.zeros((count, count))}
    places = {f"{prefix}{one.target}": (prefix, number) for number, one in enumerate(equations) for prefix in matrices}
    further = []
    for row, one in enumerate(equations):
        for word, value in one.at(epsilon).items():
            if word in places:
                prefix, column = places[word]
                matrices[prefix][row, column] += value
            elif re.search(r"\bm\d+\b", word):
                further.append(f"{word} in that of {one.target}")
        further += [f"a function times {function.word} in that of {one.target}" for function in one.functions]
    local, gradients, second = matrices.values()
    return MomentSystem(gradients, local, second, tuple(further))


def symmetriser(gradients: Array) -> Array | None:
    """The diagonal H of smallest index one that makes H A symmetric; None if gradients couple others than neighbours.

    Parameters
    ----------
    gradients : ndarray, shape (n, n)
        A.
    """
    count, least = len(gradients), ZERO * np.max(np.abs(gradients), initial=0.0)
    distance = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    if np.any(np.abs(gradients[distance > 1]) > least):
        return None
    found = np.ones(count)
    for number in range(count - 1):
        upper, lower = gradients[number, number + 1], gradients[number + 1, number]
        if abs(upper) <= least or upper * lower <= 0.0:
            return None
        found[number + 1] = found[number] * upper / lower
    return found


def growth(system: MomentSystem) -> tuple[float, float]:
    """The largest rate at which a wave grows, of many lengths, and its wave number."""
    speed = max(float(np.max(np.abs(np.linalg.eigvals(system.gradients)))), 1e-300)
    rate = max(float(np.max(np.abs(system.local))), 1e-300)
    numbers = WAVES * rate / speed
    symbols = (1j * numbers[:, None, None] * system.gradients + system.local
               - numbers[:, None, None] ** 2 * system.second)
    rates = np.linalg.eigvals(symbols).real.max(axis=1)
    worst = int(np.argmax(rates))
    return float(rates[worst]), float(numbers[worst])


def hyperbolicity(system: MomentSystem) -> Check:
    """Whether the system is symmetric hyperbolic and dissipates; if it is not known to be so, which waves grow.

    Parameters
    ----------
    system : MomentSystem

    Returns
    -------
    Check
        Its value is the largest speed, or the growth.
    """
    if system.further:
        return Check("hyperbolicity", False, f"not told: the equations have {', '.join(system.further)}")
    scale = symmetriser(system.gradients)
    if scale is not None:
        most, least = (float(np.linalg.eigvalsh(_symmetric(scale, part))[end]) for part, end in (
            (system.local, -1), (system.second, 0)))
        if (most <= ZERO * np.max(np.abs(system.local), initial=0.0)
                and least >= -ZERO * np.max(np.abs(system.second), initial=0.0)):
            speed = float(np.max(np.abs(np.linalg.eigvals(system.gradients))))
            units = ", ".join(f"{one:.3g} m{number}" if number else "m0" for number, one in enumerate(np.sqrt(scale)))
            return Check("hyperbolicity", True, f"symmetric hyperbolic in the units {units}, speeds up to {speed:.3g}, "
                         "and no wave of any length grows", speed)
    rate, number = growth(system)
    reason = "gradients are not symmetric in any units" if scale is None else (
        "local terms or second derivatives do not dissipate")
    grows = rate > 1e-9 * max(float(np.max(np.abs(system.local))), 1e-300)
    return Check("hyperbolicity", False, f"{reason}; " + (
        f"waves of wave number {number:.3g} grow at the rate {rate:.3g}" if grows
        else "no wave grows of those that were tried"), rate)


def _symmetric(scale: Array, matrix: Array) -> Array:
    """The symmetric part in the units that make the system symmetric."""
    root = np.sqrt(scale)
    own = root[:, None] * matrix / root
    return np.asarray(0.5 * (own + own.T))
