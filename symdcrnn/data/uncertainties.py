"""Variables that say how uncertain the values of a field are: variances or standard deviations, one for each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import plain
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

OF, KIND = "uncertainty_of", "uncertainty"
"""Attributes of such a variable: the field, and what it holds."""

VARIANCE, DEVIATION = "variance", "standard deviation"

ENDINGS = {"variance": VARIANCE, "var": VARIANCE, "std": DEVIATION, "std_dev": DEVIATION, "stddev": DEVIATION,
           "error": DEVIATION, "uncertainty": DEVIATION, "standard_error": DEVIATION}
"""What follows the name of the field and an underscore."""

ANCILLARY = "ancillary_variables"
"""The attribute of a field that names such variables, by the conventions of climate data."""


def uncertainties_of(
    axes: Mapping[str, Sequence[str]], attributes: Mapping[str, Mapping[str, object]]
) -> dict[str, tuple[str, str]]:
    """By variable that is one, the field and what it holds.

    Parameters
    ----------
    axes, attributes : mapping of str
        Of all variables.
    """
    fields = [name for name, on in axes.items() if "t" in on]
    found: dict[str, tuple[str, str]] = {}
    for name, own in attributes.items():
        field, kind = plain(own.get(OF)), plain(own.get(KIND))
        if isinstance(field, str) and field in fields and kind in (VARIANCE, DEVIATION):
            found[name] = field, str(kind)
    for field in fields:
        named = plain(attributes[field].get(ANCILLARY))
        for name in named.split() if isinstance(named, str) else ():
            kind = _kind_of(attributes.get(name, {}))
            if kind is not None:
                found.setdefault(name, (field, kind))
        for ending, kind in ENDINGS.items():
            name = f"{field}_{ending}"
            if name in axes and field not in found and all(other != field for other, _ in found.values()):
                found[name] = field, kind
    return {name: one for name, one in found.items() if name in axes and set(axes[name]) <= set(axes[one[0]])}


def with_axes(dataset: xarray.Dataset) -> xarray.Dataset:
    """The dataset with a number that is the uncertainty of all values of a field along the shortest of its axes."""
    axes = {str(name): tuple(map(str, one.dims)) for name, one in dataset.data_vars.items()}
    found = uncertainties_of(axes, {name: dataset[name].attrs for name in axes})
    wider = {}
    for name, (field, _) in found.items():
        if not axes[name]:
            shortest = min(axes[field], key=lambda axis: (axis == "t", dataset.sizes[axis]))
            wider[name] = dataset[name].expand_dims({shortest: dataset.sizes[shortest]}).copy()
    whole: xarray.Dataset = dataset.assign(wider)
    return whole


def _kind_of(attributes: Mapping[str, object]) -> str | None:
    """What a variable beside a field holds, by its standard name."""
    says = str(plain(attributes.get("standard_name", "")))
    return VARIANCE if says.endswith("variance") else DEVIATION if says.endswith(
        ("standard_error", "standard_deviation", "uncertainty")) else None


def with_variance(dataset: xarray.Dataset, field: str, name: str, kind: str = VARIANCE) -> xarray.Dataset:
    """The dataset with a variable marked as the variances of a field.

    Raises
    ------
    InputError
        If there is no such field or variable, or it has other axes.
    """
    for one in (field, name):
        if one not in dataset.data_vars:
            raise InputError(f"there is no variable {one!r} for the variances of {field}: the data has "
                             f"{', '.join(map(str, dataset.data_vars))}")
    if not set(dataset[name].dims) <= set(dataset[field].dims) or field == name:
        raise InputError(f"the variances {name!r} of {field!r} have the axes "
                         f"{', '.join(map(str, dataset[name].dims))}: give those of the field, "
                         f"{', '.join(map(str, dataset[field].dims))}, or some of them")
    marked: xarray.Dataset = dataset.copy()
    marked[name].attrs = {**dataset[name].attrs, OF: field, KIND: kind}
    return marked


def variances_in(dataset: xarray.Dataset, name: str) -> Array:
    """The variances that a variable gives, axes as stored; NaN where it is missing.

    Raises
    ------
    InputError
        If a value is negative, or all are zero.
    """
    values = np.asarray(dataset[name].values, dtype=np.float64)
    if (values < 0.0).any():
        place = np.unravel_index(int(np.argmax(values < 0.0)), values.shape)
        where = ", ".join(f"{axis}={int(i)}" for axis, i in zip(dataset[name].dims, place, strict=True))
        raise InputError(f"the {dataset[name].attrs[KIND]} {name!r} is negative at index [{where}]: give numbers from "
                         "0 on, or leave the variable out")
    if not (values > 0.0).any():
        raise InputError(f"the {dataset[name].attrs[KIND]} {name!r} is zero everywhere: leave the variable out")
    return np.square(values) if dataset[name].attrs[KIND] == DEVIATION else values
