"""Loss and gradient by the coefficients of the words in JAX, on two host devices.

``untuned``: rolled arrays of all frames under `jax.jit`.  ``tuned``: a halo in place of the rolls, a `lax.scan` over
chunks of frames, half of the frames on each device, gradient by `jax.value_and_grad` or written out; the fastest
of these is found by trial.  ``profiles``: what symdcrnn's compiler knows, that a value v^k times a profile of x
needs only the profile, written out in JAX by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")

import jax
import jax.numpy as jnp
import numpy as np

from peers.profiles import profile_loss_and_gradient
from peers.trial import Pass, fastest
from peers.words import Array, Frames, Table, cropped, sliced, word_columns

jax.config.update("jax_enable_x64", True)

CHUNKS = (1, 2, 3)


def penalty(norm: str, r: Any) -> Any:
    return jnp.sum(r * r) if norm == "l2" else jnp.sum(jnp.abs(r))


def slope(norm: str, r: Any) -> Any:
    return 2.0 * r if norm == "l2" else jnp.sign(r)


def averaged(frames: Frames, u: Any) -> Any:
    return jnp.sum(frames.quadrature * u, axis=-2, keepdims=True)


def differentiable(u: Any, table: Table) -> Any:
    """`sliced` with its adjoint written out: a mirrored table on one padded array, not a padded array per offset."""
    reach = table[-1][0]
    mirrored = tuple((-offset, coefficient) for offset, coefficient in reversed(table))

    @jax.custom_vjp
    def apply(u: Any) -> Any:
        return sliced(u, table)

    def forward(u: Any) -> Any:
        return apply(u), None

    def backward(_: None, cotangent: Any) -> Any:
        wide = jnp.pad(cotangent, [(0, 0)] * (cotangent.ndim - 1) + [(2 * reach, 2 * reach)])
        back = sliced(wide, mirrored)
        return (back if u.shape[-2] > 1 else jnp.sum(back, axis=-2, keepdims=True),)

    apply.defvjp(forward, backward)
    return apply(u)


def rolled(u: Any, table: Table) -> Any:
    return sum(coefficient * jnp.roll(u, -offset, axis=-1) for offset, coefficient in table)


def _residual(columns: list[Any], coefficients: Any, target: Any) -> Any:
    r = target
    for number, column in enumerate(columns):
        r = r - coefficients[number] * column
    return r


def untuned(frames: Frames, norm: str) -> Pass:
    """The formula as it stands, under jit."""
    loads = {name: jnp.asarray(u) for name, u in frames.loads.items()}
    target = jnp.asarray(frames.target)

    @jax.jit
    def compiled(coefficients: Any, loads: Any, target: Any) -> Any:
        def loss(c: Any) -> Any:
            return penalty(norm, _residual(word_columns(frames, loads, rolled, partial(averaged, frames)), c, target))

        return jax.value_and_grad(loss)(coefficients)

    def run(coefficients: Array) -> tuple[float, Array]:
        value, gradient = compiled(coefficients, loads, target)
        return float(value) / frames.points, np.asarray(gradient) / frames.points

    return run


def _differentiated(frames: Frames, norm: str, coefficients: Any, loads: Any, target: Any) -> Any:
    def loss(c: Any) -> Any:
        columns = word_columns(frames, loads, sliced, partial(averaged, frames))
        return penalty(norm, _residual([cropped(u, target.shape[-1]) for u in columns], c, target))

    return jax.value_and_grad(loss)(coefficients)


def _written_out(frames: Frames, norm: str, coefficients: Any, loads: Any, target: Any) -> Any:
    columns = [cropped(u, target.shape[-1])
               for u in word_columns(frames, loads, sliced, partial(averaged, frames))]
    r = _residual(columns, coefficients, target)
    s = slope(norm, r)
    over_v = jnp.sum(s, axis=-2, keepdims=True)
    gradient = [-jnp.sum((s if u.shape[-2] > 1 else over_v) * u) for u in columns]
    return penalty(norm, r), jnp.stack(gradient)


def tuned(frames: Frames, norm: str) -> Pass:
    """The fastest of both ways to the gradient and several chunks."""
    return fastest([
        on_two_devices(frames, partial(_differentiated, frames, norm), 1, frames.columns),
        *(on_two_devices(frames, partial(_written_out, frames, norm), chunk, frames.columns)
          for chunk in CHUNKS),
    ], np.zeros(frames.columns))


def profiles(frames: Frames, norm: str) -> Pass:
    """The fastest chunk of the form that keeps profiles instead of arrays."""
    return fastest([
        on_two_devices(frames, partial(profile_loss_and_gradient, frames, partial(penalty, norm), partial(slope, norm)),
                       chunk, frames.columns)
        for chunk in CHUNKS
    ], np.zeros(frames.columns))


def on_two_devices(frames: Frames, chunk_pass: Callable[..., Any], chunk: int, size: int) -> Pass | None:
    """Half of the frames on each device, chunk by chunk.

    Parameters
    ----------
    frames : Frames
    chunk_pass : callable
        ``chunk_pass(unknowns, loads, target)`` gives the sums of loss and gradient over some frames.
    chunk : int
        Frames at a time; None is returned if it does not divide those of a device.
    size : int
        Of the unknowns.
    """
    devices = jax.devices()[:2]
    steps = frames.target.shape[0]
    cuts = [steps * number // len(devices) for number in range(len(devices) + 1)]
    if any((end - start) % chunk for start, end in pairwise(cuts)):
        return None
    padded = frames.padded()

    def part(u: Array, number: int) -> Any:
        own = u[cuts[number]:cuts[number + 1]]
        return jax.device_put(own.reshape(-1, chunk, *own.shape[1:]), devices[number])

    parts = [({name: part(u, number) for name, u in padded.items()}, part(frames.target, number))
             for number in range(len(devices))]

    @jax.jit
    def compiled(coefficients: Any, loads: Any, target: Any) -> Any:
        def step(carry: Any, one: Any) -> Any:
            value, gradient = chunk_pass(coefficients, *one)
            return (carry[0] + value, carry[1] + gradient), None

        return jax.lax.scan(step, (0.0, jnp.zeros(size)), (loads, target))[0]

    def run(coefficients: Array) -> tuple[float, Array]:
        found = [compiled(jax.device_put(coefficients, device), *own)
                 for device, own in zip(devices, parts, strict=True)]
        value = sum(float(one[0]) for one in found)
        gradient = np.sum([np.asarray(one[1]) for one in found], axis=0)
        return value / frames.points, gradient / frames.points

    return run
