"""Periodic axes whose last point is the first one again, as ``linspace(0, 2*pi, 65)`` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.roles import weights_name

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

LEAST_POINTS = 6
"""Of an axis that may lose one."""

AGREEING, AGREEING_SINGLE = 1e-10, 1e-5
"""Largest difference of values at both ends over the largest near them, in double and in single precision."""

TELLING = 100.0
"""So many times as much must neighbours differ for an agreement to say anything: where all is flat all points agree."""

ENDS = (0, 1, 2, -3, -2, -1)
"""The points that are looked at."""

AtEnds = Callable[[str, str], Array]
"""From a variable and an axis to its values at `ENDS`, that axis first."""


def values_at_ends(dataset: xarray.Dataset) -> AtEnds:
    """The values of a dataset in memory."""

    def at(name: str, axis: str) -> Array:
        found: Array = np.moveaxis(dataset[name].values, dataset[name].dims.index(axis), 0)[list(ENDS)]
        return found

    return at


def variables_along(dataset: xarray.Dataset, axis: str) -> list[str]:
    """The variables that depend on an axis, without its coordinate and weights."""
    return [str(name) for name, variable in dataset.variables.items()
            if axis in variable.dims and name not in (axis, weights_name(dataset, axis))]


def ends_agree(ends: Array) -> bool:
    """Whether values at the last point are those at the first, to rounding.

    Parameters
    ----------
    ends : ndarray
        At `ENDS`, the first axis.
    """
    ends = _known(ends)
    return not ends.size or bool(np.abs(ends[-1] - ends[0]).max() <= _tolerance(ends) * np.abs(ends).max())


def repeats_first(names: Iterable[str], axis: str, at_ends: AtEnds, even: bool, said: bool) -> bool:
    """Whether the last point of a periodic axis is its first one.

    Parameters
    ----------
    names : iterable of str
        The variables along it.
    axis : str
    at_ends : callable
    even : bool
        Whether its points are evenly spaced.
    said : bool
        Whether the data says so, by a period that is the length of the axis: then agreement is enough.
    """
    telling = said
    for name in names:
        ends = at_ends(name, axis)
        if not ends_agree(ends):
            return False
        telling = telling or _is_telling(ends, even)
    return telling


def _is_telling(ends: Array, even: bool) -> bool:
    """Whether an agreement of the ends is one of the same point, and not of values that do not change or are mirrored.

    On cells, values that are even about the end of the domain agree as well, but then they are flat across that end.
    """
    ends = _known(ends)
    if not ends.size:
        return False
    least = TELLING * _tolerance(ends) * float(np.abs(ends).max())
    first, second, third, before, last_but_one, last = ends
    if max(np.abs(second - first).max(), np.abs(last_but_one - last).max()) <= least:
        return False
    if np.abs(second - last_but_one).max() > least:
        return True
    if not even:
        return False
    as_one = first - (4.0 * (second + last_but_one) - (third + before)) / 6.0
    as_two = first - (4.0 * (second + last) - (third + last_but_one)) / 6.0
    return bool((as_one * as_one).sum() < 0.25 * (as_two * as_two).sum())


def _known(ends: Array) -> Array:
    """Values at the ends where none of them is missing."""
    missing = np.isnan(ends).any(axis=0)
    return ends[:, ~missing] if missing.any() else ends


def _tolerance(ends: Array) -> float:
    """That of single precision where values are of it, and not just short: small whole numbers are exact in it."""
    with np.errstate(over="ignore"):
        single = np.array_equal(ends, ends.astype(np.float32))
    return AGREEING_SINGLE if single and not np.array_equal(ends, np.round(ends, 4)) else AGREEING


def without_last_point(dataset: xarray.Dataset, axis: str) -> xarray.Dataset:
    """The dataset without the last point of an axis, whose weight goes to the first one."""
    name = weights_name(dataset, axis)
    last = 0.0 if name is None else float(dataset[name].values[-1])
    part = dataset.isel({axis: slice(0, -1)})
    cut: xarray.Dataset = part.map(lambda one: one.copy(data=np.ascontiguousarray(one.values)), keep_attrs=True)
    if name is not None:
        weights = cut[name].values.copy()
        weights[0] += last
        cut[name] = cut[name].copy(data=weights)
    return cut


def repeated_notice(axis: str) -> str:
    """That a point was left out."""
    return (f"left out the last point of {axis}, which repeats the first: {axis} is periodic, and the values at both "
            "ends are the same")
