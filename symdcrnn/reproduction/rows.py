"""Rows of a table, computed: the fit that the paper made, what its scheme can do at best, and the fit we advise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

import symdcrnn
from symdcrnn.data.expressions import parse_number
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.regression.bound_equation import regression_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.reproduction.paper import Row
from symdcrnn.schemes.table import find_scheme
from symdcrnn.scoring import error_percent

TARGET = "g"
"""The equation that all these tables are about."""

STARTS = 4
"""Random starts of the networks: the printed equation does not depend on them."""

NEAR_THE_FLOOR = 1.02
"""An error is that of the scheme itself when it is within 2 % of it."""


@dataclass(frozen=True)
class Outcome:
    """A row, computed.  Errors are in percent, eq. (6.2), spurious terms counted.

    Parameters
    ----------
    label : str
    paper : float
        As printed there.
    ours : float
        Under the scheme of the paper.
    floor : float
        Of the exact words alone under that scheme: no fit of this data can do better.
    best : float
        Under the scheme that the data asks for.
    best_scheme : str
        Its name.
    words : int
        In the equation found under the scheme of the paper; the exact one has four.
    seconds : float
        Of the fit under the scheme of the paper.
    """

    label: str
    paper: float
    ours: float
    floor: float
    best: float
    best_scheme: str
    words: int
    seconds: float

    @property
    def verdict(self) -> str:
        """How it compares with the paper's figure."""
        return verdict(self.ours, self.paper, self.floor)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, the verdict among them."""
        return {**asdict(self), "verdict": self.verdict}


def verdict(ours: float, paper: float, floor: float) -> str:
    """How an error compares with the paper's figure and with the floor."""
    if ours <= paper:
        return "at most the paper's"
    return "the scheme's own floor" if ours <= NEAR_THE_FLOOR * floor else "above the paper's"


def outcomes() -> Callable[[Row], Outcome]:
    """The function that computes rows of a table, in which rows of the same data have the advised fit in common."""
    cached = lru_cache(maxsize=1)(snapshots)
    advised = lru_cache(maxsize=None)(lambda preset, epsilon, layers: _fit(
        cached(preset, epsilon), {"layers": layers}))

    def outcome(row: Row) -> Outcome:
        trajectory = cached(row.preset, row.epsilon)
        started = time.perf_counter()
        model = _fit(trajectory, row.settings)
        seconds = time.perf_counter() - started
        best = advised(row.preset, row.epsilon, row.settings["layers"])
        return Outcome(
            label=row.label, paper=row.paper, ours=model.errors[TARGET][1],
            floor=floor_percent(trajectory, row.settings["scheme"]),
            best=best.errors[TARGET][1], best_scheme=best[TARGET].scheme, words=len(model[TARGET].terms),
            seconds=seconds,
        )

    return outcome


def floor_percent(trajectory: Trajectory, scheme: str) -> float:
    """The error of least squares over the exact words alone, under a scheme.

    Parameters
    ----------
    trajectory : Trajectory
        With its exact equation.
    scheme : str
    """
    exact = (trajectory.exact or {})[TARGET]
    space = space_of(trajectory)
    words = [space.word(text) for text in exact]
    regression = regression_of(find_scheme(scheme), space.variables[TARGET], [Term(word) for word in words],
                               loaded_frames(trajectory), Stencils(), find_norm("l2"))
    least = minimise(regression, regression.sought)
    return error_percent(dict(zip(exact, np.asarray(least.coefficients).tolist(), strict=True)), exact)


def snapshots(preset: str, epsilon: str) -> Trajectory:
    """The data of a row."""
    return symdcrnn.generate(symdcrnn.preset(preset, epsilon=parse_number(epsilon)))


def _fit(trajectory: Trajectory, settings: Mapping[str, Any]) -> symdcrnn.Model:
    return symdcrnn.fit(trajectory, equations=TARGET, starts=STARTS, bootstrap=0, **settings)
