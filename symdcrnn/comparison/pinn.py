"""The physics-informed fit of Raissi and others (6.8)-(6.10): networks for the fields, coefficients for the equation.

Two networks with one hidden layer of tanh approximate the target and the other field; (6.9) adds the misfit of both to
the residual of the equation at the same points.  The derivatives of such networks are written out, and the loss is a
sum of squares: it is minimised by Levenberg and Marquardt, which needs no learning rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.comparison.dictionary import Estimate, Task, best_of
from symdcrnn.errors import InputError

Array = NDArray[np.float64]

WORDS = ("v_dx {g}", "<v_dx {g}>", "v_dx {rho}", "{g}")
"""The terms of (6.8), which this method has to know beforehand."""

HIGHEST_POWER = 2
"""M of (6.10)."""


HARMONICS = 1
"""Waves in x that a network sees where x is periodic."""


@dataclass(frozen=True)
class Settings:
    """How large, how weighted and how long.

    Parameters
    ----------
    hidden : int
        Units of each network.
    physics : float
        The weight of the residual of the equation against the misfit of the fields.
    points : int
        Collocation points (t, x), each with all v.
    steps : int
        Of the minimiser at most.
    """

    hidden: int
    physics: float
    points: int = 240
    steps: int = 120


SEARCHED = (Settings(40, 1e-2), Settings(64, 1e-2))


@dataclass(frozen=True)
class Layer:
    """N(z) = sum_k a_k tanh(w_k z + b_k) + c with its derivative along t and x.

    Parameters
    ----------
    inputs : ndarray, shape (points, inputs)
        z.
    along : tuple of ndarray, shape (points, inputs)
        dz/dt and dz/dx.
    hidden : int
    """

    inputs: Array
    along: tuple[Array, Array]
    hidden: int

    @property
    def size(self) -> int:
        return self.hidden * (int(self.inputs.shape[1]) + 2) + 1

    def __call__(self, parameters: Array) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
        """N, dN/dt, dN/dx, each of shape (points,), and their Jacobians, each of shape (points, size)."""
        wide = self.inputs.shape[1]
        w = parameters[: self.hidden * wide].reshape(self.hidden, wide)
        b, a = parameters[self.hidden * wide:-1].reshape(2, self.hidden)
        value = np.tanh(self.inputs @ w.T + b)
        slope = 1.0 - value**2
        curve = -2.0 * value * slope
        points = self.inputs.shape[0]
        jacobian = np.empty((points, self.size))
        jacobian[:, : self.hidden * wide] = ((a * slope)[:, :, None] * self.inputs[:, None, :]).reshape(points, -1)
        jacobian[:, self.hidden * wide:-1] = np.hstack([a * slope, value])
        jacobian[:, -1] = 1.0
        values, jacobians = [value @ a + parameters[-1]], [jacobian]
        for direction in self.along:
            speed = direction @ w.T
            change = np.empty((points, self.size))
            change[:, : self.hidden * wide] = (
                (a * curve * speed)[:, :, None] * self.inputs[:, None, :]
                + (a * slope)[:, :, None] * direction[:, None, :]
            ).reshape(points, -1)
            change[:, self.hidden * wide:-1] = np.hstack([a * curve * speed, slope * speed])
            change[:, -1] = 0.0
            values.append((slope * speed) @ a)
            jacobians.append(change)
        return (values[0], values[1], values[2]), (jacobians[0], jacobians[1], jacobians[2])


def pinn(task: Task) -> Estimate:
    """(6.8) and (6.9): plain coefficients."""
    return _pinn(task, expansion=False)


def pinn_expansion(task: Task) -> Estimate:
    """(6.10): each coefficient a sum over powers of 1/eps_pred."""
    return _pinn(task, expansion=True)


def _pinn(task: Task, expansion: bool) -> Estimate:
    names = [name for name in task.trajectory.field_names if name != task.target.name]
    others = [name for name in names if not task.trajectory.depends_on_v(name)]
    if not task.target.v_dependent or len(others) != 1:
        raise InputError("pinn fits the equation of a field of (v, x) beside one field of x: leave it out")
    words = [word.format(g=task.target.name, rho=others[0]) for word in WORDS]
    found, misfits = [], {}
    for settings in SEARCHED:
        coefficients, loss = train(task, others[0], settings, expansion)
        by_word = dict(zip(words, map(float, coefficients), strict=True))
        found.append((by_word, f"{settings.hidden} units, physics {settings.physics:g}"))
        misfits[tuple(by_word.items())] = loss
    return best_of(task, found, lambda coefficients: misfits[tuple(coefficients.items())])


def train(task: Task, other: str, settings: Settings, expansion: bool) -> tuple[Array, float]:
    """The coefficients of (6.8) or (6.10) and the loss (6.9).

    Parameters
    ----------
    task : Task
    other : str
        The field that does not depend on v.
    settings : Settings
    expansion : bool
        Whether the coefficients are those of (6.10).
    """
    residual, start, coefficients = _problem(task, other, settings, expansion)
    parameters, loss = levenberg_marquardt(residual, start, settings.steps)
    return coefficients(parameters), loss


def _problem(
    task: Task, other: str, settings: Settings, expansion: bool
) -> tuple[Callable[[Array], tuple[Array, Array]], Array, Callable[[Array], Array]]:
    random = np.random.default_rng(0)
    data, trajectory = task.data, task.trajectory
    frames, velocities = data.frames, data.v.size
    n, j = random.integers(frames, size=settings.points), random.integers(data.nx, size=settings.points)
    g = data.fields[task.target.name][n, :, j]
    rho = data.fields[other][n, j]
    g_size, rho_size = float(np.std(g)), float(np.std(rho))
    period = data.nx * data.dx
    span = data.dt * (frames - 1)
    t = 2.0 * n / (frames - 1) - 1.0
    x = trajectory.x[j] - trajectory.x[0]
    rho_inputs, rho_along = _inputs(t, x, period, data.periodic)
    repeated = [np.repeat(part, velocities, axis=0) for part in (rho_inputs, *rho_along)]
    speeds = np.tile(data.v / np.abs(data.v).max(), settings.points)[:, None]
    still = np.zeros_like(speeds)
    g_layer = Layer(np.hstack([repeated[0], speeds]),
                    (np.hstack([repeated[1], still]), np.hstack([repeated[2], still])), settings.hidden)
    rho_layer = Layer(rho_inputs, rho_along, settings.hidden)
    v = np.tile(data.v, settings.points)
    lower, upper = task.settings.epsilon_lower, task.settings.epsilon_upper
    extra = 4 * (HIGHEST_POWER + 1) + 1 if expansion else 4

    def coefficients(parameters: Array) -> Array:
        """lambda, per unit of the time span."""
        return _coefficients(parameters[-extra:], expansion, lower, upper)[0]

    def averaged(values: Array) -> Array:
        means = np.tensordot(data.quadrature, values.reshape(settings.points, velocities, -1), axes=(0, 1))
        return np.repeat(means, velocities, axis=0).reshape(values.shape)

    def residual(parameters: Array) -> tuple[Array, Array]:
        own, theirs = parameters[: g_layer.size], parameters[g_layer.size:-extra]
        (value, rate, slope), jacobians = g_layer(own)
        (rho_value, _, rho_slope), rho_jacobians = rho_layer(theirs)
        transport, rho_transport = v * slope, v * np.repeat(rho_slope, velocities) * rho_size / g_size
        terms = np.stack([transport, averaged(transport), rho_transport, value])
        factors, by_parameters = _coefficients(parameters[-extra:], expansion, lower, upper)
        physics = np.sqrt(settings.physics / value.size)
        equation = physics * (rate - factors @ terms)
        misfit = (value - g.ravel() / g_size) / np.sqrt(value.size)
        rho_misfit = (rho_value - rho / rho_size) / np.sqrt(rho.size)
        jacobian = np.zeros((misfit.size + rho_misfit.size + equation.size, parameters.size))
        first, second = misfit.size, misfit.size + rho_misfit.size
        jacobian[:first, : g_layer.size] = jacobians[0] / np.sqrt(value.size)
        jacobian[first:second, g_layer.size:-extra] = rho_jacobians[0] / np.sqrt(rho.size)
        transport_jacobian = v[:, None] * jacobians[2]
        jacobian[second:, : g_layer.size] = physics * (
            jacobians[1] - factors[0] * transport_jacobian - factors[1] * averaged(transport_jacobian)
            - factors[3] * jacobians[0])
        jacobian[second:, g_layer.size:-extra] = -physics * factors[2] * rho_size / g_size * (
            v[:, None] * np.repeat(rho_jacobians[2], velocities, axis=0))
        jacobian[second:, -extra:] = -physics * terms.T @ by_parameters
        return np.concatenate([misfit, rho_misfit, equation]), jacobian

    start = np.concatenate([_initial(g_layer, random), _initial(rho_layer, random), np.zeros(extra)])
    return residual, start, lambda parameters: coefficients(parameters) / (0.5 * span)


def _inputs(t: Array, x: Array, period: float, periodic: bool) -> tuple[Array, tuple[Array, Array]]:
    """z, dz/dt and dz/dx for t in [-1, 1]; waves in x where it is periodic."""
    still = np.zeros_like(t)
    if periodic:
        waves = 2.0 * np.pi / period * np.arange(1, HARMONICS + 1)
        phases = x[:, None] * waves
        z = np.column_stack([t, np.cos(phases), np.sin(phases)])
        along_x = np.column_stack([still, -waves * np.sin(phases), waves * np.cos(phases)])
    else:
        z = np.stack([t, 2.0 * x / period - 1.0], axis=1)
        along_x = np.stack([still, np.full_like(t, 2.0 / period)], axis=1)
    along_t = np.zeros_like(z)
    along_t[:, 0] = 1.0
    return z, (along_t, along_x)


def _coefficients(free: Array, expansion: bool, lower: float, upper: float) -> tuple[Array, Array]:
    """The four coefficients and their derivatives by the free parameters, shape (4, free)."""
    if not expansion:
        return free, np.eye(4)
    squash = np.tanh(free[-1])
    epsilon = 0.5 * (upper - lower) * (squash + 1.0) + lower
    table = free[:-1].reshape(4, HIGHEST_POWER + 1)
    powers = epsilon ** -np.arange(HIGHEST_POWER + 1.0)
    # Powers of 1/eps span decades: the unit of the coefficients is that of the highest one.
    unit = powers[-1]
    by = np.zeros((4, free.size))
    for row in range(4):
        by[row, row * (HIGHEST_POWER + 1):(row + 1) * (HIGHEST_POWER + 1)] = powers / unit
    slopes = table @ (-np.arange(HIGHEST_POWER + 1.0) * powers / epsilon / unit + 2.0 / epsilon * powers / unit)
    by[:, -1] = slopes * 0.5 * (upper - lower) * (1.0 - squash**2)
    return table @ powers / unit, by


def _initial(layer: Layer, random: np.random.Generator) -> Array:
    wide = layer.inputs.shape[1]
    weights = random.normal(scale=2.0 / np.sqrt(wide), size=layer.hidden * wide)
    return np.concatenate([weights, random.normal(size=layer.hidden),
                           random.normal(scale=1.0 / np.sqrt(layer.hidden), size=layer.hidden), [0.0]])


def levenberg_marquardt(
    residual: Callable[[Array], tuple[Array, Array]], start: Array, steps: int
) -> tuple[Array, float]:
    """The parameters of least |r|^2, and that sum.

    Parameters
    ----------
    residual : callable
        Gives r and dr/dparameters.
    start : ndarray
    steps : int
        At most.
    """
    parameters, damping = start, 1e-2
    r, jacobian = residual(parameters)
    loss = float(r @ r)
    for _ in range(steps):
        gram, force = jacobian.T @ jacobian, jacobian.T @ r
        floor = 1e-12 * float(np.trace(gram)) / gram.shape[0]
        for _ in range(12):
            step = np.linalg.solve(gram + damping * np.diag(np.diag(gram) + floor), force)
            trial_r, trial_jacobian = residual(parameters - step)
            if float(trial_r @ trial_r) < loss:
                break
            damping *= 4.0
        else:
            return parameters, loss
        parameters, r, jacobian = parameters - step, trial_r, trial_jacobian
        loss, damping = float(r @ r), max(damping / 3.0, 1e-12)
    return parameters, loss
