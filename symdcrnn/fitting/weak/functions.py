"""Coefficients that are functions of an axis, as the weak form seeks them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symdcrnn.equation import LearnedFunction
from symdcrnn.errors import InputError, UnservedError
from symdcrnn.fitting.task import EquationTask
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.regression.constraints import tie_matrix
from symdcrnn.regression.terms import UNIT_WORD
from symdcrnn.settings import AUTO
from symdcrnn.varying_coefficients.bases import function_space, periodic_part, spline_derivatives
from symdcrnn.weak_form.columns import Multiplied, WeakWords
from symdcrnn.weak_form.functions import JointEstimate
from symdcrnn.weak_form.multiplied import BasisValues, FunctionFamily

Array = NDArray[np.float64]

KNOTS = 32
"""Of a spline where no number is asked for: its smoothness is for the noise to say."""

FEWEST_POINTS = 4
"""Of the axis for each knot that nobody asked for."""

HIGHEST = 3
"""Derivatives along its own axis of what a spline multiplies, at most."""


def family_of(
    task: EquationTask, words: WeakWords, grids: Sequence[PhaseGrid]
) -> tuple[FunctionFamily, BasisValues]:
    """The functions that are asked for.

    Parameters
    ----------
    task : EquationTask
    words : WeakWords
        Of all columns.
    grids : sequence of PhaseGrid

    Raises
    ------
    InputError
        If they are of two axes, of points that differ, or of more values than points; or multiply derivatives that
        are too high.
    """
    name = task.axis
    if "," in name:
        raise UnservedError(f"the weak form has functions of one axis, not of {name}: name one, or a multistep scheme "
                            "such as --scheme newton-cotes4 (scheme='newton-cotes4' in Python)")
    points, role, period = _axis(grids[0], name)
    for grid in grids[1:]:
        if not np.array_equal(_axis(grid, name)[0], points):
            raise UnservedError(f"the trajectories have other points of {name}, which a function is sought of: give "
                                "trajectories on the same points, or one alone")
    highest = _highest(words, task.asked, name)
    space = function_space(task.settings, True, points.size, periodic=period is not None, role=role)
    if space.basis == "grid":
        if highest:
            raise UnservedError(f"a value at every point of {name} multiplies a derivative along it: take the spline "
                                "basis, or another word")
        values = np.eye(points.size)
        between = np.eye(points.size) - 1.0 / points.size
        family = FunctionFamily(task.asked, len(task.terms), values, between, (values,))
        return family, BasisValues(name, (values,))
    if highest > HIGHEST:
        raise UnservedError(f"a function of {name} multiplies a derivative of order {highest} along it: the weak form "
                            f"takes at most {HIGHEST}, name another word or a multistep scheme")
    knots = space.knots if task.settings.knots != AUTO else max(3, min(KNOTS, points.size // FEWEST_POINTS))
    if knots > points.size:
        raise InputError(f"a spline with {knots} knots is more than the {points.size} points of {name} can tell: use "
                         "fewer")
    stop = float(points[-1]) if period is None else float(points[0] + period)
    derivatives = spline_derivatives(points, float(points[0]), stop, knots, highest)
    curvature = _curvature(knots)
    whole = np.eye(knots + 2)
    subspaces: tuple[Array, ...] = (whole,)
    if period is not None and knots > 3:
        around = periodic_part(knots)
        # What jumps at the end has no derivative there.
        subspaces = (around,) if highest or task.settings.basis == "periodic" else (around, whole)
    return (FunctionFamily(task.asked, len(task.terms), derivatives[0], curvature, subspaces),
            BasisValues(name, derivatives))


def _axis(grid: PhaseGrid, name: str) -> tuple[Array, str, float | None]:
    if name == "t":
        return grid.t, "time", None
    axis = grid.axis(name)
    return axis.coordinate, axis.role, axis.period if axis.periodic else None


def _highest(words: WeakWords, columns: Sequence[int], axis: str) -> int:
    return max((dict(part.orders).get(axis, 0) for column in columns for part in words.words[column]), default=0)


def _curvature(knots: int) -> Array:
    """The integral of the squared second derivative, of an axis of length one."""
    steps = np.linspace(0.0, 1.0, knots)
    middle, half = 0.5 * (steps[1:] + steps[:-1]), 0.5 / (knots - 1)
    # Second derivatives are linear between knots, so two points each are exact.
    places = np.sort(np.concatenate([middle - half / np.sqrt(3.0), middle + half / np.sqrt(3.0)]))
    bends = spline_derivatives(places, 0.0, 1.0, knots, 2)[2]
    found: Array = half * bends @ bends.T
    return found


def multiplied_by(task: EquationTask, family: FunctionFamily, axis: str) -> Multiplied:
    """The columns that functions multiply, those of words that follow others among them."""
    ties = tie_matrix(task.ties, len(task.terms))
    chosen = np.flatnonzero(np.any(ties[:, list(family.words)], axis=1))
    return Multiplied(axis, family.size, tuple(int(column) for column in chosen))


def with_functions(
    transform: Array, task: EquationTask, factors: Array, family: FunctionFamily, multiplied: Multiplied
) -> Array:
    """From the columns, those times basis functions among them, to those of the unknowns; see `WeakData.transform`."""
    constants, size = family.constants, family.size
    ties = tie_matrix(task.ties, constants)
    found = np.zeros((constants + size * len(multiplied.words) + 1, constants + size * len(family.words) + 1))
    found[:constants, :constants] = transform[:-1, :-1]
    found[:constants, -1] = transform[:-1, -1]
    found[-1, -1] = 1.0
    for row, word in enumerate(multiplied.words):
        for place, leader in enumerate(family.words):
            here = slice(constants + row * size, constants + (row + 1) * size)
            there = slice(constants + place * size, constants + (place + 1) * size)
            found[here, there] = factors[word] * ties[word, leader] * np.eye(size)
    return found


def learned_functions(task: EquationTask, joint: JointEstimate, grid: PhaseGrid) -> tuple[
        LearnedFunction, ...]:
    """The functions of an equation with their standard errors, and those that follow them."""
    points = _axis(grid, task.axis)[0]
    start = float(points[0]) if task.axis == "x" else 0.0
    places = tuple(float(point) - start for point in points)
    ties = tie_matrix(task.ties, len(task.terms))
    found = []
    for number, leader in enumerate(joint.family.words):
        values, errors = joint.values(number), joint.errors(number)
        for column in np.flatnonzero(ties[:, leader]):
            ratio = float(ties[column, leader])
            found.append(LearnedFunction(
                str(task.terms[column].word) or UNIT_WORD, places, tuple(map(float, ratio * values)), task.axis,
                errors=tuple(map(float, abs(ratio) * errors))))
    return tuple(found)
