"""The two ways in which kinetic problems are solved: exactly in time where they are linear, else by DOP853."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.problems.kinetic.entry import Array, KineticProblem, Report

Complex = NDArray[np.complex128]

ROUNDING = 1e-15
"""Modes of less than this part of the largest one are left out: they are rounding of the initial state."""

RELATIVE, ABSOLUTE = 1e-12, 1e-14
"""Tolerances of DOP853 for each step."""


def evolve(problem: KineticProblem, start: Array, lengths: Sequence[float],
           generator: Callable[..., Complex], report: Report) -> Array:
    """Solve d_t u = A u exactly, with an operator A of constant coefficients on periodic space axes.

    Parameters
    ----------
    problem : KineticProblem
        For its times.
    start : ndarray, shape (m, ...)
        Components, and one axis or more of space.
    lengths : sequence of float
        Of these axes.
    generator : callable
        A matrix of shape (m, m) for a wave number along each axis: A on the mode exp(i k x).
    report : callable

    Returns
    -------
    ndarray of float64, shape (frames, m, ...)
    """
    from scipy.linalg import expm

    shape, axes = start.shape[1:], tuple(range(1, start.ndim))
    transformed = np.fft.rfftn(start, axes=axes)
    numbers = [wave_numbers(size, length, axis == len(shape) - 1)
               for axis, (size, length) in enumerate(zip(shape, lengths, strict=True))]
    vectors = np.stack([one.ravel() for one in np.meshgrid(*numbers, indexing="ij")], axis=-1)
    modes = transformed.reshape(start.shape[0], -1)
    kept = np.flatnonzero(np.abs(modes).max(axis=0) > ROUNDING * np.abs(modes).max())
    first, frames, dt = problem.whole("first"), problem.whole("frames"), problem.number("dt")
    found = np.zeros((frames, *modes.shape), dtype=np.complex128)
    for count, place in enumerate(kept):
        rate = generator(*vectors[place])
        step, mode = expm(dt * rate), modes[:, place]
        mode = expm(first * dt * rate) @ mode if first else mode
        for frame in range(frames):
            found[frame, :, place] = mode
            mode = step @ mode
        report(count + 1, kept.size)
    values: Array = np.fft.irfftn(found.reshape(frames, *transformed.shape), s=shape,
                                  axes=tuple(range(2, start.ndim + 1)))
    return values


def streaming(local: Array, *speeds: Array) -> Callable[..., Complex]:
    """What `evolve` takes for d_t u = local u - speeds[0] d u/dx_0 - ..., matrices of shape (m, m)."""

    def generator(*numbers: float) -> Complex:
        found = local.astype(np.complex128)
        for number, speed in zip(numbers, speeds, strict=True):
            found -= 1j * number * speed
        return found

    return generator


def march(problem: KineticProblem, start: Array, rate: Callable[[float, Array], Array], report: Report) -> Array:
    """Solve d_t u = rate(t, u) by DOP853, from frame to frame.

    Parameters
    ----------
    problem : KineticProblem
        For its times.
    start : ndarray, shape (n,)
    rate : callable
    report : callable

    Returns
    -------
    ndarray of float64, shape (frames, n)

    Raises
    ------
    InputError
        If the solution blows up.
    """
    from scipy.integrate import DOP853

    dt, first, frames = problem.number("dt"), problem.whole("first"), problem.whole("frames")
    total = first + frames - 1
    found, state, step = np.empty((frames, start.size)), start, None
    for frame in range(total + 1):
        if frame >= first:
            found[frame - first] = state
        if frame == total:
            return found
        begin, end = frame * dt, (frame + 1) * dt
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if not np.all(np.isfinite(rate(begin, state))):
                raise InputError(f"the rate of change is not finite at t = {begin:g}: choose another initial state")
            solver = DOP853(rate, begin, state, end, first_step=None if step is None else min(step, end - begin),
                            rtol=RELATIVE, atol=ABSOLUTE)
            while solver.status == "running":
                message = solver.step()
                if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
                    raise InputError(f"the solution blew up at t = {solver.t:g} ({message or 'it is not finite'}): "
                                     "choose fewer frames or another initial state")
                step = solver.h_abs
        state = solver.y
        report(frame + 1, total)
    return found


def wave_numbers(points: int, length: float, half: bool = True) -> Array:
    """Of the modes of a periodic axis; the mode that alternates has none, since its derivative vanishes on the grid.

    Parameters
    ----------
    points : int
    length : float
    half : bool
        Whether the modes are those of a real transform, shape (points//2 + 1,), or all of them, shape (points,).
    """
    half_of_them = np.arange(points // 2 + 1.0)
    frequencies = half_of_them if half else np.concatenate([half_of_them, -half_of_them[(points - 1) // 2:0:-1]])
    if points % 2 == 0:
        frequencies[points // 2] = 0.0
    found: Array = frequencies * (2.0 * np.pi / length)
    return found


def derivative(values: Array, length: float, axis: int = -1) -> Array:
    """The derivative along a periodic axis by Fourier modes, of the shape of the values."""
    points = values.shape[axis]
    numbers = wave_numbers(points, length).reshape([-1 if one == axis % values.ndim else 1
                                                    for one in range(values.ndim)])
    found: Array = np.fft.irfft(1j * numbers * np.fft.rfft(values, axis=axis), points, axis=axis)
    return found


def even(points: int, length: float) -> Array:
    """Points of a periodic axis from 0 on, shape (points,)."""
    grid: Array = np.arange(float(points)) * (length / points)
    return grid
