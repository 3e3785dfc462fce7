"""Small fields of known equations, from sums of waves that are exact at every frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory

Array = NDArray[np.float64]

FRAMES, POINTS, STEP = 60, 96, 0.05
MODES = ((1, 1.0), (2, 0.8), (5, 0.5))
"""Wave numbers and sizes."""

X = 2.0 * np.pi * np.arange(POINTS) / POINTS
T = STEP * np.arange(FRAMES)


def trajectory(u: Array, level: float, seed: int) -> Trajectory:
    """With noise of a level times the root mean square."""
    noise = np.random.default_rng(seed).standard_normal(u.shape)
    return Trajectory.from_arrays({"u": u + level * np.sqrt(np.mean(u**2)) * noise}, t=T, x=X, periodic=True)


def linear(
    speed: float = 0.0, diffusion: float = 0.0, decay: float = 0.0, dispersion: float = 0.0,
    modes: tuple[tuple[int, float], ...] = MODES, time: Callable[[Array], Array] | None = None,
) -> Array:
    """d_t u = -speed d_x u + diffusion d_xx u - decay u + dispersion d_xxx u.

    Parameters
    ----------
    speed, diffusion, decay, dispersion : float
    modes : tuple of (wave number, size)
    time : callable, optional
        The integral over t of a factor of the whole right-hand side.
    """
    s = T if time is None else time(T)
    u = np.zeros((FRAMES, POINTS))
    for k, size in modes:
        phase = k * (X[None, :] - speed * s[:, None]) - dispersion * k**3 * s[:, None] + k
        u += size * np.exp(-(diffusion * k**2 + decay) * s)[:, None] * np.sin(phase)
    return u


def logistic(rate: float, speed: float) -> Array:
    """d_t u = rate (u - u^2) - speed d_x u."""
    return np.asarray(1.0 / (1.0 + (1.5 + np.sin(X[None, :] - speed * T[:, None])) * np.exp(-rate * T[:, None])))


def forced(speed: float, diffusion: float) -> Array:
    """With a source cos(3 x) beside transport and diffusion."""
    k, symbol = 3, -(diffusion * 9.0) - 3.0j * speed
    source = np.real((np.exp(symbol * T)[:, None] - 1.0) / symbol * np.exp(1.0j * k * X)[None, :])
    return linear(speed, diffusion) + source
