"""What an estimator may be given, as trajectories; and rates as the kind of thing that was given."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas
import xarray
from numpy.typing import NDArray

from symdcrnn.data.axes import real_array
from symdcrnn.data.files.formats import read_trajectory
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.periodic import Periodic
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import described, plain_scalar, real_number, text_tuple

Array = NDArray[np.float64]
Source = Trajectory | StoredTrajectory
Rates = Callable[[Trajectory], dict[str, Array]]

FIELD = "u"
"""The name of the only field of what names none."""

ADVICE = ("give a Trajectory, an xarray.Dataset or DataArray, a path, a pandas.DataFrame of time and columns, or an "
          "array with the names of its axes, as DCRNN(axes={'t': dt, 'x': x})")


@dataclass(frozen=True)
class Given:
    """One trajectory, and how its rates are given back.

    Parameters
    ----------
    source : Trajectory or StoredTrajectory
    back : callable
        From rates by field, axes those of the fields, to what a caller gets.
    """

    source: Source
    back: Callable[[dict[str, Array]], Any]

    @property
    def in_memory(self) -> Trajectory:
        """The trajectory with all frames in memory.

        Raises
        ------
        InputError
            If they do not fit.
        """
        found = self.source if isinstance(self.source, Trajectory) else self.source.in_memory_if_it_fits()
        if not isinstance(found, Trajectory):
            raise InputError("the data is larger than the memory that it was opened with: give some of its frames")
        return found


def given_data(data: Any, axes: Any, periodic: Periodic, single: bool) -> list[Given]:
    """The trajectories that something stands for.

    Parameters
    ----------
    data : object
        See `DCRNN.fit`.
    axes : mapping, sequence of str or None
        Of plain arrays: the names of their axes in order, with points or a step.
    periodic : bool, mapping of str to bool, or None
    single : bool
        Whether a table or plain array may have one frame alone.

    Raises
    ------
    InputError
        If it is something else, or what it holds is no trajectory.
    """
    if isinstance(data, list | tuple) and data and all(
            isinstance(one, Trajectory | StoredTrajectory | xarray.Dataset | xarray.DataArray | str | os.PathLike
                       | pandas.DataFrame) for one in data):
        return [_one(part, axes, periodic, single) for part in data]
    return [_one(data, axes, periodic, single)]


def _one(data: Any, axes: Any, periodic: Periodic, single: bool) -> Given:
    if isinstance(data, Trajectory | StoredTrajectory):
        return _labelled(data)
    if isinstance(data, str | os.PathLike):
        return _labelled(read_trajectory(data, periodic))
    if hasattr(data, "tocsr"):
        # Some of them are mappings.
        raise InputError(f"an estimator was given {described(data)}, which is sparse, and fields have a value "
                         f"everywhere: {ADVICE}")
    if isinstance(data, xarray.DataArray):
        data = data.to_dataset(name=data.name if data.name is not None else FIELD)
    if isinstance(data, xarray.Dataset):
        return _labelled(Trajectory.of(data, periodic))
    if isinstance(data, pandas.DataFrame):
        _check_frames(len(data), single)
        return _table(data, periodic)
    if isinstance(data, Mapping):
        points = _points_of(axes, None)
        return _labelled(Trajectory.from_arrays(data, axes=points, periodic=periodic))
    return _array(data, axes, periodic, single)


def _check_frames(count: int, single: bool) -> None:
    if count == 0 or (count == 1 and not single):
        raise InputError(f"the data has n_samples = {count}: give at least {1 if single else 2} frames")


def _labelled(source: Source) -> Given:
    """What has names gives back a dataset."""
    header = source if isinstance(source, Trajectory) else source.header

    def back(rates: dict[str, Array]) -> xarray.Dataset:
        given = header.dataset
        time = str(given["t"].attrs.get("units", "")).split(" since ")[0]
        variables = {}
        for name, values in rates.items():
            attrs = {"long_name": f"d_t {name}"}
            if time and "units" in given[name].attrs:
                attrs["units"] = f"{given[name].attrs['units']} / ({time})"
            variables[name] = (given[name].dims, values, attrs)
        return xarray.Dataset(variables, {name: given.coords[name] for name in given.dims})

    return Given(source, back)


def _table(data: pandas.DataFrame, periodic: Periodic) -> Given:
    """Rows are times. Columns that are numbers are points of x, of others each is a field of its own."""
    if not len(data.columns):
        raise InputError("the table has no columns: give one for each point of x, or for each quantity")
    times = data.index.to_numpy()
    numbers = data.columns.to_numpy()
    # A single state has a rate as well.
    rows = data.to_numpy() if len(data) != 1 else np.repeat(data.to_numpy(), 2, axis=0)
    times = times if len(data) != 1 else np.arange(2.0)
    if all(real_number(plain_scalar(name)) is not None for name in numbers):
        axis = str(data.columns.name or "x")
        made = xarray.Dataset({FIELD: (("t", axis), rows)}, {"t": times, axis: numbers.astype(np.float64)})
    else:
        made = xarray.Dataset({str(name): ("t", rows[:, place]) for place, name in enumerate(numbers)}, {"t": times})

    def back(rates: dict[str, Array]) -> pandas.DataFrame:
        count = len(data)
        if FIELD in rates and rates[FIELD].ndim == 2:
            return pandas.DataFrame(rates[FIELD][:count], data.index, data.columns)
        return pandas.DataFrame({name: values[:count] for name, values in rates.items()}, data.index)

    return Given(Trajectory.of(made, periodic), back)


def _array(data: Any, axes: Any, periodic: Periodic, single: bool) -> Given:
    """A plain array, its axes in the order of their names."""
    if axes is None:
        raise InputError(f"an estimator was given {described(data)}, whose axes have no names: {ADVICE}")
    values = data if isinstance(data, np.ma.MaskedArray) else np.asarray(data)
    if values.dtype.kind == "O":
        values = _as_numbers(values)
    if values.dtype.kind == "c":
        raise InputError("Complex data not supported by plain arrays: give the real and the imaginary part as two "
                         "fields")
    values = real_array(values, "the array", True)
    named = _points_of(axes, values.ndim)
    if not values.size:
        raise InputError(f"the array has {values.shape[0]} frames and 0 feature(s) (shape={values.shape}) while a "
                         "minimum of 1 is required: give at least one frame and one point")
    order = tuple(named)
    if "t" not in order:
        raise InputError(f"axes names {', '.join(order)}, and no t: name the axis of time t")
    frames = values.shape[order.index("t")]
    _check_frames(frames, single)
    alone = frames == 1
    if alone:
        # A single state has a rate as well.
        values = np.repeat(values, 2, axis=order.index("t"))
    points = {axis: _points(axis, given, values.shape[place], alone and axis == "t")
              for place, (axis, given) in enumerate(named.items())}
    trajectory = Trajectory.from_arrays({FIELD: (order, values)}, axes=points, periodic=periodic)
    assumed = tuple(f"took the points of {axis} as 0, 1, 2, ..." for axis, given in named.items() if given is None)

    def back(rates: dict[str, Array]) -> Array:
        stored = trajectory.axes_of(FIELD)
        found = np.transpose(rates[FIELD], [stored.index(axis) for axis in order])
        return np.ascontiguousarray(np.take(found, range(frames), axis=order.index("t")))

    return Given(Trajectory(trajectory.dataset, (*assumed, *trajectory.notices)), back)


def _as_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers that an array of objects holds."""
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        # What numpy says of its kind is kept: an argument of no number is another mistake than a text.
        raise type(error)(f"the array holds what is no number ({error}): give real numbers") from None


