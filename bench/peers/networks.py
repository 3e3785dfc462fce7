"""The networks of eqs. (3.6)-(3.9) evaluated as the paper does, nested, by the weights theta: one step of its training.

An array is a pair: a part without v, shape (..., 1, Nx), and one with, (..., Nv, Nx).  v_dx takes the side of its
stencil by that, so the nested form is the same function of theta as the expanded one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from peers.jax_words import averaged, differentiable, on_two_devices, penalty
from peers.trial import Pass
from peers.words import Frames, Table, cropped
from symdcrnn.networks.coefficient_map import Networks

Pair = tuple[Any, Any]
Operate = Callable[[int, Any], Any]
Combine = Callable[[Sequence[tuple[Any, Any]]], Any]


def network(theta: Any, layers: int, operators: int, operate: Operate, combine: Combine, u: Any) -> Any:
    """F(u) of eq. (3.8).

    Parameters
    ----------
    theta : array, shape (weights,)
        In the order of `symdcrnn.algebra.rnn.weights`.
    layers, operators : int
        K and n; operator 0 is the identity.
    operate : callable
        ``operate(j, u)`` applies operator j.
    combine : callable
        The sum of numbers times values.
    u : value
    """
    starts = {}
    place = 0
    for layer in range(1, layers + 1):
        for row in range(2):
            starts[layer, row] = place
            place += operators + layer
    output = place

    applied: dict[tuple[int, int], tuple[Any, Any]] = {}

    def source(number: int, value: Any) -> Any:
        if number < operators:
            # Held with what it was applied to, so that no other value takes the place of a key.
            key = number, id(value)
            if key not in applied:
                applied[key] = value, operate(number, value)
            return applied[key][1]
        layer = number - operators + 1
        return row_of(layer, 0, row_of(layer, 1, value))

    def row_of(layer: int, row: int, value: Any) -> Any:
        first, size = starts[layer, row], operators + layer - 1
        terms = [(theta[first + j], source(j, value)) for j in range(size)]
        return combine([*terms, (theta[first + size], value)])

    return combine([(theta[output + j], source(j, u)) for j in range(operators + layers)])


def training_step(frames: Frames, networks: Networks, layers: int, dt: float, norm: str) -> Pass:
    """Loss and its gradient by the parameters of the networks; the stiff term has a coefficient of its own.

    Parameters
    ----------
    frames : Frames
        Of IMEX-BDF2 with loads g_explicit, g_implicit and rho_explicit.
    networks : Networks
        Of the operators I, v_dx, mean on g and rho, their first column the stiff one.
    layers : int
    dt : float
    norm : str
    """
    full, profile = _differences(frames)
    mean = partial(averaged, frames)

    def operate(number: int, u: Pair) -> Pair:
        without, with_v = u
        if number == 0:
            return u
        if number == 1:
            sides = ((without, profile), (with_v, full))
            return None, _sum([differentiable(part, table) for part, table in sides if part is not None])
        parts = [part for part in (without, None if with_v is None else mean(with_v)) if part is not None]
        return _sum(parts), None

    def identity(weights: Any) -> Any:
        return network(weights, layers, 3, lambda j, c: c if j == 0 else 0.0,
                       lambda terms: sum(weight * c for weight, c in terms), 1.0)

    def pass_of(parameters: Any, loads: Mapping[str, Any], target: Any) -> Any:
        def loss(p: Any) -> Any:
            theta = p[:networks.theta_size].reshape(len(networks.tapes), networks.scales + 1, networks.weights)
            interval = networks.interval
            half = 0.5 * (interval.upper - interval.lower)
            epsilon = half * (jnp.tanh(p[networks.theta_size]) + 1.0) + interval.lower
            nx = target.shape[-1]
            r = target - dt * p[networks.theta_size + 1] * networks.own_unit[0] * cropped(loads["g_implicit"], nx)
            powers = epsilon ** -jnp.arange(networks.scales + 1.0)
            for field, start in enumerate(((None, loads["g_explicit"]), (loads["rho_explicit"], None))):
                def term(weights: Any, field: int = field, start: Pair = start) -> Any:
                    found = network(weights, layers, 3, operate, _combined, start)
                    total = _sum([cropped(part, nx) for part in found if part is not None])
                    return total - identity(weights) * cropped(start[1], nx) if field == 0 else total

                r = r - dt * jnp.tensordot(powers, jax.vmap(term)(theta[field]), axes=1)
            return penalty(norm, r)

        return jax.value_and_grad(loss)(parameters)

    return on_two_devices(frames, pass_of, 1, networks.size)


def _differences(frames: Frames) -> tuple[Table, Table]:
    """The tables of v_dx on values with and without v."""
    found = {by_v: table for (_, by_v), table in frames.tables.items()}
    return found[True], found[False]


def _sum(parts: Sequence[Any]) -> Any:
    width = min(part.shape[-1] for part in parts)
    total = cropped(parts[0], width)
    for part in parts[1:]:
        total = total + cropped(part, width)
    return total


def _combined(terms: Sequence[tuple[Any, Pair]]) -> Pair:
    sides = []
    for side in range(2):
        parts = [weight * value[side] for weight, value in terms if value[side] is not None]
        sides.append(_sum(parts) if parts else None)
    return sides[0], sides[1]
