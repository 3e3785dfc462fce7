"""What an equation leaves of the changes of its field: where, and at which wavenumbers; and its rates at one time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symdcrnn.changes import Changes
from symdcrnn.data.units import quotient_of_units
from symdcrnn.report.pictures.canvas import EXPONENTS, WIDEST, canvas, draw_map, label, named, titled
from symdcrnn.report.rates import RateComparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


def _rates(found: Changes, values: Array) -> Array:
    """Changes over the times that they took."""
    return values / found.steps.reshape(-1, *([1] * (values.ndim - 1)))


def _along_last(values: Array) -> Array:
    """The root mean square over all axes between the first and the last."""
    with np.errstate(invalid="ignore"):
        between = tuple(range(1, values.ndim - 1))
        return values if not between else np.sqrt(np.mean(values**2, axis=between))


def draw_residual(target: str, found: Changes, units: Mapping[str, str]) -> Figure:
    """A map of the residual over time and the last axis.

    Parameters
    ----------
    target : str
        The field of the equation.
    found : Changes
    units : mapping of str to str
        Of axes and fields.
    """
    left, whole = (_rates(found, one) for one in (found.left, found.change))
    seen = np.isfinite(left)
    size = float(np.sqrt(np.mean(left[seen] ** 2) / np.mean(whole[seen] ** 2))) if np.any(whole[seen]) else 0.0
    names = list(found.places)
    what = label(f"residual of d_t {target}", _rate_units(target, units))
    figure, (panel,) = canvas(1, width=4.8, height=3.6)
    title = f"d_t {target} less its right-hand side: {size:.2g} of d_t {target}"
    if len(names) == 1:
        titled(panel, title)
        panel.plot(found.places["t"], left)
        named(panel, label("t", units.get("t")), what)
        return figure
    if len(names) > 2:
        what = f"rms over {', '.join(names[1:-1])} of the {what}"
    last = names[-1]
    draw_map(panel, title, (label(last, units.get(last)), found.places[last]),
             (label("t", units.get("t")), found.places["t"]), _along_last(left), what)
    return figure


def draw_spectrum(target: str, found: Changes, units: Mapping[str, str]) -> Figure | None:
    """Amplitudes over the wavenumber along the last axis, of the rate and of the residual; None without an axis.

    Parameters
    ----------
    target : str
    found : Changes
    units : mapping of str to str
    """
    names = list(found.places)
    last = names[-1]
    points = found.places[last]
    if len(names) == 1 or points.size < 4:
        return None
    left, whole = (_rates(found, one) for one in (found.left, found.change))
    inside = np.isfinite(left).all(axis=tuple(range(left.ndim - 1)))
    if np.count_nonzero(inside) < 4:
        return None
    length = np.count_nonzero(inside)
    # A window keeps ends that do not meet out of the spectrum.
    window = np.hanning(length) if length < points.size else np.ones(length)
    numbers = 2.0 * np.pi * np.fft.rfftfreq(length, float(np.mean(np.diff(points[inside]))))
    figure, (panel,) = canvas(1, width=4.8, height=3.6)
    for values, said, width in ((whole, f"d_t {target}", 2.5), (left, "residual", 1.2)):
        amplitudes = np.abs(np.fft.rfft(window * values[..., inside], axis=-1)) / length
        mean = np.sqrt(np.mean(amplitudes**2, axis=tuple(range(amplitudes.ndim - 1))))
        panel.loglog(numbers[1:], np.maximum(mean[1:], np.finfo(float).tiny), linewidth=width, label=said)
    named(panel, label(f"wavenumber along {last}", quotient_of_units("1", units.get(last))),
          label("rms amplitude", _rate_units(target, units)))
    titled(panel, f"spectrum of d_t {target} and of its residual")
    for text in panel.legend(fontsize="small").get_texts():
        text.set_parse_math(False)
    return figure


def _rate_units(target: str, units: Mapping[str, str]) -> str | None:
    return quotient_of_units(units.get(target), units.get("t"))


def draw_comparison(
    target: str, comparison: RateComparison, units: Mapping[str, str], columns: int = WIDEST
) -> Figure:
    """The right-hand side on the finite difference, and below it what is left.

    Parameters
    ----------
    target : str
        The field of the equation.
    comparison : RateComparison
    units : mapping of str to str
        Of axes and fields.
    columns : int
        Places side by side at most.
    """
    count = len(comparison.labels)
    wide = min(count, columns)
    figure, panels = canvas(2 * count, wide, height=2.6)
    for number, said in enumerate(comparison.labels):
        start = 2 * wide * (number // wide) + number % wide
        above, below = panels[start], panels[start + wide]
        above.plot(comparison.x, comparison.difference[number], color="0.7", linewidth=4, label="difference of frames")
        above.plot(comparison.x, comparison.rate[number], linewidth=1, label="right-hand side")
        below.plot(comparison.x, comparison.difference[number] - comparison.rate[number], linewidth=1)
        titled(above, said)
        rate = _rate_units(target, units)
        named(above, "", label(f"d_t {target}", rate))
        named(below, label(comparison.axis, units.get(comparison.axis)), label("what is left", rate))
        for panel in (above, below):
            panel.ticklabel_format(style="sci", scilimits=EXPONENTS)
    panels[0].legend(fontsize="small")
    return figure
