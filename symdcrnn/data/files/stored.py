"""Trajectories that stay on disk and are read in blocks of frames."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import check_coordinate, evened, evened_notice, first_line, gaps_text, is_even, missing_values
from symdcrnn.data.files.formats import checked_path, shown
from symdcrnn.data.files.loading import PIECE
from symdcrnn.data.files.memory import checked_memory, memory_error, parse_memory
from symdcrnn.data.files.on_disk.reader import FrameReader, opened_file
from symdcrnn.data.files.on_disk.values import StoredValues, values_of_complex
from symdcrnn.data.files.places import place_of
from symdcrnn.data.foreign.datasets import check_names_of_parts
from symdcrnn.data.foreign.naming import NamesOfAxes, NamesOfFields, NamesOfWeights, Naming, naming_of
from symdcrnn.data.normalise import FILL_VALUES, without_coordinate
from symdcrnn.data.periodic import Periodic, repeated_length
from symdcrnn.data.repeated_points import (
    ENDS,
    ends_agree,
    repeated_notice,
    variables_along,
    without_last_point,
)
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import real_number

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

DEFAULT_MEMORY = "2GB"

FITTING = 1.5
"""Memory over data from which on the data is read as a whole."""


@dataclass(frozen=True, eq=False)
class StoredTrajectory:
    """Snapshots in a file, of which only the axes, weights and known functions are in memory.

    Parameters
    ----------
    reader : FrameReader
        Reads frames.
    header : Trajectory
        All but the values of the fields: these are zeros that take no memory.
    memory : int
        Bytes that blocks of frames may take.
    copies : int
        How many arrays of its size a block takes while it is read: more than one where numbers are converted or
        axes reordered.
    beside : mapping of str to tuple of str
        The axes in the file of variables that are no fields and change in time.
    """

    reader: FrameReader
    header: Trajectory
    memory: int
    copies: int
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """What was reordered, converted or assumed."""
        return self.header.notices

    @property
    def x(self) -> Array:
        """Grid points, shape (Nx,)."""
        return self.header.x

    @property
    def frame_bytes(self) -> int:
        """Size of all fields at one time, as float64."""
        sizes = self.header.dataset.sizes
        return sum(8 * prod(int(sizes[axis]) for axis in self.header.axes_of(name)[1:])
                   for name in self.header.field_names)

    def select(self, first: int = 0, count: int | None = None, stride: int = 1) -> StoredTrajectory:
        """A window of frames, as that of `Trajectory`.

        Raises
        ------
        InputError
            If the window does not lie within the frames.
        """
        header = self.header.select(first, count, stride)
        reader = replace(self.reader, first=self.reader.first + self.reader.stride * first,
                         stride=self.reader.stride * stride)
        return replace(self, header=header, reader=reader)

    def with_variance(self, field: str, name: str) -> StoredTrajectory:
        """As that of `Trajectory`."""
        axes = dict(self.reader.axes)
        beside = {**self.beside, **({name: axes.pop(name)} if name in axes and name != field else {})}
        return replace(self, header=self.header.with_variance(field, name), reader=replace(self.reader, axes=axes),
                       beside=beside)

    def converted(self, header: Trajectory, factors: Mapping[str, Fraction]) -> StoredTrajectory:
        """The same in other units, with what the values in the file are multiplied by."""
        return replace(self, header=header, reader=self.reader.multiplied(factors))

    def in_memory_if_it_fits(self) -> Trajectory | StoredTrajectory:
        """The trajectory read as a whole where the memory holds it with what a fit makes of it; else as it is.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        frames = self.header.frames
        if FITTING * frames * self.frame_bytes > self.memory:
            return self
        fields = {name: np.empty(self.header.dataset[name].shape) for name in (*self.header.field_names, *self.beside)}
        step = max(1, 8 * PIECE // self.frame_bytes)
        with replace(self.reader, gaps=True, axes={**self.reader.axes, **self.beside}).opened() as read:
            for first in range(0, frames, step):
                stop = min(first + step, frames)
                for name, values in read(first, stop).items():
                    fields[name][first:stop] = values
        dataset = self.header.dataset
        gaps = [f"gaps: {gaps_text(missing, values.size, name)}" for name, values in fields.items()
                if (missing := missing_values(values, name, self.header.axes_of(name)))]
        return Trajectory(dataset.assign({name: dataset[name].copy(data=values) for name, values in fields.items()}),
                          (*self.notices, *gaps))


def open_trajectory(
    path: str | os.PathLike[str], periodic: Periodic = None, memory: str | int = DEFAULT_MEMORY,
    roles: Mapping[str, str] | None = None, *, axes: NamesOfAxes | None = None, fields: NamesOfFields | None = None,
    weights: NamesOfWeights | None = None,
) -> StoredTrajectory:
    """Open a trajectory whose fields stay on disk; `fit` reads them in blocks of frames.

    Parameters
    ----------
    path : path
        Of a file or folder in a format that can be read in blocks (.nc, .zarr).
    periodic : bool, optional
        Whether x is periodic; overrides what the file says.
    memory : str or int
        What blocks may take, such as ``"2GB"``, or bytes; the interpreter itself comes on top.
    roles, axes, fields, weights : optional
        See `read_trajectory`.

    Returns
    -------
    StoredTrajectory
        Axes, weights and known functions are checked; the values of the fields are whenever they are read.

    Raises
    ------
    InputError
        If there is no such file, its format cannot be read in blocks, or what it holds is no trajectory.
    """
    return open_named(path, periodic, memory, naming_of(axes, fields, weights, roles))


def open_named(
    path: str | os.PathLike[str], periodic: Periodic, memory: str | int, naming: Naming
) -> StoredTrajectory:
    """As `open_trajectory`, by what was said of names."""
    entry = checked_path(path)
    notices: list[str] = []
    budget = parse_memory(memory) if isinstance(memory, str) else checked_memory(real_number(memory) or 0.0, memory)
    absolute = os.path.abspath(path)
    try:
        with opened_file(absolute, naming, notices) as dataset:
            header, reader, copies = _header(dataset, periodic, absolute, naming, notices)
            beside = {name: axes for name, axes in reader.axes.items() if name not in header.field_names}
        lacking = entry.lacking(place_of(absolute)) if entry.lacking is not None else ()
    except InputError as error:
        raise InputError(f"{shown(path)}: {error}") from None
    except (OSError, ValueError, MemoryError) as error:
        short = memory_error(error)
        raise InputError(f"{shown(path)}: {short or f'cannot be read ({first_line(error)}): check the path'}") from None
    header = Trajectory(header.dataset, (*notices, *lacking, *header.notices))
    fields = {name: axes for name, axes in reader.axes.items() if name not in beside}
    return StoredTrajectory(replace(reader, axes=fields), header, budget, copies, beside)


def _header(
    dataset: xarray.Dataset, periodic: Periodic, path: str, naming: Naming, notices_of_file: list[str]
) -> tuple[Trajectory, FrameReader, int]:
    """All that can be checked without the values of the fields; what reads them, and copies of a block."""
    import xarray

    if "t" in dataset.dims and "t" not in dataset.coords:
        raise without_coordinate("t", dataset.sizes["t"])
    made = _made_of(dataset, notices_of_file)
    names = list(made)
    in_parts = {name: one for name, one in made.items() if one.part is not None}
    start = dataset.isel(t=slice(0, 2), missing_dims="ignore")
    blank = {}
    for name, one in made.items():
        like = start[one.variable]
        attrs = {key: value for key, value in like.attrs.items() if key not in FILL_VALUES}
        blank[name] = (like.dims, np.zeros(like.shape, like.dtype if one.part is None else np.float64), attrs)
    header = start.drop_vars({one.variable for one in in_parts.values()}).assign(blank)
    checked, cut = _without_repeated(dataset, Trajectory.of(header, periodic, naming.roles), made)
    t, notices = check_coordinate(dataset["t"].values, "t", "time"), checked.notices
    even = evened(t)
    if even is not None:
        t, notices = even, (evened_notice("t"), *notices)
    whole = checked.dataset.drop_vars([*names, "t"])
    fields = {}
    for name in names:
        like = checked.dataset[name]
        fields[name] = (like.dims, np.broadcast_to(0.0, (t.size, *like.shape[1:])), like.attrs)
    coords = {"t": ("t", t, checked.dataset["t"].attrs), **whole.coords}
    header = xarray.Dataset({**fields, **whole.data_vars}, coords=coords, attrs=whole.attrs)
    axes = {name: tuple(str(dim) for dim in dataset[one.variable].dims) for name, one in made.items()}
    order = ("t", *(axis.name for axis in checked.axes))
    changed = any(dataset[one.variable].dtype != np.float64 or axes[name] != tuple(a for a in order if a in axes[name])
                  for name, one in made.items())
    masked = any({"_FillValue", "missing_value", "scale_factor", "add_offset"} & set(dataset[one.variable].encoding)
                 for one in made.values())
    reader = FrameReader(path, axes, order, cut=cut, naming=naming, made=in_parts)
    return Trajectory(header, notices), reader, 1 + changed + masked + bool(cut) + bool(in_parts)


def _made_of(dataset: xarray.Dataset, notices: list[str]) -> dict[str, StoredValues]:
    """The fields, complex ones by what some of their frames are, after all others."""
    names = [str(name) for name, variable in dataset.data_vars.items() if "t" in variable.dims]
    made = {name: StoredValues(name) for name in names if dataset[name].dtype.kind != "c"}
    for name in (name for name in names if name not in made):
        parts = values_of_complex(name, _some(dataset.variables[name].isel(t=_few(dataset))), notices)
        check_names_of_parts(name, parts, dataset)
        made |= parts
    return made


def _few(dataset: xarray.Dataset) -> list[int]:
    """Frames by which all are judged before they are read."""
    return sorted({0, dataset.sizes["t"] // 2, dataset.sizes["t"] - 1})


def _some(few: xarray.Variable) -> NDArray[Any]:
    """Some values of a variable, read now."""
    try:
        values: NDArray[Any] = few.values
    except Exception as error:  # a damaged file fails in any way of its library
        raise memory_error(error) or InputError(f"is damaged or cut short ({first_line(error)}): copy or write it "
                                                "anew") from None
    return values


def _without_repeated(
    dataset: xarray.Dataset, checked: Trajectory, made: Mapping[str, StoredValues]
) -> tuple[Trajectory, tuple[str, ...]]:
    """What `Trajectory.of` does about points of periodic axes that repeat others, by some frames of the file."""

    def at_ends(name: str, axis: str) -> Array:
        near = [number % dataset.sizes[axis] for number in ENDS]
        stored = made.get(name) or StoredValues(name)
        variable = dataset.variables[stored.variable]
        few = variable.isel({axis: near, **({"t": _few(dataset)} if "t" in variable.dims else {})})
        return np.moveaxis(stored.of(_some(few)), few.dims.index(axis), 0)

    cut = []
    for axis in (axis for axis in checked.axes if axis.periodic):
        if axis.size < dataset.sizes[axis.name]:
            # The data says so by its period, and fields of zeros could not say otherwise.
            if not all(ends_agree(at_ends(name, axis.name)) for name in variables_along(checked.dataset, axis.name)):
                raise InputError(f"attribute period of {axis.name!r} is the length of the axis, but the values at its "
                                 "ends are not the same: give the length after which it repeats")
        elif repeated_length(checked.dataset, axis.name, axis.period, at_ends) is not None:
            length = float(axis.coordinate[-1] - axis.coordinate[0])
            smaller = without_last_point(checked.dataset, axis.name)
            if not is_even(axis.coordinate):
                smaller[axis.name].attrs["period"] = length
            checked = Trajectory(smaller, (*checked.notices, repeated_notice(axis.name)))
        else:
            continue
        cut.append(axis.name)
    return checked, tuple(cut)
