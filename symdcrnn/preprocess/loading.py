"""From a trajectory in memory to the arrays that kernels read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.kernels.runtime import GridData
from symdcrnn.preprocess.frames import LoadedFrames
from symdcrnn.preprocess.grid import check_sizes, plain

Array = NDArray[np.float64]


def fields_of(trajectory: Trajectory) -> tuple[Field, ...]:
    """The fields of a trajectory as the algebra sees them."""
    return tuple(Field(name, trajectory.axes_of(name)) for name in trajectory.field_names)


def grid_data(trajectory: Trajectory, profiles: Mapping[str, Array]) -> GridData:
    """The arrays that kernels read.

    Raises
    ------
    InputError
        If the values of a field are so large or small that their squares are not numbers any more.
    """
    fields = {name: plain(trajectory.array(name)) for name in trajectory.field_names}
    check_sizes(fields)
    return GridData(
        fields=fields,
        v=plain(trajectory.v),
        quadrature=plain(trajectory.weights),
        dt=trajectory.dt,
        dx=trajectory.dx,
        periodic=trajectory.periodic,
        profiles={name: plain(profile) for name, profile in profiles.items()},
    )


def loaded_frames(trajectory: Trajectory, profiles: Mapping[str, Array]) -> LoadedFrames:
    """The frames of a trajectory in memory, as `grid_data` makes them."""
    return LoadedFrames.of(grid_data(trajectory, profiles))
