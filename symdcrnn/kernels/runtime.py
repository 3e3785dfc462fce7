"""Kernels bound to data: plain arrays in, loss, gradient and Gram matrix out.

All sums are made over a fixed number of shares in a fixed order, so the result has the same bits
for any number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.errors import InputError
from symdcrnn.kernels.build import Kernel
from symdcrnn.kernels.emit import BLOCK
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.program import Program
from symdcrnn.kernels.threads import each_part, part_count
from symdcrnn.kernels.value_sizes import ValueSizes, sampled_residuals, value_sizes
from symdcrnn.leastsquares.objective import Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel

Array = NDArray[np.float64]

SHARES = 128
"""At most this many partial sums, whatever the number of threads."""


@dataclass(frozen=True)
class GridData:
    """What the kernels need to know of a trajectory.

    Parameters
    ----------
    fields : mapping of str to ndarray
        float64, C-contiguous, shape (frames, Nv, Nx) or, without v, (frames, Nx).
    v, quadrature : ndarray, shape (Nv,)
        Nodes, and weights that sum to one.
    dt, dx : float
        Spacing of the frames and of x.
    periodic : bool
        Whether x wraps around.
    profiles : mapping of str to ndarray, shape (Nx,)
        Known functions of x.
    """

    fields: Mapping[str, Array]
    v: Array
    quadrature: Array
    dt: float
    dx: float
    periodic: bool
    profiles: Mapping[str, Array]

    @property
    def frames(self) -> int:
        return int(next(iter(self.fields.values())).shape[0])

    @property
    def nx(self) -> int:
        return int(next(iter(self.fields.values())).shape[-1])

    def between(self, first: int, stop: int) -> GridData:
        """Frames ``first`` to ``stop - 1``."""
        return replace(self, fields={name: values[first:stop] for name, values in self.fields.items()})


def fitted_range(program: Program, data: GridData) -> tuple[int, int]:
    """The indices of x whose stencils stay inside the data.

    Raises
    ------
    InputError
        If there are fewer frames or points than the program reads.
    """
    if data.frames < program.frames:
        raise InputError(
            f"the data has {data.frames} frames, but the scheme reads {program.frames} at a time: "
            "give more frames or choose a scheme over fewer"
        )
    halo = program.halo
    if data.nx < 2 * halo + 1:
        raise InputError(
            f"the data has {data.nx} points in x, but the stencils of the words reach over {2 * halo + 1}: "
            "give more points, fewer layers or stencils of lower order"
        )
    return (0, data.nx) if data.periodic else (halo, data.nx - halo)


@dataclass(frozen=True)
class BoundKernel:
    """A kernel with the data it works on.

    Parameters
    ----------
    kernel : Kernel
        The compiled function.
    data : GridData
        The arrays.
    width : float
        The width parameter of the norm.
    """

    kernel: Kernel
    data: GridData
    width: float = 1.0

    linear = True

    @property
    def norm(self) -> Norm:
        return self.kernel.spec.norm

    @property
    def columns(self) -> int:
        """How many coefficients there are."""
        return len(self.kernel.spec.program.columns)

    @property
    def residuals(self) -> int:
        """How many there are in time."""
        return self.data.frames - self.kernel.spec.program.frames + 1

    @property
    def points(self) -> int:
        """How many values of the residual there are."""
        program = self.kernel.spec.program
        first, last = fitted_range(program, self.data)
        velocities = self.data.v.size if program.target.layout.full else 1
        return self.residuals * velocities * (last - first)

    def value_and_gradient(self, coefficients: Array) -> tuple[float, Array]:
        """The mean loss and its gradient by the coefficients.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        """
        total = self._reduce(coefficients, 1 + self.columns)
        return float(total[0]), total[1:]

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """Loss, gradient and reweighted Gram matrix.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        width : float, optional
            The width parameter of the norm, if not the bound one.
        active : sequence of int, optional
            The columns whose derivatives are asked for; here they all cost the same.
        """
        size = 1 + self.columns + self.columns**2
        return _unpacked(self._reduce(coefficients, size, width), self.columns)

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """What cells of x and of time contribute to `evaluate`, by x and then by time; see `LeastSquares.cells`."""
        first, last = self.fitted
        along_time = partition.along_time(self.residuals, self.kernel.spec.program.frames)
        edges = cell_edges(first, last, partition.along_space(last - first))
        return [cell.scaled(1.0 / self.points) for begin, end in pairwise(edges)
                for cell in self.sums_by_time(coefficients, begin, end, along_time, width)]

    def sums_by_time(
        self, coefficients: Array, first: int, last: int, cells: int, width: float | None = None
    ) -> list[QuadraticModel]:
        """The models of a range of x, cut into cells of time; sums over their points instead of means.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        first, last : int
            The range of x, inside `fitted`.
        cells : int
        width : float, optional
            The width parameter of the norm, if not the bound one.
        """
        out = np.zeros((cells, 1 + self.columns + self.columns**2))
        self._call(coefficients, first, last, self.width if width is None else width, out, cells)
        return [_unpacked(row, self.columns) for row in out]

    def on_data(self, data: Sequence[GridData]) -> BoundKernel:
        """The same kernel with other data, of one trajectory."""
        return replace(self, data=data[0])

    def sizes(self) -> ValueSizes:
        """How large the values of the program are in this data."""
        program = self.kernel.spec.program
        samples = [self.data.between(first, first + program.frames)
                   for first in sampled_residuals(self.residuals)]
        return value_sizes(program, samples, *self.fitted)

    @property
    def fitted(self) -> tuple[int, int]:
        """The indices of x whose stencils stay inside the data."""
        return fitted_range(self.kernel.spec.program, self.data)

    def apply(self, coefficients: Array) -> Array:
        """sum_c coefficient_c column_c at every residual, shape (residuals, [Nv,] Nx).

        Points of x whose stencils leave the data are NaN.
        """
        program = self.kernel.spec.program
        first, last = fitted_range(program, self.data)
        residuals = self.data.frames - program.frames + 1
        velocities = (self.data.v.size,) if program.target.layout.full else ()
        out = np.full((residuals, *velocities, self.data.nx), np.nan)
        shares = min(SHARES, residuals * _blocks(last - first))
        self._call(coefficients, first, last, self.width, out, shares)
        return out

    def fill(self, coefficients: Array, out: Array, first: int, last: int) -> None:
        """Run a kernel that writes arrays over a range of x, in the thread that calls.

        Parameters
        ----------
        coefficients : ndarray, shape (columns,)
        out : ndarray, shape ([columns,] residuals, [Nv,] Nx)
        first, last : int
            The range of x that is written.
        """
        self._call(coefficients, first, last, self.width, out, 1)

    def _reduce(self, coefficients: Array, size: int, width: float | None = None) -> Array:
        program = self.kernel.spec.program
        first, last = fitted_range(program, self.data)
        shares = min(SHARES, self.residuals * _blocks(last - first))
        out = np.zeros((shares, size))
        self._call(coefficients, first, last, self.width if width is None else width, out, shares)
        total: Array = out.sum(axis=0) / self.points
        return total

    def _call(self, coefficients: Array, first: int, last: int, width: float, out: Array, shares: int) -> None:
        data = self.data
        program = self.kernel.spec.program
        arguments = (
            *(data.fields[name] for name, _ in program.fields),
            *(data.profiles[name] for name in program.profiles),
            np.ascontiguousarray(coefficients, dtype=np.float64),
            data.v,
            data.quadrature,
            1.0 / data.dx,
            first,
            last,
            _blocks(last - first),
            self.residuals,
            width,
            out,
        )
        parts = part_count(shares)

        def part(number: int) -> None:
            self.kernel.function(shares * number // parts, shares * (number + 1) // parts, shares, *arguments)

        each_part(part, parts)


def cell_edges(first: int, last: int, cells: int) -> list[int]:
    """Where cells begin that cut a range of x, and its end."""
    return [int(edge) for edge in np.linspace(first, last, cells + 1).astype(int)]


def _unpacked(total: Array, columns: int) -> QuadraticModel:
    half = total[1 + columns:].reshape(columns, columns)
    gram = half + half.T
    gram[np.diag_indices(columns)] *= 0.5
    return QuadraticModel(float(total[0]), total[1:1 + columns], gram)


def _blocks(points: int) -> int:
    return max(1, -(-points // BLOCK))
