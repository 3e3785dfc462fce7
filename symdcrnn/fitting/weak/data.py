"""The trajectories of an equation as the weak form reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.divergence_form import divergence_form
from symdcrnn.data.axes import gaps_text
from symdcrnn.errors import InputError, SettingError, UnservedError
from symdcrnn.fitting.task import EquationTask, factors_of
from symdcrnn.fitting.weak.functions import family_of, multiplied_by, with_functions
from symdcrnn.fitting.weak.measure import Reading
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.regression.constraints import tie_matrix
from symdcrnn.weak_form.columns import WeakWords
from symdcrnn.weak_form.gaps.filled import filled
from symdcrnn.weak_form.gaps.mask import Gaps
from symdcrnn.weak_form.gaps.reads import gaps_of
from symdcrnn.weak_form.memory import frames_at_once, held_for
from symdcrnn.weak_form.multiplied import BasisValues, FunctionFamily
from symdcrnn.weak_form.noise.level import FieldSizes
from symdcrnn.weak_form.noise.response import transposed
from symdcrnn.weak_form.study import Functions, WeakData, power_of
from symdcrnn.weak_form.test_functions import TestFunction
from symdcrnn.weak_form.widths import axes_of, candidates

Array = NDArray[np.float64]

ROUNDING = 4.0 * float(np.finfo(float).eps)
"""The noise of a field, relative to its root mean square, that rounding makes."""


def weak_data(
    task: EquationTask, space: PhaseSpace, readings: Sequence[Reading], powers: Sequence[int]
) -> list[WeakData]:
    """What the weak form needs of every trajectory.

    Parameters
    ----------
    task : EquationTask
    space : PhaseSpace
    readings : sequence of Reading
    powers : sequence of int
        m by column.

    Raises
    ------
    UnservedError
        If the noise of a field cannot be told.
    InputError
        If the memory does not hold what is made of some frames.
    """
    taken, family, basis = words_of(task, space, [one.grid for one in readings])
    found = []
    usual = float(np.sqrt(np.mean([one.sizes[task.target.name].level ** 2 for one in readings])))
    for one, factor in zip(readings, factors_of(task, powers), strict=True):
        one.frames.check_room(frames_at_once(one.grid), held_for(taken, one.grid, len(one.streamed)))
        transform = _transform(task, factor)
        if family is not None and taken.multiplied is not None:
            transform = with_functions(transform, task, factor, family, taken.multiplied)
        windows, gaps = windows_of(one, taken, task.stencils)
        single = levels_of(one.sizes)
        means = {name: varying.on(one.grid) for name, varying in one.streamed.items()}
        found.append(WeakData(taken, space, windows, single | dict(one.levels), task.stencils, transform,
                              task.settings.seed, basis, gaps, frozenset([*one.variances, *one.streamed]), usual,
                              one.correlations, single=single, means_in_time=means))
    return found


def windows_of(reading: Reading, words: WeakWords, stencils: Stencils) -> tuple[FrameWindows, Gaps | None]:
    """The frames that words are computed on, and where these read missing values."""
    windows = reading.windows([*words.uses, *transposed(words.uses, words.target)])
    if not reading.gaps:
        return windows, None
    gaps = gaps_of(words.uses, words.target, windows, stencils)
    if not gaps.packed.any():
        return windows, None
    return filled(windows, {name: reading.sizes[name].largest for name in reading.gaps}), gaps


def words_of(
    task: EquationTask, space: PhaseSpace, grids: Sequence[PhaseGrid]
) -> tuple[WeakWords, FunctionFamily | None, BasisValues | None]:
    """The words taken apart, and the functions that multiply some of them.

    Raises
    ------
    InputError
        If functions are asked for that the weak form does not have.
    """
    axes = [axis.name for axis in space.axes if axis.ordered]
    taken = WeakWords(task.target, tuple(divergence_form(term.word, space, axes) for term in task.terms))
    if not task.asked:
        return taken, None, None
    family, basis = family_of(task, taken, grids)
    return replace(taken, multiplied=multiplied_by(task, family, basis.axis)), family, basis


def levels_of(sizes: Mapping[str, FieldSizes]) -> dict[str, float]:
    """The noise of every field; that of rounding at least.

    Raises
    ------
    UnservedError
        If the noise of a field cannot be told.
    """
    found = {}
    for name, size in sizes.items():
        if not np.isfinite(size.level):
            if size.missing:
                raise InputError(f"the noise of {name} cannot be told, as {gaps_text(size.missing, size.values, name)} "
                                 "and too few others are side by side: give more frames or points, or fill single "
                                 "gaps in")
            raise UnservedError(f"the noise of {name} cannot be told, its axes are too short: give more frames or "
                                "points, or a multistep scheme such as --scheme trapezoid (scheme='trapezoid' in "
                                "Python)")
        found[name] = max(size.level, ROUNDING * size.root_mean_square)
    return found


def _transform(task: EquationTask, factors: Array) -> Array:
    """From all columns and the left-hand side to those of the unknowns."""
    count = len(task.terms)
    matrix = np.eye(count + 1)
    matrix[:count, :count] = factors[:, None] * tie_matrix(task.ties, count)
    for column, term in enumerate(task.terms):
        if term.known is not None:
            matrix[column, :count] = 0.0
            matrix[column, count] = -term.known
    return matrix


def functions_to_try(task: EquationTask, data: Sequence[WeakData]) -> list[Functions]:
    """The test functions that were asked for, or those to choose from.

    Raises
    ------
    SettingError
        If an axis has no test function, or is shorter than one.
    """
    asked = dict(_asked(task.settings.test_functions))
    if not asked:
        return candidates(data)
    known = ["t", *axes_of(data)]
    for name in asked:
        if name not in known:
            raise SettingError("test_functions", f"names the axis {name!r}: the test functions of this equation live "
                               f"on {', '.join(known)}")
    found: dict[str, TestFunction] = {}
    for name in known:
        points = _points(data, name)
        if name not in asked:
            raise SettingError("test_functions", f"says nothing of the axis {name!r}: give all half widths, such as "
                               f"{','.join(f'{one}=12' for one in known)}, or none")
        if 2 * asked[name] + 1 > points:
            raise SettingError("test_functions", f"has {name}={asked[name]}, which reads {2 * asked[name] + 1} points, "
                               f"and {name!r} has {points}: give at most {(points - 1) // 2}")
        found[name] = TestFunction(asked[name], power_of(data[0].words, name))
    return [found]


def near(data: Sequence[WeakData], functions: Functions, factor: float) -> Functions:
    """Test functions that are so many times as wide along all axes, but for what those hold.

    Parameters
    ----------
    data : sequence of WeakData
    functions : mapping of str to TestFunction
    factor : float
    """
    return {name: replace(one, half_width=max(2, min(round(factor * one.half_width), (_points(data, name) - 1) // 2)))
            for name, one in functions.items()}


def _points(data: Sequence[WeakData], name: str) -> int:
    return min(one.grid.frames if name == "t" else one.grid.outline.axis(name).size for one in data)


def _asked(texts: Sequence[str]) -> Mapping[str, int]:
    return {name.strip(): int(value) for name, _, value in (text.partition("=") for text in texts)}
