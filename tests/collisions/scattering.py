"""d_t f = -v d_x f + Q f with a kernel of the angle, by exact modes in x."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

import symdcrnn

Array = NDArray[np.float64]

NODES, POINTS, FRAMES, G, RATE = 8, 32, 40, 0.6, 4.0
V, W = np.polynomial.legendre.leggauss(NODES)
W = 0.5 * W
FORWARD = RATE * (G ** np.arange(NODES) - 1.0)
"""The rates of all polynomials under scattering of Henyey and Greenstein."""

WORDS = ["v d_x f", "d_x f"]


def matrix_of(rates: Sequence[float] | Array) -> Array:
    """The collision matrix, weights in it, of some rates by degree."""
    legendre = np.polynomial.legendre.legvander(V, NODES - 1)
    return (legendre * rates * (2 * np.arange(NODES) + 1)) @ (legendre.T * W)


def data(matrix: Array, noise: float = 0.0, falling: float = 1.0) -> symdcrnn.Trajectory:
    """A trajectory under a collision matrix.

    Noise is a part of the standard deviation; each Legendre polynomial of the start is so many times the one before.
    """
    legendre = np.polynomial.legendre.legvander(V, NODES - 1)
    t, x = 0.01 * np.arange(FRAMES), 2.0 * np.pi * np.arange(POINTS) / POINTS
    random, absorbed = np.random.default_rng(4), float(np.mean(matrix @ np.ones(NODES)))
    f = 2.0 * np.exp(absorbed * t)[:, None, None] * np.ones((FRAMES, NODES, POINTS))
    for wave in (1, 2, 3):
        mode = legendre @ (falling ** np.arange(NODES) * (random.standard_normal(NODES)
                                                          + 1j * random.standard_normal(NODES)))
        step = scipy.linalg.expm(0.01 * (matrix - 1j * wave * np.diag(V)))
        for n in range(FRAMES):
            f[n] += np.real(mode[:, None] * np.exp(1j * wave * x)) / wave
            mode = step @ mode
    f = f + noise * np.std(f) * random.standard_normal(f.shape)
    return symdcrnn.Trajectory.from_arrays({"f": f}, t=t, x=x, v=V, weights=W, periodic=True)
