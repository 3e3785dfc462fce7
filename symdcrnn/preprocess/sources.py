"""From what a fit is given to the frames it works on: trajectories in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.engines.engine import Engine
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.stored_frames import bytes_needed, frame_blocks

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


@singledispatch
def header_of(source: Trajectory | StoredTrajectory) -> Trajectory:
    """All of a trajectory but the values of its fields; those may be there as well."""
    raise TypeError(f"{type(source).__name__} is no trajectory")


@singledispatch
def frames_of(
    source: Trajectory | StoredTrajectory, profiles: Mapping[str, Array], engine: Engine, progress: Progress,
    together: int,
) -> Frames:
    """The frames of a trajectory.

    Parameters
    ----------
    source : Trajectory or StoredTrajectory
    profiles : mapping of str to ndarray, shape (Nx,)
        Known functions of x.
    engine : Engine
        Where sums over frames on disk are made.
    progress : callable
        Called with the name of the stage, what is done and all there is.
    together : int
        Trajectories that are worked on together.

    Raises
    ------
    InputError
        If values are too large or small, or the memory does not hold a block of frames.
    """
    raise TypeError(f"{type(source).__name__} is no trajectory")


@singledispatch
def has_room(source: Trajectory | StoredTrajectory, frames: int, values: int) -> bool:
    """Whether the memory that a trajectory may take holds some of its frames and values that are made of them.

    Parameters
    ----------
    source : Trajectory or StoredTrajectory
    frames : int
        That are read at a time.
    values : int
    """
    raise TypeError(f"{type(source).__name__} is no trajectory")


@singledispatch
def missing_in(source: Trajectory | StoredTrajectory) -> dict[str, int]:
    """How many values are known to be missing, by field that has gaps; what is on disk is looked at block by block."""
    raise TypeError(f"{type(source).__name__} is no trajectory")


@header_of.register
def _(source: Trajectory) -> Trajectory:
    return source


@header_of.register
def _(source: StoredTrajectory) -> Trajectory:
    return source.header


@frames_of.register
def _(
    source: Trajectory, profiles: Mapping[str, Array], engine: Engine, progress: Progress, together: int
) -> Frames:
    return loaded_frames(source, profiles, together)


@frames_of.register
def _(
    source: StoredTrajectory, profiles: Mapping[str, Array], engine: Engine, progress: Progress, together: int
) -> Frames:
    return frame_blocks(source, profiles, engine, progress, together)


@has_room.register
def _(source: Trajectory, frames: int, values: int) -> bool:
    return True


@has_room.register
def _(source: StoredTrajectory, frames: int, values: int) -> bool:
    return bytes_needed(source.frame_bytes, source.copies, frames, values) <= source.memory


@missing_in.register
def _(source: Trajectory) -> dict[str, int]:
    return source.missing


@missing_in.register
def _(source: StoredTrajectory) -> dict[str, int]:
    return {}
