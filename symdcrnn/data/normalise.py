"""From any dataset to the standard layout of a trajectory, or to one clear line about what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import parse_epsilon, parse_exact, plain, shown_value
from symdcrnn.data.axes import (
    check_coordinate,
    check_finite,
    evened,
    evened_notice,
    gaps_text,
    is_finite,
    missing_values,
    real_array,
    values_of,
)
from symdcrnn.data.foreign.datasets import understood, with_real_values
from symdcrnn.data.foreign.dates import seconds_of
from symdcrnn.data.foreign.naming import Naming
from symdcrnn.data.names import check_axis_name, check_name
from symdcrnn.data.periodic import Periodic, normalised_periodic
from symdcrnn.data.roles import GEOGRAPHIC, Role, roles_of, storage_order, usual_role
from symdcrnn.data.uncertainties import KIND, OF, uncertainties_of, with_axes
from symdcrnn.data.weights import find_weights
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

Variable = tuple[tuple[str, ...], Array, dict[str, object]]
"""Axes, values, attributes."""

FILL_VALUES = ("_FillValue", "missing_value")

SENTINELS = frozenset((99.0, 999.0, 9999.0, 99999.0, 999999.0, 32767.0, 32768.0))
"""Sizes of numbers that people write for missing values."""

NEAR, FAR, SAMPLE = 10.0, 1e6, 100_000
"""Times all other values from which such a number, or any, seems to be none of them; and values that are looked at
first."""


def normalised_dataset(
    dataset: xarray.Dataset, periodic: Periodic, naming: Naming
) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """Check a dataset and bring it to the layout that `Trajectory` promises.

    Parameters
    ----------
    dataset : xarray.Dataset
        See `Trajectory.of`.
    periodic : bool, mapping of str to bool, or None
        Overrides the attributes.
    naming : Naming
        What names in the dataset stand for, and roles of axes, which override the attributes.

    Returns
    -------
    dataset : xarray.Dataset
        A new one; arrays are shared with the old where nothing had to change.
    notices : tuple of str

    Raises
    ------
    InputError
        See `Trajectory.of`.
    """
    import xarray

    if not isinstance(dataset, xarray.Dataset):
        raise InputError(f"a trajectory needs an xarray.Dataset, not {type(dataset).__name__}: "
                         "use Trajectory.from_arrays for plain arrays")
    notices: list[str] = []
    found = ", ".join(map(repr, dataset.data_vars)) or "none"
    dataset = with_real_values(understood(dataset, naming, notices), notices)
    marked = {str(name) for name in dataset.coords} - {str(dim) for dim in dataset.dims}
    dataset = dataset.reset_coords()
    dataset = with_axes(dataset)
    scalars = [str(name) for name, variable in dataset.data_vars.items() if not variable.dims]
    if scalars:
        notices.append(f"left out variables without axes: {', '.join(scalars)}")
    dataset = dataset.drop_vars(scalars)
    roles = _roles(dataset, naming.roles, notices)
    order = ("t", *roles)
    coords = {axis: _coordinate(dataset, axis, roles.get(axis), notices) for axis in order}
    quadratures, used = find_weights(dataset, roles, {axis: coords[axis][1] for axis in roles}, notices)
    functions: dict[str, Variable] = {}
    variables: dict[str, Variable] = {}
    for name in (str(name) for name in dataset.data_vars if str(name) not in used):
        variable = _variable(name, dataset[name], order, notices)
        (functions if _is_coordinate(variable[0], name in marked, roles) else variables)[name] = variable
    for name in (*functions, *variables):
        check_name(name, roles, functions)
    for name, (field, kind) in uncertainties_of({name: axes for name, (axes, _, _) in variables.items()},
                                                {name: attrs for name, (_, _, attrs) in variables.items()}).items():
        variables[name][2].update({OF: field, KIND: kind})
        notices.append(f"took {name} as the {kind} of {field}, value by value")
    if not any("t" in axes and OF not in attrs for axes, _, attrs in variables.values()):
        raise InputError("no variable has the axes (t, x), (t, v, x) or any others with t "
                         f"(variables found: {found}{_what_was_left_out(notices)}): add a field")
    attrs = _attributes(dataset, notices)
    clean = xarray.Dataset({**variables, **quadratures}, coords={**coords, **functions}, attrs=attrs)
    return normalised_periodic(clean, roles, periodic, notices), tuple(notices)


def _roles(dataset: xarray.Dataset, stated: Mapping[str, str], notices: list[str]) -> dict[str, Role]:
    dims = [str(dim) for dim in dataset.dims]
    for axis in stated:
        if axis not in dims:
            raise InputError(f"there is no axis {axis!r} to give a role to: the data has {', '.join(dims) or 'none'}")
    said: dict[str, object] = {dim: plain(dataset[dim].attrs["role"]) for dim in dims
                               if dim in dataset.coords and "role" in dataset[dim].attrs} | dict(stated)
    for dim in dims:
        # Without values it is neither space nor velocity, and functions on it say that it is no oversight.
        functions = [str(name) for name, variable in dataset.data_vars.items() if variable.dims == (dim,)]
        if dim != "t" and dim not in said and dim not in dataset.coords and usual_role(dim) is None and functions:
            said[dim] = "index"
            notices.append(f"took {dim} as an index axis, with {', '.join(functions)} as functions on it")
    by_name = [dim for dim in dims if dim not in said and dim.lower() in GEOGRAPHIC]
    if by_name:
        notices.append(f"took {', '.join(by_name)} as space, by {'its name' if len(by_name) == 1 else 'their names'}, "
                       "with derivatives as on a Cartesian axis")
    roles = roles_of(dims, said)
    for axis in roles:
        check_axis_name(axis, roles)
    return {axis: roles[axis] for axis in storage_order(roles)}


def _coordinate(dataset: xarray.Dataset, axis: str, role: Role | None, notices: list[str]) -> Variable:
    if axis not in dataset.coords:
        if role != "index":
            raise without_coordinate(axis, dataset.sizes[axis])
        return (axis,), np.arange(dataset.sizes[axis], dtype=np.float64), _role_kept(axis, role, {})
    raw, attrs = values_of(dataset[axis], axis), _plain_attributes(dataset[axis])
    if role == "index" and raw.dtype.kind in "USO" and all(isinstance(label, str) for label in raw):
        attrs["labels"] = json.dumps([str(label) for label in raw])
        raw = np.arange(raw.size)
    seconds = seconds_of(axis, raw, notices)
    if seconds is not None:
        raw, attrs = seconds, {**attrs, "units": "s"}
    points = check_coordinate(raw, axis, role or "time")
    even = evened(points) if role != "index" else None
    if even is not None:
        notices.append(evened_notice(axis))
        points = even
    return (axis,), points, _role_kept(axis, role, attrs)


def without_coordinate(axis: str, size: int) -> InputError:
    """What is said of an axis of so many points that has no values."""
    return InputError(f"axis {axis!r} has no coordinate variable: add the values of {axis} as coordinate {axis!r}, "
                      f"{size} numbers")


def _role_kept(axis: str, role: Role | None, attrs: dict[str, object]) -> dict[str, object]:
    """The attributes with the role, where the name of the axis does not tell it."""
    rest = {name: value for name, value in attrs.items() if name != "role"}
    told = role is None or (usual_role(axis) == role and axis.lower() not in GEOGRAPHIC)
    return rest if told else {**rest, "role": role}


def _is_coordinate(axes: tuple[str, ...], marked: bool, roles: Mapping[str, Role]) -> bool:
    """Whether a function is one of the coordinates of phase space and not a known function.

    What lives on an index axis alone says what its entries are; of a velocity it must be marked; functions of space
    alone are known functions.
    """
    kinds = {roles[axis] for axis in axes if axis != "t"}
    return "t" not in axes and ((len(axes) == 1 and "index" in kinds) or (marked and not kinds <= {"space"}))


def _variable(name: str, variable: xarray.DataArray, order: tuple[str, ...], notices: list[str]) -> Variable:
    found = tuple(str(dim) for dim in variable.dims)
    axes = tuple(axis for axis in order if axis in found)
    raw = values_of(variable, name)
    array = real_array(raw, f"variable {name!r}")
    array = _without_fill(variable, array) if "t" in axes else array
    _check_filled(name, variable, array, found)
    if raw.dtype != np.float64:
        notices.append(f"converted {name} from {raw.dtype} to float64")
    if axes != found:
        array = np.transpose(array, [found.index(axis) for axis in axes])
        notices.append(f"reordered the axes of {name} from ({', '.join(found)}) to ({', '.join(axes)})")
    if "t" in axes:
        missing = missing_values(array, name, axes)
        if missing:
            notices.append(f"gaps: {gaps_text(missing, array.size, name)}")
        notices += _likely_fill(name, array)
    else:
        check_finite(array, name, axes)
    return axes, np.ascontiguousarray(array), _plain_attributes(variable)


def _without_fill(variable: xarray.DataArray, array: Array) -> Array:
    """The values of a field, NaN where they equal the fill value that it was not decoded by."""
    for fill in (plain(variable.attrs[key]) for key in FILL_VALUES if key in variable.attrs):
        if isinstance(fill, int | float) and not np.isnan(fill) and (array == fill).any():
            array = np.where(array == fill, np.nan, array)
    return array


def _likely_fill(name: str, array: Array) -> list[str]:
    """What is said of values far from all others that seem to stand for missing ones."""
    some = array.ravel()[::max(1, array.size // SAMPLE)]
    some = some[~np.isnan(some)]
    if not some.size:
        return []
    value = max(float(np.fmin.reduce(array, axis=None)), float(np.fmax.reduce(array, axis=None)), key=abs)
    far = NEAR if abs(value) in SENTINELS else FAR
    # All others are looked at only where it is far from the middle of some.
    if not abs(value) > far * abs(float(np.quantile(some, 0.5, method="lower"))):
        return []
    others = np.abs(array[(array != value) & ~np.isnan(array)])
    if not others.size or abs(value) < far * float(np.max(others)):
        return []
    count = array.size - others.size - int(np.isnan(array).sum())
    return [f"{count} value{'s' * (count > 1)} of {name} {'are' if count > 1 else 'is'} {value:g}, far from all "
            "others: if that stands for missing values, say so by the attribute _FillValue, or put NaN there"]


def _check_filled(name: str, variable: xarray.DataArray, array: Array, axes: tuple[str, ...]) -> None:
    """Refuse values that stand for missing ones: those decoded are not numbers, others equal the fill value.

    Those of fields may be missing.
    """
    if "t" in axes:
        return
    for source in (variable.attrs, variable.encoding):
        for fill in (plain(source[key]) for key in FILL_VALUES if key in source):
            decoded = source is variable.encoding
            if not isinstance(fill, int | float) or np.isnan(fill) or (decoded and is_finite(array)):
                continue
            missing = np.isnan(array) if decoded else array == fill
            count = int(missing.sum())
            if count:
                index = np.unravel_index(int(np.argmax(missing)), array.shape)
                where = ", ".join(f"{axis}={int(i)}" for axis, i in zip(axes, index, strict=True))
                raise InputError(f"variable {name!r} has {count} missing value{'s' * (count > 1)} (its fill value is "
                                 f"{fill:g}), the first at index [{where}]: repair the data or leave those frames out")


def _plain_attributes(variable: xarray.DataArray) -> dict[str, object]:
    return {str(name): plain(value) for name, value in variable.attrs.items() if name not in FILL_VALUES}


def _attributes(dataset: xarray.Dataset, notices: list[str]) -> dict[str, object]:
    attrs: dict[str, object] = {str(name): plain(value) for name, value in dataset.attrs.items()}
    epsilon = attrs.pop("epsilon", None)
    if isinstance(epsilon, np.ndarray):
        raise InputError(f"epsilon is {shown_value(epsilon)}: give a number above 0 and at most 1, or take the array "
                         "under another name, --field NAME=epsilon")
    if epsilon is not None:
        try:
            attrs["epsilon"] = parse_epsilon(epsilon)
        except InputError:
            notices.append(f"left out the attribute epsilon, {shown_value(epsilon)}, which is no scale above 0 and at "
                           "most 1")
    if parse_exact(attrs.get("exact")) is None:
        attrs.pop("exact", None)
    return attrs


def _what_was_left_out(notices: Sequence[str]) -> str:
    said = "; ".join(notice for notice in notices if notice.startswith("left out"))
    return f"; {said}" if said else ""
