"""What all peers share: the combined frames, the tables of the stencils, and words as arrays by slicing alone.

A residual is r = target - sum_c coefficient_c column_c.  The frames are combined once, outside of what is timed, and so
is the halo of x: both are what a careful user of any array library would do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from symdcrnn.kernels.program import Difference, Program, Quadrature

from symdcrnn.kernels.runtime import GridData

Array = NDArray[np.float64]
Table = tuple[tuple[int, Array], ...]


@dataclass(frozen=True)
class Frames:
    """The arrays of one pass.

    Parameters
    ----------
    program : Program
        Of a residual whose target depends on v, all operations differences and quadratures.
    target : ndarray, shape (residuals, Nv, Nx)
    loads : mapping of str to ndarray, shape (residuals, Nv or 1, Nx)
        By the names of the program's loads.
    tables : mapping of str to Table
        By the name of a node: offsets, and for each the coefficients by v, shape (Nv, 1).
    v, quadrature : ndarray, shape (Nv, 1)
    """

    program: Program
    target: Array
    loads: Mapping[str, Array]
    tables: Mapping[str, Table]
    v: Array
    quadrature: Array

    @property
    def points(self) -> int:
        return self.target.size

    def padded(self) -> dict[str, Array]:
        """The loads with a halo of `Program.halo` points on either side."""
        halo = self.program.halo
        return {name: np.concatenate([u[..., u.shape[-1] - halo:], u, u[..., :halo]], axis=-1)
                for name, u in self.loads.items()}


def frames_of(program: Program, data: GridData) -> Frames:
    """Combine the frames of a periodic trajectory for a program."""
    steps = data.frames - program.frames + 1

    def combined(field: str, weights: tuple[float, ...]) -> Array:
        total: Array = np.zeros((steps, *data.fields[field].shape[1:]))
        for number, weight in enumerate(weights):
            if weight:
                total += weight * data.fields[field][number:number + steps]
        return total if total.ndim == 3 else total[:, None, :]

    tables = {operation: difference_table(operation, data)
              for operation in {node.operation for node in program.nodes if isinstance(node.operation, Difference)}}
    return Frames(
        program,
        combined(program.target.field, program.target.time_weights),
        {load.name: combined(load.field, load.time_weights) for load in program.loads},
        {node.name: tables[node.operation] for node in program.nodes if isinstance(node.operation, Difference)},
        data.v[:, None],
        data.quadrature[:, None],
    )


def difference_table(operation: Difference, data: GridData) -> Table:
    """sign v d/dx of one stencil for v > 0 and another for v < 0, as one coefficient per offset and v."""
    reach = operation.reach
    sides = [dict(zip(s.offsets, map(float, s.coefficients), strict=True)) for s in (operation.right, operation.left)]
    scale = operation.sign / data.dx * (data.v if operation.times_v else np.ones_like(data.v))
    return tuple(
        (offset, (scale * np.where(data.v > 0.0, sides[0].get(offset, 0.0), sides[1].get(offset, 0.0)))[:, None])
        for offset in range(-reach, reach + 1)
    )


def word_columns(
    frames: Frames, loads: Mapping[str, Any], difference: Callable[[Any, Table], Any], mean: Callable[[Any], Any]
) -> list[Any]:
    """Every column of the program as an array of any library, shared suffixes computed once.

    Parameters
    ----------
    frames : Frames
        For its program and tables; loads may be those of some frames only.
    loads : mapping of str to array
    difference : callable
        A stencil on an array, see `sliced`.
    mean : callable
        The average over v, its axis kept.
    """
    values = dict(loads)
    for node in frames.program.nodes:
        source = values[node.source]
        if isinstance(node.operation, Difference):
            values[node.name] = difference(source, frames.tables[node.name])
        elif isinstance(node.operation, Quadrature):
            values[node.name] = mean(source)
        else:
            raise TypeError(f"no peer has {type(node.operation).__name__}")
    return [values[name] for name in frames.program.columns]


def sliced(u: Any, table: Table) -> Any:
    """A stencil on an array with a halo, which it shortens."""
    reach, size = table[-1][0], u.shape[-1]
    total = None
    for offset, coefficient in table:
        term = coefficient * u[..., reach + offset:size - reach + offset]
        total = term if total is None else total + term
    return total


def cropped(u: Any, nx: int) -> Any:
    """Without what is left of the halo."""
    rest = (u.shape[-1] - nx) // 2
    return u[..., rest:rest + nx]
