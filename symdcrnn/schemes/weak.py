"""The weak form in time: a multistep residual averaged by a smooth window of compact support.

    r = sum_k phi_k (sum_i alpha_i u^{n+k+i} - dt sum_i beta_i F(u^{n+k+i}))

Summation by parts hands the difference in time over to the window, so the noise of single frames is
averaged, and the order of the scheme is that of the one it is made from.
"""

from __future__ import annotations

from fractions import Fraction

from symdcrnn.schemes.scheme import Scheme, Weights

WINDOW_POWER = 3
"""The window is (1 - s^2)^3: it and its first two derivatives vanish at its ends."""


def weak(name: str, base: Scheme, steps: int, description: str) -> Scheme:
    """The weak form of a scheme over a number of steps.

    Parameters
    ----------
    name : str
        Of the new scheme.
    base : Scheme
        A fully implicit one over fewer steps.
    steps : int
        The new residual reads ``steps + 1`` frames.
    description : str
        What it is.
    """
    shifts = steps - base.frames + 2
    bumps = [(1 - Fraction(2 * k - shifts - 1, shifts + 1) ** 2) ** WINDOW_POWER for k in range(1, shifts + 1)]
    window = tuple(bump / sum(bumps) for bump in bumps)
    return Scheme(name, _convolved(base.alpha, window), (), _convolved(base.implicit, window), base.order, description,
                  steps)


def _convolved(weights: Weights, window: Weights) -> Weights:
    total = [Fraction(0)] * (len(weights) + len(window) - 1)
    for shift, bump in enumerate(window):
        for number, weight in enumerate(weights):
            total[shift + number] += bump * weight
    return tuple(total)
