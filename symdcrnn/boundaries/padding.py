"""A grid with more points beyond the walls of an axis, as many as stencils reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Padding:
    """How many points stand beyond both ends of axes.

    Parameters
    ----------
    widths : mapping of str to int
    cells : bool
        Whether walls stand half a step beyond the first and the last point, and not at them.
    """

    widths: Mapping[str, int]
    cells: bool = False

    def around(self, axes: tuple[str, ...], values: Array) -> Array:
        """Values on some axes with room beyond the walls, which holds the nearest ones."""
        added = [(self.widths.get(axis, 0),) * 2 for axis in axes]
        return np.require(np.pad(values, added, mode="edge"), np.float64, ["C", "W"])

    def within(self, axes: tuple[str, ...], values: Array) -> Array:
        """The values between the walls, as a view."""
        return values[tuple(slice(width, -width or None) for width in (self.widths.get(axis, 0) for axis in axes))]

    def grid(self, grid: PhaseGrid) -> PhaseGrid:
        """A grid whose points go on beyond the walls as they do inside, where known functions are mirrored."""
        axes = tuple(self._axis(axis) for axis in grid.axes)
        fields = {name: self.around(grid.field_axes[name], values) for name, values in grid.fields.items()}
        functions = {name: (on, self._mirrored(on, values)) for name, (on, values) in grid.functions.items()}
        functions |= {axis.name: ((axis.name,), axis.coordinate) for axis in axes if axis.name in functions}
        return replace(grid, axes=axes, fields=fields, functions=functions)

    def walls(self, points: Array) -> tuple[float, float]:
        """Where the walls stand beside the points of an axis."""
        if not self.cells:
            return float(points[0]), float(points[-1])
        return float(1.5 * points[0] - 0.5 * points[1]), float(1.5 * points[-1] - 0.5 * points[-2])

    def _axis(self, axis: GridAxis) -> GridAxis:
        if axis.name not in self.widths:
            return axis
        width, points, (lower, upper) = self.widths[axis.name], axis.coordinate, self.walls(axis.coordinate)
        first = 0 if self.cells else 1
        below = 2.0 * lower - points[first:first + width][::-1]
        above = 2.0 * upper - points[::-1][first:first + width]
        return GridAxis(axis.name, axis.role, np.concatenate([below, points, above]), False, axis.weights)

    def _mirrored(self, on: tuple[str, ...], values: Array) -> Array:
        added = [(self.widths.get(axis, 0),) * 2 for axis in on]
        return np.require(np.pad(values, added, mode="symmetric" if self.cells else "reflect"), np.float64, ["C", "W"])
