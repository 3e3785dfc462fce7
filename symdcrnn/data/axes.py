"""The checks of numbers: arrays, coordinates, even steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]

Kind = Literal["time", "space", "velocity", "index"]

SPACING_TOLERANCE = 1e-6
"""Largest accepted deviation of one step from the mean step, relative to the mean step."""

SINGLE_PRECISION_SHARE = 0.02
"""Largest accepted rounding of a coordinate in single precision, relative to its mean step."""

MIN_SIZES: dict[Kind, tuple[int, str]] = {
    "time": (2, "frames"), "space": (5, "points"), "velocity": (1, "velocities"), "index": (1, "entries"),
}
"""How many points an axis needs, and what they are called."""


def real_array(values: ArrayLike, name: str, gaps: bool = False) -> Array:
    """The values as float64, of unchanged shape, without a copy where possible.

    Parameters
    ----------
    values : array_like
    name : str
    gaps : bool
        Whether values under a mask become NaN; they are refused otherwise.

    Raises
    ------
    InputError
        If they are not real numbers, or some are masked.
    """
    if isinstance(values, np.ma.MaskedArray):
        if gaps and values.dtype.kind in "iuf" and np.ma.is_masked(values):
            with np.errstate(over="ignore"):
                return np.where(np.ma.getmaskarray(values), np.nan, np.asarray(values.data, dtype=np.float64))
        check_mask(values, name)
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} is not an array of numbers ({first_line(error)}): give real numbers") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} has type {array.dtype}: give real numbers (float64)")
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=np.float64)


def check_mask(values: np.ma.MaskedArray, name: str) -> None:
    """Refuse values under a mask.

    Raises
    ------
    InputError
        Saying how many there are and where the first one is.
    """
    mask = np.ma.getmaskarray(values)
    count = int(mask.sum())
    if count:
        index = ", ".join(str(int(i)) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))
        raise InputError(f"{name} has {count} masked value{'s' * (count > 1)}, the first at index [{index}]: "
                         "repair the data or leave those frames out")


def is_finite(array: Array) -> bool:
    """Whether no value is NaN or infinite."""
    with np.errstate(all="ignore"):
        # A finite sum proves that all is finite, without a mask of the size of the data.
        return bool(np.isfinite(array.sum()) or np.isfinite(array).all())


def check_finite(array: Array, name: str, axes: Sequence[str]) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    InputError
        Saying how many there are and where the first one is.
    """
    if not is_finite(array):
        wrong = ~np.isfinite(array)
        count = int(wrong.sum())
        index = np.unravel_index(int(np.argmax(wrong)), array.shape)
        where = ", ".join(f"{axis}={int(i)}" for axis, i in zip(axes, index, strict=True))
        what = "1 value that is not finite" if count == 1 else f"{count} values that are not finite"
        raise InputError(f"variable {name!r} has {what}, the first at index [{where}]: "
                         "repair the data or leave those frames out")


def missing_values(array: Array, name: str, axes: Sequence[str]) -> int:
    """How many values of a field are missing, which are NaN.

    Raises
    ------
    InputError
        If one is infinite, saying where the first one is, or all are missing.
    """
    if is_finite(array):
        return 0
    count = int(np.isnan(array).sum())
    if count == array.size:
        raise InputError(f"every value of variable {name!r} is missing: leave it out, or repair the data")
    endless = np.isinf(array)
    if endless.any():
        index = np.unravel_index(int(np.argmax(endless)), array.shape)
        where = ", ".join(f"{axis}={int(i)}" for axis, i in zip(axes, index, strict=True))
        number = int(endless.sum())
        what = "1 value that is not finite" if number == 1 else f"{number} values that are not finite"
        raise InputError(f"variable {name!r} has {what}, the first at index [{where}]: "
                         "repair the data, or write NaN where a value is missing")
    return count


def gaps_text(missing: int, values: int, name: str) -> str:
    """That values of a field are missing."""
    return f"{missing} of {values} values of {name} {'is' if missing == 1 else 'are'} missing"


