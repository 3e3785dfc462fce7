"""Fields of data and of forecasts: maps over time and space, over velocity and space, and over the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import units_of
from symdcrnn.report.pictures.canvas import WIDEST, canvas, draw_map, label, limits_of, named, quantity, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

TIMES = 3
"""So many frames of a field with two axes are shown."""


@dataclass(frozen=True)
class View:
    """A field as it can be drawn: over t and at most two axes, averaged over all others.

    Parameters
    ----------
    name : str
    axes : tuple of str
        t first.
    points : tuple of ndarray
        Of each axis.
    labels : tuple of str
        Of each axis, with units.
    values : ndarray
    what : str
        What the values are, with units.
    time : str or None
        Units of t.
    """

    name: str
    axes: tuple[str, ...]
    points: tuple[Array, ...]
    labels: tuple[str, ...]
    values: Array
    what: str
    time: str | None


def view_of(trajectory: Trajectory, name: str) -> View:
    """A field of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory
    name : str
    """
    axes, values, units = trajectory.axes_of(name), trajectory.array(name), units_of(trajectory)
    known = {axis.name: axis for axis in trajectory.axes}
    averaged: list[str] = []
    while len(axes) > 3:
        # Space is kept, which stands last.
        axis = known[axes[1]]
        weights = np.full(axis.size, 1.0 / axis.size) if axis.weights is None else axis.weights
        values = np.tensordot(weights, np.moveaxis(values, 1, 0), axes=1)
        averaged.append(axes[1])
        axes = (axes[0], *axes[2:])
    points = (trajectory.t, *(known[axis].coordinate for axis in axes[1:]))
    mean = f"mean of {name} over {', '.join(averaged)}" if averaged else name
    return View(name, axes, points, tuple(label(axis, units.get(axis)) for axis in axes), values,
                label(mean, units.get(name)), units.get("t"))


def draw_data(trajectory: Trajectory, fields: Sequence[str] | None = None, columns: int = WIDEST) -> Figure:
    """All fields: a line for one of time alone, a map of time and space, maps at three times for two axes.

    Parameters
    ----------
    trajectory : Trajectory
    fields : sequence of str, optional
    columns : int
        Panels side by side at most.
    """
    views = [view_of(trajectory, name) for name in fields or trajectory.field_names]
    figure, panels = canvas(sum(len(_frames(view)) for view in views), columns)
    left = iter(panels)
    for view in views:
        for frame in _frames(view):
            _draw(next(left), view, view.values, frame, view.what, limits_of(view.values))
    return figure


def draw_forecast(
    data: Trajectory, forecast: Trajectory, fields: Sequence[str], columns: int = WIDEST
) -> Figure | None:
    """Data, forecast and their difference, a row for each field; None if they have no frames in common.

    Parameters
    ----------
    data, forecast : Trajectory
        On the same grid.
    fields : sequence of str
    columns : int
        Panels side by side at most.
    """
    step = 0.5 * float(np.min(np.diff(data.t)))
    common = [(n, m) for m, t in enumerate(forecast.t) for n in [int(np.argmin(np.abs(data.t - t)))]
              if abs(data.t[n] - t) < step]
    if not common or not fields:
        return None
    figure, panels = canvas(3 * len(fields), columns)
    for number, name in enumerate(fields):
        there, made = view_of(data, name), view_of(forecast, name)
        first = there.values[[n for n, _ in common]]
        second = made.values[[m for _, m in common]]
        view = View(there.name, there.axes, (data.t[[n for n, _ in common]], *there.points[1:]), there.labels, first,
                    there.what, there.time)
        frame, limits = _frames(view)[-1], limits_of(first)
        row = panels[3 * number:3 * number + 3]
        for panel, values, said in ((row[0], first, "data"), (row[1], second, "forecast")):
            _draw(panel, view, values, frame, view.what, limits, said)
        _draw(row[2], view, second - first, frame, f"difference of {view.what}", limits_of(second - first),
              "forecast - data")
    return figure


def _frames(view: View) -> list[int | None]:
    """The frames that are drawn by themselves; None for all in one picture."""
    if len(view.axes) < 3:
        return [None]
    last = view.points[0].size - 1
    return list(dict.fromkeys(round(part) for part in np.linspace(0, last, TIMES)))


def _draw(panel: Axes, view: View, values: Array, frame: int | None, what: str, limits: tuple[float, float],
          said: str | None = None) -> None:
    above = said or view.name
    time = (view.labels[0], view.points[0])
    if frame is not None:
        title = f"{above} at {quantity('t', view.points[0][frame], view.time)}"
        up, across = zip(view.labels[1:], view.points[1:], strict=True)
        draw_map(panel, title, across, up, values[frame], what, limits)
        return
    if len(view.axes) == 1:
        titled(panel, above)
        panel.plot(view.points[0], values)
        named(panel, view.labels[0], what)
    else:
        draw_map(panel, above, (view.labels[1], view.points[1]), time, values, what, limits)
