"""Trajectories as plain named arrays: what .mat and .npz files hold.

A file holds x, v, weights (or wv), t (or dt), and one array for each field and profile. The authors' names are
understood: beside a g, u is rho; wv are the weights, hx is the step of x. A text ``axes_<name>`` such as ``'t v x'``
says the order of the axes of an array; without it the order must follow from the sizes alone, and it is never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import AXES, axes_by_size, check_coordinate, check_finite, first_line, real_array
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.trajectory import Trajectory

Array = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

ALIASES = {"wv": "weights", "u": "rho", "eps": "epsilon"}

ATTRIBUTES = ("periodic", "epsilon", "exact", "attributes")

RESERVED = (*AXES, "weights", "wv", "dt", "hx", "file", *ATTRIBUTES)
"""Names that mean something else than a field or a profile."""

STEP_TOLERANCE = 1e-6


def dataset_of(arrays: Arrays) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """The dataset that named arrays describe.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        See the module. MATLAB's rows and columns are taken as one-dimensional.

    Returns
    -------
    dataset : xarray.Dataset
        Not yet checked, see `Trajectory.of`.
    notices : tuple of str
        What was assumed.

    Raises
    ------
    InputError
        If x or the times are missing, or the axes of an array do not follow from the sizes.
    """
    import xarray

    notices: list[str] = []
    named = _plain_names(arrays)
    if "x" not in named:
        raise InputError(f"there is no array 'x' (arrays found: {', '.join(map(repr, arrays)) or 'none'}): "
                         "add the grid points as 'x'")
    coords = {axis: check_coordinate(_flat(named, axis), axis) for axis in AXES if axis in named}
    _check_step(named, "hx", coords["x"], "x")
    sizes: dict[str, int | None] = {axis: coords[axis].size if axis in coords else None for axis in AXES}
    variables: dict[str, tuple[tuple[str, ...], NDArray[Any]]] = {}
    for name, array in _data_arrays(named, notices).items():
        # MATLAB has no one-dimensional arrays: a row or column of the size of x is a function of x.
        flat = array.reshape(-1) if array.ndim == 2 and 1 in array.shape and array.size == coords["x"].size else array
        axes = _stated_axes(named, name, flat) or axes_by_size(name, flat.shape, sizes)
        for axis, n in zip(axes, flat.shape, strict=True):
            if sizes[axis] not in (None, n):
                raise InputError(f"variable {name!r} has {n} points along {axis!r}, elsewhere there are "
                                 f"{sizes[axis]}: give arrays of the same sizes")
            sizes[axis] = n
        variables[name] = (axes, flat)
    if "weights" in named:
        variables["weights"] = (("v",), _flat(named, "weights"))
    _times(named, coords, sizes["t"], notices)
    try:
        dataset = xarray.Dataset(variables, coords={k: (k, a) for k, a in coords.items()}, attrs=_attrs(named))
    except ValueError as error:
        raise InputError(f"the sizes of the arrays do not agree ({first_line(error)}): "
                         "give v and weights one number for each velocity") from None
    return dataset, tuple(notices)


def arrays_of(trajectory: Trajectory) -> dict[str, NDArray[Any]]:
    """The named arrays of a trajectory, with which `dataset_of` gives it back.

    Raises
    ------
    InputError
        If a field or profile has a reserved name.
    """
    dataset = trajectory.dataset
    out: dict[str, NDArray[Any]] = {}
    for name in (*trajectory.field_names, *trajectory.profile_names):
        if name in RESERVED or name.startswith("axes_"):
            raise InputError(f"a variable named {name!r} cannot be stored in this format: rename it or write .nc")
        out[name] = dataset[name].values
        out[f"axes_{name}"] = np.array(" ".join(str(dim) for dim in dataset[name].dims))
    out |= {"t": trajectory.t, "v": trajectory.v, "x": trajectory.x, "weights": trajectory.weights}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in dataset.attrs.items()}
    out["attributes"] = np.array(json.dumps({name: value for name, value in plain.items()
                                             if isinstance(value, str | int | float)}))
    return out


def _plain_names(arrays: Arrays) -> dict[str, NDArray[Any]]:
    named: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        # A file of ours states the axes of every array, and its u is a u.
        plain = ALIASES.get(name, name) if f"axes_{name}" not in arrays or name == "wv" else name
        if name == "u" and "g" not in arrays:
            plain = name
        if plain in named or (plain != name and plain in arrays):
            raise InputError(f"{name!r} and {plain!r} are two names of the same array: leave one of them out")
        named[plain] = np.asarray(array)
    return named


def _flat(named: Arrays, name: str) -> NDArray[Any]:
    array = named[name]
    if array.ndim > 1 and array.size != max(array.shape):
        raise InputError(f"array {name!r} has shape {array.shape}: give a one-dimensional array")
    return array.reshape(-1)


def _data_arrays(named: Arrays, notices: list[str]) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name, array in named.items():
        if name in RESERVED or name.startswith("axes_"):
            continue
        if array.size <= 1 or array.dtype.kind in "USOV":
            notices.append(f"left out {name}, which is no array of numbers")
            continue
        found[name] = array
    return found


def _stated_axes(named: Arrays, name: str, array: NDArray[Any]) -> tuple[str, ...] | None:
    if f"axes_{name}" not in named:
        return None
    text = _text(named[f"axes_{name}"])
    axes = tuple(text.replace(",", " ").split())
    if len(axes) != array.ndim or set(axes) - set(AXES) or len(set(axes)) != len(axes):
        raise InputError(f"axes_{name} is {text!r} but {name!r} has shape {array.shape}: "
                         "name each of its axes once, for example 't v x'")
    return axes


def _times(named: Arrays, coords: dict[str, Array], frames: int | None, notices: list[str]) -> None:
    if "t" in coords:
        _check_step(named, "dt", coords["t"], "t")
    elif "dt" not in named:
        raise InputError("there is neither 't' nor 'dt': add the times of the frames as 't' or their distance as 'dt'")
    elif frames is None:
        raise InputError("there is no field (u or rho, g): add an array with axes (t, v, x) or (t, x)")
    else:
        coords["t"] = np.arange(frames, dtype=np.float64) * _step(named, "dt")
        notices.append("took the first frame as t = 0: the file gives dt alone")


def _step(named: Arrays, name: str) -> float:
    array = real_array(named[name], repr(name))
    if array.size != 1:
        raise InputError(f"{name!r} has shape {array.shape}: give one number")
    value = float(array.reshape(-1)[0])
    check_finite(np.array([value]), name, ("n",))
    if value <= 0.0:
        raise InputError(f"{name!r} is {value:g}: give a positive step")
    return value


def _check_step(named: Arrays, name: str, points: Array, axis: str) -> None:
    if name not in named:
        return
    given, mean = _step(named, name), float((points[-1] - points[0]) / (points.size - 1))
    if abs(given - mean) > STEP_TOLERANCE * mean:
        raise InputError(f"{name} = {given:.9g} but the points of {axis} are {mean:.9g} apart: "
                         f"correct one of them or leave {name} out")


def _attrs(named: Arrays) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    if "attributes" in named:
        try:
            stored = json.loads(_text(named["attributes"]))
        except (ValueError, RecursionError) as error:
            raise InputError(f"'attributes' is not JSON ({first_line(error)}): leave it out") from None
        if not isinstance(stored, dict):
            raise InputError("'attributes' is not a JSON object: leave it out")
        attrs |= stored
    attrs |= {name: named[name] for name in ("periodic", "epsilon") if name in named}
    if "exact" in named:
        attrs["exact"] = _text(named["exact"])
    return attrs


def _text(array: NDArray[Any]) -> str:
    return str(array.reshape(-1)[0]) if array.size == 1 else str(array)
