"""The linear transport equation in micro-macro form, eqs. (2.4) and (2.5): the problem and its presets."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.expressions import Expression
from symdcrnn.data.files.memory import process_memory
from symdcrnn.data.quadrature import MAX_NODES, gauss_legendre
from symdcrnn.errors import InputError, named
from symdcrnn.given import described, real_number, whole_number

Array = NDArray[np.float64]

MEAN_TOLERANCE = 1e-9
"""How far <g> may be from zero, relative to max |g|: rounding of the expression and the weights."""

PAPER_RHO = "20*x^2*(x - 1)*sin(2*pi*x)^2*exp(-15*(x - 1/2)^2)"

STATES = 4
"""Arrays of the size of one frame that the solver works on."""

MOST = 2**31
"""Of points, frames and steps."""

MINIMA = {"nx": 5, "velocities": 2, "steps": 1, "every": 1, "first": 0, "frames": 2}


@dataclass(frozen=True)
class TransportProblem:
    """What to solve and which frames to keep. The domain is [0, 1), periodic, x_j = j/nx.

    Parameters
    ----------
    epsilon : float
        The scale, in (0, 1].
    nx, velocities : int
        Points of x (5 or more), Gauss-Legendre nodes on [-1, 1].
    dt : float
        Time step of the solver.
    steps, every : int
        Steps of the solver at most; every how many a frame is taken. Frame 0 is the initial state.
    first, frames : int
        The first frame that is kept, and how many (2 or more).
    initial_rho, initial_g : str
        Expressions of x, and of x and v. The average <g> must be zero, eq. (2.3).
    sigma_s, sigma_a, source : str
        Expressions of x: scattering and absorption (zero or positive), and the source G.

    Raises
    ------
    InputError
        If anything is out of its range.
    """

    epsilon: float
    nx: int
    velocities: int
    dt: float
    steps: int
    every: int
    first: int
    frames: int
    initial_rho: str
    initial_g: str = "0"
    sigma_s: str = "1"
    sigma_a: str = "0"
    source: str = "0"

    def __post_init__(self) -> None:
        for name, least in MINIMA.items():
            value = getattr(self, name)
            whole = whole_number(value)
            if whole is None or not least <= whole <= MOST:
                raise InputError(f"{name} is {described(value)}: give a whole number from {least} on")
            object.__setattr__(self, name, whole)
        if self.velocities > MAX_NODES:
            raise InputError(f"velocities is {self.velocities}: give at most {MAX_NODES}")
        epsilon, dt = real_number(self.epsilon), real_number(self.dt)
        if epsilon is None or not 0.0 < epsilon <= 1.0:
            raise InputError(f"epsilon is {described(self.epsilon)}: give a number above 0 and at most 1")
        if dt is None or dt <= 0.0:
            raise InputError(f"dt is {described(self.dt)}: give a positive time step")
        object.__setattr__(self, "epsilon", epsilon)
        object.__setattr__(self, "dt", dt)
        if self.needed_steps > self.steps:
            raise InputError(f"{self.steps} steps, every {self.every} of them kept, give frames 0 to "
                             f"{self.steps // self.every}, but first = {self.first} and frames = {self.frames} need "
                             f"{self.needed_steps} steps: raise steps or lower frames")
        check_memory(self)
        check_fields(self)

    @property
    def needed_steps(self) -> int:
        """Steps up to the last frame that is kept."""
        return (self.first + self.frames - 1) * self.every

    @property
    def x(self) -> Array:
        """Grid points, shape (nx,)."""
        return np.arange(self.nx, dtype=np.float64) * (1.0 / self.nx)


def check_memory(problem: TransportProblem) -> None:
    """Refuse sizes whose arrays cannot be held by this machine, before any of them is made.

    Parameters
    ----------
    problem : TransportProblem
        Of which so many frames of g and rho are kept, beside the state of the solver.

    Raises
    ------
    InputError
        Naming the sizes.
    """
    held = process_memory()
    needed = 8 * int(problem.nx) * (int(problem.velocities) + 1) * (int(problem.frames) + STATES)
    if held is not None and needed > held:
        raise InputError(f"{problem.frames} frames of {problem.velocities} velocities and {problem.nx} points of x "
                         f"take {needed / 2**30:.3g} GiB, but this machine has {held / 2**30:.3g} GiB: lower frames, "
                         "velocities or nx")


@dataclass(frozen=True)
class Fields:
    """A problem's functions on its grid: v, weights (Nv,), rho, sigma_s, sigma_a, source (Nx,), g (Nv, Nx)."""

    v: Array
    weights: Array
    rho: Array
    g: Array
    sigma_s: Array
    sigma_a: Array
    source: Array


