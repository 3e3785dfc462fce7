"""Nonlinear equations of one field on a periodic interval, solved by Fourier modes and ETDRK4.

    d_t u = nonlinear d_x u^2 + sum_n linear_n d_x^n u

ETDRK4 takes the linear part exactly and the rest by four stages (Cox and Matthews 2002); its coefficients are means
over a circle around each eigenvalue, as Kassam and Trefethen (2005) do, so that none cancels.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.expressions import Expression
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError, named
from symdcrnn.given import check_kind, described, real_number, whole_number
from symdcrnn.problems.noise import add_noise, check_noise

Array = NDArray[np.float64]

CONTOUR = 32
"""Points on half of the circle that each coefficient is a mean over."""

CHUNK = 256
"""Steps between two reports of progress."""

MOST = 2**31
"""Of points, frames and steps."""

MINIMA = {"nx": 8, "steps": 1, "every": 1, "first": 0, "frames": 2}

WORDS = {2: "d_xx u", 3: "d_x d_xx u", 4: "d_xx d_xx u"}
"""How a fit with the operators I, d_x, d_xx writes the derivatives, by their order."""

SQUARE = "d_x(u^2)"
"""The word of the nonlinear term, for a fit with the nonlinear word ``u^2``."""


@dataclass(frozen=True)
class Equation:
    """d_t u = nonlinear d_x u^2 + sum of linear terms.

    Parameters
    ----------
    name : str
        Of the problem.
    nonlinear : float
        The factor of d_x u^2.
    linear : mapping of int to float
        By the order of the derivative, one of `WORDS`.
    """

    name: str
    nonlinear: float
    linear: Mapping[int, float]

    @property
    def exact(self) -> dict[str, dict[str, float]]:
        """The coefficients that a fit with the nonlinear word ``u^2`` should find."""
        return {"u": {SQUARE: self.nonlinear, **{WORDS[order]: value for order, value in self.linear.items()}}}


@dataclass(frozen=True)
class SpectralProblem:
    """What to solve and which frames to keep. The domain is [0, length), periodic, x_j = j length/nx.

    Parameters
    ----------
    equation : Equation
    length : float
        Of the domain.
    nx : int
        Points of x (8 or more).
    dt : float
        Time step of the solver.
    steps, every : int
        Steps of the solver at most; every how many a frame is taken. Frame 0 is the initial state.
    first, frames : int
        The first frame that is kept, and how many (2 or more).
    initial_u : str
        Expression of x.

    Raises
    ------
    InputError
        If anything is out of its range.
    """

    equation: Equation
    length: float
    nx: int
    dt: float
    steps: int
    every: int
    first: int
    frames: int
    initial_u: str

    def __post_init__(self) -> None:
        for name, least in MINIMA.items():
            value = getattr(self, name)
            whole = whole_number(value)
            if whole is None or not least <= whole <= MOST:
                raise InputError(f"{name} is {described(value)}: give a whole number from {least} on")
            object.__setattr__(self, name, whole)
        for name in ("length", "dt"):
            value = getattr(self, name)
            real = real_number(value)
            if real is None or real <= 0.0:
                raise InputError(f"{name} is {described(value)}: give a positive number")
            object.__setattr__(self, name, real)
        if self.needed_steps > self.steps:
            raise InputError(f"{self.steps} steps, every {self.every} of them kept, give frames 0 to "
                             f"{self.steps // self.every}, but first = {self.first} and frames = {self.frames} need "
                             f"{self.needed_steps} steps: raise steps or lower frames")
        if np.ptp(self.initial) == 0.0:
            raise InputError(f"initial_u {self.initial_u!r} is the same everywhere on the grid: nothing would ever "
                             "change, give a function of x")

    @property
    def needed_steps(self) -> int:
        """Steps up to the last frame that is kept."""
        return (self.first + self.frames - 1) * self.every

    @property
    def x(self) -> Array:
        """Grid points, shape (nx,)."""
        return np.arange(self.nx, dtype=np.float64) * (self.length / self.nx)

    @property
    def initial(self) -> Array:
        """u at t = 0, shape (nx,)."""
        with named("initial_u"):
            return Expression(self.initial_u).evaluate(self.x)


@dataclass(frozen=True)
class SpectralPreset:
    """A named problem.

    Parameters
    ----------
    description : str
        One line.
    settings : SpectralProblem
    """

    description: str
    settings: SpectralProblem


PRESETS: dict[str, SpectralPreset] = {
    "burgers": SpectralPreset(
        "1024 points, 844 frames, a wave that steepens",
        SpectralProblem(Equation("burgers", -0.5, {2: 0.1}), length=16.0, nx=1024, dt=0.0025, steps=3372, every=4,
                        first=0, frames=844, initial_u="exp(-(x - 6)^2) + sin(pi*x/8)/2")),
    "kdv": SpectralPreset(
        "512 points, 1688 frames, a fast soliton overtakes a slow one",
        SpectralProblem(Equation("kdv", -3.0, {3: -1.0}), length=40.0, nx=512, dt=0.0005, steps=6748, every=4,
                        first=0, frames=1688, initial_u="8/cosh(2*(x - 10))^2 + 2/cosh(x - 20)^2")),
    "kuramoto-sivashinsky": SpectralPreset(
        "512 points, 1688 frames, chaos that has fully developed",
        SpectralProblem(Equation("kuramoto-sivashinsky", -0.5, {2: -1.0, 4: -1.0}), length=100.0, nx=512, dt=0.025,
                        steps=12748, every=4, first=1500, frames=1688,
                        initial_u="cos(pi*x/50)*(1 + sin(pi*x/50)) + cos(6*pi*x/50)/10")),
}
"""By the name of the equation; each has 864256 points, as many as the paper's 54 residuals of 16 x 1000 points."""


