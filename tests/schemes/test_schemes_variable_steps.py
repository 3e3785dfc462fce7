"""Multistep schemes on uneven times: the tables on even ones, and their order on smoothly stretched ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.variable_steps import StepWeights, step_weights

Array = NDArray[np.float64]
each_scheme = pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=list(SCHEMES))


def weights(scheme: Scheme, times: Array) -> StepWeights:
    return step_weights(scheme, times)


@each_scheme
def test_even_times_have_the_weights_of_the_table(scheme: Scheme) -> None:
    dt = 0.0625
    found = weights(scheme, 3.0 + dt * np.arange(scheme.frames + 2))
    for made, table, factor in ((found.alpha, scheme.alpha, 1.0), (found.explicit, scheme.explicit, dt),
                                (found.implicit, scheme.implicit, dt)):
        assert made.shape == (3, scheme.frames)
        expected = factor * np.array([float(weight) for weight in table] or [0.0] * scheme.frames)
        np.testing.assert_allclose(made, np.broadcast_to(expected, made.shape), rtol=0.0, atol=1e-12)


@each_scheme
def test_the_order_on_smoothly_stretched_times(scheme: Scheme) -> None:
    """u' = a u + b u, the first term stiff: what is left falls as the step to the order and one more."""
    rate = 2.0 * 10.0 ** (-5.0 / (scheme.order + 1))
    left = []
    for halvings in range(3):
        places = 0.5**halvings * rate * (np.arange(scheme.frames) - 0.5 * scheme.frames)
        times = places + 0.1 * places**2 + 0.05 * np.sin(places)
        found = weights(scheme, times)
        assert np.ptp(np.diff(times)) > 0.0 or scheme.frames == 2
        u = np.exp(-times)
        a, b = (-0.7, -0.3) if scheme.splits else (-0.5, -0.5)
        stiff = found.implicit[0] if scheme.implicit else found.explicit[0]
        rest = found.explicit[0] if scheme.explicit else found.implicit[0]
        left.append(abs(float(found.alpha[0] @ u - a * (stiff @ u) - b * (rest @ u))))
    slopes = [float(np.log2(before / after)) for before, after in pairwise(left)]
    assert left[-1] > 1e-13
    assert slopes[-1] == pytest.approx(scheme.order + 1, abs=0.35)


@each_scheme
def test_constants_and_straight_lines_leave_nothing(scheme: Scheme) -> None:
    """On times without any pattern."""
    times = np.cumsum(np.random.default_rng(1).uniform(0.5, 1.5, scheme.frames + 3))
    found = weights(scheme, times)
    size = np.abs(found.alpha).sum()
    np.testing.assert_allclose(found.alpha.sum(axis=1), 0.0, atol=1e-12 * size)
    for part in (found.explicit, found.implicit):
        if np.any(part):
            frames = np.arange(found.alpha.shape[0])
            slopes = [found.alpha[n] @ times[n:n + scheme.frames] - part[n].sum() for n in frames]
            np.testing.assert_allclose(slopes, 0.0, atol=1e-11 * size)
