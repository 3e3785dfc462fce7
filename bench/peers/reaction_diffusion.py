"""Spirals of two fields in the plane, the 2-D setting of PySINDy, by Fourier modes; and PySINDy on them.

    d_t u = 0.1 (d_xx + d_yy) u + u - u^3 - u w^2 + u^2 w + w^3
    d_t w = 0.1 (d_xx + d_yy) w + w - w^3 - u^2 w - u^3 - u w^2
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIFFUSION, LENGTH = 0.1, 20.0

POINTS, FRAMES = 128, 60
"""Along each axis, and in time."""

DT, STEPS = 0.05, 10
"""From frame to frame, and the solver's steps between them."""

FIRST = 20
"""The first frame that is kept: the start has kinks where the square closes."""

FIELDS = ("u", "w")

EXACT: dict[str, dict[str, float]] = {
    "u": {"d_xx u": DIFFUSION, "d_yy u": DIFFUSION, "u": 1.0, "u^3": -1.0, "u w^2": -1.0, "u^2 w": 1.0, "w^3": 1.0},
    "w": {"d_xx w": DIFFUSION, "d_yy w": DIFFUSION, "w": 1.0, "u^3": -1.0, "u w^2": -1.0, "u^2 w": -1.0, "w^3": -1.0},
}
"""The equations as a fit writes them."""

PYSINDY_TERMS = {"d_xx u": "u_22", "d_yy u": "u_11", "d_xx w": "w_22", "d_yy w": "w_11"}
"""Those that its names write otherwise, for arrays over y, x, t."""

THRESHOLD = 0.05


def spirals() -> tuple[Array, Array, Array, Array]:
    """Times, points, and both fields over (t, y, x), by Runge-Kutta steps of order four with the diffusion exact."""
    x = LENGTH * np.arange(POINTS) / POINTS - LENGTH / 2
    k = 2.0 * np.pi / LENGTH * np.fft.fftfreq(POINTS, 1.0 / POINTS)
    rate = -DIFFUSION * (k[:, None] ** 2 + k[None, :POINTS // 2 + 1] ** 2)
    step = DT / STEPS
    half, full = np.exp(0.5 * step * rate), np.exp(step * rate)
    modes = np.array(np.fft.rfft2(_start(x)))

    def change(modes: NDArray[np.complex128]) -> NDArray[np.complex128]:
        u, w = np.fft.irfft2(modes, (POINTS, POINTS))
        size = u**2 + w**2
        return np.array(np.fft.rfft2([(1.0 - size) * u + size * w, (1.0 - size) * w - size * u]))

    frames = np.empty((2, FRAMES, POINTS, POINTS))
    for number in range(FIRST + FRAMES):
        if number >= FIRST:
            frames[:, number - FIRST] = np.fft.irfft2(modes, (POINTS, POINTS))
        for _ in range(STEPS):
            a = change(modes)
            b = change(half * (modes + 0.5 * step * a))
            c = change(half * modes + 0.5 * step * b)
            d = change(full * modes + step * half * c)
            modes = full * modes + step / 6.0 * (full * a + 2.0 * half * (b + c) + d)
    return DT * (FIRST + np.arange(FRAMES)), x, frames[0], frames[1]


def _start(x: Array) -> Array:
    radius, angle = np.hypot(x, x[:, None]), np.arctan2(x[:, None], x)
    return np.array([np.tanh(radius) * np.cos(angle - radius), np.tanh(radius) * np.sin(angle - radius)])


def pysindy_run(t: Array, x: Array, u: Array, w: Array) -> Callable[[], dict[str, float]]:
    """PySINDy as its own example is, with periodic differences of order 6: cubic terms, derivatives to the second."""
    import warnings
    from functools import partial

    import pysindy
    from pysindy.feature_library import PDELibrary, PolynomialLibrary

    values = np.stack([np.moveaxis(u, 0, -1), np.moveaxis(w, 0, -1)], axis=-1)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1)

    def run() -> dict[str, float]:
        library = PDELibrary(
            PolynomialLibrary(degree=3, include_bias=False), derivative_order=2, spatial_grid=grid, include_bias=False,
            include_interaction=False, diff_kwargs={"order": 6},
            differentiation_method=partial(pysindy.FiniteDifference, periodic=True))
        model = pysindy.SINDy(
            feature_library=library, optimizer=pysindy.STLSQ(threshold=THRESHOLD, alpha=1e-8),
            differentiation_method=pysindy.FiniteDifference(order=6, axis=-2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(values, t=t[1] - t[0], feature_names=list(FIELDS))
        names = model.get_feature_names()
        return {f"{field}: {name}": float(value) for field, row in zip(FIELDS, model.coefficients(), strict=True)
                for name, value in zip(names, row, strict=True) if value != 0.0}

    return run
