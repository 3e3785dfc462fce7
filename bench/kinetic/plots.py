"""``python -m bench.kinetic.plots FOLDER``: a small picture of the data of each kinetic problem."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.problems.kinetic import KINETIC

IMAGES = {"bgk": None, "fokker-planck": None, "vlasov-poisson": "two-stream"}
"""Drawn as f at the end over x and v, and the preset if not the usual one."""

FRAMES = {"vlasov-poisson": 500, "bgk": 150, "fokker-planck": 120, "goldstein-taylor": 120}
"""More frames than the preset has, so that something is seen."""


def lines(figure: Figure, trajectory: Trajectory) -> None:
    """Averages over velocities at the start, in the middle and at the end."""
    names = trajectory.field_names[:4]
    for place, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), place + 1)
        for frame in (0, trajectory.frames // 2, trajectory.frames - 1):
            values = trajectory.array(name)[frame]
            shown = values if values.ndim == 1 else np.tensordot(trajectory.weights, values, 1)
            axes.plot(trajectory.x, shown, label=f"t = {trajectory.t[frame]:.2g}")
        axes.set_xlabel("x")
        axes.set_title(name if trajectory.axes_of(name) == ("t", "x") else f"<{name}>", fontsize=9)
    axes.legend(fontsize=7)


def image(figure: Figure, values: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64],
          name: str) -> None:
    """Values over x and another axis."""
    axes = figure.add_subplot()
    drawn = axes.pcolormesh(x, y, values, shading="gouraud", rasterized=True)
    axes.set_xlabel("x")
    axes.set_ylabel(name)
    figure.colorbar(drawn)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.kinetic.plots", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for entry in KINETIC:
        name = entry.name
        more = {"frames": FRAMES[name]} if name in FRAMES else {}
        preset = "lattice" if name == "ordinates-2d" else IMAGES.get(name)
        trajectory = symdcrnn.generate(symdcrnn.problem(name, preset, **more))
        figure = Figure(figsize=(4.8, 2.6), dpi=90, layout="constrained")
        if name in IMAGES:
            image(figure, trajectory.array("f")[-1], trajectory.x, trajectory.v, "v")
        elif name == "ordinates-2d":
            y = trajectory.dataset["y"].to_numpy()
            image(figure, trajectory.array("f")[-1].mean(axis=0), trajectory.x, y, "y")
        else:
            lines(figure, trajectory)
        figure.savefig(folder / f"{name}.png")


if __name__ == "__main__":
    main()
