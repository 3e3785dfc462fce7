"""From plain or labelled arrays of a caller to a dataset, not yet checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.attributes import parse_epsilon
from symdcrnn.data.axes import check_mask, first_line, real_array
from symdcrnn.data.roles import ROLES, Role, storage_order, usual_role
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

Named = tuple[str | Sequence[str], ArrayLike]
"""The names of axes, and an array with them in that order."""

Axes = tuple[str, ...]


def dataset_of_arrays(
    fields: Mapping[str, ArrayLike | Named],
    coordinates: Mapping[str, ArrayLike | None],
    functions: Mapping[str, Named],
    weights: ArrayLike | Mapping[str, ArrayLike] | None,
    profiles: Mapping[str, ArrayLike | Named],
    roles: Mapping[str, str],
    units: Mapping[str, str],
) -> xarray.Dataset:
    """The dataset that arrays describe.

    Parameters
    ----------
    fields, profiles : mapping
        Of plain arrays, whose axes follow from their number; of pairs (names of axes, array); or of DataArrays.
    coordinates : mapping of str to array_like or None
        Of the axes, t among them.
    functions : mapping
        Named functions on axes, as pairs or DataArrays.
    weights : array_like or mapping of str to array_like, optional
        Of v or else the only velocity or index axis, or by axis.
    roles : mapping of str to str
        Of the axes whose names do not tell.
    units : mapping of str to str
        Of axes and fields.

    Raises
    ------
    InputError
        If the axes of an array cannot be told or do not fit.
    """
    import xarray

    if not fields:
        raise InputError("there is no field: give fields such as {'u': u} with u of the axes (t, x)")
    given = {name: _vector(values, name) for name, values in coordinates.items() if values is not None}
    labelled = [value for value in (*fields.values(), *functions.values(), *profiles.values())
                if isinstance(value, xarray.DataArray)]
    attrs: dict[str, dict[Any, Any]] = {}
    for array in labelled:
        _take_coordinates(array, given, attrs)
    sizes = {name: array.size for name, array in given.items()}
    values = (*fields.values(), *functions.values(), *profiles.values())
    named = dict.fromkeys((*given, *(axis for value in values for axis in _named_axes(value))))
    layout = _Layout(sizes, {axis: _likely_role(axis, roles) for axis in named if axis != "t"})
    variables: dict[str, tuple[Axes, Array, dict[Any, Any]]] = {}
    for noun, group in (("field", fields), ("profile", profiles)):
        for name, value in group.items():
            if name in variables:
                raise InputError(f"{name!r} is both a field and a profile: rename one of them")
            variables[name] = layout.placed(name, value, noun)
    for name, value in _by_axis(weights, layout).items():
        variables[name] = layout.placed(name, value, "weights")
    placed = {name: layout.placed(name, value, "coordinate") for name, value in functions.items()}
    clash = sorted((set(variables) & set(placed)) | ((set(variables) | set(placed)) & set(given)))
    if clash:
        raise InputError(f"{clash[0]!r} is the name of two things: rename one of them")
    for array in labelled:
        placed |= {str(name): (tuple(map(str, one.dims)), one.values, one.attrs) for name, one in array.coords.items()
                   if one.dims and str(name) not in given and str(name) not in variables}
    try:
        dataset = xarray.Dataset(variables, coords={**{name: ((name,), array, attrs.get(name, {}))
                                                       for name, array in given.items()}, **placed})
    except ValueError as error:
        raise InputError(f"the sizes of the arrays do not agree ({first_line(error)}): "
                         "give every axis one size") from None
    for name, unit in units.items():
        if name not in dataset.variables:
            raise InputError(f"there is no {name!r} to give units to: name an axis or a field")
        dataset[name].attrs["units"] = unit
    return dataset


class _Layout:
    """Which axes there are, and where arrays lie on them."""

    def __init__(self, sizes: Mapping[str, int], roles: Mapping[str, Role]) -> None:
        self.sizes, self.roles = sizes, roles

    def placed(self, name: str, value: ArrayLike | Named, noun: str) -> tuple[Axes, Array, dict[Any, Any]]:
        """The axes, values and attributes of what was given under a name."""
        import xarray

        # Whether one of them is a field is seen by its axes, later.
        axes, attrs, gaps = _named_axes(value), {}, noun == "field"
        if isinstance(value, xarray.DataArray):
            array, attrs = _numbers(value.values, f"{noun} {name!r}", gaps), dict(value.attrs)
        elif _is_named(value):
            array = _numbers(value[1], f"{noun} {name!r}", gaps)
        else:
            array = _numbers(cast("ArrayLike", value), f"{noun} {name!r}", gaps)
            axes = self._by_number(name, array, noun)
        if len(axes) != array.ndim or len(set(axes)) != len(axes):
            raise InputError(f"variable {name!r} has shape {array.shape} but the axes ({', '.join(axes)}): "
                             "name each of its axes once")
        for axis, size in zip(axes, array.shape, strict=True):
            if self.sizes.get(axis, size) != size:
                raise InputError(f"variable {name!r} has shape {array.shape} but axis {axis!r} has "
                                 f"{self.sizes[axis]} points: give an array with axes ({', '.join(axes)})")
        return axes, array, attrs

    def _by_number(self, name: str, array: Array, noun: str) -> Axes:
        time = () if noun == "profile" else ("t",)
        order = storage_order(self.roles)
        choices = ((*time, *(axis for axis in order if self.roles[axis] == "space")), (*time, *order))
        found = next((axes for axes in choices if len(axes) == array.ndim), None)
        if found is None:
            shapes = " or ".join(dict.fromkeys("(" + ", ".join(axes) + ")" for axes in choices))
            raise InputError(f"variable {name!r} has shape {array.shape}: give an array with axes {shapes}, "
                             "or a pair of the names of its axes and the array")
        return found


def _numbers(values: ArrayLike, name: str, gaps: bool) -> NDArray[Any]:
    """Real numbers, or complex ones, which become real ones where the whole dataset is known."""
    dtype = getattr(values, "dtype", None)
    if dtype is None or dtype.kind != "c":
        return real_array(values, name, gaps)
    if isinstance(values, np.ma.MaskedArray):
        if not gaps:
            check_mask(values, name)
        return np.ma.filled(values, np.nan)
    return np.asarray(values)


def with_attributes(
    dataset: xarray.Dataset, period: Mapping[str, float], epsilon: float | None,
    exact: Mapping[str, Mapping[str, float]] | None, attributes: Mapping[str, str | float | int],
) -> xarray.Dataset:
    """The dataset with what a caller says of it as a whole; see `Trajectory.from_arrays`.

    Raises
    ------
    InputError
        If an axis with a period is not there, or epsilon is no scale.
    """
    for name, length in period.items():
        if name not in dataset.dims:
            raise InputError(f"there is no axis {name!r} that could have a period: the data has "
                             f"{', '.join(map(str, dataset.dims))}")
        dataset[name].attrs["period"] = length
    attrs: dict[str, str | float | int] = dict(attributes)
    if epsilon is not None:
        attrs["epsilon"] = parse_epsilon(epsilon)
    if exact is not None:
        attrs["exact"] = json.dumps({field: dict(words) for field, words in exact.items()})
    made: xarray.Dataset = dataset.assign_attrs(attrs)
    return made


def _likely_role(axis: str, stated: Mapping[str, str]) -> Role:
    # A role that cannot be told is refused where the whole dataset is known.
    return next((role for role in ROLES if role == stated.get(axis)), usual_role(axis) or "index")


def _named_axes(value: object) -> Axes:
    """The axes that come with an array, none with a plain one."""
    import xarray

    if isinstance(value, xarray.DataArray):
        return tuple(str(dim) for dim in value.dims)
    if _is_named(value):
        return (value[0],) if isinstance(value[0], str) else tuple(value[0])
    return ()


def _is_named(value: object) -> TypeGuard[Named]:
    return isinstance(value, tuple) and len(value) == 2 and (
        isinstance(value[0], str) or (isinstance(value[0], tuple | list) and len(value[0]) > 0
                                      and all(isinstance(axis, str) for axis in value[0])))


def _by_axis(weights: ArrayLike | Mapping[str, ArrayLike] | None, layout: _Layout) -> dict[str, Named]:
    if weights is None:
        return {}
    if isinstance(weights, Mapping):
        return {f"weights_{axis}": ((axis,), values) for axis, values in weights.items()}
    able = [axis for axis, role in layout.roles.items() if role != "space"]
    axis = "v" if "v" in able else able[0] if len(able) == 1 else None
    if axis is None:
        raise InputError(f"weights of {'no axis' if not able else 'one of ' + ', '.join(able)} are given: give them by "
                         "axis, such as weights={'v': [...]}, with the nodes of that axis")
    return {"weights": ((axis,), weights)}


def _vector(values: ArrayLike, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        check_mask(values, f"coordinate {name!r}")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise InputError(f"coordinate {name!r} is not an array of numbers ({first_line(error)}): "
                         "give real numbers") from None
    if array.ndim != 1:
        raise InputError(f"coordinate {name!r} has shape {array.shape}: give a one-dimensional array")
    return array


def _take_coordinates(
    array: xarray.DataArray, given: dict[str, NDArray[Any]], attrs: dict[str, dict[Any, Any]]
) -> None:
    """Add the coordinates of a labelled array; those given beside it must be the same."""
    for dim in (str(dim) for dim in array.dims if dim in array.coords):
        own = np.asarray(array.coords[dim].values)
        if dim not in given:
            given[dim] = own
        elif own.shape != given[dim].shape or not (own == given[dim]).all():
            raise InputError(f"axis {dim!r} of {array.name or 'an array'!r} has other values than those given: "
                             "give the same ones, or leave one of them out")
        attrs.setdefault(dim, dict(array.coords[dim].attrs))
