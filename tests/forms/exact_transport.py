"""Exact solutions of d_t f = -(1/eps) v d_x f + (sigma/eps^2)(<f> - f) - absorbed f at Gauss-Legendre nodes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.linalg
from learned_models import F, V, X, learned
from numpy.typing import NDArray

import symdcrnn
from symdcrnn import Model, Trajectory

Array = NDArray[np.float64]

EPSILON, SIGMA, ABSORBED = 0.5, 1.5, 0.25

NODES, POINTS = 6, 64


def solution(seed: int = 1) -> tuple[Trajectory, Array]:
    """Some frames, and d_t f at each."""
    v, weights = np.polynomial.legendre.leggauss(NODES)
    x, t = np.arange(POINTS) / POINTS, 0.01 * np.arange(3)
    f, rates = np.full((t.size, NODES, POINTS), 2.0 * np.exp(-ABSORBED * t)[:, None, None]), None
    rates = -ABSORBED * f
    start = np.random.default_rng(seed).normal(size=(2, NODES))
    for k in (1, 2):
        wave = 2j * np.pi * k
        generator = (-wave * np.diag(v) / EPSILON + SIGMA / EPSILON**2 * (np.outer(np.ones(NODES), weights / 2)
                                                                         - np.eye(NODES)) - ABSORBED * np.eye(NODES))
        modes = np.array([scipy.linalg.expm(time * generator) @ start[k - 1] for time in t])
        f += np.real(modes[:, :, None] * np.exp(wave * x)) / k**2
        rates += np.real((modes @ generator.T)[:, :, None] * np.exp(wave * x)) / k**2
    made = Trajectory.from_arrays({"f": f}, t=t, v=v, x=x, weights=weights, periodic=True, epsilon=EPSILON)
    return made, rates


def equation() -> Model:
    """(2.1) as a fit of these data would have learned it."""
    terms = {"v_dx f": (-1 / EPSILON, 1e-6), "f": (-SIGMA / EPSILON**2 - ABSORBED, 1e-6),
             "<f>": (SIGMA / EPSILON**2, 1e-6)}
    axes = (replace(V, size=NODES), replace(X, size=POINTS, spacing=1 / POINTS))
    model = learned({"f": terms}, F, axes)
    return replace(model, settings=symdcrnn.FitSettings(transport_stencil="central8", central_stencil="central8"))
