"""How alike the terms of an equation are in some data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.report.pictures.canvas import LINE, NAME, SMALL, canvas, in_lines, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

ROW = 0.55
"""Inches of a term."""

DARK = 0.6
"""Correlations beyond this are written in white."""


def draw_collinearity(target: str, words: Sequence[str], correlations: Array) -> Figure | None:
    """The correlation of every two terms; None for fewer than two.

    Parameters
    ----------
    target : str
        The field of the equation.
    words : sequence of str
    correlations : ndarray, shape (words, words)
    """
    if len(words) < 2:
        return None
    names = [in_lines(word, NAME) for word in words]
    size = 2.2 + max(ROW, LINE * (1 + max(name.count("\n") + 1 for name in names))) * len(words)
    figure, (panel,) = canvas(1, width=size + 0.8, height=size)
    picture = panel.imshow(correlations, cmap="RdBu_r", vmin=-1.0, vmax=1.0)
    for row, column in np.ndindex(correlations.shape):
        value = float(correlations[row, column])
        panel.text(column, row, _text(value, 2 if abs(value) < 0.995 or row == column else 4),
                   ha="center", va="center", fontsize=7, color="white" if abs(value) > DARK else "black")
    places = np.arange(len(words))
    panel.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor", parse_math=False, fontsize=SMALL)
    panel.set_yticks(places, names, parse_math=False, fontsize=SMALL)
    figure.colorbar(picture, ax=panel, shrink=0.8).set_label("correlation")
    titled(panel, f"terms of d_t {target}: collinearity in this data")
    return figure


def _text(value: float, digits: int) -> str:
    """Zero without a sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"
