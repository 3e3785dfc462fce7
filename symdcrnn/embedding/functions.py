"""Learned coefficients that are functions on the grid of other data, and functions of time at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.embedding.words import function_name
from symdcrnn.equation import LearnedFunction
from symdcrnn.errors import InputError
from symdcrnn.kernels.phase_space.ir.factors import spread
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.ir.scalar_source import known_values
from symdcrnn.model import Model

Array = NDArray[np.float64]

CUBIC = 3
"""The degree of the spline through the values of a function."""

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
        values = np.reshape(function.values, [len(known) for known in function.points.values()])
        for place, (axis, known) in enumerate(function.points.items()):
            points = grid.t if axis == "t" else grid.axis(axis).coordinate
            start = float(points[0]) if axis == "x" else 0.0
            values = _at(function.word, axis, np.array(known), values, points - start, place)
        found[name] = (tuple(function.points), values)
    return found


def learned_functions_of_time(model: Model) -> dict[str, Callable[[float], float]]:
    """The learned functions of time of a model, for any time between those of its data."""
    return {name: _of_time(function) for name, function in _named(model) if function.axis == "t"}


def in_time(
    grid: PhaseGrid, text: str, axes: tuple[str, ...], learned: Mapping[str, Callable[[float], float]]
) -> Callable[[float], tuple[tuple[str, ...], Array]]:
    """A known function that changes in time, at any time.

    Parameters
    ----------
    grid : PhaseGrid
    text : str
        Its expression.
    axes : tuple of str
        What it depends on, t first.
    learned : mapping of str to callable
        Learned functions of time by name.

    Returns
    -------
    callable
        From a time to these axes and the values, of length one along t.
    """
    if text in learned:
        return lambda t: (axes, np.full((1,) * len(axes), learned[text](t)))
    used = tuple(name for name in names_in(text) if name in grid.functions)
    expression = parse_formula(text, used)
    steady = {name: spread(*grid.functions[name], axes) for name in used if name != "t"}

    def function(t: float) -> tuple[tuple[str, ...], Array]:
        time = np.full((1,) * len(axes), t)
        return axes, known_values(expression, {**steady, "t": time})

    return function


def _of_time(function: LearnedFunction) -> Callable[[float], float]:
    between = _between(function.word, "t", np.array(function.x), np.array(function.values), 0)
    return lambda t: float(between(np.array([t]))[0])


def _named(model: Model) -> list[tuple[str, LearnedFunction]]:
    return [(function_name(learned.target, number), function) for learned in model.equations
            for number, function in enumerate(learned.functions)]


def _at(word: str, axis: str, known: Array, values: Array, points: Array, place: int) -> Array:
    """The values at other points of one axis, number `place`."""
    same = points.shape == known.shape and bool(np.all(np.abs(points - known) <= NEAR * float(np.ptp(known))))
    return values if same else _between(word, axis, known, values, place)(points)


def _between(word: str, axis: str, known: Array, values: Array, place: int) -> Callable[[Array], Array]:
    from scipy.interpolate import make_interp_spline

    allowed = NEAR * float(np.ptp(known))
    increasing = bool(np.all(np.diff(known) > 0.0))
    through = make_interp_spline(known, values, min(CUBIC, known.size - 1), axis=place) if increasing else None

    def at(points: Array) -> Array:
        if through is None or points.min() < known[0] - allowed or points.max() > known[-1] + allowed:
            raise InputError(f"the function of {word} is known from {axis} = {known.min():g} to {known.max():g} alone, "
                             f"not everywhere from {points.min():g} to {points.max():g}: give data on the points of "
                             "the fit")
        return np.asarray(through(np.clip(points, known[0], known[-1])))

    return at
