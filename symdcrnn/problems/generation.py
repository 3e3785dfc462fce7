"""Data of the transport problem: solve it, keep the frames, add noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_kind
from symdcrnn.problems.noise import add_noise, check_noise
from symdcrnn.problems.transport import Fields, TransportProblem, check_fields, exact_equations

Array = NDArray[np.float64]

CHUNK = 20_000_000
"""Grid points times steps per compiled call, a fraction of a second: how long an interrupt may have to wait."""

GROWTH = 100.0
"""How far above its bound a solution is called blown up. The exact f = rho + eps g never exceeds the bound at all."""


def generate(problem: TransportProblem, noise: float = 0.0, seed: int = 0,
             progress: Callable[[int, int], None] | None = None, known: bool = False) -> Trajectory:
    """Solve (2.4), (2.5) by IMEX-ARS(2,2,2) and keep the frames that the problem asks for.

    Parameters
    ----------
    problem : TransportProblem
        What to solve.
    noise : float
        Standard deviation of the Gaussian noise on each field, as a fraction of the field's own.
    seed : int
        Of the noise.
    progress : callable, optional
        Called as ``progress(done, total)`` with steps; may raise to stop.
    known : bool
        Whether to store sigma_s, sigma_a and source as profiles, for a fit that knows them.

    Returns
    -------
    Trajectory
        Fields g and rho, epsilon, the exact equations where they have constant coefficients, and as
        attributes all settings.

    Raises
    ------
    InputError
        If noise or seed is out of range, or the solution blows up.
    """
    check_kind(problem, TransportProblem, "generate", "give a TransportProblem, such as preset('notebook')")
    noise, seed = check_noise(noise, seed)
    fields = check_fields(problem)
    g, rho = _solve(problem, fields, progress)
    add_noise((g, rho), noise, seed)
    settings = {name: value for name, value in dataclasses.asdict(problem).items() if name != "epsilon"}
    step = problem.dt * problem.every
    return Trajectory.from_arrays(
        {"g": g, "rho": rho},
        t=(problem.first + np.arange(problem.frames)) * step, x=problem.x, v=fields.v, weights=fields.weights,
        profiles={name: getattr(fields, name) for name in ("sigma_s", "sigma_a", "source")} if known else None,
        periodic=True, epsilon=float(problem.epsilon), exact=exact_equations(problem),
        attributes={"problem": "transport", "solver": "IMEX-ARS(2,2,2)", "noise": noise, "seed": seed,
                    **{f"problem_{name}": value for name, value in settings.items()}})


def _solve(problem: TransportProblem, fields: Fields,
           progress: Callable[[int, int], None] | None) -> tuple[Array, Array]:
    from symdcrnn.problems.ars222 import advance, advect
    from symdcrnn.problems.ars222_steps import HALO

    nv, nx, dx = int(problem.velocities), int(problem.nx), 1.0 / problem.nx
    g, rho = np.zeros((nv, nx + 2 * HALO)), np.zeros(nx + 2 * HALO)
    inner = slice(HALO, HALO + nx)
    g[:, inner], rho[inner] = fields.g, fields.rho
    dg, mean = np.empty((nv, nx)), np.empty(nx)
    advect(g, fields.v, fields.weights, 1.0 / (6.0 * dx), dg, mean)
    kept_g, kept_rho = np.empty((problem.frames, nv, nx)), np.empty((problem.frames, nx))
    total, chunk = problem.needed_steps, max(1, CHUNK // (nv * nx))
    bound = _bound(problem, fields)
    done = 0
    while True:
        frame = done // problem.every - problem.first
        if done % problem.every == 0 and frame >= 0:
            kept_g[frame], kept_rho[frame] = g[:, inner], rho[inner]
        if done >= total:
            return kept_g, kept_rho
        steps = min(chunk, problem.every - done % problem.every)
        advance(steps, g, rho, dg, mean, fields.v, fields.weights, fields.sigma_s, fields.sigma_a, fields.source,
                float(problem.epsilon), dx, float(problem.dt))
        done += steps
        _check_size(problem, g[:, inner], rho[inner], bound, done)
        if progress is not None:
            progress(done, total)


def _bound(problem: TransportProblem, fields: Fields) -> float:
    """The maximum principle for (2.1): |f| stays below its initial maximum plus what the source has added."""
    initial = np.abs(fields.rho[None, :] + problem.epsilon * fields.g).max()
    return float(initial + problem.dt * problem.needed_steps * np.abs(fields.source).max())


def _check_size(problem: TransportProblem, g: Array, rho: Array, bound: float, done: int) -> None:
    largest = max(float(np.abs(rho).max()), float(problem.epsilon * np.abs(g).max()))
    # Written so that NaN fails too.
    if not largest <= GROWTH * bound:
        raise InputError(f"the solution blew up by step {done} of {problem.needed_steps} (dt = {problem.dt:g}, "
                         f"dx = {1.0 / problem.nx:g}, epsilon = {problem.epsilon:g}): choose a smaller dt")
