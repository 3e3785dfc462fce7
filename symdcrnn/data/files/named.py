"""Trajectories as plain named arrays: what .mat and .npz files hold.

A file holds the coordinates of its axes as one-dimensional arrays (x, y, v, th, ...), t (or dt), one array for each
field and known function, and weights of axes (weights, w, wv, weights_<axis>, w_<axis>). The authors' names are
understood: beside a g of more axes, u is rho; wv are the weights, hx is the step of x. Texts say what sizes cannot:
``axes_<name>`` such as ``'t v x'`` the order of the axes of an array, ``role_<axis>`` what an axis is. Without them the
order must follow from the sizes alone, and it is never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import check_finite, first_line, is_even, real_array
from symdcrnn.data.files.layout import Axes, layout_of
from symdcrnn.data.foreign.named_arrays import kept_in_time, understood_arrays
from symdcrnn.data.foreign.naming import NO_NAMES, Naming
from symdcrnn.data.foreign.usual_names import is_scalar_in_time
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.data.trajectory import Trajectory

Array = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

ATTRIBUTES = ("periodic", "epsilon", "exact", "attributes", "variable_attributes", "coordinates")

RESERVED = ("dt", "hx", "file", *ATTRIBUTES)
"""Names that mean something else than an axis, a field or a known function."""

TEXTS = ("axes_", "role_")
"""What names of texts about an array or axis begin with."""

STEP_TOLERANCE = 1e-6


def dataset_of(arrays: Arrays, naming: Naming = NO_NAMES) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """The dataset that named arrays describe.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        See the module. MATLAB's rows and columns are taken as one-dimensional.
    naming : Naming
        What the names stand for.

    Returns
    -------
    dataset : xarray.Dataset
        Not yet checked, see `Trajectory.of`.
    notices : tuple of str
        What was assumed.

    Raises
    ------
    InputError
        If the times are missing, or the axes of an array do not follow from the sizes.
    """
    import xarray

    notices: list[str] = []
    understood, origins = understood_arrays(arrays, naming, notices)
    named = _plain_names(understood, notices)
    data = _data_arrays(named, notices)
    texts = {name: _text(array) for name, array in named.items() if _is_text_about(name)}
    if not any(array.ndim > 1 or f"axes_{name}" in texts for name, array in data.items()):
        raise InputError(f"there is no field (arrays found: {', '.join(map(repr, arrays)) or 'none'}): add an array "
                         "such as 'u' with axes (t, x), and the coordinates 't' and 'x'")
    if "t" not in data and "dt" not in named:
        raise InputError(f"there is neither 't' nor 'dt' (arrays found: {', '.join(map(repr, arrays))}): add the times "
                         "of the frames as 't' or their distance as 'dt', or say which array they are, --axis t=NAME, "
                         "or what they are, --axis t=FROM:TO:POINTS")
    layout = layout_of(data, texts, notices, naming.wanted)
    variables = _wanted(layout.variables, named, naming, notices)
    coords = dict(layout.coordinates)
    if "t" not in layout.sizes:
        raise InputError("there is no field: no array changes in time, as its sizes tell")
    for axis, step in (("t", "dt"), ("x", "hx")):
        if axis in coords:
            _check_step(named, step, coords[axis], axis)
    if "t" not in coords:
        if "dt" not in named:
            raise InputError(f"'t' does not give the times of the {layout.sizes['t']} frames (its shape is "
                             f"{named['t'].shape}): give it one number for each frame, or their distance as 'dt'")
        coords["t"] = np.arange(layout.sizes["t"], dtype=np.float64) * _step(named, "dt")
        notices.append("took the first frame as t = 0: the file gives dt alone")
    attributes = _json(named, "variable_attributes")
    marked = _text(named["coordinates"]).split() if "coordinates" in named else []
    attrs = {name: dict(found) if isinstance(found := attributes.get(origins.get(name, name)), dict) else {}
             for name in (*coords, *variables)}
    for axis, role in layout.roles.items():
        attrs.setdefault(axis, {})["role"] = role
    found = {name: (axes, array, attrs[name]) for name, (axes, array) in variables.items()}
    try:
        dataset = xarray.Dataset(found, coords={k: (k, a, attrs[k]) for k, a in coords.items()},
                                 attrs=_attrs(named))
    except ValueError as error:
        raise InputError(f"the sizes of the arrays do not agree ({first_line(error)}): "
                         "give coordinates and weights one number for each point") from None
    return dataset.set_coords([name for name in marked if name in dataset.data_vars]), tuple(notices)


def _wanted(
    variables: Mapping[str, tuple[Axes, NDArray[Any]]], named: Arrays, naming: Naming, notices: list[str]
) -> dict[str, tuple[Axes, NDArray[Any]]]:
    """Without fields that are not wanted, and what a program reports of its fields."""
    changing = [name for name, (axes, _) in variables.items() if "t" in axes]
    kept = kept_in_time(changing, naming, notices)
    reports = [name for name in kept if variables[name][0] == ("t",) and is_scalar_in_time(name)
               and f"axes_{name}" not in named and name not in naming.fields]
    if reports:
        notices.append(f"left out {', '.join(reports)}, a number for each frame: name the fields if it is one of them")
    return {name: one for name, one in variables.items()
            if name not in reports and (name in kept or name not in changing)}


def arrays_of(trajectory: Trajectory) -> dict[str, NDArray[Any]]:
    """The named arrays of a trajectory, with which `dataset_of` gives it back.

    Raises
    ------
    InputError
        If a variable has a reserved name.
    """
    for name in trajectory.dataset.variables:
        if name in RESERVED or _is_text_about(str(name)):
            raise InputError(f"a variable named {name!r} cannot be stored in this format: rename it or write .nc")
    return arrays_of_dataset(trajectory.dataset)


def arrays_of_dataset(dataset: xarray.Dataset) -> dict[str, NDArray[Any]]:
    """As `arrays_of`, of any dataset."""
    out: dict[str, NDArray[Any]] = {}
    marked = [str(name) for name in dataset.coords if name not in dataset.dims]
    for name in (*map(str, dataset.data_vars), *marked):
        if name in ATTRIBUTES:
            continue
        out[name] = dataset[name].values
        out[f"axes_{name}"] = np.array(" ".join(str(dim) for dim in dataset[name].dims))
    for axis in (axis for axis in map(str, dataset.dims) if axis in dataset.coords):
        out |= {axis: dataset[axis].values, f"axes_{axis}": np.array(axis)}
    out["attributes"] = np.array(json.dumps(_plain(dataset.attrs)))
    attributes = {str(name): _plain(variable.attrs) for name, variable in dataset.variables.items() if variable.attrs}
    if attributes:
        out["variable_attributes"] = np.array(json.dumps(attributes))
    if marked:
        out["coordinates"] = np.array(" ".join(marked))
    return out


def _plain(attributes: Mapping[Any, Any]) -> dict[str, str | int | float]:
    plain = {str(name): value.item() if isinstance(value, np.generic) else value for name, value in attributes.items()}
    return {name: value for name, value in plain.items() if isinstance(value, str | int | float)}


def _is_text_about(name: str) -> bool:
    return name.startswith(TEXTS)


def _plain_names(arrays: Arrays, notices: list[str]) -> dict[str, NDArray[Any]]:
    named: dict[str, NDArray[Any]] = {}
    for name, value in arrays.items():
        array, plain = np.asarray(value), name
        if name == "eps" and array.size == 1:
            plain = "epsilon"
        # Data of the authors has g on (t, v, x) and u on (t, x). A file of ours states all axes, and its u is a u.
        elif name == "u" and f"axes_{name}" not in arrays and "g" in arrays and np.ndim(arrays["g"]) > array.ndim:
            plain = "rho"
            notices.append("took u as rho, as it stands beside g")
        if plain in named or (plain != name and plain in arrays):
            raise InputError(f"{name!r} and {plain!r} are two names of the same array: leave one of them out")
        named[plain] = array
    return named


def _data_arrays(named: Arrays, notices: list[str]) -> dict[str, NDArray[Any]]:
    """Axes, fields, functions and weights, with rows and columns flat."""
    found: dict[str, NDArray[Any]] = {}
    for name, array in named.items():
        if name in RESERVED or _is_text_about(name):
            continue
        if array.size == 0 or array.ndim == 0 or array.dtype.kind in "USOV":
            notices.append(f"left out {name}, which is no array of numbers")
            continue
        # MATLAB has no one-dimensional arrays.
        stated = _text(named[f"axes_{name}"]).replace(",", " ").split() if f"axes_{name}" in named else []
        row = array.ndim == 2 and 1 in array.shape and len(stated) < 2
        found[name] = array.reshape(-1) if row else array
    return found


def _step(named: Arrays, name: str) -> float:
    array = real_array(named[name], repr(name))
    if array.size != 1:
        raise InputError(f"{name!r} has shape {array.shape}: give one number")
    value = float(array.reshape(-1)[0])
    check_finite(np.array([value]), name, ("n",))
    if value <= 0.0:
        raise InputError(f"{name!r} is {value:g}: give a positive step")
    return value


def _check_step(named: Arrays, name: str, points: NDArray[Any], axis: str) -> None:
    if name not in named:
        return
    values = real_array(points, f"coordinate {axis!r}")
    given, mean = _step(named, name), float((values[-1] - values[0]) / max(1, values.size - 1))
    if not is_even(values) or abs(given - mean) > STEP_TOLERANCE * mean:
        raise InputError(f"{name} = {given:.9g} but the points of {axis} are {mean:.9g} apart: "
                         f"correct one of them or leave {name} out")


def _attrs(named: Arrays) -> dict[str, Any]:
    attrs = _json(named, "attributes")
    attrs |= {name: named[name] for name in ("periodic", "epsilon") if name in named}
    if "exact" in named:
        attrs["exact"] = _text(named["exact"])
    return attrs


def _json(named: Arrays, name: str) -> dict[str, Any]:
    if name not in named:
        return {}
    try:
        stored = json.loads(_text(named[name]))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name!r} is not JSON ({first_line(error)}): leave it out") from None
    if not isinstance(stored, dict):
        raise InputError(f"{name!r} is not a JSON object: leave it out")
    return stored


def _text(array: NDArray[Any]) -> str:
    return str(array.reshape(-1)[0]) if array.size == 1 else str(array)
