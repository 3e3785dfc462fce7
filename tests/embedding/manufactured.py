"""Small data on several axes whose equations are known: exact in Fourier space, or integrated to rounding."""

from __future__ import annotations

import numpy as np
import scipy.integrate
import scipy.linalg

from symdcrnn import Trajectory


def burgers(points: int = 96, frames: int = 41, end: float = 0.8, t: np.ndarray | None = None) -> Trajectory:
    """d_t u = -u d_x u + 0.1 d_xx u on a periodic x."""
    x = 2.0 * np.pi * np.arange(points) / points
    wave = 1j * np.fft.rfftfreq(points, 1.0 / points)

    def rate(_: float, u: np.ndarray) -> np.ndarray:
        spectrum = np.fft.rfft(u)
        first, second = (np.fft.irfft(factor * spectrum, points) for factor in (wave, wave**2))
        return np.asarray(-u * first + 0.1 * second)

    times = np.linspace(0.0, end, frames) if t is None else t
    start = np.sin(x) + 0.4 * np.cos(2.0 * x + 1.0)
    found = scipy.integrate.solve_ivp(rate, (0.0, times[-1]), start, t_eval=times, rtol=1e-11, atol=1e-12)
    return Trajectory.from_arrays({"u": found.y.T}, t=times, x=x, periodic=True)


def ordinates(angles: int = 6, points: int = 24, frames: int = 31) -> Trajectory:
    """d_t f = -c d_x f - s d_y f - f + <f> on periodic x and y and some directions, mode by mode."""
    angle = 2.0 * np.pi * (np.arange(angles) + 0.25) / angles
    c, s = np.cos(angle), np.sin(angle)
    t = np.linspace(0.0, 0.6, frames)
    grid = 2.0 * np.pi * np.arange(points) / points
    y, x = np.meshgrid(grid, grid, indexing="ij")
    f = np.full((frames, angles, points, points), 2.0)
    random = np.random.default_rng(0)
    for kx, ky in ((1, 0), (0, 1), (1, 2), (2, -1)):
        matrix = -1j * np.diag(kx * c + ky * s) - np.eye(angles) + np.full((angles, angles), 1.0 / angles)
        start = random.normal(size=angles) + 1j * random.normal(size=angles)
        step, state = scipy.linalg.expm(matrix * (t[1] - t[0])), start
        wave = np.exp(1j * (kx * x + ky * y))
        for n in range(frames):
            f[n] += 0.2 * np.real(state[:, None, None] * wave)
            state = step @ state
    return Trajectory.from_arrays(
        {"f": (("t", "angle", "y", "x"), f)}, t=t, x=grid, y=grid, axes={"angle": angle},
        coordinates={"c": ("angle", c), "s": ("angle", s)}, weights={"angle": np.full(angles, 1.0 / angles)},
        roles={"angle": "velocity"}, periodic=True)
