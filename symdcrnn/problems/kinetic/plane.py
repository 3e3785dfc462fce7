"""Ordinates in the plane: particles of one speed that fly in directions of a circle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symdcrnn.errors import InputError
from symdcrnn.problems.kind import Parameter
from symdcrnn.problems.kinetic.entry import Array, Entry, KineticProblem, Preset, Report, Solution
from symdcrnn.problems.kinetic.solvers import derivative, even, evolve, march, streaming

COEFFICIENTS = ("sigma_s", "sigma_a", "source")

STREAMING = {"c d_x f": -1.0, "s d_y f": -1.0}


def _plane(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, count = problem.number("length"), problem.whole("angles")
    angle = 2.0 * np.pi * (np.arange(count) + 0.5) / count
    c, s = np.cos(angle), np.sin(angle)
    x, y = even(problem.whole("nx"), length), even(problem.whole("ny"), length)
    start = problem.on("initial_f", x=x, y=y[:, None], c=c[:, None, None], s=s[:, None, None])
    medium = {name: problem.on(name, x=x, y=y[:, None]) for name in COEFFICIENTS}
    for name in ("sigma_s", "sigma_a"):
        if medium[name].min() < 0.0:
            raise InputError(f"{name} is {medium[name].min():.3g} somewhere: write an expression that is nowhere "
                             "negative")
    scattering, absorption, source = (problem.constant(name, "x", "y") for name in COEFFICIENTS)
    uniform = scattering is not None and absorption is not None and source is not None
    if scattering is not None and absorption is not None and not medium["source"].any():
        matrix = np.full((count, count), scattering / count) - (scattering + absorption) * np.eye(count)
        f = evolve(problem, start, [length, length], streaming(matrix, np.diag(s), np.diag(c)), report)
        solver = "Fourier modes, matrix exponentials"
    else:
        rate = _rate(c, s, length, medium)
        f = march(problem, start.ravel(), rate, report).reshape(-1, *start.shape)
        solver = "Fourier modes in x and y, DOP853"
    exact = {**STREAMING, "f": -(scattering or 0.0) - (absorption or 0.0), "<f>": scattering or 0.0,
             "1": source or 0.0}
    known = {"sigma_s f": -1.0, "sigma_s <f>": 1.0, "sigma_a f": -1.0, "source": 1.0}
    return Solution(
        {"f": (("t", "angle", "y", "x"), f)}, {"angle": angle, "y": y, "x": x}, {"angle": np.ones(count)},
        {"f": {word: value for word, value in exact.items() if abs(value) > 0.0}} if uniform else {},
        {"c": ("angle", c), "s": ("angle", s)}, {name: (("y", "x"), values) for name, values in medium.items()},
        {"f": STREAMING | {word: value for word, value in known.items() if medium[word.split()[0]].any()}},
        solver=solver)


def _rate(c: Array, s: Array, length: float, medium: dict[str, Array]) -> Callable[[float, Array], Array]:
    lost = medium["sigma_s"] + medium["sigma_a"]
    shape = (c.size, *lost.shape)

    def rate(time: float, state: Array) -> Array:
        f = state.reshape(shape)
        found: Array = (medium["sigma_s"] * f.mean(axis=0) + medium["source"] - lost * f
                        - c[:, None, None] * derivative(f, length)
                        - s[:, None, None] * derivative(f, length, axis=1))
        return found.ravel()

    return rate


ORDINATES_2D = Entry(
    name="ordinates-2d",
    description="ordinates c and s on a circle, "
                "d_t f + c d_x f + s d_y f = sigma_s (<f> - f) - sigma_a f + source",
    parameters=(Parameter("length", "positive", "length of the domain in x and in y"),
                Parameter("nx", "integer", "points of x", 8), Parameter("ny", "integer", "points of y", 8),
                Parameter("angles", "integer", "ordinates", 3),
                Parameter("sigma_s", "expression", "scattering coefficient, of x and y"),
                Parameter("sigma_a", "expression", "absorption coefficient, of x and y"),
                Parameter("source", "expression", "source, of x and y"),
                Parameter("initial_f", "expression", "f at t = 0, of x, y, c and s")),
    presets={
        "circle": Preset("a uniform medium, 12 angles, 32 x 32 points, 30 frames", {
            "length": 1.0, "nx": 32, "ny": 32, "angles": 12, "sigma_s": "1", "sigma_a": "0", "source": "0",
            "initial_f": "1 + sin(2*pi*x)*cos(2*pi*y)*(1 + c)/2 + cos(2*pi*(x - y))*s/3 + sin(2*pi*(2*x + y))*c*s/4",
            "dt": 0.005, "first": 0, "frames": 30}),
        "lattice": Preset("absorbers in a lattice and a source, 8 angles, 48 x 48 points, 24 frames", {
            "length": 1.0, "nx": 48, "ny": 48, "angles": 8, "sigma_s": "2 - cos(2*pi*x)*cos(2*pi*y)",
            "sigma_a": "(1 + cos(2*pi*x))*(1 + cos(2*pi*y))",
            "source": "4*exp(2*(cos(2*pi*(x - 1/2)) + cos(2*pi*(y - 1/2)) - 2))",
            "initial_f": "1 + sin(2*pi*x)*cos(2*pi*y)*(1 + c)/2 + cos(2*pi*(x - y))*s/3", "dt": 0.005, "first": 0,
            "frames": 24}),
    },
    solve=_plane,
)
