"""The trained networks as trees: operators, layers that multiply two sums, and the sum at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.algebra.rnn import weights
from symdcrnn.equation import NetworkRecord
from symdcrnn.report.pictures.canvas import SMALL, WIDEST, canvas, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 4.0
"""Points of the line of the largest weight."""

SEEN = 0.02
"""Weights smaller than this part of the largest one are not drawn."""

BOX = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "0.3"}


def draw_network(
    target: str, network: NetworkRecord, operators: Sequence[str], bases: Sequence[str], layers: int,
    columns: int = WIDEST,
) -> Figure | None:
    """One tree for every base and scale; None if there are no networks.

    Parameters
    ----------
    target : str
        The field of the equation.
    network : NetworkRecord
    operators : sequence of str
        Names of the letters.
    bases : sequence of str
        What the networks act on.
    layers : int
        K.
    columns : int
        Panels side by side at most.
    """
    if not network.starts or not network.theta:
        return None
    scales = len(network.theta[0])
    trees = [(base, scale, theta[scale]) for base, theta in zip(bases, network.theta, strict=False)
             for scale in range(scales)]
    figure, panels = canvas(len(trees), min(columns, scales), width=4.4, height=3.2)
    for panel, (base, scale, theta) in zip(panels, trees, strict=True):
        power = "" if not scale else " (1/eps)" if scale == 1 else f" (1/eps^{scale})"
        most = max(map(abs, theta), default=0.0)
        titled(panel, f"d_t {target}: network{power} on {base}, largest weight {most:.3g}")
        _draw(panel, theta, operators, layers)
    figure.supxlabel("lines are weights, wide for large ones and red for negative ones; a layer is the product of two "
                     "sums, the second one dashed", fontsize=SMALL, wrap=True)
    return figure


def _draw(panel: Axes, theta: Sequence[float], operators: Sequence[str], layers: int) -> None:
    """Sources stand in columns from left to right; each layer is the product of a full and a dashed sum."""
    count = len(operators)
    places = [(0.0, 1.0 - (row + 0.5) / count) for row in range(count)]
    places += [(float(layer), 0.5 + 0.34 * (-1) ** layer) for layer in range(1, layers + 1)]
    places.append((layers + 1.0, 0.5))
    names = [*operators, *(f"layer {layer}" for layer in range(1, layers + 1)), "sum"]
    largest = max((abs(value) for value in theta), default=0.0) or 1.0
    for weight, value in zip(weights(layers, count), theta, strict=True):
        if weight.is_bias or abs(value) < SEEN * largest:
            continue
        start, end = places[weight.column - 1], places[count + weight.layer - 1]
        # Both sums of a layer may read one source.
        shift = 0.02 * (1 if weight.row == 1 else -1) if weight.layer <= layers else 0.0
        panel.plot([start[0], end[0]], [start[1] + shift, end[1] + shift],
                   color="tab:red" if value < 0.0 else "tab:blue", linestyle="-" if weight.row == 1 else "--",
                   linewidth=max(WIDE * float(np.sqrt(abs(value) / largest)), 0.4), alpha=0.7, zorder=1)
    for (across, up), name in zip(places, names, strict=True):
        panel.text(across, up, name, ha="center", va="center", fontsize=SMALL, bbox=BOX, parse_math=False, zorder=2)
    panel.set_xlim(-0.5, layers + 1.5)
    panel.set_ylim(-0.08, 1.05)
    panel.set_axis_off()
