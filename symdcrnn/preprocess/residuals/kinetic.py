"""The columns of residuals on data on even t and x, and v, along x."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.runtime import GridData
from symdcrnn.preprocess.grid import bound_to
from symdcrnn.preprocess.residuals.block import Block
from symdcrnn.preprocess.residuals.values import Along, AxisPoints, Spread

Array = NDArray[np.float64]


@dataclass(frozen=True)
class KineticColumns:
    """See `ColumnValues`.

    Parameters
    ----------
    spec : KernelSpec
        With one column per word.
    nx : int
    dx : float
    first, last : int
        The points of x whose stencils stay inside the data.
    periodic : bool
    """

    spec: KernelSpec
    nx: int
    dx: float
    first: int
    last: int
    periodic: bool

    @property
    def columns(self) -> int:
        return len(self.spec.program.columns)

    @property
    def time_weights(self) -> tuple[float, ...]:
        return self.spec.program.target.time_weights

    def along(self, names: str) -> Along:
        """As `ColumnValues.along`; x alone, from its left end."""
        if names != "x":
            raise InputError(f"there is no function of {names!r} here: functions are of x")
        x = np.asarray(self.dx * np.arange(self.nx))
        return Along((AxisPoints("x", x, self.first, self.last, self.periodic, "space"),))

    def of(self, block: Block, axis: str, chosen: Sequence[int], raw: bool = False) -> Iterator[Spread]:
        """As `ColumnValues.of`, one residual in time after the other."""
        data = replace(block.data, fields={**block.data.fields, **block.raw.fields}) if raw else block.data
        for values, left in _residuals(self.spec, data, self.first, self.last):
            yield Spread(values, left, tuple(chosen))


def _residuals(spec: KernelSpec, data: GridData, first: int, last: int) -> Iterator[tuple[Array, Array]]:
    """All columns, shape (columns, velocities, points), and the left-hand side of one residual after the other."""
    program = spec.program
    writer = bound_to(KernelSpec("columns", program, spec.norm, ("Each word by itself.",)), data)
    data = writer.data
    field = data.fields[program.target.field]
    columns = len(program.columns)
    velocities = data.v.size if program.target.layout.full else 1
    ones = np.ones(columns)
    buffer = np.zeros((columns, 1, *field.shape[1:]))
    for n in range(data.frames - program.frames + 1):
        frames = {name: values[n:n + program.frames] for name, values in data.fields.items()}
        replace(writer, data=replace(data, fields=frames)).fill(ones, buffer, first, last)
        values = buffer[..., first:last].reshape(columns, velocities, -1)
        change = sum(weight * field[n + k] for k, weight in enumerate(program.target.time_weights))
        yield values, np.asarray(change)[..., first:last].reshape(velocities, -1)
