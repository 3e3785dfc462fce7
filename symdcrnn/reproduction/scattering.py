"""Figure 5: sigma_S(x) as it is learned without and with continuity (example 6.4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import symdcrnn
from symdcrnn.data.files.atomic import replacing
from symdcrnn.reproduction.item import Column, Computed

PICTURE = "figure-5.png"
SIGMA_S = "1 + 100*x**2"
EXACT = {"v_dx g": -1.0, "<v_dx g>": 1.0, "v_dx rho": -1.0}

COLUMNS = (
    Column("label", "fit"), Column("paper", "paper: coefficients", ".1e"), Column("ours", "ours", ".1e"),
    Column("paper_ends", "paper: least and largest sigma_S"), Column("ends", "ours"),
    Column("worst", "worst anywhere, %", ".2g"), Column("words", "words", "d"), Column("seconds", "seconds", ".1f"),
)

FITS: dict[str, tuple[dict[str, Any], float | None, str | None]] = {
    "IMEX-BDF2, a value per point": ({"scheme": "imex-bdf2", "basis": "grid"}, 0.016, "0.1, 3.757"),
    "and continuity": ({"scheme": "imex-bdf2", "basis": "grid", "continuity": 1e-10}, 0.017, "0.06, 3.893"),
    "best scheme, a spline": ({}, None, None),
}
"""What is fitted, and the largest errors that the paper prints for the coefficients and for the ends of sigma_S."""


def scattering_rows() -> Callable[[str], Computed]:
    """The function from a key of `FITS` to absolute errors of coefficients and of sigma_S(x) = 1 + 100 x^2."""
    data = lru_cache(maxsize=1)(lambda: symdcrnn.generate(symdcrnn.preset("paper", epsilon=1.0, sigma_s=SIGMA_S)))

    def of_fit(label: str) -> Computed:
        settings, paper, paper_ends = FITS[label]
        trajectory = data()
        exact = 1.0 + 100.0 * trajectory.x**2
        started = time.perf_counter()
        model = symdcrnn.fit(trajectory, equations="g", functions=("g:g",), starts=2, **settings)
        seconds = time.perf_counter() - started
        equation = model["g"]
        sigma = -np.array(equation.functions[0].values)
        coefficients = equation.coefficients
        error = max(abs(coefficients.get(word, 0.0) - EXACT.get(word, 0.0)) for word in {*coefficients, *EXACT})
        return Computed({
            "label": label, "paper": paper, "ours": error, "paper_ends": paper_ends,
            "ends": f"{abs(sigma.min() - exact.min()):.2g}, {abs(sigma.max() - exact.max()):.2g}",
            "worst": 100.0 * float(np.max(np.abs(sigma / exact - 1.0))), "words": len(coefficients) + 1,
            "seconds": seconds, "floor": None,
        }, {"x": trajectory.x, "exact": exact, "learned": sigma})

    return of_fit


def draw(path: Path, rows: Sequence[Computed]) -> None:
    """One panel per fit: sigma_S above, its relative error below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(rows), 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, len(rows), sharex=True, sharey="row", height_ratios=(2, 1), squeeze=False)
    for number, row in enumerate(rows):
        x, exact, sigma = (row.curves[name] for name in ("x", "exact", "learned"))
        above, below = panels[:, number]
        above.plot(x, exact, color="0.7", linewidth=4, label="exact")
        above.plot(x, sigma, label="learned")
        above.set_title(row.cells["label"], fontsize=10)
        below.semilogy(x, np.maximum(np.abs(sigma / exact - 1.0), 1e-12))
        below.set_xlabel("x")
    panels[0, 0].legend()
    panels[0, 0].set_ylabel("$\\sigma_S(x)$")
    panels[1, 0].set_ylabel("relative error")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
