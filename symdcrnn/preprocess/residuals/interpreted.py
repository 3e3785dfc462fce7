"""The columns of residuals of little data, in numpy: they are there before a compiler has started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.binding import level_weights
from symdcrnn.kernels.runtime.interpret import each_value, steps_of
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]

LITTLE = 2**24
"""Values of columns up to which numpy makes them: it takes tenths of a second, and a compiler ten."""

TOGETHER = 2**17
"""Values at which a word is computed together."""


def is_little(form: Residual, frames: int, spans: Mapping[str, tuple[int, int]], together: int) -> bool:
    """Whether numpy makes the columns of a residual; it depends on nothing but their size.

    Parameters
    ----------
    form : Residual
    frames : int
        Of all data.
    spans : mapping of str to (int, int)
        By axis of the left-hand side, the points that are fitted.
    together : int
        Trajectories whose columns are in memory together.
    """
    points = frames * prod(last - first for first, last in spans.values())
    return together * points * (len(form.columns) + 1) <= LITTLE


def interpreted_columns(
    form: Residual, grid: PhaseGrid, stencils: Stencils, weights: Array | None,
    spans: Mapping[str, tuple[int, int]], order: Sequence[str],
) -> Array:
    """Every column at the points whose stencils stay inside the data.

    Parameters
    ----------
    form : Residual
    grid : PhaseGrid
        With all that the words read.
    stencils : Stencils
    weights : ndarray, shape (residuals, levels, frames), or None
        Of the combinations of frames, where they differ from one residual to the next.
    spans : mapping of str to (int, int)
        Those points, by axis of the left-hand side.
    order : sequence of str
        These axes as they are wanted.

    Returns
    -------
    ndarray
        Axes (column, residual, `order`).

    Raises
    ------
    InputError
        If a function has no finite value somewhere.
    """
    levels = level_weights(form)
    combined = np.array([levels]) if weights is None else weights
    residuals = grid.frames - len(form.time_weights) + 1
    shape = [spans[name][1] - spans[name][0] for name in order]
    found = np.zeros((len(form.columns), residuals, *shape))
    columns: dict[Word, list[tuple[Array, Array]]] = {}
    for one, column in zip(found, form.columns, strict=True):
        columns.setdefault(column.word, []).append((one, combined[:, levels.index(tuple(column.time_weights))]))
    steps = steps_of(tuple(dict.fromkeys(form.words)))
    step = max(1, TOGETHER // max(1, prod(axis.size for axis in grid.axes)))
    with np.errstate(all="ignore"):
        for first in range(0, grid.frames, step):
            frames = range(first, min(first + step, grid.frames))
            for (word, _), values in zip(steps, each_value(steps, grid, stencils, frames), strict=True):
                for one, own in columns.get(word, ()):
                    _add(one, _inside(values, grid, spans, order), own, frames)
    return found


def _inside(
    values: Array, grid: PhaseGrid, spans: Mapping[str, tuple[int, int]], order: Sequence[str]
) -> Array:
    """What has axes (frame, axes of the grid) at the fitted points, of length one where it does not depend on them."""
    names = [axis.name for axis in grid.axes]
    # Along an axis that the left-hand side lacks there is one value: nothing depends on it.
    at = tuple(slice(*spans[name]) if name in spans and size > 1 else slice(0, 1)
               for name, size in zip(names, values.shape[1:], strict=True))
    everywhere = (slice(None), *at)
    wanted = [1 + names.index(name) for name in order]
    others = [1 + number for number, name in enumerate(names) if name not in order]
    inside = np.transpose(values[everywhere], (0, *wanted, *others))
    return inside.reshape(inside.shape[:1 + len(order)])


def _add(column: Array, values: Array, weights: Array, frames: range) -> None:
    """Add what some frames give to a column, by weights of shape (residuals or 1, frames)."""
    for place in np.flatnonzero(np.any(weights, axis=0)):
        # Residual n reads frame n + place.
        first, stop = max(frames.start - place, 0), min(frames.stop - place, column.shape[0])
        if first >= stop:
            continue
        own = weights[first:stop, place] if weights.shape[0] > 1 else weights[:, place]
        read = values[first + place - frames.start:stop + place - frames.start]
        column[first:stop] += own.reshape(-1, *(1 for _ in column.shape[1:])) * read
