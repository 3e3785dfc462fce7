"""Figure 4: the loss against the iteration, with and without scales."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.scales import EpsilonInterval
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.networks.coefficient_map import build_networks
from symdcrnn.networks.objective import Objective, square_root
from symdcrnn.networks.optimisers import find_optimiser
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.regression.bound_equation import regression_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.reproduction.item import Column, Computed
from symdcrnn.reproduction.rows import TARGET, snapshots
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]

ITERATIONS = 10_000
EPSILON = "1/256"
INTERVAL = (0.001, 0.1)
"""Where eps_pred may lie, as in the authors' notebook."""

SCALES = (0, 2)
"""M."""

STARTS = 5
COLUMNS = (
    Column("label", "scales"), Column("paper", "paper"), Column("ours", "loss at the end"),
    Column("floor", "least loss"), Column("near", "iterations to ten times the least", ".0f"),
    Column("seconds", "seconds", ".1f"),
)
PICTURE = "figure-4.png"


def convergence_rows() -> Callable[[int], Computed]:
    """The function from M to Adam on example 6.1 at epsilon = 1/256, from the same random starts for every M."""
    data = lru_cache(maxsize=1)(lambda: snapshots("paper", EPSILON))

    def of_scales(scales: int) -> Computed:
        trajectory = data()
        started = time.perf_counter()
        runs = []
        for start in range(STARTS):
            losses, least = loss_curve(trajectory, scales, start)
            runs.append(losses)
        curve = np.median(runs, axis=0)
        below = np.flatnonzero(curve <= 10.0 * least)
        return Computed({
            "label": f"M = {scales}", "paper": "slow" if scales == 0 else "quick", "ours": float(curve[-1]),
            "floor": least, "near": float(below[0]) if below.size else None,
            "seconds": (time.perf_counter() - started) / STARTS,
        }, {"loss": curve})

    return of_scales


def loss_curve(trajectory: Trajectory, scales: int, seed: int, iterations: int = ITERATIONS) -> tuple[Array, float]:
    """The lowest loss so far at every iteration of Adam, and the least there is, both relative to no equation.

    Parameters
    ----------
    trajectory : Trajectory
    scales : int
        M.
    seed : int
        Of the random start.
    iterations : int
    """
    settings = FitSettings(layers=1, scales=scales)
    ansatz = ansatz_of(settings, fields_of(trajectory), TARGET, space_of(trajectory))
    terms = [Term(word) for word in ansatz.words]
    regression = regression_of(SCHEMES["forward-euler"], ansatz.target, terms, loaded_frames(trajectory),
                               Stencils(), find_norm("l2"))
    nothing = regression.evaluate(regression.start).loss
    best = minimise(regression, regression.sought)
    interval = EpsilonInterval(*INTERVAL)
    networks = build_networks(ansatz, interval, regression.columns, (), ())
    objective = Objective(networks, best.coefficients, square_root(best.model.gram / nothing))
    least = best.loss / nothing
    parameters = networks.initial(0.5 * sum(INTERVAL), np.zeros(0), seed)
    adam = find_optimiser("adam")
    state = adam.init(objective, parameters)
    losses = np.empty(iterations)
    for iteration in range(iterations):
        losses[iteration] = state.value + least
        state = adam.step(objective, state, iterations)
    return losses, least


def draw(path: Path, rows: Sequence[Computed]) -> None:
    """The curves as a picture, on logarithmic axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for scales, row in zip(SCALES, rows, strict=True):
        curve = row.curves["loss"]
        name = "no scales" if scales == 0 else f"scales up to $1/\\varepsilon^{scales}$"
        axes.loglog(np.arange(1, curve.size + 1), curve, label=name)
    axes.set_xlabel("iteration of Adam")
    axes.set_ylabel("loss, relative to no equation at all")
    axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
