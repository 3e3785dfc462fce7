"""Coefficients that are functions, each with its band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.equation import LearnedEquation, LearnedFunction
from symdcrnn.equation_text import names_of_functions
from symdcrnn.report.pictures.canvas import WIDEST, canvas, draw_map, label, named, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = 2.0
"""Standard errors on both sides."""


def draw_functions(
    equations: Sequence[LearnedEquation], columns: int = WIDEST, start: float | None = None
) -> Figure | None:
    """One panel for every coefficient that is a function; None if there is none.

    Parameters
    ----------
    equations : sequence of LearnedEquation
    columns : int
        Panels side by side at most.
    start : float, optional
        The left end of x, which functions of x are counted from.
    """
    found = [(equation.target, name, function) for equation in equations
             for name, function in zip(names_of_functions(equation), equation.functions, strict=True)]
    if not found:
        return None
    figure, panels = canvas(len(found), columns)
    for panel, (target, name, function) in zip(panels, found, strict=True):
        what = "source" if function.word == "1" else f"coefficient of {function.word}"
        title = f"{name}({', '.join(function.points)}) in d_t {target}: {what}"
        _draw(panel, title, function, label(name, function.units), start)
    return figure


def _draw(panel: Axes, title: str, function: LearnedFunction, name: str, start: float | None) -> None:
    *others, last = function.points
    across = np.array(function.points[last])
    said = label(last, function.axis_units.get(last))
    if last == "x" and start is None:
        said = label("x, from the left end", function.axis_units.get(last))
    elif last == "x" and start is not None:
        across = across + start
    if others:
        values = np.reshape(function.values, [len(points) for points in function.points.values()])
        values = values.reshape(-1, *values.shape[-2:])[0]
        up = others[-1]
        draw_map(panel, title, (said, across), (label(up, function.axis_units.get(up)), np.array(function.points[up])),
                 values, name)
        return
    titled(panel, title)
    if function.errors:
        middle, band = np.array(function.values), BAND * np.array(function.errors)
        panel.fill_between(across, middle - band, middle + band, alpha=0.3, linewidth=0.0,
                           label="two standard errors")
        panel.legend(fontsize="small")
    panel.plot(across, function.values)
    named(panel, said, name)
