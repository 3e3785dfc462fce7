"""What every picture is drawn on, and how it becomes a file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.units import SINCE
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

WIDEST = 3
"""Panels side by side at most."""

WIDTH, HEIGHT = 4.2, 3.1
"""Of a panel, in inches."""

PAD = 0.14
"""Inches beside and between panels, so that the scale of a map or the label of an axis is told from what is next."""

EXPONENTS = (-3, 4)
"""Numbers beyond these powers of ten are written with a common factor."""

ABOVE = 18.0
"""Points between a map and its title: the common factors of its numbers stand there."""

DPI = 120

SMALL = 9
"""Points of titles and of labels inside of panels."""

TITLE, NAME = 60, 24
"""Letters in a line of a title, and of a name beside a panel."""

LINE = 0.155
"""Inches of a line of a name."""

FINEST = 400
"""Points of a map along an axis at most: a picture shows no more."""

ENDINGS = (".png", ".pdf", ".svg")


def canvas(panels: int, columns: int = WIDEST, width: float = WIDTH, height: float = HEIGHT) -> tuple[
        Figure, list[Axes]]:
    """A figure with so many panels, free of any window system.

    Parameters
    ----------
    panels : int
        At least one.
    columns : int
        Side by side at most.
    width, height : float
        Of each, in inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = min(panels, columns)
    rows = -(-panels // columns)
    layout = ConstrainedLayoutEngine(w_pad=PAD, h_pad=0.5 * PAD)
    figure = Figure(figsize=(width * columns, height * rows), layout=layout)
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for unused in axes[panels:]:
        unused.set_axis_off()
    return figure, axes[:panels]


def label(name: str, units: str | None = None) -> str:
    """A name with its units: ``x [m]``."""
    return name if units in (None, "", "1") else f"{name} [{units}]"


def in_lines(text: str, length: int) -> str:
    """A text in lines of some letters at most."""
    return "\n".join(wrap(text, length, break_on_hyphens=False))


def quantity(name: str, value: float, units: str | None = None) -> str:
    """A value with its name and units: ``t = 0.5 s``."""
    plain = label("", units).strip(" []").split(SINCE)[0]
    return f"{name} = {value:.4g} {plain}".rstrip()


def titled(panel: Axes, text: str, pad: float | None = None) -> None:
    """Put a title over a panel, in several lines where that is narrow."""
    panel.set_title(in_lines(text, TITLE), fontsize=SMALL, pad=pad, parse_math=False, wrap=True)


def named(panel: Axes, across: str, up: str) -> None:
    """Label the axes of a panel."""
    panel.set_xlabel(across, parse_math=False)
    panel.set_ylabel(up, parse_math=False)


def draw_map(panel: Axes, title: str, across: tuple[str, Array], up: tuple[str, Array], values: Array, what: str,
             limits: tuple[float, float] | None = None) -> None:
    """A map in colours with its scale; white is zero where values have both signs.

    Parameters
    ----------
    panel : Axes
    title : str
    across, up : (str, ndarray)
        Labels and points of the axes; points that do not increase are numbered.
    values : ndarray, shape (up, across)
    what : str
        What the colours are.
    limits : (float, float), optional
        Of the colours; by default those of the values.
    """
    thinned = values[::_every(values.shape[0]), ::_every(values.shape[1])]
    places = [_places(name, points)[1][::_every(points.size)] for name, points in (across, up)]
    low, high = limits or limits_of(thinned)
    both = low < 0.0 < high
    most = max(-low, high)
    ends = (-most, most) if both else (low, high)
    picture = panel.pcolormesh(*places, thinned, shading="nearest", rasterized=True, vmin=ends[0], vmax=ends[1],
                               cmap="RdBu_r" if both else "viridis")
    panel.ticklabel_format(style="sci", scilimits=EXPONENTS)
    bar = panel.figure.colorbar(picture, ax=panel, pad=0.02)
    bar.set_label(what, fontsize=SMALL, labelpad=2, parse_math=False, wrap=True)
    titled(panel, title, ABOVE if _has_factor((*places, np.array(ends))) else None)
    named(panel, _places(*across)[0], _places(*up)[0])


def _has_factor(shown: Sequence[Array]) -> bool:
    """Whether numbers of axes or colours are written with a common factor above the panel."""
    largest = [float(np.max(np.abs(one))) for one in shown]
    return any(not 10.0 ** EXPONENTS[0] < size < 10.0 ** EXPONENTS[1] for size in largest if size > 0.0)


def limits_of(values: Array) -> tuple[float, float]:
    """The least and the largest value that is there."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _places(name: str, points: Array) -> tuple[str, Array]:
    if points.size < 2 or bool(np.all(np.diff(points) > 0.0)):
        return name, points
    return f"{name}, by number", np.arange(points.size, dtype=np.float64)


def _every(size: int) -> int:
    return -(-size // FINEST)


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """The figure as the content of a PNG file.

    Parameters
    ----------
    figure : Figure
    dpi : int
        Dots per inch.
    """
    return content(figure, "png", dpi)


def content(figure: Figure, kind: str, dpi: int = DPI) -> bytes:
    """The figure as the content of a file of some kind: png, pdf or svg; the same figure gives the same bytes."""
    import matplotlib

    buffer = BytesIO()
    said = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "symdcrnn"}):
        # A name may have letters that the font lacks: the picture then shows a box.
        warnings.simplefilter("ignore", UserWarning)
        # Another layout starts from the places of the last one, and differs from it in the last digits.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=said)
    return buffer.getvalue()


def check_picture(path: Path) -> None:
    """Refuse a name that does not end as pictures do.

    Raises
    ------
    InputError
        With the endings that there are.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path}: pictures are written as PNG, PDF or SVG: give a name that ends in "
                         f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure to a file, whole or not at all.

    Raises
    ------
    InputError
        If its name does not end as pictures do.
    """
    from symdcrnn.data.files.atomic import replacing

    check_picture(path)
    with replacing(path) as temporary:
        temporary.write_bytes(content(figure, path.suffix.lower().removeprefix(".")))
