"""The variances that data has for each of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.uncertainties import DEVIATION, KIND
from symdcrnn.errors import InputError
from symdcrnn.fitting.weak.noise_kinds import Variances
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.preprocess.frames import Frames
from symdcrnn.weak_form.noise.streamed import Streamed, means_in_time

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GivenVariances:
    """Variances by field.

    Parameters
    ----------
    in_memory : mapping of str to (tuple of str, ndarray)
    streamed : mapping of str to Streamed
        Of frames on disk.
    """

    in_memory: Variances = field(default_factory=dict)
    streamed: Mapping[str, Streamed] = field(default_factory=dict)


NO_VARIANCES = GivenVariances()


@singledispatch
def given_variances(source: Trajectory | StoredTrajectory, frames: Frames) -> GivenVariances:
    """The variances that data has for each of its values.

    Parameters
    ----------
    source : Trajectory or StoredTrajectory
    frames : Frames
        Of it.

    Raises
    ------
    InputError
        If some are negative, or all are zero.
    """
    raise TypeError(f"{type(source).__name__} is no trajectory")


@given_variances.register
def _(source: Trajectory, frames: Frames) -> GivenVariances:
    return GivenVariances({name: source.variances(name) for name in source.uncertainties})


@given_variances.register
def _(source: StoredTrajectory, frames: Frames) -> GivenVariances:
    windows = frames.windows((), gaps=True)
    return GivenVariances({}, {name: _streamed(source, name, windows) for name in source.header.uncertainties})


def _streamed(source: StoredTrajectory, name: str, windows: FrameWindows) -> Streamed:
    variable = source.header.uncertainties[name]
    if variable not in source.beside:
        axes, values = source.header.variances(name)
        return Streamed(axes, values[None], lambda some, first: np.broadcast_to(values, (some.frames, *values.shape)))
    reader = replace(source.reader, axes={variable: source.beside[variable]}, gaps=True)
    deviation = source.header.dataset[variable].attrs[KIND] == DEVIATION

    def make(some: PhaseGrid, first: int) -> Array:
        with reader.opened() as read:
            values = read(first, first + some.frames)[variable]
        if (values < 0.0).any():
            place = np.unravel_index(int(np.argmax(values < 0.0)), values.shape)
            raise InputError(f"the variance or standard deviation {variable!r} is negative in frame "
                             f"{first + int(place[0])}: give numbers from 0 on, or leave the variable out")
        return values**2 if deviation else values

    axes = tuple(axis for axis in reader.order if axis in reader.axes[variable] and axis != "t")
    found = Streamed(axes, np.zeros(0), make)
    means = means_in_time(windows, found)
    if not (means > 0.0).any():
        raise InputError(f"the variance or standard deviation {variable!r} is zero everywhere: leave the variable out")
    return replace(found, means=means)
