"""Plain named arrays of other people: under the names that were said or are usual, real, with meshes as axes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.foreign.complex_values import real_parts
from symdcrnn.data.foreign.naming import Naming
from symdcrnn.data.foreign.usual_names import AXES, taken_as, usual_axes, usual_fields
from symdcrnn.data.uncertainties import ENDINGS
from symdcrnn.data.weights import SHORT_NAMES
from symdcrnn.errors import InputError

Arrays = dict[str, NDArray[Any]]

SAME = ("t", "x", "y", "z")
"""Names of axes that nothing else has."""

TEXT_OF_AXES = "axes_"
"""What the name of a text with the axes of an array begins with."""


def understood_arrays(
    arrays: Mapping[str, NDArray[Any]], naming: Naming, notices: list[str]
) -> tuple[Arrays, dict[str, str]]:
    """The arrays under the names that symdcrnn has for things; and by such a name, that which it has in the file.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    naming : Naming
    notices : list of str
        What was assumed or left out is added.

    Raises
    ------
    InputError
        If there is no array of a name, or no axis can be made of it.
    """
    naming.check_found(list(arrays), "the file")
    origins = {name: name for name in arrays} | {new: old for old, new in naming.new_names.items()}
    named = _renamed(dict(arrays), naming, notices)
    for axis, points in naming.points.items():
        named[axis] = np.array(points)
    for axis in (axis for axis in naming.axes if axis in named):
        line = _line(named[axis])
        if line is None:
            raise InputError(f"{naming.axes[axis]!r} has shape {named[axis].shape}: axis {axis!r} needs a "
                             "one-dimensional array")
        named[axis] = line
    named |= {f"role_{axis}": np.array(role) for axis, role in naming.roles.items()}
    named |= {TEXT_OF_AXES + field: np.array(" ".join(axes)) for field, axes in naming.orders.items()}
    # A file that names its t as an axis was written by us, with names that are meant.
    if TEXT_OF_AXES + "t" not in arrays:
        named, found = _usually_named(named, naming, notices)
        origins |= {new: origins.get(old, old) for old, new in found.items()}
    real: Arrays = {}
    for name, array in named.items():
        parts = real_parts(name, array, notices)
        clash = [part for part in parts if part != name and part in named]
        if clash:
            raise InputError(f"the complex {name!r} is to be read as {' and '.join(parts)}, but there is a "
                             f"{clash[0]!r} already: rename one of them")
        real |= parts
        if len(parts) > 1 and TEXT_OF_AXES + name in named:
            real |= {TEXT_OF_AXES + part: named[TEXT_OF_AXES + name] for part in parts}
        origins |= {part: origins.get(name, name) for part in parts if part != name}
    return real, origins


def _renamed(arrays: Arrays, naming: Naming, notices: list[str]) -> Arrays:
    new_names = naming.new_names
    for new, old in naming.fields.items():
        new_names |= {f"{old}_{ending}": f"{new}_{ending}" for ending in ENDINGS if f"{old}_{ending}" in arrays}
    wanted = {new for old, new in new_names.items() if old != new} | set(naming.points)
    displaced = [name for name in arrays if name in wanted and name not in new_names]
    if naming.weights:
        displaced += [name for name in SHORT_NAMES if name in arrays and name not in new_names
                      and name not in displaced]
    if displaced:
        notices.append(f"left out {', '.join(displaced)}, as something else is to have the name")
    return _with_names({name: array for name, array in arrays.items() if name not in displaced}, new_names)


def _with_names(arrays: Arrays, new_names: Mapping[str, str]) -> Arrays:
    """The arrays under other names, also in the texts about them."""
    named: Arrays = {}
    for name, array in arrays.items():
        start, sign, of = name.partition("_")
        if not sign or start + sign not in (TEXT_OF_AXES, "role_") or array.size != 1:
            named[new_names.get(name, name)] = array
            continue
        words = str(array.reshape(-1)[0]).replace(",", " ").split()
        axes = " ".join(new_names.get(word, word) for word in words)
        named[start + sign + new_names.get(of, of)] = np.array(axes) if start + sign == TEXT_OF_AXES else array
    return named


def _usually_named(arrays: Arrays, naming: Naming, notices: list[str]) -> tuple[Arrays, dict[str, str]]:
    """The arrays with those of usual names under ours, and these by the names before."""
    lines = {name: line for name, array in arrays.items()
             if (name in SAME or any(name in names for names in AXES.values()))
             and name not in naming.fields and (line := _line(array)) is not None}
    meshes = {name for name in lines if _is_mesh(arrays[name])}
    taken = {*arrays, *(["t"] if "dt" in arrays else [])}
    stated = {name.removeprefix(TEXT_OF_AXES) for name in arrays if name.startswith(TEXT_OF_AXES)}
    found = usual_axes([name for name in lines if lines[name].size > 1 and f"role_{name}" not in arrays], taken)
    notices += taken_as(found)
    made = _with_names({name: lines[name] if name in found or (name in SAME and name in lines) else array
                        for name, array in arrays.items()}, found)
    for name in sorted(meshes):
        if name in found or name in SAME:
            notices.append(f"took the points of {found.get(name, name)} from the mesh {name}")
        else:
            notices.append(f"left out {name}, a mesh of points of one axis")
            del made[name]
    if not naming.fields:
        fields = usual_fields([name for name, array in made.items() if _is_wide(array) and name not in stated], made)
        notices += taken_as(fields)
        made, found = _with_names(made, fields), found | fields
    return made, found


def _is_wide(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iufc" and array.size > 0 and sum(size > 1 for size in array.shape) > 1


def _is_mesh(array: NDArray[Any]) -> bool:
    return _is_wide(array) and _line(array) is not None


def _line(array: NDArray[Any]) -> NDArray[Any] | None:
    """The values of an array along the only axis on which it changes; None if there are more of these, or none."""
    if array.dtype.kind not in "iufcmM" or array.ndim == 0:
        return None
    if not _is_wide(array):
        return array.reshape(-1)
    for number in range(array.ndim):
        line: NDArray[Any] = np.moveaxis(array, number, -1)[(0,) * (array.ndim - 1)]
        like = np.expand_dims(line, [axis for axis in range(array.ndim) if axis != number])
        if bool((line != line[0]).any()) and bool((array == like).all()):
            return line
    return None


def kept_in_time(names: Collection[str], naming: Naming, notices: list[str]) -> list[str]:
    """Of variables that change in time, those that are wanted."""
    if not naming.fields:
        return list(names)
    left = [name for name in names if name not in naming.wanted]
    if left:
        notices.append(f"left out {', '.join(left)}, as the fields are named")
    return [name for name in names if name in naming.wanted]
