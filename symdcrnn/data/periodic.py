"""Which axes are periodic, and after which length: said of the whole data, of single axes, or by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.data.attributes import parse_period, parse_periodic
from symdcrnn.data.axes import is_even
from symdcrnn.data.repeated_points import (
    LEAST_POINTS,
    AtEnds,
    repeated_notice,
    repeats_first,
    values_at_ends,
    variables_along,
    without_last_point,
)
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Periodic = bool | Mapping[str, bool] | None
"""Of all space axes, of each axis that is named, or as the data says."""

EVEN_CLOSING = 1e-3
"""Largest deviation of the closing step of an even axis from its other steps, relative to them."""


def normalised_periodic(
    dataset: xarray.Dataset, roles: Mapping[str, Role], periodic: Periodic, notices: list[str]
) -> xarray.Dataset:
    """The dataset with one attribute ``periodic`` for its space axes, and one for each axis that differs from it.

    Parameters
    ----------
    dataset : xarray.Dataset
        With all axes.
    roles : mapping of str to Role
        In storage order.
    periodic : bool, mapping of str to bool, or None
        What the caller says.
    notices : list of str
        What was assumed is added.

    Raises
    ------
    InputError
        If what is said is not yes or no, or is said of an axis that is not there.
    """
    given = dict(periodic) if isinstance(periodic, Mapping) else {}
    for axis in given:
        if axis not in roles:
            raise InputError(f"there is no axis {axis!r} that could be periodic: the data has "
                             f"{', '.join(roles) or 'none'}")
    whole = dataset.attrs.get("periodic") if periodic is None or isinstance(periodic, Mapping) else periodic
    common = None if whole is None else parse_periodic(whole)
    said = periodic is not None and not isinstance(periodic, Mapping)
    space = [axis for axis, role in roles.items() if role == "space"]
    own: dict[str, bool] = {}
    periods = {axis: parse_period(dataset[axis].attrs["period"], axis) for axis in roles
               if "period" in dataset[axis].attrs}
    assumed = []
    for axis, role in roles.items():
        attribute = dataset[axis].attrs.get("periodic")
        if axis in given:
            own[axis] = parse_periodic(given[axis])
        elif attribute is not None and not (said and role == "space"):
            own[axis] = parse_periodic(attribute)
        elif axis in periods and not said:
            own[axis] = True
        elif role == "space":
            own[axis] = True if common is None else common
            if common is None:
                assumed.append(axis)
    if assumed:
        notices.append(f"took {' and '.join(sorted(assumed))} as periodic: the data does not say (by an attribute "
                       f"periodic); if {'it is' if len(assumed) == 1 else 'they are'} not, say --not-periodic or "
                       "periodic=False")
    for axis in (axis for axis, yes in own.items() if yes):
        length = repeated_length(dataset, axis, periods.get(axis), values_at_ends(dataset))
        if length is not None:
            dataset = without_last_point(dataset, axis)
            notices.append(repeated_notice(axis))
            if not is_even(np.asarray(dataset[axis].values, dtype=np.float64)):
                periods[axis] = length
    closing = {axis: _closing(dataset, axis, periods.get(axis), notices) for axis, yes in own.items() if yes}
    out: xarray.Dataset = dataset.copy()
    if space:
        out.attrs["periodic"] = int(own[space[-1]])
    elif common is not None:
        out.attrs["periodic"] = int(common)
    for axis, role in roles.items():
        attrs = {name: value for name, value in out[axis].attrs.items() if name != "periodic"}
        if axis in own and own[axis] != (role == "space" and bool(out.attrs.get("periodic"))):
            attrs["periodic"] = int(own[axis])
        if closing.get(axis) is not None:
            attrs["period"] = closing[axis]
        out[axis].attrs = attrs
    return out


def repeated_length(dataset: xarray.Dataset, axis: str, period: float | None, at_ends: AtEnds) -> float | None:
    """The length of a periodic axis whose last point repeats the first one; None where it does not.

    Parameters
    ----------
    dataset : xarray.Dataset
        With the axis and what depends on it; its values are not looked at.
    axis : str
    period : float or None
        After which the data says that the axis repeats.
    at_ends : callable
        The values near the ends.
    """
    points = np.asarray(dataset[axis].values, dtype=np.float64)
    if points.size < LEAST_POINTS or np.any(np.diff(points) <= 0.0):
        return None
    length = float(points[-1] - points[0])
    said = period is not None and abs(period - length) <= EVEN_CLOSING * length / points.size
    if period is not None and not said:
        return None
    found = repeats_first(variables_along(dataset, axis), axis, at_ends, is_even(points), said)
    return length if found else None


def _closing(dataset: xarray.Dataset, axis: str, period: float | None, notices: list[str]) -> float | None:
    """The period of a periodic axis, where it is said or its points are uneven; what is assumed is added to notices."""
    points = np.asarray(dataset[axis].values, dtype=np.float64)
    length = float(points[-1] - points[0])
    closed = length * points.size / max(points.size - 1, 1)
    if period is None:
        if is_even(points):
            return None
        notices.append(f"took the period of {axis} as {closed:.9g}, a mean step after the last point: {axis} is uneven "
                       "and has no attribute period")
        return closed
    if period <= length:
        raise InputError(f"attribute period of {axis!r} is {period:.9g}, but its points reach from {points[0]:.9g} to "
                         f"{points[-1]:.9g}: give the length after which {axis} repeats, which is longer")
    if is_even(points) and points.size > 1 and abs(period - closed) > EVEN_CLOSING * closed / points.size:
        raise InputError(f"attribute period of {axis!r} is {period:.9g}, but its {points.size} even points repeat "
                         f"after {closed:.9g}: correct it, or leave it out")
    return period
