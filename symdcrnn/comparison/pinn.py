"""The physics-informed fit of Raissi and others (6.8)-(6.10): a network for the fields, coefficients for the equation.

The network has one hidden layer and an output for the target at each velocity and one for the other field.  Its hidden
units are products of a unit of t, whose weights are trained, and a wave of x: a separable network with a periodic
layer.  A dense layer of tanh converges far more slowly.  (6.9) adds the misfit of both fields to the
residual of the equation at the same points, with the derivatives of the network itself.  The loss is a sum of squares:
Levenberg and Marquardt minimise it, and the output layer, which enters linearly, is solved for at each of their steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from symdcrnn.comparison.dictionary import Estimate, Task, best_of
from symdcrnn.comparison.separable import Block, Product, levenberg_marquardt, orthonormal, projected
from symdcrnn.errors import InputError

Array = NDArray[np.float64]

WORDS = ("v_dx {g}", "<v_dx {g}>", "v_dx {rho}", "{g}")
"""The terms of (6.8), which this method has to know beforehand."""

HIGHEST_POWER = 2
"""M of (6.10)."""


@dataclass(frozen=True)
class Settings:
    """How large, how weighted and how long.

    Parameters
    ----------
    hidden : int
        Units of t beside the constant one.
    waves : int
        Frequencies of x beside zero, a cosine and a sine each.
    physics : float
        The weight of the residual of the equation against the misfit of the fields.
    steepest : float
        The largest weight of t, on [-1, 1], that a unit starts with.
    frames, positions : int
        Of the evenly spaced grid that is learned from, with all v, at least (where the data has as many).
    steps : int
        Of the minimiser at most.
    """

    hidden: int
    waves: int
    physics: float
    steepest: float = 4.0
    frames: int = 56
    positions: int = 40
    steps: int = 60


SEARCHED = (Settings(6, 6, 1e-2), Settings(8, 4, 1e-4, steepest=8.0))
"""The second is for layers in time: more and steeper units, and less of the equation that holds the network back."""


@dataclass(frozen=True)
class Units:
    """Hidden units of t in an orthonormal basis of what they span.

    Parameters
    ----------
    values, rates : ndarray, shape (frames, at most units)
        The units and their derivatives along t.
    changes : tuple of (ndarray, ndarray), each of that shape
        Derivatives of both by each weight, then by each bias; what only turns the basis is left out.
    """

    values: Array
    rates: Array
    changes: tuple[tuple[Array, Array], ...]


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
    found, losses = [], {}
    for settings in SEARCHED:
        coefficients, loss = train(task, others[0], settings, expansion)
        by_word = dict(zip(words, map(float, coefficients), strict=True))
        found.append((by_word, f"{settings.hidden} units, {settings.waves} waves, physics {settings.physics:g}"))
        losses[tuple(by_word.items())] = loss
    return best_of(task, found, lambda coefficients: losses[tuple(coefficients.items())])


def train(task: Task, other: str, settings: Settings, expansion: bool) -> tuple[Array, float]:
    """The coefficients of (6.8) or (6.10) and the loss (6.9) without weights, by which settings can be compared.

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
    unweighted, _, _ = _problem(task, other, replace(settings, physics=1.0), expansion)
    # The matrices are too small for threads, and the result must not depend on how many there are.
    with threadpool_limits(1, "blas"):
        parameters, _ = levenberg_marquardt(residual, start, settings.steps)
        misfit = unweighted(parameters)[0]
    return coefficients(parameters), float(misfit @ misfit)


