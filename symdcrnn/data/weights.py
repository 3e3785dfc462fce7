"""The quadrature weights of axes, under the names that people give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import real_array, values_of
from symdcrnn.data.quadrature import normalised_weights, recognised_weights
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

SHORT_NAMES = ("weights", "w", "wv")

SUM_TOLERANCE = 1e-12
"""A sum this close to one needs no notice."""


def weight_names(axis: str) -> tuple[str, ...]:
    """What the weights of an axis may be called."""
    return (*SHORT_NAMES, f"weights_{axis}", f"w_{axis}")


def find_weights(
    dataset: xarray.Dataset, roles: Mapping[str, Role], coordinates: Mapping[str, Array], notices: list[str]
) -> tuple[dict[str, tuple[tuple[str, ...], Array, dict[str, object]]], frozenset[str]]:
    """The weights of velocity and index axes, of sum one.

    Parameters
    ----------
    dataset : xarray.Dataset
        As it was read.
    roles : mapping of str to Role
        In storage order.
    coordinates : mapping of str to ndarray
        Of every axis.
    notices : list of str
        What was assumed is added.

    Returns
    -------
    weights : dict
        By their names in the standard layout: ``weights`` of v or of the only axis that has any, else
        ``weights_<axis>``.
    used : frozenset of str
        The variables of the dataset that they were.

    Raises
    ------
    InputError
        If an axis has two of them, or they are no weights.
    """
    found: dict[str, Array] = {}
    used: set[str] = set()
    for axis, role in roles.items():
        names = [name for name in weight_names(axis) if role != "space" and name in dataset.data_vars
                 and tuple(map(str, dataset[name].dims)) == (axis,)]
        if len(names) > 1:
            raise InputError(f"{names[0]!r} and {names[1]!r} are both weights of axis {axis!r}: rename one of them")
        if names:
            found[axis] = _normalised(dataset[names[0]], names[0], notices)
            used.add(names[0])
        elif role == "velocity":
            recognised = recognised_weights(coordinates[axis])
            if recognised is not None:
                found[axis] = recognised
                notices.append("no quadrature weights: used those of the Gauss-Legendre nodes"
                               if recognised.size > 1 else "no quadrature weights: used 1 for the only velocity")
    if "weights" in dataset.data_vars and "weights" not in used:
        axes = tuple(str(dim) for dim in dataset["weights"].dims)
        raise InputError(f"variable 'weights' has axes ({', '.join(axes)}): give it one axis alone, a velocity or an "
                         "index")
    plain = "v" if "v" in found else next(iter(found), None)
    return {"weights" if axis == plain else f"weights_{axis}": ((axis,), values, {})
            for axis, values in found.items()}, frozenset(used)


def _normalised(variable: xarray.DataArray, name: str, notices: list[str]) -> Array:
    raw = real_array(values_of(variable, name), f"variable {name!r}")
    weights = normalised_weights(raw)
    total = float(raw.sum())
    if abs(total - 1.0) <= SUM_TOLERANCE:
        # Dividing again would change last bits, and a file would not come back as it was written.
        return np.ascontiguousarray(raw)
    notices.append(f"divided the quadrature weights by their sum {total:.6g}")
    return weights
