"""Stability selection of an equation that the weak form found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.fitting.stages import Prepared
from symdcrnn.fitting.task import EquationTask
from symdcrnn.fitting.weak.joint import Found
from symdcrnn.uncertainty.choosing import FEWEST
from symdcrnn.uncertainty.stability import inclusion
from symdcrnn.weak_form.decision.halves import Cell, Halves, cells_of, words_of_half
from symdcrnn.weak_form.functions import reduced
from symdcrnn.weak_form.noise.covariances import covariance, pilot_of
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]


def inclusion_of(
    task: EquationTask, data: Sequence[WeakData], prepared: Prepared, found: Found
) -> tuple[float, ...] | None:
    """How often each word is chosen from half of the data, by column.

    Parameters
    ----------
    task : EquationTask
    data : sequence of WeakData
        All trajectories.
    prepared : Prepared
    found : Found

    Returns
    -------
    tuple of float, or None
        None where there are too few cells.
    """
    best, candidates = found.best, prepared.candidates
    cells = cells_of(data, best.functions)
    if len(cells) < FEWEST:
        return None
    if found.joint is not None:
        # Functions are what they are at best in all of the data.
        whole = found.joint.whole
        matrix = reduced(whole, found.joint.family, candidates).matrix
        smooth = best.gram - matrix.T @ whole.gram @ matrix
        cells = [Cell(one.rows, matrix.T @ one.gram @ matrix + one.rows / whole.rows * smooth) for one in cells]
        data = [replace(one, transform=one.transform @ matrix) for one in data]
    by_noise = found.choice.by_noise
    errors = (covariance(data, best.functions, pilot_of(best, found.choice.active), candidates) if by_noise
              else np.zeros_like(best.gram[:-1, :-1]))
    common = Halves(best, tuple(cells), errors, candidates, found.choice.active, by_noise,
                    0 if found.joint is not None else 1, task.columns_of_groups)
    task.report("stability selection", 0, 1)
    often = inclusion(words_of_half, common, len(cells), best.unknowns, task.settings.stability, task.settings.seed,
                      task.engine)
    task.report("stability selection", 1, 1)
    return tuple(map(float, often))
