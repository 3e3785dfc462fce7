"""The axes of a phase space beside time: their roles, their order in memory, what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import parse_period
from symdcrnn.data.axes import is_even
from symdcrnn.data.foreign.usual_names import AXES
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

Role = Literal["space", "velocity", "index"]

ROLES: tuple[Role, ...] = get_args(Role)

GEOGRAPHIC = ("lon", "longitude", "lat", "latitude", "lev", "level", "depth", "height", "altitude")
"""Names of space axes that are taken as these with a notice."""

USUAL_ROLES: dict[str, Role] = {
    **dict.fromkeys(("x", "y", "z", "r", "x1", "x2", "x3", *GEOGRAPHIC), "space"),
    **dict.fromkeys(("v", "vx", "vy", "vz", "vr", "v1", "v2", "v3", "v_x", "v_y", "v_z", "vpar", "vperp", "mu", "w_"),
                    "velocity"),
    **dict.fromkeys(("angle", "angles", "theta", "th", "phi", "omega", "ordinate", "ordinates", "direction",
                     "directions", "group", "groups", "species", "component", "components", "moment", "moments", "mode",
                     "modes"), "index"),
}
"""What an axis of a usual name is, where the data does not say."""

FAMILIAR_NAMES = {name: axis for axis, names in AXES.items() for name in names}
"""Names of axes that stand for one of t, v, x: data with two names of one thing does not fit together."""


@dataclass(frozen=True, eq=False)
class TrajectoryAxis:
    """An axis that fields or known functions live on.

    Parameters
    ----------
    name : str
    role : {"space", "velocity", "index"}
    coordinate : ndarray of float64, shape (n,)
        Of an index axis without values of its own: 0 to n - 1.
    periodic : bool
    even : bool
        Whether the coordinate increases by equal steps.
    weights : ndarray of float64, shape (n,), or None
        Quadrature weights of sum one, where they are known.
    units : str or None
        As the data gives them.
    period : float or None
        The length after which a periodic axis repeats, where the data says it; else a step of mean length leads from
        the last point to the first.
    """

    name: str
    role: Role
    coordinate: Array
    periodic: bool = False
    even: bool = True
    weights: Array | None = None
    units: str | None = None
    period: float | None = None

    @property
    def size(self) -> int:
        """How many points there are."""
        return int(self.coordinate.size)

    @property
    def ordered(self) -> bool:
        """Whether neighbours along the axis are neighbours in phase space, so that stencils make sense."""
        return self.role != "index" and bool(np.all(np.diff(self.coordinate) > 0.0))


def roles_of(names: Iterable[str], stated: Mapping[str, object]) -> dict[str, Role]:
    """The roles of the axes beside t, as stated or by their usual names.

    Parameters
    ----------
    names : iterable of str
        Of all axes, t among them.
    stated : mapping of str to object
        What the data or the caller says of an axis.

    Raises
    ------
    InputError
        If t is missing, an axis should be renamed, a role stated is none of the three, or a role cannot be told.
    """
    found = [str(name) for name in names]
    listed = ", ".join(map(repr, found)) or "none"
    unknown = [name for name in found if name != "t" and name not in stated and usual_role(name) is None]
    renames = [(name, FAMILIAR_NAMES[name]) for name in unknown if FAMILIAR_NAMES.get(name, "") not in ("", *found)]
    if "t" not in found and not renames and len(unknown) == 1:
        renames = [(unknown[0], "t")]
    names = {new: old for old, new in renames}
    said = ",".join(f"{new}={old}" for new, old in names.items())
    of = " and ".join(f"{old!r} is {new}" for new, old in names.items())
    advice = f"if {of}, say --axis {said} (axes={names} in Python)"
    if "t" not in found:
        raise InputError(f"axis 't' is missing (axes found: {listed}): {advice if renames else 'add dimension t'}")
    if renames:
        raise InputError(f"axis {renames[0][0]!r} is usually called {renames[0][1]!r} (axes found: {listed}): {advice}")
    return {name: role_of(name, stated.get(name), listed) for name in found if name != "t"}


def role_of(axis: str, stated: object, listed: str) -> Role:
    """The role of an axis, as stated or by its usual name.

    Raises
    ------
    InputError
        If the role stated is none of the three, or cannot be told; `listed` are the names of all axes.
    """
    if stated is not None:
        for role in ROLES:
            if role == stated:
                return role
        raise InputError(f"the role of axis {axis!r} is {stated!r}: it must be one of {', '.join(ROLES)}")
    usual = usual_role(axis)
    if usual is None:
        raise InputError(f"the role of axis {axis!r} cannot be told (axes found: {listed}): give its coordinate an "
                         f"attribute role, one of {', '.join(ROLES)} (--role {axis}=space, roles={{{axis!r}: "
                         "'space'}} in Python)")
    return usual


def usual_role(axis: str) -> Role | None:
    """The role of an axis by its name, None where that does not tell."""
    return USUAL_ROLES.get(axis.lower() if len(axis) > 1 else axis)


def storage_order(roles: Mapping[str, Role]) -> tuple[str, ...]:
    """The names of axes in the order in which arrays are stored: index, velocity, then space axes with x last.

    The order follows from names and roles alone, so that data of several files fits together.
    """
    index = sorted(name for name, role in roles.items() if role == "index")
    rest = [sorted((name for name, role in roles.items() if role == wanted), key=lambda name: (name != "x", name))[::-1]
            for wanted in ("velocity", "space")]
    return (*index, *rest[0], *rest[1])


def dataset_roles(dataset: xarray.Dataset) -> dict[str, Role]:
    """The roles of all axes of a dataset in the standard layout, in storage order."""
    names = [str(dim) for dim in dataset.dims]
    roles = {name: role_of(name, dataset[name].attrs.get("role"), ", ".join(names)) for name in names if name != "t"}
    return {name: roles[name] for name in storage_order(roles)}


def dataset_axes(dataset: xarray.Dataset) -> tuple[TrajectoryAxis, ...]:
    """The axes of a dataset in the standard layout on which a field or known function lives, in storage order."""
    quadratures = {weights_name(dataset, str(dim)) for dim in dataset.dims}
    used = {str(dim) for name, variable in dataset.data_vars.items() if name not in quadratures
            for dim in variable.dims}
    axes = []
    for name, role in dataset_roles(dataset).items():
        if name not in used:
            continue
        coordinate = np.ascontiguousarray(dataset[name].values, dtype=np.float64)
        weights = weights_name(dataset, name)
        units, period = dataset[name].attrs.get("units"), dataset[name].attrs.get("period")
        axes.append(TrajectoryAxis(
            name, role, coordinate, axis_is_periodic(dataset, name, role), is_even(coordinate),
            None if weights is None else np.ascontiguousarray(dataset[weights].values, dtype=np.float64),
            None if units is None else str(units),
            None if period is None else parse_period(period, name)))
    return tuple(axes)


def axis_is_periodic(dataset: xarray.Dataset, axis: str, role: Role) -> bool:
    """Whether an axis of a dataset in the standard layout is periodic: by its own attribute or that of the file."""
    own = dataset[axis].attrs.get("periodic")
    return bool(own if own is not None else role == "space" and dataset.attrs.get("periodic", False))


def weights_name(dataset: xarray.Dataset, axis: str) -> str | None:
    """The variable with the weights of an axis, in the standard layout: ``weights`` or ``weights_<axis>``."""
    return next((name for name in ("weights", f"weights_{axis}")
                 if name in dataset.data_vars and dataset[name].dims == (axis,)), None)
