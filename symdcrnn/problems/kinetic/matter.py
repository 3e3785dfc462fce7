"""Radiation that heats matter, and opacities that depend on time or density."""

from __future__ import annotations

import numpy as np

from symdcrnn.problems.kind import Parameter
from symdcrnn.problems.kinetic.entry import Array, Entry, KineticProblem, Preset, Report, Solution
from symdcrnn.problems.kinetic.scattering import EPSILON, LENGTH, NODES, POINTS, STATE, nodes
from symdcrnn.problems.kinetic.solvers import derivative, even, march

SOLVER = "Fourier modes in x, DOP853"


def _radiation(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, epsilon, sigma, capacity = (problem.number(name)
                                        for name in ("length", "epsilon", "sigma", "heat_capacity"))
    (v, weights), x = nodes(problem), even(problem.whole("nx"), length)
    speed = v[:, None] / epsilon
    start = np.concatenate([problem.on("initial_f", x=x, v=v[:, None]), problem.on("initial_t", x=x)[None]])

    def rate(time: float, state: Array) -> Array:
        both = state.reshape(start.shape)
        f, temperature = both[:-1], both[-1]
        emitted = sigma / epsilon**2 * (temperature**4 - f)
        found = np.concatenate([emitted - speed * derivative(f, length), -(weights @ emitted)[None] / capacity])
        return found.ravel()

    both = march(problem, start.ravel(), rate, report).reshape(-1, *start.shape)
    strength = sigma / epsilon**2
    exact = {"F": {"v_dx F": -1.0 / epsilon, "F": -strength, "T^4": strength},
             "T": {"<F>": strength / capacity, "T^4": -strength / capacity}}
    fields = {"F": (("t", "v", "x"), np.ascontiguousarray(both[:, :-1])),
              "T": (("t", "x"), np.ascontiguousarray(both[:, -1]))}
    return Solution(fields, {"v": v, "x": x}, {"v": weights}, exact, solver=SOLVER)


RADIATION = Entry(
    name="radiation",
    description="gray radiation and matter, epsilon^2 d_t F + epsilon v d_x F = sigma (T^4 - F), "
                "epsilon^2 heat_capacity d_t T = -sigma <T^4 - F>",
    parameters=(EPSILON, Parameter("sigma", "positive", "opacity"),
                Parameter("heat_capacity", "positive", "heat capacity of matter"), LENGTH, POINTS, NODES,
                Parameter("initial_f", "expression", "F at t = 0, of x and v"),
                Parameter("initial_t", "expression", "T at t = 0, of x")),
    presets={
        "standard": Preset("48 points, 8 velocities, 60 frames, epsilon = 1", {
            "epsilon": 1.0, "sigma": 1.0, "heat_capacity": 1.0, "length": 1.0, "nx": 48, "velocities": 8,
            "initial_f": "1 + sin(2*pi*x)*(1 + v)/3 + cos(4*pi*x + v)/5",
            "initial_t": "1 + 0.3*cos(2*pi*x) + 0.1*sin(4*pi*x)", "dt": 0.008, "first": 0, "frames": 60}),
    },
    solve=_radiation,
)


def _opacity(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, constant, swing, frequency, growth = (
        problem.number(name) for name in ("length", "sigma_0", "sigma_t", "frequency", "sigma_rho"))
    (v, weights), x = nodes(problem), even(problem.whole("nx"), length)
    start = problem.on("initial_f", x=x, v=v[:, None])

    def rate(time: float, state: Array) -> Array:
        f = state.reshape(start.shape)
        density = weights @ f
        sigma = constant + swing * np.sin(frequency * time) + growth * density**2
        found: Array = sigma * (density - f) - v[:, None] * derivative(f, length)
        return found.ravel()

    f = march(problem, start.ravel(), rate, report).reshape(-1, *start.shape)
    wave = f"sin({frequency:g}*t)"
    own = {"v_dx f": -1.0, "f": -constant, "<f>": constant, f"{wave} f": -swing, f"{wave} <f>": swing,
           "f <f>^2": -growth, "<f>^3": growth}
    exact = {word: value for word, value in own.items() if abs(value) > 0.0}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": weights}, {"f": exact}, solver=SOLVER)


OPACITY = Entry(
    name="opacity",
    description="transport in a changing medium, d_t f + v d_x f = sigma (<f> - f), "
                "sigma = sigma_0 + sigma_t sin(frequency t) + sigma_rho <f>^2",
    parameters=(Parameter("sigma_0", "number", "constant part of sigma"),
                Parameter("sigma_t", "number", "part of sigma that swings"),
                Parameter("frequency", "positive", "how fast it swings"),
                Parameter("sigma_rho", "number", "part of sigma that grows with density"), LENGTH, POINTS, NODES,
                STATE),
    presets={
        "time": Preset("sigma = 1 + sin(8 t)/2, 48 points, 8 velocities, 100 frames", {
            "sigma_0": 1.0, "sigma_t": 0.5, "frequency": 8.0, "sigma_rho": 0.0, "length": 1.0, "nx": 48,
            "velocities": 8, "initial_f": "1 + sin(2*pi*x)*(1 + v)/3 + cos(4*pi*x + v)/5", "dt": 0.012, "first": 0,
            "frames": 100}),
        "density": Preset("sigma = 1/2 + 2 <f>^2, 48 points, 8 velocities, 80 frames", {
            "sigma_0": 0.5, "sigma_t": 0.0, "frequency": 8.0, "sigma_rho": 2.0, "length": 1.0, "nx": 48,
            "velocities": 8, "initial_f": "1 + sin(2*pi*x)*(1 + v)/3 + cos(4*pi*x + v)/5", "dt": 0.006, "first": 0,
            "frames": 80}),
    },
    solve=_opacity,
)
