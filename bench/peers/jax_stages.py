"""The residual of ARS(2,2,2) and its adjoint gradient in JAX, on the formula of `symdcrnn.kernels.staged`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from peers.jax_words import averaged, differentiable, penalty
from peers.trial import Array, Pass
from peers.words import Frames, cropped, frames_of, word_columns
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.staged.march import PhaseStages
from symdcrnn.schemes.residual import Column, Residual


def stages(bound: PhaseStages, words: Sequence[Word], norm: str) -> Pass:
    """Mean loss and gradient by `jax.value_and_grad`, step by step on two devices.

    Parameters
    ----------
    bound : PhaseStages
        Of an equation whose stiff words damp its own field.
    words : sequence of Word
        The right-hand side of that.
    norm : str
    """
    kinds, g = bound.equation.parts, bound.grid.fields[bound.target.name]
    theirs = [k for k in kinds.explicit if k not in kinds.own]
    steps = g.shape[0] - 1
    devices = jax.devices()[:2]
    cuts = [steps * number // len(devices) for number in range(len(devices) + 1)]
    other = words[theirs[0]].fields[0].name
    between = [bound.between[abscissa].fields[other][:, None, :] for abscissa in bound.scheme.explicit_abscissas]
    own, others = (_words(bound, [words[k] for k in chosen]) for chosen in (kinds.own, theirs))
    rest, mine = jnp.array(theirs), jnp.array(kinds.own)

    def loss(c: Any, start: Any, end: Any, forces: Any) -> Any:
        scheme = bound.scheme
        stiffness = sum(c[k] for k in kinds.damping)
        explicit: list[Any] = []
        implicit: list[Any] = []
        r = end - start
        for i in range(scheme.stages):
            value = start
            for j in range(i):
                value = value + scheme.explicit[i][j] * explicit[j] + scheme.implicit[i][j] * implicit[j]
            value = value / (1.0 - scheme.implicit[i][i] * stiffness)
            implicit.append(stiffness * value)
            r = r - scheme.implicit_weights[i] * implicit[i]
            if scheme.explicit_weights[i] or any(row[i] for row in scheme.explicit):
                explicit.append(_applied(own, value, c[mine]) + _applied(others, forces[i], c[rest]))
                r = r - scheme.explicit_weights[i] * explicit[i]
            else:
                explicit.append(0.0)
        return penalty(norm, r)

    @jax.jit
    def compiled(c: Any, arguments: Any) -> Any:
        def step(carry: Any, one: Any) -> Any:
            value, gradient = jax.value_and_grad(loss)(c, *one)
            return (carry[0] + value, carry[1] + gradient), None

        return jax.lax.scan(step, (0.0, jnp.zeros(bound.columns)), arguments)[0]

    def part(u: Array, number: int) -> Any:
        mine = u[cuts[number]:cuts[number + 1]]
        return jax.device_put(np.ascontiguousarray(mine), devices[number])

    parts = [(part(g[:-1], number), part(g[1:], number), [part(u, number) for u in between])
             for number in range(len(devices))]

    def run(coefficients: Array) -> tuple[float, Array]:
        found = [compiled(jax.device_put(coefficients, device), arguments)
                 for device, arguments in zip(devices, parts, strict=True)]
        value = sum(float(one[0]) for one in found)
        return value / bound.points, np.sum([np.asarray(one[1]) for one in found], axis=0) / bound.points

    return run


def _words(bound: PhaseStages, words: Sequence[Word]) -> Frames:
    """Words on one frame, and their tables."""
    form = Residual(bound.target, (1.0,), tuple(Column(word, "now", (1.0,)) for word in words))
    return frames_of(form, bound.grid.between(0, 1))


def _applied(frames: Frames, u: Any, coefficients: Any) -> Any:
    halo, nx = frames.halo, u.shape[-1]
    padded = jnp.concatenate([u[..., nx - halo:], u, u[..., :halo]], axis=-1)
    loads: Mapping[str, Any] = dict.fromkeys(frames.loads, padded)
    columns = word_columns(frames, loads, differentiable, partial(averaged, frames))
    return sum(coefficients[number] * cropped(column, nx) for number, column in enumerate(columns))
