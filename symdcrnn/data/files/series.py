"""Files that hold one frame each, or some, as one trajectory."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.files.formats import arrays_in, shown
from symdcrnn.data.files.memory import check_memory
from symdcrnn.data.files.named import dataset_of
from symdcrnn.data.files.places import file_of
from symdcrnn.data.foreign.naming import NamesOfAxes, NamesOfFields, NamesOfWeights, Naming, naming_of
from symdcrnn.data.foreign.usual_names import AXES
from symdcrnn.data.periodic import Periodic
from symdcrnn.data.roles import usual_role
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_all, real_number

Arrays = dict[str, NDArray[Any]]

NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
"""In the name of a file."""

GIVE_TIMES = "give the times, --axis t=FROM:TO:POINTS (axes={'t': times} in Python)"


def read_series(
    paths: Sequence[str | os.PathLike[str]], periodic: Periodic = None, roles: Mapping[str, str] | None = None, *,
    axes: NamesOfAxes | None = None, fields: NamesOfFields | None = None, weights: NamesOfWeights | None = None,
) -> Trajectory:
    """Read files that hold one frame each, or some, as one trajectory.

    Parameters
    ----------
    paths : sequence of path
        Of files of any format. The time of a file is its variable or attribute ``t``, ``time``, ... of one number, or
        else the last number in its name that is not the same in all.
    periodic, roles, axes, fields, weights : optional
        See `read_trajectory`; ``axes={"t": times}`` gives the times in the order of the files.

    Returns
    -------
    Trajectory
        In memory, frames in the order of their times.

    Raises
    ------
    InputError
        If a file cannot be read, or the files do not have the same axes.
    """
    check_all(paths, (str, os.PathLike), "paths", "a list of the names of files")
    return read_series_named(paths, periodic, naming_of(axes, fields, weights, roles))


def read_series_named(paths: Sequence[str | os.PathLike[str]], periodic: Periodic, naming: Naming) -> Trajectory:
    """As `read_series`, by what was said of names."""
    if len(paths) < 2:
        raise InputError(f"a series of {len(paths)} files is given: give two or more, each with a frame")
    notices: list[str] = []
    files = [arrays_in(path, notices) for path in paths]
    notices = list(dict.fromkeys(notices))
    name = f"{shown(paths[0])} and {len(paths) - 1} more"
    try:
        times, at = _times(files, paths, naming, notices)
        arrays = _joined(files, paths, times, at, notices)
        rest = {axis: given for axis, given in naming.axes.items() if axis != "t"}
        dataset, more = dataset_of(arrays, replace(naming, axes=rest))
        trajectory = Trajectory.of(dataset, periodic, naming.roles)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    return Trajectory(trajectory.dataset, (*notices, *more, *trajectory.notices))


def files_of(patterns: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """The files of names that may have ``*`` and ``?``, those of a pattern in their order.

    Raises
    ------
    InputError
        If there is no file of a pattern.
    """
    found: list[Path] = []
    for pattern in (os.fspath(one) for one in patterns):
        listed = [pattern] if not glob.has_magic(pattern) or Path(pattern).exists() else sorted(glob.glob(pattern))
        if not listed:
            raise InputError(f"{shown(pattern)}: there is no such file: give the names of files")
        found += map(Path, listed)
    return found


def _times(
    files: Sequence[Arrays], paths: Sequence[str | os.PathLike[str]], naming: Naming, notices: list[str]
) -> tuple[list[NDArray[Any]], str | None]:
    """The times of each file, and the name of the array that they are in."""
    said = naming.axes.get("t")
    if isinstance(said, tuple):
        if len(said) != len(files):
            raise InputError(f"axis 't' was given {len(said)} points, but there are {len(files)} files: give one for "
                             "each")
        return [np.array([time]) for time in said], None
    names = [said] if said is not None else ["t", *AXES["t"]]
    for name in names:
        if all(name in one and one[name].dtype.kind in "iufM" for one in files):
            if name != "t":
                notices.append(f"took {name} as t")
            return [one[name].reshape(-1) for one in files], name
    attributes = [json.loads(str(one["attributes"])) if "attributes" in one else {} for one in files]
    for name in names:
        values = [real_number(one.get(name)) for one in attributes]
        known = [value for value in values if value is not None]
        if len(known) == len(files):
            notices.append(f"took the attributes {name} of the files as t")
            return [np.array([value]) for value in known], None
    if said is not None:
        raise InputError(f"there is no {said!r} in all files that could be t: {GIVE_TIMES}")
    return [np.array([time]) for time in _numbers_in(paths, files, notices)], None


def _numbers_in(
    paths: Sequence[str | os.PathLike[str]], files: Sequence[Arrays], notices: list[str]
) -> NDArray[np.float64]:
    """Times from the names of files."""
    found = [re.findall(NUMBER, file_of(path).stem) for path in paths]
    columns = list(zip(*found, strict=True)) if len(set(map(len, found))) == 1 else []
    varying = [column for column in columns if len(set(map(float, column))) == len(paths)]
    if not varying:
        raise InputError("no file tells its time, by a variable or an attribute t or time, nor do their names by a "
                         f"number: {GIVE_TIMES}")
    numbers = np.array(varying[-1], dtype=np.float64)
    steps = {float(one["dt"].reshape(-1)[0]) for one in files if "dt" in one and one["dt"].size == 1}
    counted = all(text.isdecimal() for text in varying[-1])
    if counted and len(steps) == 1 and all("dt" in one for one in files):
        step = steps.pop()
        notices.append(f"took the numbers in the names of the files times dt = {step:g} as t: no file tells its time")
        return numbers * step
    notices.append("took the numbers in the names of the files as t: no file tells its time")
    return numbers


def _joined(
    files: Sequence[Arrays], paths: Sequence[str | os.PathLike[str]], times: Sequence[NDArray[Any]], at: str | None,
    notices: list[str],
) -> Arrays:
    """The arrays of the trajectory: what changes in time with t first, the rest as in the first file."""
    first = files[0]
    lost = sorted({name for one in files for name in one if any(name not in other for other in files)})
    if lost:
        notices.append(f"left out {', '.join(lost)}, which not all files have")
    all_times = np.concatenate(list(times))
    order = np.argsort(all_times, kind="stable")
    if not np.array_equal(order, np.arange(order.size)):
        notices.append("put the files into the order of their times")
    check_memory(sum(8 * array.size for one in files for array in one.values() if array.dtype.kind in "iufc"))
    joined: Arrays = {"t": all_times[order]}
    skipped = (at, "t", f"axes_{at}", "axes_t", "dt", "attributes", "variable_attributes")
    for name in (name for name in first if name not in lost and name not in skipped):
        parts = [one[name] for one in files]
        words = str(first[f"axes_{name}"]).split() if f"axes_{name}" in first else None
        same = all(np.array_equal(part, parts[0]) for part in parts)
        timed = words is not None and at in words
        if (same and not timed) or first[name].dtype.kind not in "iufc" or name.startswith(("axes_", "role_")):
            joined.setdefault(name, first[name])
            continue
        if parts[0].size == 1 and not timed:
            notices.append(f"left out {name}, a number for each file")
            continue
        if usual_role(name) in ("space", "velocity") and words in (None, [name]) and parts[0].ndim == 1:
            number = next(i for i, part in enumerate(parts) if not np.array_equal(part, parts[0]))
            raise InputError(f"{shown(paths[number])} has other values of {name} than {shown(paths[0])}: give files on "
                             "the same axes")
        if timed:
            assert words is not None
            place = [word == at for word in words].index(True)
            parts = [np.moveaxis(part, place, 0) for part in parts]
            rest: list[str] | None = [word for word in words if word != at]
        else:
            parts = [np.squeeze(part)[None] for part in parts]
            rest = words if words is not None else _only_axis(first, parts[0].shape[1:])
        shapes = {part.shape[1:] for part in parts}
        if len(shapes) > 1 or any(part.shape[0] != one.size for part, one in zip(parts, times, strict=True)):
            raise InputError(f"{name} has other sizes in some files than in the first one: give files on the same axes")
        joined[name] = np.concatenate(parts, axis=0)[order]
        if rest is not None:
            joined[f"axes_{name}"] = np.array(" ".join(("t", *rest)))
    return joined | _texts(first, at)


def _only_axis(arrays: Arrays, shape: tuple[int, ...]) -> list[str] | None:
    """The name of the axis of an array of one, where no other fits its size."""
    fits = [name for name, array in arrays.items() if array.dtype.kind in "iuf" and array.size > 1
            and array.size == max(array.shape) and (array.size,) == shape and usual_role(name) is not None]
    return fits if len(fits) == 1 else None


def _texts(arrays: Arrays, at: str | None) -> Arrays:
    """What the first file says of all and of its variables, with the units of its times."""
    found: Arrays = {}
    if "attributes" in arrays:
        attributes = json.loads(str(arrays["attributes"]))
        found["attributes"] = np.array(json.dumps({name: value for name, value in attributes.items()
                                                   if name not in ("t", *AXES["t"])}))
    if "variable_attributes" in arrays:
        of_variables = json.loads(str(arrays["variable_attributes"]))
        if at is not None and at in of_variables:
            of_variables["t"] = of_variables.pop(at)
        found["variable_attributes"] = np.array(json.dumps(of_variables))
    return found