def _problem(
    task: Task, other: str, settings: Settings, expansion: bool
) -> tuple[Callable[[Array], tuple[Array, Array]], Array, Callable[[Array], Array]]:
    random = np.random.default_rng(0)
    data, hidden = task.data, settings.hidden
    x, nodes = data.axis("x"), data.axis("v")
    v, quadrature = nodes.coordinate, data.weights("v")
    n, j = _evenly(data.frames, settings.frames), _evenly(x.size, settings.positions)
    g = data.fields[task.target.name][np.ix_(n, np.arange(v.size), j)]
    rho = data.fields[other][np.ix_(n, j)]
    g_size, rho_size = float(np.std(g)), float(np.std(rho))
    t, span = 2.0 * n / (data.frames - 1) - 1.0, float(data.t[-1] - data.t[0])
    waves, slopes = _waves(x.coordinate[j] - x.coordinate[0], x.period, settings.waves, x.periodic)
    outputs = v.size + 1
    to_g = np.eye(outputs - 1, outputs)
    to_rho = np.eye(1, outputs, outputs - 1)
    transport = v[:, None] * to_g
    average = np.tile(quadrature @ transport, (v.size, 1))
    transports = (transport, average, rho_size / g_size * v[:, None] * to_rho)
    per_g = 1.0 / np.sqrt(g.size)
    weights = np.diag(np.append(np.full(v.size, per_g), 1.0 / np.sqrt(rho.size)))
    physics = np.sqrt(settings.physics) * per_g
    fields = np.concatenate([g.transpose(0, 2, 1) / g_size, rho[:, :, None] / rho_size], axis=2)
    sought = np.concatenate([(fields @ weights).ravel(), np.zeros(g.size)])
    lower, upper = task.settings.epsilon_lower, task.settings.epsilon_upper

    def residual(parameters: Array) -> tuple[Array, Array]:
        units = tanh_units(t, parameters[:hidden], parameters[hidden: 2 * hidden])
        factors, by_free = _coefficients(parameters[2 * hidden:], expansion, lower, upper)
        mixing = physics * sum(factor * by for factor, by in zip(factors[:3], transports, strict=True))

        def blocks(values: Array, rates: Array) -> tuple[Block, Block]:
            equation = (Product(rates - factors[3] * values, waves, physics * to_g), Product(-values, slopes, mixing))
            return (Product(values, waves, weights),), equation

        by_factor = [(Product(-units.values, slopes, physics * by),) for by in transports]
        by_factor.append((Product(-units.values, waves, physics * to_g),))
        by_coefficient: list[tuple[Block, Block]] = [((), block) for block in by_factor]
        changes = [blocks(*change) for change in units.changes] + by_coefficient
        r, jacobian = projected(blocks(units.values, units.rates), sought, changes)
        return r, np.hstack([jacobian[:, : 2 * hidden], jacobian[:, 2 * hidden:] @ by_free])

    extra = 4 * (HIGHEST_POWER + 1) + 1 if expansion else 4
    spread = settings.steepest * random.uniform(-1.0, 1.0, size=hidden)
    start = np.concatenate([spread, -spread * random.uniform(-1.0, 1.0, size=hidden), np.zeros(extra)])
    # In the network's time the span is 2: coefficients are per half a span.
    return residual, start, lambda parameters: _coefficients(
        parameters[2 * hidden:], expansion, lower, upper)[0] / (0.5 * span)


def tanh_units(t: Array, weights: Array, biases: Array) -> Units:
    """The constant and tanh(w t + b) for each w and b.

    Parameters
    ----------
    t : ndarray, shape (frames,)
    weights, biases : ndarray, shape (hidden,)
    """
    value = np.tanh(np.outer(t, weights) + biases)
    slope = 1.0 - value**2
    curve = -2.0 * value * slope * weights
    values = np.column_stack([np.ones_like(t), value])
    basis, turn = orthonormal(values)

    def changed(number: int, by: Array, rate: Array) -> tuple[Array, Array]:
        row = turn[number + 1]
        return np.outer(by, row), np.outer(rate, row)

    by_weight = [changed(k, t * slope[:, k], slope[:, k] + t * curve[:, k]) for k in range(weights.size)]
    by_bias = [changed(k, slope[:, k], curve[:, k]) for k in range(weights.size)]
    rates = np.column_stack([np.zeros_like(t), slope * weights]) @ turn
    return Units(basis, rates, (*by_weight, *by_bias))


def _waves(x: Array, length: float, count: int, periodic: bool) -> tuple[Array, Array]:
    """Waves of x and their derivatives, in an orthonormal basis; of twice the length where x is not periodic."""
    numbers = 2.0 * np.pi / (length if periodic else 2.0 * length) * np.arange(1, count + 1)
    cosine, sine = np.cos(np.outer(x, numbers)), np.sin(np.outer(x, numbers))
    basis, turn = orthonormal(np.column_stack([np.ones_like(x), cosine, sine]))
    return basis, np.column_stack([np.zeros_like(x), -numbers * sine, numbers * cosine]) @ turn


def _evenly(there_are: int, at_least: int) -> NDArray[np.int64]:
    """Every so many-th point, so that as many as asked for remain where there are as many."""
    return np.arange(0, there_are, max(1, there_are // at_least))


def _coefficients(free: Array, expansion: bool, lower: float, upper: float) -> tuple[Array, Array]:
    """The four coefficients and their derivatives by the free parameters, shape (4, free)."""
    if not expansion:
        return free, np.eye(4)
    squash = np.tanh(free[-1])
    epsilon = 0.5 * (upper - lower) * (squash + 1.0) + lower
    table = free[:-1].reshape(4, HIGHEST_POWER + 1)
    # Powers of 1/eps span decades: the unit of the coefficients is that of the highest one.
    exponents = HIGHEST_POWER - np.arange(HIGHEST_POWER + 1.0)
    powers = epsilon**exponents
    by_epsilon = exponents * epsilon ** np.maximum(exponents - 1.0, 0.0)
    by = np.zeros((4, free.size))
    for row in range(4):
        by[row, row * (HIGHEST_POWER + 1):(row + 1) * (HIGHEST_POWER + 1)] = powers
    by[:, -1] = table @ by_epsilon * 0.5 * (upper - lower) * (1.0 - squash**2)
    return table @ powers, by