def _points_of(axes: Any, dimensions: int | None) -> dict[str, Any]:
    """By axis in order its points, its step, or None."""
    if isinstance(axes, Mapping):
        named = dict(axes)
    else:
        names = text_tuple(axes) if axes is not None else ()
        if names is None:
            raise InputError(f"axes is {described(axes)}: give the names of the axes in order, ('t', 'x'), or a dict "
                             "with their points or steps")
        named = dict.fromkeys(names)
    if not all(isinstance(name, str) for name in named):
        raise InputError(f"axes is {described(axes)}: give names as text")
    if dimensions is not None and len(named) != dimensions:
        raise InputError(f"Expected an array of the axes ({', '.join(named)}), got one with {dimensions} "
                         f"axes instead: Reshape your data, or name others")
    return named


def _points(axis: str, given: Any, size: int, alone: bool) -> Array:
    """The points of an axis from points or a step."""
    step = 1.0 if given is None else real_number(given)
    if step is not None:
        if not step > 0.0:
            raise InputError(f"the step of {axis} is {step:g}: give one above zero")
        return np.asarray(step * np.arange(size), dtype=np.float64)
    points = real_array(given, f"axis {axis!r}")
    if alone:
        return np.arange(2.0)
    if points.shape != (size,):
        way = "; some of the frames need a step, axes={'t': dt}" if axis == "t" else ""
        raise InputError(f"axis {axis!r} has points of shape {points.shape}, the array {size} along it: give as many"
                         f"{way}")
    return points


def column_names(data: Any) -> Sequence[str] | None:
    """The names of the columns of a table, where they are texts."""
    if not isinstance(data, pandas.DataFrame):
        return None
    return text_tuple(data.columns.to_numpy()) if len(data.columns) else None


def columns_of(data: Any) -> int | None:
    """How many columns a table or a plain array of two axes has; None of other data."""
    if isinstance(data, pandas.DataFrame):
        return len(data.columns)
    known = (Trajectory, StoredTrajectory, xarray.Dataset, xarray.DataArray, str, os.PathLike, Mapping)
    if isinstance(data, known) or (isinstance(data, list | tuple) and data and isinstance(data[0], known)):
        return None
    shape = np.shape(data)
    return int(shape[1]) if len(shape) == 2 else None
