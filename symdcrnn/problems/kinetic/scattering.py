"""Particles that scatter: with a kernel of the angle, in groups of energy, with two velocities."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.legendre import legvander

from symdcrnn.data.quadrature import MAX_NODES, gauss_legendre
from symdcrnn.errors import InputError
from symdcrnn.problems.kind import Parameter
from symdcrnn.problems.kinetic.entry import Array, Entry, KineticProblem, Preset, Report, Solution
from symdcrnn.problems.kinetic.solvers import even, evolve, streaming

EPSILON = Parameter("epsilon", "fraction", "scale, in (0, 1]")
LENGTH = Parameter("length", "positive", "length of the domain")
POINTS = Parameter("nx", "integer", "points of x", 8)
NODES = Parameter("velocities", "integer", "Gauss-Legendre nodes of v", 2)
STATE = Parameter("initial_f", "expression", "f at t = 0, of x and v")

WAVES = "2 + sin(2*pi*x)/(1.4 - v) + cos(4*pi*x)*v + sin(6*pi*x + 1)/(2 + v)/2"
"""Three waves with all moments of v."""


def nodes(problem: KineticProblem) -> tuple[Array, Array]:
    """Gauss-Legendre velocities and weights that a problem asks for, shape (velocities,) each.

    Raises
    ------
    InputError
        If they are too many.
    """
    if problem.whole("velocities") > MAX_NODES:
        raise InputError(f"velocities is {problem.whole('velocities')}: give at most {MAX_NODES}")
    return gauss_legendre(problem.whole("velocities"))


def _anisotropic(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    v, weights = nodes(problem)
    g, degree, epsilon, length = (problem.number("g"), problem.whole("degree"), problem.number("epsilon"),
                                  problem.number("length"))
    if degree >= v.size:
        raise InputError(f"degree is {degree}: {v.size} velocities tell Legendre polynomials up to {v.size - 1} apart, "
                         "raise velocities or lower degree")
    if not -1.0 < g < 1.0:
        raise InputError(f"g is {g:g}: the mean cosine of a deflection lies between -1 and 1")
    orders = np.arange(degree + 1)
    strengths = (2 * orders + 1) * g**orders
    polynomials = legvander(v, degree)
    collisions = ((polynomials * strengths) @ polynomials.T * weights - np.eye(v.size)) / epsilon**2
    x = even(problem.whole("nx"), length)
    f = evolve(problem, problem.on("initial_f", x=x, v=v[:, None]), [length],
               streaming(collisions, np.diag(v / epsilon)), report)
    exact = {"f": -1.0 / epsilon**2, "v_dx f": -1.0 / epsilon, "<f>": 1.0 / epsilon**2}
    exact |= {f"P_{order} <P_{order} f>": float(strengths[order]) / epsilon**2 for order in orders[1:]}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": weights}, {"f": exact})


ANISOTROPIC = Entry(
    name="anisotropic",
    description="transport with anisotropic scattering, epsilon d_t f + v d_x f = (K f - f)/epsilon",
    parameters=(EPSILON, LENGTH, POINTS, NODES,
                Parameter("g", "number", "mean cosine of a deflection, between -1 and 1"),
                Parameter("degree", "integer", "K is the sum of (2l + 1) g^l P_l <P_l f> for l up to this"), STATE),
    presets={
        "linear": Preset("a kernel 1 + 3 g v v' with g = 1/2, 16 velocities", {
            "epsilon": 1.0, "length": 1.0, "nx": 96, "velocities": 16, "g": 0.5, "degree": 1, "initial_f": WAVES,
            "dt": 0.01, "first": 0, "frames": 80}),
        "henyey-greenstein": Preset("the kernel of Henyey and Greenstein with g = 0.7, epsilon = 1/4, 16 velocities", {
            "epsilon": 0.25, "length": 1.0, "nx": 64, "velocities": 16, "g": 0.7, "degree": 11, "initial_f": WAVES,
            "dt": 0.002, "first": 0, "frames": 80}),
    },
    solve=_anisotropic,
)


def _groups(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    v, weights = nodes(problem)
    length, speeds = problem.number("length"), problem.table("speeds").ravel()
    count = speeds.size
    total, fission, spectrum = (problem.table(name).ravel() for name in ("total", "fission", "spectrum"))
    scattering = problem.table("scattering")
    for name, found, wanted in (("total", total.shape, (count,)), ("fission", fission.shape, (count,)),
                                ("spectrum", spectrum.shape, (count,)),
                                ("scattering", scattering.shape, (count, count))):
        if found != wanted:
            raise InputError(f"{name} has {' x '.join(map(str, found))} numbers, but speeds are of {count} groups: "
                             f"give {' x '.join(map(str, wanted))}")
    if not np.all(speeds > 0.0):
        raise InputError(f"speeds has {speeds.min():g}: give positive speeds")
    exchange = scattering + np.outer(spectrum, fission)
    mean = np.ones((v.size, 1)) * weights
    collisions = np.kron(speeds[:, None] * exchange, mean) - np.kron(np.diag(speeds * total), np.eye(v.size))
    generator = streaming(collisions, np.diag(np.kron(speeds, v)))
    x = even(problem.whole("nx"), length)
    start = np.concatenate([problem.on("initial_f", x=x, v=v[:, None], group=np.array(float(group + 1)))
                            for group in range(count)])
    solved = evolve(problem, start, [length], generator, report).reshape(-1, count, v.size, x.size)
    exact = {}
    for group in range(count):
        own = {f"v_dx f{group + 1}": -speeds[group], f"f{group + 1}": -speeds[group] * total[group]}
        own |= {f"<f{other + 1}>": speeds[group] * exchange[group, other] for other in range(count)}
        exact[f"f{group + 1}"] = {word: float(value) for word, value in own.items() if abs(value) > 0.0}
    fields = {f"f{group + 1}": (("t", "v", "x"), np.ascontiguousarray(solved[:, group])) for group in range(count)}
    return Solution(fields, {"v": v, "x": x}, {"v": weights}, exact)


GROUPS = Entry(
    name="groups",
    description="neutrons in groups of energy with fission, "
                "d_t f_g/s_g + v d_x f_g = -total_g f_g + sum_h (scattering_gh + spectrum_g fission_h) <f_h>",
    parameters=(LENGTH, POINTS, NODES,
                Parameter("speeds", "table", "speed s of each group, as '2, 1'"),
                Parameter("total", "table", "total cross section of each group"),
                Parameter("scattering", "table", "cross sections into each group (rows) from each (columns), as "
                                                 "'0.9, 0.1; 0.4, 2'"),
                Parameter("fission", "table", "neutrons of fission times its cross section, of each group"),
                Parameter("spectrum", "table", "share of each group in neutrons of fission"),
                Parameter("initial_f", "expression", "f at t = 0, of x, v and the number of the group")),
    presets={
        "two": Preset("a fast and a slow group, 8 velocities", {
            "length": 1.0, "nx": 64, "velocities": 8, "speeds": "2, 1", "total": "1.5, 2.5",
            "scattering": "0.9, 0.1; 0.4, 2", "fission": "0.05, 0.2", "spectrum": "1, 0",
            "initial_f": f"({WAVES})/group + cos(2*pi*x)*(group - 1)", "dt": 0.005, "first": 0, "frames": 80}),
        "three": Preset("three groups, 8 velocities", {
            "length": 1.0, "nx": 96, "velocities": 8, "speeds": "3, 2, 1", "total": "1, 1.5, 2.5",
            "scattering": "0.5, 0, 0; 0.3, 0.8, 0.2; 0.2, 0.5, 2", "fission": "0.05, 0.2, 0.3",
            "spectrum": "0.9, 0.1, 0", "initial_f": f"({WAVES})/group + cos(2*pi*x + group)*(group - 1)*(1 + v)",
            "dt": 0.005, "first": 0, "frames": 120}),
    },
    solve=_groups,
)


def _goldstein_taylor(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    epsilon, length, v, weights = (problem.number("epsilon"), problem.number("length"), np.array([-1.0, 1.0]),
                                   np.array([0.5, 0.5]))
    collisions, x = (np.full((2, 2), 0.5) - np.eye(2)) / epsilon**2, even(problem.whole("nx"), length)
    f = evolve(problem, problem.on("initial_f", x=x, v=v[:, None]), [length],
               streaming(collisions, np.diag(v / epsilon)), report)
    exact = {"f": -1.0 / epsilon**2, "v_dx f": -1.0 / epsilon, "<f>": 1.0 / epsilon**2}
    return Solution({"f": (("t", "v", "x"), f)}, {"v": v, "x": x}, {"v": weights}, {"f": exact})


GOLDSTEIN_TAYLOR = Entry(
    name="goldstein-taylor",
    description="model of Goldstein and Taylor, v = -1 and 1, epsilon d_t f + v d_x f = (<f> - f)/epsilon",
    parameters=(EPSILON, LENGTH, POINTS, STATE),
    presets={
        "standard": Preset("64 points, 80 frames, epsilon = 1", {
            "epsilon": 1.0, "length": 1.0, "nx": 64, "initial_f": WAVES, "dt": 0.01, "first": 0, "frames": 80}),
    },
    solve=_goldstein_taylor,
)


def _moments(problem: KineticProblem, random: np.random.Generator, report: Report) -> Solution:
    order, epsilon, sigma, length = (problem.whole("order"), problem.number("epsilon"), problem.number("sigma"),
                                     problem.number("length"))
    degrees = np.arange(order + 1)
    advection = np.zeros((order + 1, order + 1))
    advection[degrees[:-1], degrees[1:]] = degrees[1:] / (2 * degrees[:-1] + 1)
    advection[degrees[1:], degrees[:-1]] = degrees[1:] / (2 * degrees[1:] + 1)
    collisions = np.diag(np.where(degrees > 0, -sigma / epsilon**2, 0.0))
    x, (v, weights) = even(problem.whole("nx"), length), gauss_legendre(order + 4)
    start = (legvander(v, order) * weights[:, None]).T @ problem.on("initial_f", x=x, v=v[:, None])
    found = evolve(problem, start, [length], streaming(collisions, advection / epsilon), report)
    exact = {}
    for degree in degrees:
        own = {f"d_x m{other}": -advection[degree, other] / epsilon for other in degrees}
        own |= {f"m{degree}": collisions[degree, degree]}
        exact[f"m{degree}"] = {word: float(value) for word, value in own.items() if abs(value) > 0.0}
    fields = {f"m{degree}": (("t", "x"), np.ascontiguousarray(found[:, degree])) for degree in degrees}
    return Solution(fields, {"x": x}, {}, exact)


PN = Entry(
    name="pn",
    description="Legendre moments m_l = <P_l f> of transport, closed by m_(order + 1) = 0",
    parameters=(Parameter("order", "integer", "highest moment", 1), EPSILON,
                Parameter("sigma", "positive", "scattering coefficient"), LENGTH, POINTS, STATE),
    presets={
        "p3": Preset("four moments, 96 points, 100 frames, epsilon = 1", {
            "order": 3, "epsilon": 1.0, "sigma": 1.0, "length": 1.0, "nx": 96, "initial_f": WAVES, "dt": 0.008,
            "first": 0, "frames": 100}),
        "p7": Preset("eight moments", {
            "order": 7, "epsilon": 1.0, "sigma": 1.0, "length": 1.0, "nx": 96, "initial_f": WAVES, "dt": 0.008,
            "first": 0, "frames": 100}),
    },
    solve=_moments,
)
