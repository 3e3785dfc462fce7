"""A slab that particles enter on the left, with absorption and a source: not periodic."""

from __future__ import annotations

from math import comb

import numpy as np

from symdcrnn.problems.kind import Parameter
from symdcrnn.problems.kinetic.entry import Array, Entry, KineticProblem, Preset, Report, Solution
from symdcrnn.problems.kinetic.scattering import EPSILON, NODES, POINTS, nodes

RAMP = 12
"""Derivatives of the inflow that vanish at t = 0, so that no front runs through the slab that stencils would see."""


def _slab(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    (v, weights), epsilon = nodes(problem), problem.number("epsilon")
    absorption, source, steepness, center = (problem.number(name)
                                             for name in ("absorption", "source", "steepness", "center"))
    points, slope = chebyshev(problem.whole("nodes"))
    shape = np.exp(-steepness * (points - center) ** 2)
    collisions = (np.ones((v.size, 1)) * weights - np.eye(v.size)) / epsilon**2 - absorption * np.eye(v.size)
    matrix = np.kron(collisions, np.eye(points.size)) - np.kron(np.diag(v / epsilon), slope)
    # Beside f there are exp(-k t/rise), whose combination (1 - exp(-t/rise))^RAMP is the inflow: all is linear.
    rates = -np.arange(RAMP + 1) / problem.number("rise")
    signs = np.array([comb(RAMP, k) * (-1.0) ** k for k in range(RAMP + 1)])
    extended = np.zeros((matrix.shape[0] + RAMP + 1,) * 2)
    inner = slice(0, matrix.shape[0])
    extended[inner, inner] = matrix
    extended[inner, matrix.shape[0]] = source * np.tile(shape, v.size)
    extended[matrix.shape[0]:, matrix.shape[0]:] = np.diag(rates)
    for index, speed in enumerate(v):
        entry = index * points.size + (0 if speed > 0.0 else points.size - 1)
        extended[entry, inner] = 0.0
        extended[entry, matrix.shape[0]:] = problem.number("inflow") * signs * rates if speed > 0.0 else 0.0
    f = _frames(problem, extended, np.append(np.zeros(matrix.shape[0]), np.ones(RAMP + 1)), report)
    x = np.linspace(0.0, 1.0, problem.whole("nx"))
    f = f[:, :-RAMP - 1].reshape(-1, v.size, points.size) @ interpolation(points, x).T
    own = {"v_dx f": -1.0 / epsilon, "f": -1.0 / epsilon**2 - absorption, "<f>": 1.0 / epsilon**2,
           f"exp(-{steepness:g}*(x - {center:g})^2)": source}
    exact = {word: value for word, value in own.items() if abs(value) > 0.0}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": weights}, {"f": exact},
                    profiles={"G": (("x",), source * np.exp(-steepness * (x - center) ** 2))}, periodic=False,
                    solver="Chebyshev points, matrix exponentials")


def _frames(problem: KineticProblem, matrix: Array, state: Array, report: Report) -> Array:
    from scipy.linalg import expm

    step, first, frames = expm(problem.number("dt") * matrix), problem.whole("first"), problem.whole("frames")
    found = np.empty((frames, state.size))
    for frame in range(first + frames):
        if frame >= first:
            found[frame - first] = state
        state = step @ state
        report(frame + 1, first + frames)
    return found


def chebyshev(count: int) -> tuple[Array, Array]:
    """Chebyshev points of [0, 1] in increasing order, and the matrix of the derivative of their polynomial.

    Parameters
    ----------
    count : int

    Returns
    -------
    points : ndarray, shape (count,)
    slope : ndarray, shape (count, count)
    """
    angles = np.pi * np.arange(count) / (count - 1)
    points = np.sin(angles / 2.0) ** 2
    # Differences of points by products of sines, which lose nothing where points are close.
    differences = np.sin((angles[:, None] + angles) / 2.0) * np.sin((angles[:, None] - angles) / 2.0)
    weights = _barycentric(count)
    slope = weights / weights[:, None] / (differences + np.eye(count))
    np.fill_diagonal(slope, 0.0)
    np.fill_diagonal(slope, -slope.sum(axis=1))
    return points, slope


def interpolation(points: Array, x: Array) -> Array:
    """The matrix from values at Chebyshev points to those of their polynomial at x, shape (x, points)."""
    distances = x[:, None] - points
    same = np.abs(distances) < 1e-15
    shares = _barycentric(points.size) / np.where(same, 1.0, distances)
    shares[same.any(axis=1)] = 0.0
    shares[same] = 1.0
    found: Array = shares / shares.sum(axis=1, keepdims=True)
    return found


def _barycentric(count: int) -> Array:
    weights = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    weights[[0, -1]] /= 2.0
    return weights


SLAB = Entry(
    name="slab",
    description="a slab with inflow from the left, "
                "d_t f + v d_x f/epsilon = (<f> - f)/epsilon^2 - absorption f + source exp(-steepness (x - center)^2)",
    parameters=(EPSILON, POINTS, NODES,
                Parameter("nodes", "integer", "Chebyshev points of the solver", 16),
                Parameter("absorption", "number", "absorption coefficient"),
                Parameter("source", "number", "height of the source"),
                Parameter("steepness", "positive", "how narrow the source is"),
                Parameter("center", "number", "where it is, in [0, 1]"),
                Parameter("inflow", "number", "what f rises to where particles enter"),
                Parameter("rise", "positive", "time of that rise")),
    presets={
        "standard": Preset("epsilon = 1, 161 points, 8 velocities, 40 frames from t = 2", {
            "epsilon": 1.0, "nx": 161, "velocities": 8, "nodes": 96, "absorption": 0.5, "source": 1.0,
            "steepness": 100.0, "center": 0.6, "inflow": 1.0, "rise": 0.6, "dt": 0.01, "first": 200, "frames": 40}),
        "diffusive": Preset("epsilon = 1/64, 201 points, slow frames", {
            "epsilon": 1 / 64, "nx": 201, "velocities": 8, "nodes": 120, "absorption": 0.5, "source": 1.0,
            "steepness": 100.0, "center": 0.6, "inflow": 1.0, "rise": 0.1, "dt": 0.004, "first": 40, "frames": 40}),
        "fast": Preset("epsilon = 1/64, 201 points, frames that resolve epsilon^2", {
            "epsilon": 1 / 64, "nx": 201, "velocities": 8, "nodes": 120, "absorption": 0.5, "source": 1.0,
            "steepness": 100.0, "center": 0.6, "inflow": 1.0, "rise": 0.1, "dt": 1e-5, "first": 10000, "frames": 33}),
    },
    solve=_slab,
)
