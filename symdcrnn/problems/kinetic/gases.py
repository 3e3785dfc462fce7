"""Gases: relaxation to the Maxwellian with the moments of f, its linearisation, and collisions that diffuse in v."""

from __future__ import annotations

import numpy as np

from symdcrnn.errors import InputError
from symdcrnn.problems.kind import Parameter
from symdcrnn.problems.kinetic.entry import Array, Entry, KineticProblem, Preset, Report, Solution
from symdcrnn.problems.kinetic.solvers import derivative, even, evolve, march, streaming, wave_numbers

DECAYED = 1e-10
"""Largest part of f that may be left at the ends of a v-grid: sums over it are integrals to that accuracy."""

LENGTH = Parameter("length", "positive", "length of the domain")
POINTS = Parameter("nx", "integer", "points of x", 8)
GRID = (Parameter("velocities", "integer", "points of v, evenly spaced", 8),
        Parameter("v_max", "positive", "v lies between -v_max and v_max"))
STATE = Parameter("initial_f", "expression", "f at t = 0, of x and v")


def decayed(problem: KineticProblem, f: Array) -> Array:
    """An initial f of shape (Nv, Nx), refused where it has not decayed at the ends of v.

    Raises
    ------
    InputError
    """
    largest, end = float(np.abs(f).max()), float(np.abs(f[[0, -1]]).max())
    if not end <= DECAYED * largest:
        raise InputError(f"initial_f is {end:.3g} at the ends of v, and {largest:.3g} at most: it must decay there, "
                         "raise v_max or write for example 'exp(-v^2/2)'")
    return f


def _bgk(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, frequency, v_max = (problem.number(name) for name in ("length", "frequency", "v_max"))
    v = np.linspace(-v_max, v_max, problem.whole("velocities"))
    x, width, speed = even(problem.whole("nx"), length), v[1] - v[0], v[:, None]
    start = decayed(problem, problem.on("initial_f", x=x, v=speed))

    def rate(time: float, state: Array) -> Array:
        f = state.reshape(start.shape)
        found: Array = frequency * (maxwellian(f, v, width) - f) - speed * derivative(f, length)
        return found.ravel()

    f = march(problem, start.ravel(), rate, report).reshape(-1, *start.shape)
    exact = {"v_dx f": -1.0, "f": -frequency,
             "maxwellian(<f>, <v f>, <v^2 f>, v)": float(frequency * width * v.size)}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": np.ones(v.size)}, {"f": exact},
                    solver="Fourier modes in x, DOP853")


def maxwellian(f: Array, v: Array, width: float) -> Array:
    """The Maxwellian with density, velocity and temperature of f, shape (Nv, Nx), on even v of a width."""
    density = width * f.sum(axis=0)
    velocity = width * (v @ f) / density
    temperature = width * (v**2 @ f) / density - velocity**2
    found: Array = density / np.sqrt(2.0 * np.pi * temperature) * np.exp(
        -(v[:, None] - velocity) ** 2 / (2.0 * temperature))
    return found


BGK = Entry(
    name="bgk",
    description="gas of Bhatnagar, Gross and Krook, d_t f + v d_x f = frequency (M - f), M the Maxwellian of f",
    parameters=(Parameter("frequency", "positive", "of collisions"), LENGTH, POINTS, *GRID, STATE),
    presets={
        "standard": Preset("two streams that mix, 48 points, 65 velocities, 60 frames", {
            "frequency": 1.0, "length": 1.0, "nx": 48, "velocities": 65, "v_max": 8.0,
            "initial_f": "(1 + sin(2*pi*x)/4)*exp(-(v - 0.6)^2/1.2) + (0.7 - cos(2*pi*x)/5)*exp(-(v + 0.6)^2)",
            "dt": 0.015, "first": 0, "frames": 60}),
    },
    solve=_bgk,
)


