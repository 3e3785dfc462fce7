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
    """

    widths: Mapping[str, int]

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

    def _axis(self, axis: GridAxis) -> GridAxis:
        if axis.name not in self.widths:
            return axis
        width, points = self.widths[axis.name], axis.coordinate
        below = 2.0 * points[0] - points[width:0:-1]
        above = 2.0 * points[-1] - points[-2:-2 - width:-1]
        return GridAxis(axis.name, axis.role, np.concatenate([below, points, above]), False, axis.weights)

    def _mirrored(self, on: tuple[str, ...], values: Array) -> Array:
        added = [(self.widths.get(axis, 0),) * 2 for axis in on]
        return np.require(np.pad(values, added, mode="reflect"), np.float64, ["C", "W"])
