"""Pictures of what was learned.  Names come from files, so none of them is read as a formula."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.equation import LearnedEquation
from symdcrnn.report.rates import RateComparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDEST = 3
"""Panels side by side at most."""

SMALLEST = 1e-17
"""Where residuals that are zero are drawn."""


def empty_figure(panels: int, width: float = 4.0, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels, free of any window system.

    Parameters
    ----------
    panels : int
        At least one.
    width, height : float
        Of each, in inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(panels, WIDEST)
    rows = -(-panels // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for unused in axes[panels:]:
        unused.set_axis_off()
    return figure, axes[:panels]


def draw_functions(equations: Sequence[LearnedEquation]) -> Figure | None:
    """One panel for every coefficient that is a function; None if there is none.

    Parameters
    ----------
    equations : sequence of LearnedEquation
    """
    found = [(equation.target, function) for equation in equations for function in equation.functions]
    if not found:
        return None
    figure, axes = empty_figure(len(found))
    for panel, (target, function) in zip(axes, found, strict=True):
        what = "source" if function.word == "1" else f"coefficient of {function.word}"
        *others, last = function.points
        panel.set_xlabel("x, from the left end" if last == "x" else last, parse_math=False)
        if others:
            values = np.reshape(function.values, [len(points) for points in function.points.values()])
            picture = panel.pcolormesh(function.points[last], function.points[others[0]], values, shading="nearest")
            figure.colorbar(picture, ax=panel)
            panel.set_ylabel(others[0], parse_math=False)
            panel.set_title(f"{target}-equation: {what}", fontsize=10, parse_math=False)
            continue
        if function.errors:
            middle, band = np.array(function.values), 2.0 * np.array(function.errors)
            panel.fill_between(function.x, middle - band, middle + band, alpha=0.3, linewidth=0.0,
                               label="two standard errors")
            panel.legend()
        panel.plot(function.x, function.values)
        panel.set_title(f"{target}-equation", fontsize=10, parse_math=False)
        panel.set_ylabel(what, parse_math=False)
    return figure


def draw_path(equation: LearnedEquation) -> Figure | None:
    """The residual over the number of words, the equation marked; None if no words were chosen.

    Parameters
    ----------
    equation : LearnedEquation
    """
    from matplotlib.ticker import MaxNLocator

    if not equation.path:
        return None
    figure, (panel,) = empty_figure(1, 6.0, 3.6)
    words = [len(step.words) for step in equation.path]
    residuals = [max(step.judge_residual, SMALLEST) for step in equation.path]
    panel.semilogy(words, residuals, "o-", markersize=4)
    knee = next((step for step in equation.path if len(step.words) == equation.chosen_words), None)
    if knee is not None:
        panel.semilogy([len(knee.words)], [max(knee.judge_residual, SMALLEST)], "o", markersize=11, fillstyle="none",
                       color="tab:red", label="the equation")
        panel.legend()
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlabel("words")
    panel.set_ylabel(f"relative residual under {equation.judge}", parse_math=False)
    return figure


def draw_comparison(target: str, comparison: RateComparison) -> Figure:
    """The right-hand side on the finite difference, and below it what is left.

    Parameters
    ----------
    target : str
        The field of the equation.
    comparison : RateComparison
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(comparison.labels)
    figure = Figure(figsize=(4.6 * count, 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, count, sharex=True, squeeze=False, height_ratios=(2, 1))
    for number, label in enumerate(comparison.labels):
        above, below = panels[:, number]
        above.plot(comparison.x, comparison.difference[number], color="0.7", linewidth=4, label="difference of frames")
        above.plot(comparison.x, comparison.rate[number], linewidth=1, label="right-hand side")
        below.plot(comparison.x, comparison.difference[number] - comparison.rate[number], linewidth=1)
        above.set_title(label, fontsize=10, parse_math=False)
        below.set_xlabel(comparison.axis, parse_math=False)
    panels[0, 0].legend()
    panels[0, 0].set_ylabel(f"d_t {target}", parse_math=False)
    panels[1, 0].set_ylabel("what is left")
    return figure


def png(figure: Figure, dpi: int = 120) -> bytes:
    """The figure as the content of a PNG file.

    Parameters
    ----------
    figure : Figure
    dpi : int
        Dots per inch.
    """
    buffer = BytesIO()
    with warnings.catch_warnings():
        # A name may have letters that the font lacks: the picture then shows a box.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
