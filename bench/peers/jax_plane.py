"""Loss and gradient by the words of two space axes in JAX, on two host devices.

Frames are combined once, outside of what is timed. A `lax.scan` goes over the residuals, half of them on each device;
differences by rolls or by slices of arrays with a halo, gradient by `jax.value_and_grad` or written out: the fastest
of these is found by trial.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")

import jax
import jax.numpy as jnp
import numpy as np

from peers.trial import Pass, fastest
from peers.words import Array
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.schemes.residual import Residual

jax.config.update("jax_enable_x64", True)

AXES = {"d_x": -1, "d_y": -2}
STENCIL = ((-2, 1.0 / 12.0), (-1, -2.0 / 3.0), (1, 2.0 / 3.0), (2, -1.0 / 12.0))
REACH, DEPTH = 2, 4
"""Of a stencil, and how many of them a word has at most."""

Letter = Callable[[Any, str], Any]


def rolled(u: Any, name: str, scales: dict[str, float]) -> Any:
    return sum(scales[name] * weight * jnp.roll(u, -offset, AXES[name]) for offset, weight in STENCIL)


def sliced(u: Any, name: str, scales: dict[str, float]) -> Any:
    """On an array with a halo, which it shortens."""
    axis = AXES[name]
    size = u.shape[axis] - 2 * REACH
    return sum(scales[name] * weight * jax.lax.slice_in_dim(u, REACH + offset, REACH + offset + size, axis=axis)
               for offset, weight in STENCIL)


def columns_of(words: Sequence[Word], loads: Sequence[Any], difference: Letter) -> list[Any]:
    """Every column, shared suffixes computed once."""
    values: dict[tuple[int, tuple[str, ...]], Any] = {}

    def value(load: int, letters: tuple[str, ...]) -> Any:
        if not letters:
            return loads[load]
        if (load, letters) not in values:
            inner = value(load, letters[1:])
            mean = letters[0] == "mean"
            values[load, letters] = jnp.mean(inner, axis=0, keepdims=True) if mean else difference(inner, letters[0])
        return values[load, letters]

    return [value(int(not word.letters), tuple(letter.name for letter in word.letters)) for word in words]


def cropped(u: Any, shape: tuple[int, ...]) -> Any:
    """Without what is left of the halo."""
    low = [(size - wanted) // 2 for size, wanted in zip(u.shape[-2:], shape[-2:], strict=True)]
    return u[..., low[0]:low[0] + shape[-2], low[1]:low[1] + shape[-1]]


def differentiated(columns: Callable[..., list[Any]], coefficients: Any, loads: Any, target: Any) -> Any:
    def loss(c: Any) -> Any:
        r = target
        for number, column in enumerate(columns(loads)):
            r = r - c[number] * cropped(column, target.shape)
        return jnp.sum(r * r)

    return jax.value_and_grad(loss)(coefficients)


def written_out(columns: Callable[..., list[Any]], coefficients: Any, loads: Any, target: Any) -> Any:
    found = [cropped(column, target.shape) for column in columns(loads)]
    r = target
    for number, column in enumerate(found):
        r = r - coefficients[number] * column
    over_angles = jnp.sum(r, axis=0, keepdims=True)
    gradient = [-2.0 * jnp.sum((r if column.shape[0] > 1 else over_angles) * column) for column in found]
    return jnp.sum(r * r), jnp.stack(gradient)


def tuned(form: Residual, grid: PhaseGrid) -> Pass:
    """The fastest of both differences and both ways to the gradient."""
    f = grid.fields["f"]
    steps = grid.frames - len(form.time_weights) + 1
    weights = [column.time_weights for column in form.columns]
    alone = [len(column.word.letters) for column in form.columns].index(0)
    explicit = next(one for number, one in enumerate(weights) if number != alone)

    def combined(ones: Sequence[float]) -> Array:
        total = np.zeros((steps, *f.shape[1:]))
        for number, weight in enumerate(ones):
            if weight:
                total += weight * f[number:number + steps]
        return total

    target, loads = combined(form.time_weights), [combined(explicit), combined(weights[alone])]
    halo = REACH * DEPTH
    wide = [np.pad(loads[0], [(0, 0), (0, 0), (halo, halo), (halo, halo)], mode="wrap"), loads[1]]
    scales = {name: 1.0 / float(grid.axis(name[-1]).spacing or 1.0) for name in AXES}
    words = [column.word for column in form.columns]
    candidates = []
    for difference, arrays in ((rolled, loads), (sliced, wide)):
        columns = partial(columns_of, words, difference=partial(difference, scales=scales))
        candidates += [_on_two_devices(partial(way, columns), arrays, target, len(words))
                       for way in (differentiated, written_out)]
    return fastest(candidates, np.zeros(len(words)), rounds=2)


def _on_two_devices(one_residual: Callable[..., Any], loads: list[Array], target: Array, size: int) -> Pass:
    devices = jax.devices()[:2]
    cuts = [target.shape[0] * number // len(devices) for number in range(len(devices) + 1)]
    parts = [jax.device_put(([u[cuts[number]:cuts[number + 1]] for u in loads], target[cuts[number]:cuts[number + 1]]),
                            device) for number, device in enumerate(devices)]

    @jax.jit
    def compiled(coefficients: Any, part: Any) -> Any:
        def step(carry: Any, one: Any) -> Any:
            value, gradient = one_residual(coefficients, *one)
            return (carry[0] + value, carry[1] + gradient), None

        return jax.lax.scan(step, (0.0, jnp.zeros(size)), tuple(part))[0]

    def run(coefficients: Array) -> tuple[float, Array]:
        found = [compiled(jax.device_put(coefficients, device), part)
                 for device, part in zip(devices, parts, strict=True)]
        value = sum(float(one[0]) for one in found)
        gradient = np.sum([np.asarray(one[1]) for one in found], axis=0)
        return value / target.size, gradient / target.size

    return run
