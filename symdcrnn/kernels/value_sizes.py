"""How large the values of a program are in some data, against what they are made from and what rounding makes of it.

A stencil divides by powers of dx: what rounding leaves of the difference of a field that does not change along x is
not zero, and large where the field is.  So every value is measured against the sum of the sizes that it is added up
from, times the rounding of each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.interpret import each_value
from symdcrnn.kernels.program import Difference, Multiply, Operation, Program, Quadrature

if TYPE_CHECKING:
    from symdcrnn.kernels.runtime import GridData

Array = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ValueSize:
    """The size of one value.

    Parameters
    ----------
    name : str
        Of the value.
    source : str or None
        What it is made from; None where that is the data itself.
    rms : float
        The root of its mean square.
    of_source : float
        The same of what it is made from.
    rounding : float
        What the value would be if it were made of rounding errors alone.
    is_average : bool
        Whether it is an average over v.
    is_moment : bool
        Whether what is averaged is weighted by a function of v, as in <v^2 u>.
    """

    name: str
    source: str | None
    rms: float
    of_source: float
    rounding: float
    is_average: bool
    is_moment: bool = False


@dataclass(frozen=True)
class ValueSizes:
    """The sizes of all values of a program.

    Parameters
    ----------
    values : tuple of ValueSize
        Each after its source.
    columns : tuple of str
        The names of those that are columns, in the order of the coefficients.
    change : ValueSize
        That of the left-hand side.
    """

    values: tuple[ValueSize, ...]
    columns: tuple[str, ...]
    change: ValueSize


def sampled_residuals(residuals: int) -> list[int]:
    """The first, the middle and the last of so many."""
    return sorted({0, (residuals - 1) // 2, residuals - 1})


def value_sizes(program: Program, samples: Iterable[GridData], first: int, last: int) -> ValueSizes:
    """The largest sizes of every value over some residuals.

    Parameters
    ----------
    program : Program
    samples : iterable of GridData
        The frames that each of these residuals reads.
    first, last : int
        The range of x that counts.
    """
    found: dict[str, list[ValueSize]] = {}
    changes: list[ValueSize] = []
    for data in samples:
        for size in _sizes_of(program, data, first, last):
            found.setdefault(size.name, []).append(size)
        changes.append(_change(program, data, first, last))
    return ValueSizes(tuple(map(_largest, found.values())), program.columns, _largest(changes))


def _sizes_of(program: Program, data: GridData, first: int, last: int) -> list[ValueSize]:
    rms = {name: _rms(value[:, first:last]) for name, value in each_value(program, data, 0)}
    known: dict[str, ValueSize] = {}
    for load in program.loads:
        whole, rounding = _of_frames(load.time_weights, data.fields[load.field], first, last)
        known[load.name] = ValueSize(load.name, None, rms[load.name], whole, rounding, False)
    for node in program.nodes:
        source = known[node.source]
        rounding = _gain(node.operation, data) * max(source.rounding, EPSILON * source.rms)
        known[node.name] = ValueSize(node.name, node.source, rms[node.name], source.rms, rounding,
                                     isinstance(node.operation, Quadrature))
    return list(known.values())


def _change(program: Program, data: GridData, first: int, last: int) -> ValueSize:
    target = program.target
    frames = data.fields[target.field]
    change = np.tensordot(target.time_weights, frames[:len(target.time_weights)], axes=1)
    whole, rounding = _of_frames(target.time_weights, frames, first, last)
    return ValueSize(target.field, None, _rms(np.atleast_2d(change)[:, first:last]), whole, rounding, False)


def _of_frames(weights: Sequence[float], frames: Array, first: int, last: int) -> tuple[float, float]:
    """The size of the frames that are combined, and the rounding errors of their combination."""
    inside = frames[:len(weights), ..., first:last]
    sizes = [_rms(np.atleast_2d(frame)) for frame in inside]
    return max(sizes), EPSILON * sum(abs(weight) * size for weight, size in zip(weights, sizes, strict=True))


def _gain(operation: Operation, data: GridData) -> float:
    """How many times an error grows at most."""
    if isinstance(operation, Difference):
        speed = float(np.max(np.abs(data.v))) if operation.times_v else 1.0
        return max(operation.right.gain, operation.left.gain) * speed / data.dx**operation.right.derivative
    if isinstance(operation, Multiply):
        return float(np.max(np.abs(data.profiles[operation.profile])))
    return 1.0


def _largest(sizes: Sequence[ValueSize]) -> ValueSize:
    one = sizes[0]
    return ValueSize(one.name, one.source, max(size.rms for size in sizes), max(size.of_source for size in sizes),
                     max(size.rounding for size in sizes), one.is_average, one.is_moment)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.einsum("vx,vx->", values, values) / values.size))
