"""A program evaluated value by value in numpy: slow, whole arrays, every intermediate kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.program import Difference, Multiply, Program
from symdcrnn.kernels.runtime import GridData
from symdcrnn.kernels.stencils import Stencil

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
    values: dict[str, Array] = {}
    for load in program.loads:
        frames = data.fields[load.field][residual:residual + len(load.time_weights)]
        combined = np.tensordot(load.time_weights, frames, axes=1)
        values[load.name] = np.atleast_2d(combined)
    for node in program.nodes:
        source = values[node.source]
        operation = node.operation
        if isinstance(operation, Difference):
            values[node.name] = _difference(operation, source, data)
        elif isinstance(operation, Multiply):
            values[node.name] = data.profiles[operation.profile] * source
        else:
            values[node.name] = (data.quadrature @ np.broadcast_to(source, (data.v.size, data.nx)))[None]
    return values


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
