"""Which stencils the data asks for: those under which the words of an equation leave the smallest residual.

A few residuals are formed in numpy and fitted by all words, once for each pair of stencils. Data of a solver has the
stencils of its solver, whose residual is smaller by orders of magnitude; other data stencils of a small truncation
error. Noise has no preference, and then the first pair is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.phase_space.ir.grid import PhaseGrid
from symdcrnn.kernels.phase_space.runtime.interpret import evaluate
from symdcrnn.preprocess.phase_frames import with_words
from symdcrnn.regression.dictionary import further_words
from symdcrnn.schemes.multistep import residual, sharpest_scheme
from symdcrnn.schemes.residual import Residual
from symdcrnn.settings import AUTO, FitSettings

Array = NDArray[np.float64]

PAIRS = (
    Stencils("central8", "central8"), Stencils("central12", "central12"), Stencils("central16", "central16"),
    Stencils("upwind3", "central4"), Stencils("central4", "central4"), Stencils("central2", "central2"),
)
"""Stencils that are tried, those that are preferred first: superfluous words can pay by fitting a truncation error."""

AS_GOOD = 2.0
"""A residual is not told from one that is smaller by less than this factor."""

MOST_NUMBERS = 2e8
"""Values of words that are computed for a trial at most."""

LARGE = Stencils("central8", "central8")
"""What is taken where a trial would take too long."""


def best_stencils(form: Residual, grid: PhaseGrid) -> Stencils:
    """The stencils of the smallest residual.

    Parameters
    ----------
    form : Residual
    grid : PhaseGrid
        With all functions of its words.
    """
    reads = len(form.time_weights)
    points = int(np.prod([grid.axis(name).size for name in form.target.axes if name != "t"]))
    places = sorted({0, (grid.frames - reads) // 2, grid.frames - reads})
    while len(places) > 1 and len(places) * reads * points * len(form.columns) * len(PAIRS) > MOST_NUMBERS:
        places.pop()
    if len(places) * reads * points * len(form.columns) * len(PAIRS) > MOST_NUMBERS:
        return LARGE
    left: dict[Stencils, float] = {}
    for stencils in PAIRS:
        try:
            left[stencils] = _residual(form, grid, stencils, places)
        except InputError:  # an axis has fewer points than the stencil
            continue
    least = min(left.values())
    return next(stencils for stencils, value in left.items() if value <= AS_GOOD * least)


def _residual(form: Residual, grid: PhaseGrid, stencils: Stencils, places: Sequence[int]) -> float:
    """What the words leave of the left-hand side, relative to it."""
    inside = tuple(_inside(grid, axis.name, form) for axis in grid.axes)
    parts, sides = [], []
    for first in places:
        frames = range(first, first + len(form.time_weights))
        target = grid.fields[form.target.name][first:first + len(form.time_weights)]
        side = np.tensordot(form.time_weights, target, axes=1)
        shape = tuple(axis.size if axis.name in form.target.axes else 1 for axis in grid.axes)
        wide = side.reshape(shape)
        sides.append(wide[inside].reshape(-1))
        columns = []
        for column in form.columns:
            values = evaluate(column.word, grid, stencils, frames)
            combined = np.tensordot(column.time_weights, np.broadcast_to(values, (len(frames), *values.shape[1:])), 1)
            columns.append(np.broadcast_to(combined, shape)[inside].reshape(-1))
        parts.append(np.array(columns))
    matrix, right = np.concatenate(parts, axis=1).T, np.concatenate(sides)
    sizes = np.sqrt(np.mean(matrix**2, axis=0))
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    found = np.linalg.lstsq(matrix / sizes, right, rcond=1e-13)[0]
    rest = right - (matrix / sizes) @ found
    return float(np.linalg.norm(rest) / max(np.linalg.norm(right), np.finfo(float).tiny))


def _inside(grid: PhaseGrid, name: str, form: Residual) -> slice:
    """The points of an axis away from its open ends, where stencils lean inwards."""
    axis = grid.axis(name)
    if axis.periodic or axis.role == "index" or name not in form.target.axes:
        return slice(None)
    margin = min(16, axis.size // 4)
    return slice(margin, axis.size - margin)


def with_stencils(
    settings: FitSettings, fields: Sequence[Field], targets: Sequence[str], grid: PhaseGrid | None,
    space: PhaseSpace | None,
) -> FitSettings:
    """The settings with stencils in the place of those that the data is to choose.

    Parameters
    ----------
    settings : FitSettings
    fields : sequence of Field
    targets : sequence of str
        Fields whose equations are sought; the first one chooses.
    grid : PhaseGrid or None
        Of the first trajectory; None for data on even t and x, and v.
    space : PhaseSpace or None
        Likewise.
    """
    if AUTO not in (settings.transport_stencil, settings.central_stencil):
        return settings
    found = Stencils()
    if space is not None and grid is not None:
        ansatz = ansatz_of(settings, fields, targets[0], space)
        words = [*ansatz.words, *further_words(settings, space, ansatz.target)]
        form = residual(sharpest_scheme(grid.frames), ansatz.target, list(dict.fromkeys(words)))
        found = best_stencils(form, with_words(grid, form.words))
    return replace(
        settings,
        transport_stencil=found.transport if settings.transport_stencil == AUTO else settings.transport_stencil,
        central_stencil=found.central if settings.central_stencil == AUTO else settings.central_stencil,
    )
