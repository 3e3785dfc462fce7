"""The fields of a trajectory between its frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpolation import LONGEST

Array = NDArray[np.float64]


def between_frames(trajectory: Trajectory) -> Callable[[str, float], Array]:
    """The fields of a trajectory at any time, by polynomials through the frames around it, even or not.

    Returns
    -------
    callable
        ``field(name, t)``, axes those of the field without t; raises InputError outside the times of the trajectory.
    """
    times, arrays = trajectory.t, {name: trajectory.array(name) for name in trajectory.field_names}
    used = min(times.size, LONGEST)
    beyond = 1e-6 * float(times[-1] - times[0]) / max(times.size - 1, 1)

    def field(name: str, t: float) -> Array:
        if not times[0] - beyond <= t <= times[-1] + beyond:
            raise InputError(f"the field {name!r} is known from t = {times[0]:g} to {times[-1]:g}, not at {t:g}: give "
                             f"data that reaches further, or a model with an equation of {name!r}")
        after = int(np.searchsorted(times, t, side="right"))
        start = min(max(after - used // 2, 0), times.size - used)
        nodes = times[start:start + used]
        others = [np.delete(nodes, number) for number in range(used)]
        weights = [np.prod((t - rest) / (node - rest)) for node, rest in zip(nodes, others, strict=True)]
        return np.asarray(np.tensordot(weights, arrays[name][start:start + used], axes=1))

    return field
