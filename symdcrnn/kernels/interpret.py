"""A program evaluated value by value in numpy: slow, on whole arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.program import Difference, Multiply, Program
from symdcrnn.kernels.stencils import Stencil

if TYPE_CHECKING:
    from symdcrnn.kernels.runtime import GridData

Array = NDArray[np.float64]


def interpret(program: Program, data: GridData, residual: int) -> dict[str, Array]:
    """Every load and node of a program for one residual.

    Parameters
    ----------
    program : Program
    data : GridData
    residual : int
        n, the first frame that is read.

    Returns
    -------
    dict of str to ndarray
        Shape (Nv, Nx), or (1, Nx) for what does not depend on v.  x wraps around, so near the ends
        of data that is not periodic the values mean nothing.
    """
    return dict(each_value(program, data, residual))


def each_value(program: Program, data: GridData, residual: int) -> Iterator[tuple[str, Array]]:
    """The same one after the other, kept no longer than others are made from it."""
    last_use = {node.source: node.name for node in program.nodes}
    values: dict[str, Array] = {}
    for load in program.loads:
        frames = data.fields[load.field][residual:residual + len(load.time_weights)]
        value = np.atleast_2d(np.tensordot(load.time_weights, frames, axes=1))
        if load.name in last_use:
            values[load.name] = value
        yield load.name, value
    for node in program.nodes:
        source = values[node.source]
        operation = node.operation
        if isinstance(operation, Difference):
            value = _difference(operation, source, data)
        elif isinstance(operation, Multiply):
            value = data.profiles[operation.profile] * source
        else:
            value = (data.quadrature @ np.broadcast_to(source, (data.v.size, data.nx)))[None]
        del source
        if last_use[node.source] == node.name:
            del values[node.source]
        if node.name in last_use:
            values[node.name] = value
        yield node.name, value


def _difference(operation: Difference, source: Array, data: GridData) -> Array:
    scale = operation.sign / data.dx**operation.right.derivative
    right = scale * _apply(operation.right, source)
    if not operation.times_v and operation.right == operation.left:
        return right
    left = scale * _apply(operation.left, source)
    speed = data.v[:, None]
    chosen = np.where(speed > 0.0, right, left)
    return speed * chosen if operation.times_v else chosen


def _apply(formula: Stencil, source: Array) -> Array:
    total = np.zeros_like(source)
    for offset, coefficient in zip(formula.offsets, formula.coefficients, strict=True):
        total += float(coefficient) * np.roll(source, -offset, axis=-1)
    return total
