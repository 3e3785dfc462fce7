"""The checks of axes: their names, their coordinates, and which axis of an array is which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.errors import InputError

Array = NDArray[np.float64]

AXES = ("t", "v", "x")
"""The axes of a trajectory, in the order in which arrays are stored."""

SPACING_TOLERANCE = 1e-6
"""Largest accepted deviation of one step from the mean step, relative to the mean step."""

MIN_SIZES = {"t": 2, "v": 1, "x": 5}

FAMILIAR_NAMES = {
    "time": "t", "times": "t", "frame": "t", "frames": "t", "snapshot": "t", "T": "t",
    "velocity": "v", "velocities": "v", "vel": "v", "mu": "v", "V": "v",
    "space": "x", "position": "x", "pos": "x", "X": "x",
}


def real_array(values: ArrayLike, name: str) -> Array:
    """The values as float64, of unchanged shape, without a copy where possible.

    Raises
    ------
    InputError
        If they are not real numbers.
    """
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name} is not an array of numbers ({first_line(error)}): give real numbers") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} has type {array.dtype}: give real numbers (float64)")
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=np.float64)


def check_finite(array: Array, name: str, axes: Sequence[str]) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    InputError
        Saying how many there are and where the first one is.
    """
    with np.errstate(all="ignore"):
        # A finite sum proves that all is finite, without a mask of the size of the data.
        if np.isfinite(array.sum()):
            return
    wrong = ~np.isfinite(array)
    if wrong.any():
        count = int(wrong.sum())
        index = np.unravel_index(int(np.argmax(wrong)), array.shape)
        where = ", ".join(f"{axis}={int(i)}" for axis, i in zip(axes, index, strict=True))
        what = "1 value that is not finite" if count == 1 else f"{count} values that are not finite"
        raise InputError(f"variable {name!r} has {what}, the first at index [{where}]: "
                         "repair the data or leave those frames out")


def check_coordinate(values: ArrayLike, axis: str) -> Array:
    """The coordinate of an axis, checked.

    Parameters
    ----------
    values : array_like, shape (n,)
        t and x: increasing, evenly spaced. v: all different.
    axis : str
        One of "t", "v", "x".

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
    if array.size < MIN_SIZES[axis]:
        noun = {"t": "frames", "v": "velocities", "x": "points"}[axis]
        raise InputError(f"axis {axis!r} has {array.size} {noun}: give at least {MIN_SIZES[axis]}")
    check_finite(array, axis, (axis,))
    if axis == "v":
        order = np.argsort(array, kind="stable")
        same = np.flatnonzero(np.diff(array[order]) == 0.0)
        if same.size:
            first, second = sorted(int(i) for i in order[same[0]:same[0] + 2])
            raise InputError(f"v[{first}] and v[{second}] are both {array[first]:g}: give every velocity once")
        return array
    _check_steps(array, axis)
    return array


def _check_steps(array: Array, axis: str) -> None:
    steps = np.diff(array)
    if np.any(steps <= 0.0):
        i = int(np.argmax(steps <= 0.0))
        raise InputError(f"{axis} does not increase at index {i + 1} ({array[i]:g}, then {array[i + 1]:g}): "
                         f"sort the data by {axis} and leave repeated points out")
    mean = float((array[-1] - array[0]) / steps.size)
    # Coordinates far from zero cannot be closer to even than their own rounding.
    allowed = SPACING_TOLERANCE * mean + 4.0 * float(np.spacing(np.max(np.abs(array))))
    off = np.abs(steps - mean)
    if np.any(off > allowed):
        i = int(np.argmax(off))
        raise InputError(f"{axis} is unevenly spaced: the step from index {i} to {i + 1} is {steps[i]:.9g}, "
                         f"the mean step {mean:.9g}: interpolate the data to an even grid of {axis}")


def check_axis_names(found: Iterable[str], needed: Iterable[str]) -> None:
    """Refuse axes other than t, v, x, and the lack of a needed one.

    Raises
    ------
    InputError
        Naming the axes found, and which to rename where that is plain.
    """
    names = [str(name) for name in found]
    unknown = [name for name in names if name not in AXES]
    missing = [axis for axis in needed if axis not in names]
    listed = ", ".join(map(repr, names)) or "none"
    if not unknown and not missing:
        return
    renames = [(name, FAMILIAR_NAMES[name]) for name in unknown if FAMILIAR_NAMES.get(name, "") not in ("", *names)]
    if not renames and len(unknown) == 1 and len(missing) == 1:
        renames = [(unknown[0], missing[0])]
    problem = (f"axis {missing[0]!r} is missing" if missing
               else f"axis {unknown[0]!r} is not one of 't', 'v', 'x'")
    if renames:
        advice = " and ".join(f"rename dimension {old!r} to {new!r}" for old, new in renames)
    elif missing:
        advice = f"add dimension {missing[0]!r}"
    else:
        advice = f"select one index of {unknown[0]!r} and drop it"
    raise InputError(f"{problem} (axes found: {listed}): {advice}")


def axes_by_size(name: str, shape: tuple[int, ...], sizes: Mapping[str, int | None]) -> tuple[str, ...]:
    """Which axis is which, where only the sizes can tell.

    Parameters
    ----------
    name : str
        Of the variable, for the message.
    shape : tuple of int
        Of an array with one, two or three axes: (x), (t, x) or (t, v, x) in any order.
    sizes : mapping of str to int or None
        The sizes of t, v and x, None where unknown.

    Returns
    -------
    tuple of str
        The names of the axes, in the order of the array.

    Raises
    ------
    InputError
        If no order of axes fits, or more than one.
    """
    wanted = {1: ("x",), 2: ("t", "x"), 3: ("t", "v", "x")}.get(len(shape))
    known = ", ".join(f"{axis}: {size}" for axis, size in sizes.items() if size is not None)
    if wanted is None:
        raise InputError(f"variable {name!r} has shape {shape}: give an array with axes (t, v, x), (t, x) or (x)")
    fits = [order for order in permutations(wanted)
            if all(sizes.get(axis) in (None, n) for axis, n in zip(order, shape, strict=True))]
    if not fits:
        raise InputError(f"variable {name!r} has shape {shape}, which does not fit the sizes {known}: "
                         f"give an array with axes ({', '.join(wanted)}) or leave it out")
    if len(fits) > 1:
        orders = " or ".join("(" + ", ".join(order) + ")" for order in fits)
        raise InputError(f"variable {name!r} has shape {shape}, which can be read as {orders}: "
                         f"add a text variable axes_{name} = '{' '.join(wanted)}' with the true order")
    return fits[0]


def first_line(error: BaseException) -> str:
    """What a library said, on one line of bounded length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
