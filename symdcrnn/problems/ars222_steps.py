"""One step of IMEX-ARS(2,2,2) for eqs. (2.4), (2.5), as in (8.1)-(8.4), with third-order upwind-biased d/dx.

Both sets of weights are the last rows of their tableaus, so a step ends with its last stage, and the v d_x g of
that stage is what the next step begins with: two evaluations of v d_x g a step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAMMA = 1.0 - np.sqrt(2.0) / 2.0
DELTA = 1.0 - 1.0 / (2.0 * GAMMA)

HALO = 2
"""Points that the stencils reach to either side."""


def wrap(u: Array) -> None:
    """Fill the halo of a periodic row, shape (Nx + 4,)."""
    n = u.size - 2 * HALO
    for k in range(HALO):
        u[k] = u[k + n]
        u[n + HALO + k] = u[HALO + k]


def upwind(u: Array, speed: float, out: Array) -> None:
    """speed * d/dx u from the side that the speed comes from; u has a halo, out none; speed holds 1/(6 dx)."""
    n = out.size
    if speed > 0.0:
        for j in range(n):
            out[j] = speed * (2.0 * u[j + 3] + 3.0 * u[j + 2] - 6.0 * u[j + 1] + u[j])
    else:
        for j in range(n):
            out[j] = speed * (-u[j + 4] + 6.0 * u[j + 3] - 3.0 * u[j + 2] - 2.0 * u[j + 1])


def advect(g: Array, v: Array, weights: Array, scale: float, out: Array, mean: Array) -> None:
    """out = v d_x g, mean = <v d_x g>; g has a halo, which is filled here."""
    mean[:] = 0.0
    for i in range(v.size):
        wrap(g[i])
        upwind(g[i], v[i] * scale, out[i])
        for j in range(mean.size):
            mean[j] += weights[i] * out[i, j]


def explicit(dg: Array, mean: Array, g: Array, rho: Array, v: float, scale: float, eps: float, sigma_a: Array,
             out: Array) -> None:
    """-(1/eps)(I - <>)(v d_x g) - (1/eps^2) v d_x rho - sigma_A g for one v; rho and g have a halo."""
    # v d_x rho is taken from the other side than v d_x g: -(-v) d_x with the stencil of -v.
    upwind(rho, -v * scale, out)
    for j in range(out.size):
        out[j] = -(dg[j] - mean[j]) / eps + out[j] / (eps * eps) - sigma_a[j] * g[j + HALO]


def advance(steps: int, g: Array, rho: Array, dg: Array, mean: Array, v: Array, weights: Array, sigma_s: Array,
            sigma_a: Array, source: Array, eps: float, dx: float, dt: float) -> None:
    """Make some steps in place.

    Parameters
    ----------
    steps : int
        How many.
    g, rho : ndarray of float64, shape (Nv, Nx + 4), (Nx + 4,)
        The state, with two points of halo on either side; the halo need not be filled.
    dg, mean : ndarray of float64, shape (Nv, Nx), (Nx,)
        v d_x g and its average for the state on entry; for the new state on return.
    v, weights : ndarray of float64, shape (Nv,)
        Nodes, and weights of sum one.
    sigma_s, sigma_a, source : ndarray of float64, shape (Nx,)
        The coefficients of (2.4), (2.5).
    eps, dx, dt : float
        Scale, grid step, time step.
    """
    nv, nx = dg.shape
    scale = 1.0 / (6.0 * dx)
    e0 = np.empty((nv, nx))
    e1 = np.empty(nx)
    dg1 = np.empty((nv, nx))
    mean1 = np.empty(nx)
    g1 = np.empty((nv, nx + 2 * HALO))
    rho1 = np.empty(nx + 2 * HALO)
    damping = np.empty(nx)
    stiff = np.empty(nx)
    for j in range(nx):
        damping[j] = 1.0 / (1.0 + dt * GAMMA * sigma_s[j] / (eps * eps))
        stiff[j] = dt * (1.0 - GAMMA) * sigma_s[j] / (eps * eps)
    for _ in range(steps):
        wrap(rho)
        for i in range(nv):
            explicit(dg[i], mean, g[i], rho, v[i], scale, eps, sigma_a, e0[i])
            for j in range(nx):
                g1[i, j + HALO] = (g[i, j + HALO] + dt * GAMMA * e0[i, j]) * damping[j]
        advect(g1, v, weights, scale, dg1, mean1)
        for j in range(nx):
            h = source[j] - sigma_a[j] * rho[j + HALO]
            rho1[j + HALO] = rho[j + HALO] + dt * GAMMA * (h - mean1[j])
        wrap(rho1)
        for i in range(nv):
            explicit(dg1[i], mean1, g1[i], rho1, v[i], scale, eps, sigma_a, e1)
            for j in range(nx):
                known = g[i, j + HALO] + dt * (DELTA * e0[i, j] + (1.0 - DELTA) * e1[j]) - stiff[j] * g1[i, j + HALO]
                g[i, j + HALO] = known * damping[j]
        advect(g, v, weights, scale, dg, mean)
        for j in range(nx):
            h0 = source[j] - sigma_a[j] * rho[j + HALO]
            h1 = source[j] - sigma_a[j] * rho1[j + HALO]
            rho[j + HALO] += dt * (DELTA * h0 + (1.0 - DELTA) * h1 - (1.0 - GAMMA) * mean1[j] - GAMMA * mean[j])