def check_coordinate(values: ArrayLike, axis: str, kind: Kind) -> Array:
    """The coordinate of an axis, checked.

    Parameters
    ----------
    values : array_like, shape (n,)
        Of time and space: increasing. Of a velocity: all different. Of an index: any.
    axis : str
        The name, for messages.
    kind : {"time", "space", "velocity", "index"}

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    InputError
        If there are too few points or they are not as said above.
    """
    array = np.ascontiguousarray(real_array(values, f"coordinate {axis!r}"))
    if array.ndim != 1:
        raise InputError(f"coordinate {axis!r} has shape {array.shape}: give a one-dimensional array")
    least, noun = MIN_SIZES[kind]
    if array.size < least:
        raise InputError(f"axis {axis!r} has {array.size} {noun}: give at least {least}")
    check_finite(array, axis, (axis,))
    if kind == "velocity":
        order = np.argsort(array, kind="stable")
        same = np.flatnonzero(np.diff(array[order]) == 0.0)
        if same.size:
            first, second = sorted(int(i) for i in order[same[0]:same[0] + 2])
            raise InputError(f"{axis}[{first}] and {axis}[{second}] are both {array[first]:g}: "
                             "give every velocity once")
    elif kind != "index":
        steps = np.diff(array)
        if np.any(steps <= 0.0):
            i = int(np.argmax(steps <= 0.0))
            raise InputError(f"{axis} does not increase at index {i + 1} ({array[i]:g}, then {array[i + 1]:g}): "
                             f"sort the data by {axis} and leave repeated points out")
    return array


def is_even(points: Array) -> bool:
    """Whether points increase by equal steps, up to their own rounding."""
    if points.size < 2:
        return True
    steps = np.diff(points)
    mean = float((points[-1] - points[0]) / steps.size)
    # Coordinates far from zero cannot be closer to even than their own rounding.
    allowed = SPACING_TOLERANCE * mean + 4.0 * float(np.spacing(np.max(np.abs(points))))
    return bool(np.all(steps > 0.0) and np.all(np.abs(steps - mean) <= allowed))


def even_step(points: Array, axis: str) -> float:
    """The step of an evenly spaced axis.

    Raises
    ------
    InputError
        If it is not evenly spaced: there is no such step.
    """
    steps = np.diff(points)
    mean = float((points[-1] - points[0]) / steps.size)
    if not is_even(points):
        i = int(np.argmax(np.abs(steps - mean)))
        raise InputError(f"{axis} is unevenly spaced: the step from index {i} to {i + 1} is {steps[i]:.9g}, "
                         f"the mean step {mean:.9g}: interpolate the data to an even grid of {axis}")
    return mean


def spacing(points: Array) -> float | None:
    """The step of an evenly spaced axis; None of an uneven one, or of one point."""
    return even_step(points, "it") if points.size > 1 and is_even(points) else None


def evened(points: Array) -> Array | None:
    """Evenly spaced points that those given are in single precision; None if they are not, or even enough already."""
    with np.errstate(over="ignore"):
        single = points.astype(np.float32)
    if points.size < 3 or is_even(points) or not np.array_equal(points, single):
        return None
    mean = float((points[-1] - points[0]) / (points.size - 1))
    rounding = 4.0 * float(np.spacing(np.float32(np.max(np.abs(points)))))
    if not 0.0 < rounding < SINGLE_PRECISION_SHARE * mean or np.any(np.abs(np.diff(points) - mean) > rounding):
        return None
    return np.linspace(points[0], points[-1], points.size)


def evened_notice(axis: str) -> str:
    """That an axis was taken as evenly spaced, see `evened`."""
    return f"took {axis} as evenly spaced: its values are, up to their rounding in single precision"


def first_line(error: BaseException) -> str:
    """What a library said, on one line of bounded length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."


def values_of(variable: xarray.DataArray, name: str) -> NDArray[np.generic]:
    """The values of a variable that may still be on disk.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    try:
        return np.asarray(variable.values)
    except MemoryError:
        raise
    except Exception as error:  # lazily loaded data can fail in any way of its file library
        raise InputError(f"variable {name!r} cannot be read ({first_line(error)}): write the file anew") from None
