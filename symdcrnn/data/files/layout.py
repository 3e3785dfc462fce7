"""What each named array of a file is: the coordinate of an axis, a field, a function on axes, weights of an axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.files.axes_by_size import SAME_AS_X, axes_by_size
from symdcrnn.data.roles import Role, role_of, usual_role
from symdcrnn.data.weights import SHORT_NAMES
from symdcrnn.errors import InputError

Axes = tuple[str, ...]
Arrays = Mapping[str, NDArray[Any]]

PLAIN_INDEX = "ordinate"
"""The name of an index axis that has functions on it but no coordinate of its own."""


@dataclass(frozen=True)
class Layout:
    """The arrays of a file, sorted.

    Parameters
    ----------
    coordinates : dict of str to ndarray
        Of the axes that have any.
    variables : dict
        Axes and values of all other arrays.
    roles : dict of str to Role
        Of the axes beside t whose names do not tell.
    sizes : dict of str to int
        Of all axes.
    """

    coordinates: dict[str, NDArray[Any]]
    variables: dict[str, tuple[Axes, NDArray[Any]]]
    roles: dict[str, Role]
    sizes: dict[str, int]


def layout_of(
    data: Arrays, texts: Mapping[str, str], notices: list[str], fields: Collection[str] = ()
) -> Layout:
    """Sort the arrays of a file.

    Parameters
    ----------
    data : mapping of str to ndarray
        With one axis or more.
    texts : mapping of str to str
        ``axes_<name>`` and ``role_<axis>``.
    notices : list of str
        What was assumed is added.
    fields : collection of str
        The names of the fields, where they are known: other arrays are left out if they do not fit.

    Raises
    ------
    InputError
        If the axes of an array cannot be told.
    """
    search = _Search(data, texts, notices)
    axes, problems = _axes_of_arrays(search, fields)
    if problems and not axes:
        raise next(iter(problems.values()))
    if problems:
        notices.append(f"left out {', '.join(problems)}, whose shape does not fit the axes")
        data = {name: array for name, array in data.items() if name not in problems}
    used = {axis for found in axes.values() for axis in found}
    weights = {name: (axis,) for name in data if name not in axes
               and (axis := search.weighted_axis(name)) is not None}
    coordinates = {}
    for name in (name for name in data if name not in axes and name not in weights):
        own = search.sizes.get(name) is not None
        if own and (name in used or name in search.own or (name,) in weights.values()):
            coordinates[name] = data[name]
        else:
            found = search.function_axis(name, used)
            if found is not None:
                axes[name] = (found,)
            elif own and data[name].size > 1:
                coordinates[name] = data[name]
            elif data[name].size == 1:
                notices.append(f"left out {name}, which is no array of numbers")
            else:
                notices.append(f"left out {name}, whose shape {data[name].shape} does not fit the axes")
    if search.copies:
        coordinates |= dict.fromkeys(search.copies, data["x"])
    axes |= weights
    known = {axis: size for axis, size in search.sizes.items() if size is not None and (axis in used | {"t"})}
    return Layout(coordinates, {name: (axes[name], data[name]) for name in data if name in axes}, search.stated_roles,
                  known)


def _axes_of_arrays(search: _Search, fields: Collection[str]) -> tuple[dict[str, Axes], dict[str, InputError]]:
    """By array of several axes, these; and what is wrong with those that may be left out.

    Raises
    ------
    InputError
        If the axes of another one cannot be told.
    """
    data = search.data
    axes: dict[str, Axes] = {}
    problems: dict[str, InputError] = {}
    order = sorted(data, key=lambda name: (name not in fields, -data[name].ndim))
    for name in (*search.stated, *order):
        if name in axes or not (name in search.stated or data[name].ndim > 1):
            continue
        try:
            axes[name] = search.axes_of(name)
        except InputError as error:
            # What shares no size with any axis is nothing on a grid.
            foreign = not set(data[name].shape) & set(search.sizes.values())
            if name in search.stated or not (foreign or (fields and name not in fields)):
                raise
            problems[name] = error
    return axes, problems


@dataclass
class _Search:
    """The axes found so far, while arrays are sorted."""

    data: Arrays
    texts: Mapping[str, str]
    notices: list[str]
    stated: dict[str, Axes] = field(default_factory=dict)
    stated_roles: dict[str, Role] = field(default_factory=dict)
    sizes: dict[str, int | None] = field(default_factory=dict)
    copies: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    twins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for axis in ("t", "x"):
            if axis in self.data and self.data[axis].ndim > 1:
                raise InputError(f"array {axis!r} has shape {self.data[axis].shape}: give a one-dimensional array")
        self.stated = {name: self._stated_axes(name) for name in self.data if f"axes_{name}" in self.texts}
        self.own = {name for name, axes in self.stated.items() if axes == (name,)}
        self.stated = {name: axes for name, axes in self.stated.items() if name not in self.own}
        named = self.own.union(*self.stated.values())
        self.stated_roles = {name.removeprefix("role_"): role_of(name.removeprefix("role_"), text, "")
                             for name, text in self.texts.items() if name.startswith("role_")}
        self.sizes = {"t": None}
        for name, array in self.data.items():
            if array.ndim == 1 and name not in self.stated and self._names_axis(name, array, named):
                self.sizes[name] = array.size

        # Space axes with the same points are told apart by their order, as those are that share the points of x.
        self.twins = [axis for axis in SAME_AS_X if axis in self.sizes and "x" in self.sizes
                      and np.array_equal(self.data[axis], self.data["x"])]

    def _names_axis(self, name: str, array: NDArray[Any], named: set[str]) -> bool:
        """Whether an array is the coordinate of an axis: by its name, and for an index by its order too."""
        if name == "t" or name in named or name in self.stated_roles:
            return True
        usual = usual_role(name)
        return usual is not None and (usual != "index" or _increases(array))

    def _stated_axes(self, name: str) -> Axes:
        text, array = self.texts[f"axes_{name}"], self.data[name]
        axes = tuple(text.replace(",", " ").split())
        if len(axes) != array.ndim or len(set(axes)) != len(axes):
            raise InputError(f"axes_{name} is {text!r} but {name!r} has shape {array.shape}: "
                             "name each of its axes once, for example 't v x'")
        return axes

    def role(self, axis: str) -> Role | None:
        """The role of an axis, as far as it is known."""
        return self.stated_roles.get(axis) or usual_role(axis)

    def axes_of(self, name: str) -> Axes:
        """The axes of an array, as stated or by its sizes; the sizes that it tells are kept."""
        shape = self.data[name].shape
        stated = name in self.stated
        if stated:
            axes = self.stated[name]
        else:
            self._extend(name, shape)
            roles = {axis: role for axis in self.sizes if (role := self.role(axis)) is not None}
            axes = axes_by_size(name, shape, self.sizes, roles, (*self.twins, *self.copies))
        for axis, n in zip(axes, shape, strict=True):
            if self.sizes.get(axis) not in (None, n):
                raise InputError(f"variable {name!r} has {n} points along {axis!r}, elsewhere there are "
                                 f"{self.sizes[axis]}: give arrays of the same sizes")
            self.sizes[axis] = n
        if not stated and "x" in axes:
            self._say_what_was_assumed(name, axes)
        return axes

    def _say_what_was_assumed(self, name: str, axes: Axes) -> None:
        same = " = ".join(axis for axis in axes if axis in (*self.copies, *self.twins, "x"))
        if set(self.copies) & set(axes):
            self.notices.append(f"took the axes of {name} as ({', '.join(axes)}) with {same}, as the file has no "
                                f"{self.copies[-1]}: add it, or axes_{name}, if it is otherwise")
        elif set(self.twins) & set(axes):
            self.notices.append(f"took the axes of {name} as ({', '.join(axes)}), which their sizes do not tell as "
                                f"{same}: add axes_{name} if it is otherwise")

    def _extend(self, name: str, shape: tuple[int, ...]) -> None:
        """Add the axes that an array shows and no usual name does."""
        missing = {size: count - sum(known == size for known in self.sizes.values())
                   for size, count in Counter(shape).items()}
        missing = {size: count for size, count in missing.items() if count > 0}
        if self.sizes["t"] is None and sum(missing.values()) == 1:
            return
        for size, count in missing.items():
            if count == 1 and self._new_axis(name, size):
                continue
            free = [axis for axis in SAME_AS_X if axis not in self.sizes]
            if size == self.sizes.get("x") and count <= len(free):
                self.copies += free[:count]
                self.sizes |= dict.fromkeys(free[:count], size)

    def _new_axis(self, name: str, size: int) -> bool:
        """Take an array of unusual name as the coordinate of an axis, if there is one of that size."""
        options = [one for one, array in self.data.items() if array.shape == (size,) and one not in self.sizes
                   and one not in self.stated and one not in SHORT_NAMES and not one.startswith(("weights_", "w_"))]
        increasing = [one for one in options if _increases(self.data[one])]
        if len(increasing) > 1:
            raise InputError(f"the axis of {size} points of {name!r} may have the coordinate "
                             f"{' or '.join(increasing)}: add a text variable axes_{name} that names its axes")
        axis = next(iter(increasing), PLAIN_INDEX)
        functions = [one for one in options if one != axis]
        if not options or axis in self.sizes:
            return False
        if self.role(axis) is None:
            if not functions:
                raise InputError(f"the role of axis {axis!r} of {name!r} cannot be told: add a text variable "
                                 f"role_{axis}, one of space, velocity, index")
            self.stated_roles[axis] = "index"
        self.sizes[axis] = size
        if (functions and usual_role(axis) is None) or axis == PLAIN_INDEX:
            self.notices.append(f"took {axis} as an index axis of {name}, with {', '.join(functions)} as functions on "
                                f"it: add role_{axis}, or axes_{name}, if it is otherwise")
        return True

    def weighted_axis(self, name: str) -> str | None:
        """The axis that an array has the weights of, None if it is no such array."""
        if self.data[name].ndim != 1:
            return None
        size = self.data[name].size
        able = [axis for axis in self.sizes if axis != "t" and self.role(axis) != "space"]
        for axis in able:
            if name in (f"weights_{axis}", f"w_{axis}"):
                return axis
        if name not in SHORT_NAMES:
            return None
        fits = [axis for axis in able if self.sizes[axis] == size]
        if "v" in fits or len(fits) == 1:
            return "v" if "v" in fits else fits[0]
        if name == "w" and not fits:
            return None
        listed = ", ".join(f"{axis}: {self.sizes[axis]}" for axis in able) or "none"
        raise InputError(f"{name!r} has {size} numbers, but the sizes of velocity and index axes are {listed}: add a "
                         f"text variable axes_{name} with the name of its axis, or give one number for each point")

    def function_axis(self, name: str, used: Iterable[str]) -> str | None:
        """The axis that a one-dimensional array is a function on, None if it fits none."""
        fits = [axis for axis in used if self.sizes[axis] == self.data[name].size]
        if "x" in fits:
            if len(fits) > 1 and set(fits) - set(self.copies) != {"x"}:
                others = ", ".join(sorted(set(fits) - {"x"}))
                self.notices.append(f"took {name} as a function of x; {others} has the same size: add axes_{name} if "
                                    "it is otherwise")
            return "x"
        if len(fits) > 1:
            raise InputError(f"variable {name!r} has {self.data[name].size} values, which can be along "
                             f"{' or '.join(sorted(fits))}: add a text variable axes_{name} = {sorted(fits)[0]!r}")
        return next(iter(fits), None)


def _increases(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iuf" and bool(np.all(np.diff(array.astype(np.float64)) > 0.0))
