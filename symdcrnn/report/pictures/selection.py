"""How terms were selected: the residual along the path of candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symdcrnn.equation import LearnedEquation
from symdcrnn.report.pictures.canvas import canvas, named, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST = 1e-17
"""Where residuals that are zero are drawn."""


def draw_path(equation: LearnedEquation) -> Figure | None:
    """The residual over the number of terms, the equation marked; None if no terms were selected.

    Parameters
    ----------
    equation : LearnedEquation
    """
    from matplotlib.ticker import MaxNLocator

    if not equation.path:
        return None
    figure, (panel,) = canvas(1, width=4.8, height=3.6)
    counts = [len(step.words) for step in equation.path]
    residuals = [max(step.judge_residual, SMALLEST) for step in equation.path]
    panel.semilogy(counts, residuals, "o-", markersize=4)
    knee = next((step for step in equation.path if len(step.words) == equation.chosen_words), None)
    if knee is not None:
        panel.semilogy([len(knee.words)], [max(knee.judge_residual, SMALLEST)], "o", markersize=11, fillstyle="none",
                       color="tab:red", label="the equation")
        panel.legend(fontsize="small")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    titled(panel, f"d_t {equation.target}: candidates dropped one by one")
    named(panel, "terms left", f"relative residual ({equation.judge})")
    return figure
