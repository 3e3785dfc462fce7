"""Forecasts longer than memory: frames go to a Zarr folder in blocks, and a march that was ended goes on from the last.

Until it is whole the folder lies beside the one that was asked for, with a note of how many frames are in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.boundaries.reading import POINTS
from symdcrnn.data.files.atomic import replacing, replacing_folder
from symdcrnn.data.files.kinds.zarr import CHUNK, write_zarr
from symdcrnn.data.files.loading import quietly
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.imex.forecast import IMEX_METHODS, imex_forecast
from symdcrnn.model import Model
from symdcrnn.simulation import Run, Simulation, errors_of, forecast_of, prepared

Array = NDArray[np.float64]

NOTE = "frames.json"
"""In an unfinished folder: how many frames are in it, and of which forecast."""


@dataclass(frozen=True)
class LongForecast:
    """What was written.

    Parameters
    ----------
    times : ndarray, shape (frames,)
    method : str
    steps, evaluations : int
        Of all frames, those of a march before among them.
    from_data : tuple of str
    errors, total_errors : dict
        As those of `Simulation`.
    """

    times: Array
    method: str
    steps: int
    evaluations: int
    from_data: tuple[str, ...]
    errors: dict[str, Array]
    total_errors: dict[str, float]


def summary(made: Simulation) -> LongForecast:
    """A forecast in memory without its frames."""
    return LongForecast(made.trajectory.t, made.method, made.steps, made.evaluations, made.from_data, made.errors,
                        made.total_errors)


def simulate_to_folder(
    model: Model, trajectory: Trajectory, path: str | os.PathLike[str], from_frame: int = 0, steps: int | None = None,
    until: float | None = None, method: str = "imex-ars222", known: Mapping[str, ArrayLike] | None = None,
    progress: Callable[[int, int], None] | None = None, dt: float | None = None, resume: bool = False,
    force: bool = False, block: int | None = None, boundary: Mapping[str, str] | None = None,
    walls: str = POINTS,
) -> LongForecast:
    """March by an IMEX scheme, and write frames to a Zarr folder as they are there.

    Parameters
    ----------
    model, trajectory, from_frame, steps, until, method, known, progress, dt, boundary, walls
        As for `simulate`.
    path : path
        The folder, replaced once the new one is whole.
    resume : bool
        Whether to go on after the last block that an ended march has written; the result has the same bits.
    force : bool
        Whether to leave what an ended march has written, where it does not go on.
    block : int, optional
        Frames that are held and written at once.

    Raises
    ------
    InputError
        As `simulate`; if the method is none of `IMEX_METHODS`, or what was begun is another forecast.
    """
    if method not in IMEX_METHODS:
        raise InputError(f"frames of {method} are not written as they come, since its steps depend on those before: "
                         f"take {' or '.join(IMEX_METHODS)}")
    run = prepared(model, trajectory, from_frame, steps, until, method, 1e-7, known, dt, boundary,
                   walls)
    try:
        return _written(model, trajectory, Path(path), run, progress, resume, force, block)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}): free some space or choose another "
                         "place, and go on by resume") from None


def _written(
    model: Model, trajectory: Trajectory, path: Path, run: Run, progress: Callable[[int, int], None] | None,
    resume: bool, force: bool, block: int | None,
) -> LongForecast:
    forecast = imex_forecast(run.march, run.times, run.method, run.dt)
    size, frames = block or max(1, CHUNK // max(run.start.size, 1)), run.times.size
    part, mark = unfinished(path), _mark(model, trajectory, run, size)
    if part.exists() and not resume and not force:
        raise InputError(f"{part} holds the first frames of a march that was ended: add resume to go on, or force to "
                         "begin anew")
    done = _frames_of(part, mark) if resume else 0
    if not done:
        shutil.rmtree(part, ignore_errors=True)
        begin = run.times[:1]
        write_zarr(forecast_of(trajectory, begin, run.fields(begin, [run.start]), run.settings), part, size)
        _grow(part, run.times)
        done = _note(part, mark, 1)
    group = _opened(part)
    state = run.start if done == 1 else run.march.pack(
        {name: np.asarray(group[name][done - 1]) for name in run.march.unpack(run.start)})
    states = forecast.states(state, done - 1)
    # Blocks end where chunks do: what is noted as written is never touched again.
    while found := list(islice(states, size - done % size)):
        first, stop = (0, 1 + len(found)) if done == 1 else (done, done + len(found))
        for name, values in run.fields(run.times[first:stop], [state, *found] if done == 1 else found).items():
            group[name][first:stop] = values
        done = _note(part, mark, stop)
        if progress is not None:
            progress(done - 1, frames - 1)
    shared = min(frames, trajectory.frames - run.from_frame)
    errors = errors_of(trajectory, run.from_frame,
                       {name: np.asarray(group[name][:shared]) for name in run.march.unpack(run.start)})
    _finish(part, path)
    return LongForecast(run.times, run.method, forecast.steps, forecast.evaluations, run.march.missing, *errors)


def unfinished(path: str | os.PathLike[str]) -> Path:
    """Where the frames of a forecast are until all are there."""
    target = Path(path)
    return target.with_name(f"{target.stem}.unfinished.zarr")


def _mark(model: Model, trajectory: Trajectory, run: Run, size: int) -> str:
    """What the frames follow from, as a digest."""
    found = hashlib.sha256(model.to_json().encode())
    found.update(json.dumps([run.settings, size], sort_keys=True).encode())
    functions, inside = run.march.rhs.structure.grid.functions, run.march.ends.inside
    of_data = [*run.march.missing, *(name for name in inside if not inside[name].all())]
    for values in (run.times, run.start, *(functions[name][1] for name in sorted(functions)),
                   *(trajectory.array(name) for name in of_data)):
        found.update(values.tobytes())
    return found.hexdigest()


def _frames_of(part: Path, mark: str) -> int:
    """How many frames an ended march has written; none where there was no such march."""
    try:
        note = json.loads((part / NOTE).read_text("utf-8"))
        frames, known = int(note["frames"]), note["forecast"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    if known != mark:
        raise InputError(f"{part} holds frames of another model, data, time or step: use force, without resume, "
                         "to begin anew")
    return frames


def _note(part: Path, mark: str, frames: int) -> int:
    with replacing(part / NOTE) as temporary:
        temporary.write_text(json.dumps({"frames": frames, "forecast": mark}), "utf-8")
    return frames


def _opened(part: Path) -> Any:
    import zarr

    with quietly():
        return zarr.open_group(os.fspath(part), mode="r+", use_consolidated=False)


def _grow(part: Path, times: Array) -> None:
    """Make room for all frames."""
    group = _opened(part)
    for name, array in list(group.arrays()):
        if "t" in (array.attrs.get("_ARRAY_DIMENSIONS") or [""])[:1]:
            array.resize((times.size, *array.shape[1:]))
            if name == "t":
                array[:] = times


def _finish(part: Path, path: str | os.PathLike[str]) -> None:
    import zarr

    with quietly():
        zarr.consolidate_metadata(os.fspath(part), zarr_format=2)
    (part / NOTE).unlink()
    with replacing_folder(path) as temporary:
        os.replace(part, temporary)