def check_fields(problem: TransportProblem) -> Fields:
    """The functions of a problem on its grid.

    Parameters
    ----------
    problem : TransportProblem
        Where they are given as text.

    Returns
    -------
    Fields
        Arrays of float64.

    Raises
    ------
    InputError
        If an expression is wrong, a coefficient negative, <g> not zero, or nothing would ever happen.
    """
    x = problem.x
    v, weights = gauss_legendre(int(problem.velocities))
    rho = _on_grid("initial_rho", problem.initial_rho, x)
    g = _on_grid("initial_g", problem.initial_g, x[None, :], v[:, None])
    mean = np.abs(weights @ g)
    if mean.max() > MEAN_TOLERANCE * np.abs(g).max():
        raise InputError(f"initial_g {problem.initial_g!r} has an average over v of {mean.max():.3g} at "
                         f"x = {x[int(mean.argmax())]:g}: <g> must be zero (2.3), write for example 'v*sin(2*pi*x)'")
    coefficients = {name: _on_grid(name, getattr(problem, name), x) for name in ("sigma_s", "sigma_a", "source")}
    for name in ("sigma_s", "sigma_a"):
        if coefficients[name].min() < 0.0:
            j = int(coefficients[name].argmin())
            raise InputError(f"{name} {getattr(problem, name)!r} is {coefficients[name][j]:.3g} at x = {x[j]:g}: "
                             "write an expression that is nowhere negative")
    if not (rho.any() or g.any() or coefficients["source"].any()):
        raise InputError("initial_rho, initial_g and source are all zero on the grid: nothing would ever change, "
                         "give one of them")
    return Fields(v, weights, rho, g, coefficients["sigma_s"], coefficients["sigma_a"], coefficients["source"])


def _on_grid(name: str, text: str, x: Array, v: Array | None = None) -> Array:
    with named(name):
        return Expression(text).evaluate(x) if v is None else Expression(text, ("x", "v")).evaluate(x, v)


@dataclass(frozen=True)
class Preset:
    """A named problem; its time step is ``step_factor * dx**2``, whatever nx.

    Parameters
    ----------
    description : str
        One line.
    step_factor : float
        dt/dx^2.
    settings : TransportProblem
        With the dt of its own nx.
    """

    description: str
    step_factor: float
    settings: TransportProblem


PRESETS: dict[str, Preset] = {
    "paper": Preset(
        "section 6 of the paper: 1000 points, 56 frames of every 8th step, dt = dx^2/2", 0.5,
        TransportProblem(epsilon=1 / 256, nx=1000, velocities=16, dt=5e-7, steps=448, every=8, first=0, frames=56,
                         initial_rho=PAPER_RHO)),
    "notebook": Preset(
        "the authors' public notebook: 400 points, 30 frames of every 10th step, dt = dx^2/20", 0.05,
        TransportProblem(epsilon=1 / 256, nx=400, velocities=16, dt=0.05 / 400**2, steps=400, every=10, first=7,
                         frames=30, initial_rho=PAPER_RHO)),
}


def preset(name: str, **overrides: Any) -> TransportProblem:
    """A problem by name, with some of its settings replaced.

    Parameters
    ----------
    name : str
        One of `PRESETS`.
    **overrides
        Any parameter of `TransportProblem`. Unless dt is given, it follows nx.

    Returns
    -------
    TransportProblem

    Raises
    ------
    InputError
        If the preset or a parameter is unknown, or a value out of range.
    """
    if name not in PRESETS:
        raise InputError(f"there is no preset {name!r}: use {' or '.join(PRESETS)}")
    known = [field.name for field in dataclasses.fields(TransportProblem)]
    for parameter in overrides:
        if parameter not in known:
            close = difflib.get_close_matches(parameter, known, n=1)
            raise InputError(f"there is no parameter {parameter!r}: " +
                             (f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}"))
    chosen = PRESETS[name]
    nx = whole_number(overrides.get("nx", chosen.settings.nx))
    if "dt" not in overrides and nx is not None and 0 < nx <= MOST:
        overrides = {**overrides, "dt": chosen.step_factor * (1.0 / nx) ** 2}
    return dataclasses.replace(chosen.settings, **overrides)


def exact_equations(problem: TransportProblem) -> dict[str, dict[str, float]] | None:
    """The coefficients that a fit of the problem's data should find.

    Parameters
    ----------
    problem : TransportProblem
        Whose coefficients may be functions of x.

    Returns
    -------
    dict of str to dict of str to float, or None
        By field and word, from (2.4) and (2.5). An equation is left out if it holds a function of x, or a
        source: no word has those.
    """
    eps = float(problem.epsilon)
    sigma_s, sigma_a, source = (Expression(text).constant
                                for text in (problem.sigma_s, problem.sigma_a, problem.source))
    out: dict[str, dict[str, float]] = {}
    if sigma_s is not None and sigma_a is not None:
        out["g"] = {"g": -(sigma_s / eps**2 + sigma_a), "v_dx g": -1.0 / eps, "<v_dx g>": 1.0 / eps,
                    "v_dx rho": -1.0 / eps**2}
    if sigma_a is not None and source == 0.0:
        out["rho"] = {"<v_dx g>": -1.0} | ({"rho": -sigma_a} if sigma_a != 0.0 else {})
    return out or None