def _linear_bgk(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, frequency = problem.number("length"), problem.number("frequency")
    v, weights = np.polynomial.hermite_e.hermegauss(problem.whole("velocities"))
    weights = weights / weights.sum()
    basis = np.stack([np.ones(v.size), v, (v**2 - 1.0) / np.sqrt(2.0)])
    collisions = frequency * (basis.T @ (basis * weights) - np.eye(v.size))
    x = even(problem.whole("nx"), length)
    start = problem.on("initial_h", x=x, v=v[:, None])
    h = evolve(problem, start, [length], streaming(collisions, np.diag(v)), report)
    exact = {"v_dx h": -1.0, "h": -frequency, "<h>": frequency, "v <v h>": frequency,
             "(v^2 - 1) <(v^2 - 1) h>": 0.5 * frequency}
    return Solution({"h": (("t", "v", "x"), h)}, {"v": v, "x": x}, {"v": weights}, {"h": exact})


LINEAR_BGK = Entry(
    name="linear-bgk",
    description="linearised BGK, d_t h + v d_x h = frequency (P h - h), P the projection on 1, v and v^2",
    parameters=(Parameter("frequency", "positive", "of collisions"), LENGTH, POINTS,
                Parameter("velocities", "integer", "Gauss-Hermite nodes of v", 4),
                Parameter("initial_h", "expression", "h at t = 0, of x and v")),
    presets={
        "standard": Preset("64 points, 12 velocities, 80 frames", {
            "frequency": 1.0, "length": 6.283185307179586, "nx": 64, "velocities": 12,
            "initial_h": "sin(x)*(1 + v)/(1 + v^2/8) + cos(2*x)*(v^2 - v/2)/2 + sin(3*x + 1)*cos(v)", "dt": 0.012,
            "first": 0, "frames": 80}),
    },
    solve=_linear_bgk,
)


def _fokker_planck(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, friction, temperature, v_max = (problem.number(name)
                                            for name in ("length", "friction", "temperature", "v_max"))
    v, x = np.linspace(-v_max, v_max, problem.whole("velocities")), even(problem.whole("nx"), length)
    # As f vanishes at both ends, it is periodic in v as far as sums and derivatives go.
    slope = derivative(np.eye(v.size), v.size * (v[1] - v[0]), axis=0)
    collisions = friction * (slope * v + temperature * slope @ slope)
    start = decayed(problem, problem.on("initial_f", x=x, v=v[:, None]))
    f = evolve(problem, start, [length], streaming(collisions, np.diag(v)), report)
    exact = {"v_dx f": -1.0, "d_v v f": friction, "d_vv f": friction * temperature}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": np.ones(v.size)}, {"f": exact})


FOKKER_PLANCK = Entry(
    name="fokker-planck",
    description="Brownian particles, d_t f + v d_x f = friction d_v(v f + temperature d_v f)",
    parameters=(Parameter("friction", "positive", "friction"), Parameter("temperature", "positive", "temperature"),
                LENGTH, POINTS, *GRID, STATE),
    presets={
        "standard": Preset("32 points, 97 velocities, 40 frames", {
            "friction": 1.0, "temperature": 1.0, "length": 6.283185307179586, "nx": 32, "velocities": 97,
            "v_max": 9.0, "initial_f": "(1 + sin(x)/2)*exp(-(v - 1)^2) + (0.6 + cos(2*x)/4)*exp(-(v + 1.5)^2/1.6)",
            "dt": 0.008, "first": 0, "frames": 40}),
    },
    solve=_fokker_planck,
)


def _vlasov_poisson(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    length, v_max, count = problem.number("length"), problem.number("v_max"), problem.whole("velocities")
    # f vanishes at both ends, so v is periodic as far as derivatives go, and has no point at its upper end.
    width = 2.0 * v_max / count
    v, x = even(count, 2.0 * v_max) - v_max, even(problem.whole("nx"), length)
    speed, start = v[:, None], decayed(problem, problem.on("initial_f", x=x, v=v[:, None]))

    def rate(time: float, state: Array) -> Array:
        f = state.reshape(start.shape)
        found: Array = (field(width * f.sum(axis=0), length) * derivative(f, width * count, axis=0)
                        - speed * derivative(f, length))
        return found.ravel()

    f = march(problem, start.ravel(), rate, report).reshape(-1, *start.shape)
    if problem.whole("particles"):
        f = sampled(f, problem.whole("particles"), random)
    force = field(width * f.sum(axis=1), length)
    exact = {"f": {"v_dx f": -1.0, "E d_v f": 1.0}, "E": {"<v f>": 2.0 * v_max}}
    return Solution({"f": (("t", "v", "x"), f), "E": (("t", "x"), force)}, {"v": v, "x": x},
                    {"v": np.ones(count)}, exact, solver="Fourier modes in x and v, DOP853")


def field(density: Array, length: float) -> Array:
    """E of mean zero with d_x E = <density> - density, on the last axis, of the shape of the density."""
    numbers = wave_numbers(density.shape[-1], length)
    divided = np.divide(1.0, 1j * numbers, out=np.zeros(numbers.size, dtype=complex), where=numbers > 0.0)
    found: Array = np.fft.irfft(-divided * np.fft.rfft(density, axis=-1), density.shape[-1], axis=-1)
    return found


def sampled(f: Array, particles: int, random: np.random.Generator) -> Array:
    """What counts of particles say of f, shape (frames, Nv, Nx).

    Particles are drawn anew for each frame, from f where it is positive; the count in each cell of phase space is that
    of a Poisson process, with so many particles a cell on average.
    """
    per_particle = f.mean() / particles
    found: Array = per_particle * random.poisson(np.maximum(f, 0.0) / per_particle)
    return found


VLASOV_POISSON = Entry(
    name="vlasov-poisson",
    description="electrons of a plasma, d_t f + v d_x f - E d_v f = 0 with d_x E = 1 - density",
    parameters=(LENGTH, POINTS, *GRID,
                Parameter("particles", "integer",
                          "so many particles a cell of phase space that f is drawn from, 0 for f itself"),
                STATE),
    presets={
        "landau": Preset("Landau damping of a strong wave, k = 1/2", {
            "length": 12.566370614359172, "nx": 48, "velocities": 96, "v_max": 8.0, "particles": 0,
            "initial_f": "(1 + 0.3*cos(x/2))*exp(-v^2/2)/sqrt(2*pi)", "dt": 0.04, "first": 0, "frames": 60}),
        "two-stream": Preset("two streams that are not stable, k = 1/2", {
            "length": 12.566370614359172, "nx": 48, "velocities": 96, "v_max": 8.0, "particles": 0,
            "initial_f": "(1 + 0.1*cos(x/2))*v^2*exp(-v^2/2)/sqrt(2*pi)", "dt": 0.04, "first": 0, "frames": 60}),
    },
    solve=_vlasov_poisson,
)
