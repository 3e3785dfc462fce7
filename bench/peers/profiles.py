"""What symdcrnn's compiler makes of the words, profiles instead of arrays, in JAX: what it would give a framework.

A column that is v^k times a profile is held as one profile of x for v > 0 and one for v < 0.  All columns of one power
are summed to one profile before they meet v, and their gradients come from moments of the slope over v.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from peers.words import Array, Frames, Table, cropped, load_name, sliced, walked
from symdcrnn.algebra.operators import Operator

Value = tuple[int | None, Any]
"""The power of v, and profiles for v > 0 and v < 0, shape (frames, 2, .); or None and a full value, (frames, Nv, .)."""


def profile_loss_and_gradient(
    frames: Frames, penalty: Callable[[Any], Any], slope: Callable[[Any], Any], coefficients: Any,
    loads: Mapping[str, Any], target: Any,
) -> Any:
    """Loss and gradient of some frames; loads have a halo."""
    nx = target.shape[-1]
    v, weights = frames.v[:, 0], frames.quadrature[:, 0]
    right_side = (v > 0.0).astype(float)

    def load(field: str, level: str) -> Value:
        u = loads[load_name(field, level)]
        return (None, u) if u.shape[-2] > 1 else (0, jnp.repeat(u, 2, axis=-2))

    def apply(letter: Operator, by_v: bool, value: Value) -> Value:
        power, u = value
        if not letter.averages:
            table = frames.tables[letter, by_v]
            return (None, sliced(u, table)) if power is None else (power + 1, sliced(u, _side_table(table, v)))
        if power is None:
            mean = jnp.sum(frames.quadrature * u, axis=-2, keepdims=True)
        else:
            moments = np.array([(weights * v**power * right_side).sum(),
                                (weights * v**power * (1.0 - right_side)).sum()])
            mean = jnp.sum(moments[:, None] * u, axis=-2, keepdims=True)
        return 0, jnp.repeat(mean, 2, axis=-2)

    columns = [(power, cropped(u, nx)) for power, u in walked(frames.form, load, apply)]
    by_power: dict[int, Any] = {}
    r = target
    for number, (power, u) in enumerate(columns):
        if power is None:
            r = r - coefficients[number] * u
        else:
            by_power[power] = by_power.get(power, 0.0) + coefficients[number] * u
    expand = {power: np.stack([v**power * right_side, v**power * (1.0 - right_side)], axis=1) for power in by_power}
    for power, profile in by_power.items():
        r = r - sum(expand[power][:, side, None] * profile[..., side:side + 1, :] for side in range(2))
    s = slope(r)
    moments_of = {
        power: jnp.stack([jnp.sum(matrix[:, side, None] * s, axis=-2) for side in range(2)], axis=-2)
        for power, matrix in expand.items()
    }
    gradient = [-jnp.sum((s if power is None else moments_of[power]) * u) for power, u in columns]
    return penalty(r), jnp.stack(gradient)


def _side_table(table: Table, v: Array) -> Table:
    """The table of v > 0 and that of v < 0 without the factor v, shape (2, 1)."""
    right, left = int(np.argmax(v)), int(np.argmin(v))
    return tuple((offset, np.array([[c[right, 0] / v[right]], [c[left, 0] / v[left]]])) for offset, c in table)
