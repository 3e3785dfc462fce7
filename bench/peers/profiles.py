"""symdcrnn's own program, profiles instead of arrays, in JAX: what its compiler would give a framework.

A column of layout v^k is held as one profile of x for v > 0 and one for v < 0.  All columns of one power are
summed to one profile before they meet v, and their gradients come from moments of the slope over v.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from symdcrnn.kernels.program import Difference

from peers.words import Array, Frames, Table, cropped, sliced


def profile_loss_and_gradient(
    frames: Frames, penalty: Callable[[Any], Any], slope: Callable[[Any], Any], coefficients: Any,
    loads: Mapping[str, Any], target: Any,
) -> Any:
    """Loss and gradient of some frames; loads have a halo."""
    program, nx = frames.program, target.shape[-1]
    v, weights = frames.v[:, 0], frames.quadrature[:, 0]
    right_side = (v > 0.0).astype(float)
    # A full value is an array (frames, Nv, .); a profile is stacked for v > 0 and v < 0: (frames, 2, .).
    values: dict[str, Any] = {load.name: loads[load.name] if load.layout.full
                              else jnp.repeat(loads[load.name], 2, axis=-2) for load in program.loads}
    for node in program.nodes:
        source, before = values[node.source], program.layout(node.source)
        if isinstance(node.operation, Difference):
            table = frames.tables[node.name]
            values[node.name] = sliced(source, table if before.full else _side_table(table, v))
        elif before.full:
            mean = jnp.sum(frames.quadrature * source, axis=-2, keepdims=True)
            values[node.name] = jnp.repeat(mean, 2, axis=-2)
        else:
            moments = np.array([(weights * v**before.power * right_side).sum(),
                                (weights * v**before.power * (1.0 - right_side)).sum()])
            mean = jnp.sum(moments[:, None] * source, axis=-2, keepdims=True)
            values[node.name] = jnp.repeat(mean, 2, axis=-2)
    columns = {name: cropped(values[name], nx) for name in program.columns}
    by_power: dict[int, Any] = {}
    r = target
    for number, name in enumerate(program.columns):
        power = program.layout(name).power
        if power is None:
            r = r - coefficients[number] * columns[name]
        else:
            by_power[power] = by_power.get(power, 0.0) + coefficients[number] * columns[name]
    expand = {power: np.stack([v**power * right_side, v**power * (1.0 - right_side)], axis=1) for power in by_power}
    for power, profile in by_power.items():
        r = r - sum(expand[power][:, side, None] * profile[..., side:side + 1, :] for side in range(2))
    s = slope(r)
    moments_of = {
        power: jnp.stack([jnp.sum(matrix[:, side, None] * s, axis=-2) for side in range(2)], axis=-2)
        for power, matrix in expand.items()
    }
    gradient = []
    for name in program.columns:
        power = program.layout(name).power
        gradient.append(-jnp.sum((s if power is None else moments_of[power]) * columns[name]))
    return penalty(r), jnp.stack(gradient)


def _side_table(table: Table, v: Array) -> Table:
    """The table of v > 0 and that of v < 0 without the factor v, shape (2, 1)."""
    right, left = int(np.argmax(v)), int(np.argmin(v))
    return tuple((offset, np.array([[c[right, 0] / v[right]], [c[left, 0] / v[left]]])) for offset, c in table)
