"""Datasets of other people: renamed as said or by usual names, without what is no array of numbers, not yet read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.data.attributes import plain
from symdcrnn.data.foreign.complex_values import real_parts
from symdcrnn.data.foreign.naming import Naming
from symdcrnn.data.foreign.usual_names import taken_as, usual_axes
from symdcrnn.data.roles import usual_role
from symdcrnn.data.uncertainties import ANCILLARY, ENDINGS, OF
from symdcrnn.data.weights import SHORT_NAMES
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

BOUNDS = ("_bnds", "_bounds", "_vertices")
"""How the names of the ends of cells end."""

OF_BOUNDS = ("bnds", "nbnd", "nbnds", "bounds", "nbounds", "vertices", "nvertices", "nv")
"""Dimensions of such variables."""


def understood(dataset: xarray.Dataset, naming: Naming, notices: list[str]) -> xarray.Dataset:
    """The dataset under the names that symdcrnn has for things, without variables that nothing can be made of.

    Parameters
    ----------
    dataset : xarray.Dataset
        Perhaps still on disk.
    naming : Naming
    notices : list of str
        What was assumed or left out is added.

    Raises
    ------
    InputError
        If the data does not have a name, or has another number of points.
    """
    dataset = _named(dataset, naming, notices)
    found = usual_axes([str(dim) for dim in dataset.dims if str(dim) not in naming.axes
                        and not _has_role(dataset, str(dim), naming)],
                       {str(name) for name in (*dataset.dims, *dataset.variables)})
    notices += taken_as(found)
    dataset = dataset.rename(found)
    unread = dict.fromkeys(name for name, reason in _no_numbers(dataset).items() if reason)
    dataset = _without(dataset, unread, "which is no array of numbers", notices)
    dataset = _without(dataset, _bounds(dataset), "the ends of cells", notices)
    if naming.fields:
        kept = naming.wanted | _uncertainties(dataset, naming.fields)
        others = [str(name) for name, variable in dataset.data_vars.items()
                  if "t" in variable.dims and str(name) not in kept]
        dataset = _without(dataset, others, "as the fields are named", notices)
    used = {dim for variable in dataset.data_vars.values() for dim in variable.dims}
    unused = [str(dim) for dim in dataset.dims if dim not in used and dim != "t" and usual_role(str(dim)) is None
              and not _has_role(dataset, str(dim), naming)]
    if used and unused:
        notices.append(f"left out {', '.join(unused)}: nothing depends on {'it' if len(unused) == 1 else 'them'}")
        dataset = dataset.drop_dims(unused)
    return dataset


def with_real_values(dataset: xarray.Dataset, notices: list[str]) -> xarray.Dataset:
    """The dataset with real variables in the place of complex ones.

    Raises
    ------
    InputError
        If the name of a part is taken.
    """
    import xarray

    for name in [str(name) for name, variable in dataset.variables.items() if variable.dtype.kind == "c"]:
        variable = dataset[name].variable
        parts = real_parts(name, np.asarray(variable.values), notices)
        check_names_of_parts(name, parts, dataset)
        coordinate = name in dataset.coords
        dataset = dataset.drop_vars(name).assign(
            {part: xarray.Variable(variable.dims, values, variable.attrs) for part, values in parts.items()})
        dataset = dataset.set_coords(list(parts)) if coordinate else dataset
    return dataset


def check_names_of_parts(name: str, parts: Iterable[str], dataset: xarray.Dataset) -> None:
    """Refuse names of the real variables that a complex one becomes where others have them.

    Raises
    ------
    InputError
        Naming both.
    """
    taken = [part for part in parts if part != name and part in dataset.variables]
    if taken:
        raise InputError(f"the complex {name!r} is to be read as {' and '.join(parts)}, but there is a {taken[0]!r} "
                         "already: rename one of them")


def _named(dataset: xarray.Dataset, naming: Naming, notices: list[str]) -> xarray.Dataset:
    """The dataset under the names that were said."""
    naming.check_found({str(name) for name in (*dataset.dims, *dataset.variables)})
    if naming.orders:
        raise InputError(f"the axes of {next(iter(naming.orders))} are named in the data, as "
                         f"{', '.join(map(str, dataset.dims))}: leave their order out, or name them by --axis")
    new_names: dict[str, str] = {}
    for axis, old in naming.axes.items():
        if isinstance(old, str):
            dataset, dim = _with_coordinate(dataset, old, axis)
            new_names[dim] = axis
    for new, old in naming.fields.items():
        new_names[old] = new
        new_names |= {f"{old}_{ending}": f"{new}_{ending}" for ending in ENDINGS if f"{old}_{ending}" in dataset}
    new_names |= {old: f"weights_{axis}" if axis else "weights" for axis, old in naming.weights.items()}
    taken = [new for old, new in new_names.items() if new != old and new not in new_names
             and (new in dataset.dims or new in dataset.variables)]
    if set(taken) & set(dataset.dims):
        raise InputError(f"there is an axis {next(name for name in taken if name in dataset.dims)!r} in the data "
                         "already: say what that is as well")
    dataset = _without(dataset, taken, "as something else is to have the name", notices)
    dataset = dataset.rename({old: new for old, new in new_names.items() if old != new})
    if naming.weights:
        chosen = {new for old, new in new_names.items() if old in naming.weights.values()}
        axes = {dim for name in chosen for dim in dataset[name].dims}
        others = [str(name) for name, variable in dataset.data_vars.items() if str(name) not in chosen
                  and str(name).startswith(("w_", "weights")) | (name in SHORT_NAMES) and set(variable.dims) <= axes]
        dataset = _without(dataset, others, "as the weights are named", notices)
    for axis, points in naming.points.items():
        size = dataset.sizes.get(axis)
        if size != len(points):
            raise InputError(f"axis {axis!r} was given {len(points)} points, but "
                             + (f"has {size} in the data" if size else "the data has no such dimension, it has "
                                f"{', '.join(map(str, dataset.dims))}") + ": give as many as there are")
        dataset = dataset.assign_coords({axis: (axis, np.array(points))})
    return dataset


def _with_coordinate(dataset: xarray.Dataset, name: str, axis: str) -> tuple[xarray.Dataset, str]:
    """The dataset with a variable as the coordinate of its dimension, and that; of a dimension as it is."""
    if name in dataset.dims:
        return dataset, name
    variable = dataset[name].variable
    if len(variable.dims) != 1:
        raise InputError(f"{name!r} has the axes ({', '.join(map(str, variable.dims)) or 'none'}): axis {axis!r} needs "
                         "a variable of one")
    dim = str(variable.dims[0])
    dataset = dataset.drop_vars([name, *([dim] if dim in dataset.coords else [])])
    return dataset.assign_coords({dim: variable}), dim


def _has_role(dataset: xarray.Dataset, dim: str, naming: Naming) -> bool:
    return dim in naming.roles or (dim in dataset.coords and "role" in dataset[dim].attrs)


def _no_numbers(dataset: xarray.Dataset) -> dict[str, bool]:
    """By variable that is no coordinate of an axis, whether nothing can be made of it."""
    return {str(name): variable.dtype.kind not in "iufcmM" for name, variable in dataset.variables.items()
            if name not in dataset.dims}


def _bounds(dataset: xarray.Dataset) -> list[str]:
    """Variables that hold the ends of cells, by the conventions of climate data or their names."""
    said = {plain(variable.attrs.get("bounds")) for variable in dataset.variables.values()}
    return [str(name) for name, variable in dataset.data_vars.items()
            if name in said or str(name).endswith(BOUNDS) or any(
                dim in OF_BOUNDS and dim not in dataset.coords and dataset.sizes[dim] <= 8 for dim in variable.dims)]


def _uncertainties(dataset: xarray.Dataset, fields: Mapping[str, str]) -> set[str]:
    """What says how uncertain the fields are, by their attributes."""
    ancillary = {name for one in fields if one in dataset
                 for name in str(plain(dataset[one].attrs.get(ANCILLARY, ""))).split()}
    return ancillary | {str(name) for name, variable in dataset.data_vars.items() if variable.attrs.get(OF) in fields}


def _without(dataset: xarray.Dataset, names: Iterable[str], reason: str, notices: list[str]) -> xarray.Dataset:
    listed = list(names)
    if listed:
        notices.append(f"left out {', '.join(listed)}, {reason}")
    kept: xarray.Dataset = dataset.drop_vars(listed)
    return kept