def spectral_preset(equation: str) -> Callable[..., SpectralProblem]:
    """A function that gives the preset of an equation, with some of its settings replaced."""

    def preset(name: str, **overrides: Any) -> SpectralProblem:
        if name != "standard":
            raise InputError(f"there is no preset {name!r}: use standard")
        known = [one.name for one in dataclasses.fields(SpectralProblem) if one.name != "equation"]
        for parameter in overrides:
            if parameter not in known:
                close = difflib.get_close_matches(parameter, known, n=1)
                raise InputError(f"there is no parameter {parameter!r}: " +
                                 (f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}"))
        return dataclasses.replace(PRESETS[equation].settings, **overrides)

    return preset


def solve(problem: SpectralProblem, noise: float = 0.0, seed: int = 0,
          progress: Callable[[int, int], None] | None = None, known: bool = False) -> Trajectory:
    """Solve a problem and keep the frames that it asks for.

    Parameters
    ----------
    problem : SpectralProblem
    noise : float
        Standard deviation of the Gaussian noise on u, as a fraction of u's own.
    seed : int
        Of the noise.
    progress : callable, optional
        Called as ``progress(done, total)`` with steps; may raise to stop.
    known : bool
        Whether to store known functions of x: these equations have none.

    Returns
    -------
    Trajectory
        The field u, the exact equation and, as attributes, all settings.

    Raises
    ------
    InputError
        If noise or seed is out of range, or the solution blows up.
    """
    check_kind(problem, SpectralProblem, "solve", "give a SpectralProblem, such as spectral_preset('kdv')('standard')")
    noise, seed = check_noise(noise, seed)
    if known:
        raise InputError(f"the equation of {problem.equation.name} has no functions of x to store: leave out --known")
    u = _frames(problem, progress)
    add_noise([u], noise, seed)
    settings = {one.name: getattr(problem, one.name) for one in dataclasses.fields(problem) if one.name != "equation"}
    step = problem.dt * problem.every
    return Trajectory.from_arrays(
        {"u": u}, t=(problem.first + np.arange(problem.frames)) * step, x=problem.x, periodic=True,
        exact=problem.equation.exact,
        attributes={"problem": problem.equation.name, "solver": "ETDRK4", "noise": noise, "seed": seed,
                    **{f"problem_{name}": value for name, value in settings.items()}})


def _frames(problem: SpectralProblem, progress: Callable[[int, int], None] | None) -> Array:
    nx, total = problem.nx, problem.needed_steps
    advance = _stepper(problem)
    mode = np.fft.rfft(problem.initial)
    kept = np.empty((problem.frames, nx))
    for done in range(total + 1):
        frame = done // problem.every - problem.first
        if done % problem.every == 0 and frame >= 0:
            kept[frame] = np.fft.irfft(mode, nx)
        if done % CHUNK == 0 or done == total:
            if not np.all(np.isfinite(mode)):
                raise InputError(f"the solution blew up by step {done} of {total} (dt = {problem.dt:g}, "
                                 f"dx = {problem.length / nx:g}): choose a smaller dt")
            if progress is not None:
                progress(done, total)
        if done < total:
            with np.errstate(over="ignore", invalid="ignore"):
                mode = advance(mode)
    return kept


def _stepper(problem: SpectralProblem) -> Callable[[NDArray[np.complex128]], NDArray[np.complex128]]:
    """One step of ETDRK4 on the modes of u; modes beyond two thirds do not enter u^2."""
    nx, dt = problem.nx, problem.dt
    k = 2.0 * np.pi / problem.length * np.arange(nx // 2 + 1)
    rate = sum((value * (1j * k) ** order for order, value in problem.equation.linear.items()), np.zeros(k.size))
    slope = problem.equation.nonlinear * 1j * k * (np.arange(k.size) <= nx // 3)
    if nx % 2 == 0:
        rate[-1] = rate[-1].real
    circle = np.exp(2j * np.pi * (np.arange(1, CONTOUR + 1) - 0.5) / CONTOUR)
    z = dt * rate[:, None] + circle
    e = np.exp(z)
    full, half = np.exp(dt * rate), np.exp(0.5 * dt * rate)
    q = dt * np.mean((np.exp(0.5 * z) - 1.0) / z, axis=1)
    f1 = dt * np.mean((-4.0 - z + e * (4.0 - 3.0 * z + z**2)) / z**3, axis=1)
    f2 = dt * np.mean((2.0 + z + e * (z - 2.0)) / z**3, axis=1)
    f3 = dt * np.mean((-4.0 - 3.0 * z - z**2 + e * (4.0 - z)) / z**3, axis=1)

    def force(mode: NDArray[np.complex128]) -> NDArray[np.complex128]:
        return slope * np.fft.rfft(np.fft.irfft(mode, nx) ** 2)

    def advance(mode: NDArray[np.complex128]) -> NDArray[np.complex128]:
        start = force(mode)
        a = half * mode + q * start
        at_a = force(a)
        at_b = force(half * mode + q * at_a)
        at_c = force(half * a + q * (2.0 * at_b - start))
        moved: NDArray[np.complex128] = full * mode + start * f1 + 2.0 * (at_a + at_b) * f2 + at_c * f3
        return moved

    return advance
