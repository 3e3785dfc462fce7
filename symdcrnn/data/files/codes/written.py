"""Named arrays with texts about them, as all readers of files give them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.roles import Role

Arrays = dict[str, NDArray[Any]]


def written(
    coordinates: Mapping[str, NDArray[Any]], variables: Mapping[str, tuple[Sequence[str], NDArray[Any]]],
    units: Mapping[str, str], attributes: Mapping[str, str | int | float], roles: Mapping[str, Role] | None = None,
) -> Arrays:
    """Arrays with the texts that say of them what is known.

    Parameters
    ----------
    coordinates : mapping of str to ndarray
        By axis.
    variables : mapping
        Axes and values by name.
    units : mapping of str to str
        Of coordinates and variables; empty texts are left out.
    attributes : mapping
        Of the whole file.
    roles : mapping of str to Role, optional
        Of axes whose names do not tell.
    """
    of_variables = {name: {"units": text} for name, text in units.items() if text}
    return {
        "attributes": np.array(json.dumps(dict(attributes))),
        "variable_attributes": np.array(json.dumps(of_variables)),
        **{name: np.asarray(values) for name, values in coordinates.items()},
        **{name: np.asarray(values) for name, (_, values) in variables.items()},
        **{f"axes_{name}": np.array(" ".join(axes)) for name, (axes, _) in variables.items()},
        **{f"role_{axis}": np.array(role) for axis, role in (roles or {}).items()},
    }
