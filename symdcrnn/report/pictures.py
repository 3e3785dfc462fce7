"""Pictures of what was learned.  Names come from files, so none of them is read as a formula."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from symdcrnn.equation import LearnedEquation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDEST = 3
"""Panels side by side at most."""


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
    """One panel for every coefficient that is a function of x; None if there is none.

    Parameters
    ----------
    equations : sequence of LearnedEquation
    """
    found = [(equation.target, function) for equation in equations for function in equation.functions]
    if not found:
        return None
    figure, axes = empty_figure(len(found))
    for panel, (target, function) in zip(axes, found, strict=True):
        panel.plot(function.x, function.values)
        panel.set_title(f"{target}-equation", fontsize=10, parse_math=False)
        panel.set_xlabel("x, from the left end")
        panel.set_ylabel("source" if function.word == "1" else f"coefficient of {function.word}", parse_math=False)
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
