"""Learned coefficients that are functions, on the grid of other data and at other times."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.embedding.equations import function_name
from symdcrnn.equation import LearnedFunction
from symdcrnn.errors import InputError
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.model import Model

Array = NDArray[np.float64]

CUBIC = 4
"""Points from which on a function is interpolated by a cubic spline."""

NEAR = 1e-9
"""Points that are apart by less than this part of an axis are one."""


def learned_functions_on(model: Model, grid: PhaseGrid) -> dict[str, tuple[tuple[str, ...], Array]]:
    """The learned functions of a model at the points of a grid.

    Parameters
    ----------
    model : Model
    grid : PhaseGrid

    Returns
    -------
    dict of str to (tuple of str, ndarray)
        By `function_name`, with the axis.

    Raises
    ------
    InputError
        If the grid has points where a function is not known.
    """
    found: dict[str, tuple[tuple[str, ...], Array]] = {}
    for name, function in _named(model):
        points = grid.t if function.axis == "t" else grid.axis(function.axis).coordinate
        start = float(points[0]) if function.axis == "x" else 0.0
        found[name] = ((function.axis,), _at(function, points - start))
    return found


def learned_functions_of_time(model: Model) -> dict[str, Callable[[float], float]]:
    """The learned functions of time of a model, for any time between those of its data."""
    return {name: _of_time(function) for name, function in _named(model) if function.axis == "t"}


def _of_time(function: LearnedFunction) -> Callable[[float], float]:
    between = _between(function)
    return lambda t: float(between(np.array([t]))[0])


def _named(model: Model) -> list[tuple[str, LearnedFunction]]:
    return [(function_name(learned.target, number), function) for learned in model.equations
            for number, function in enumerate(learned.functions)]


def _at(function: LearnedFunction, points: Array) -> Array:
    known = np.array(function.x)
    same = points.shape == known.shape and bool(np.all(np.abs(points - known) <= NEAR * float(np.ptp(known))))
    return np.array(function.values) if same else _between(function)(points)


def _between(function: LearnedFunction) -> Callable[[Array], Array]:
    known, values = np.array(function.x), np.array(function.values)
    allowed = NEAR * float(np.ptp(known))
    increasing = bool(np.all(np.diff(known) > 0.0))
    through: Callable[[Array], Any] = partial(np.interp, xp=known, fp=values)
    if increasing and known.size >= CUBIC:
        from scipy.interpolate import CubicSpline

        through = CubicSpline(known, values)

    def at(points: Array) -> Array:
        if not increasing or points.min() < known[0] - allowed or points.max() > known[-1] + allowed:
            raise InputError(f"the function of {function.word} is known from {function.axis} = {known.min():g} to "
                             f"{known.max():g} alone, not everywhere from {points.min():g} to {points.max():g}: give "
                             "data on the points of the fit")
        return np.asarray(through(np.clip(points, known[0], known[-1])))

    return at
