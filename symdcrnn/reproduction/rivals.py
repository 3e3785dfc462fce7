"""Tables 12 to 14: our method and those of section 6, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from symdcrnn.comparison.methods import compare
from symdcrnn.reproduction.item import Column, Computed
from symdcrnn.reproduction.rows import TARGET, floor_percent, snapshots, verdict
from symdcrnn.schemes.multistep import sharpest_scheme
from symdcrnn.settings import FitSettings

COLUMNS = (
    Column("label", "row"), Column("paper", "paper"), Column("ours", "ours"), Column("with_spurious", "with spurious"),
    Column("floor", "floor"), Column("verdict", "verdict"), Column("words", "words", "d"),
    Column("seconds", "seconds", ".1f"), Column("memory", "MiB", ".0f"), Column("settings", "settings chosen"),
)


@dataclass(frozen=True)
class RivalRow:
    """One method at one epsilon.

    Parameters
    ----------
    epsilon : str
    method : str
        A key of `METHODS`.
    paper : float or None
        Its error there in percent, None where it prints none.
    """

    epsilon: str
    method: str
    paper: float | None

    @property
    def label(self) -> str:
        return f"{self.epsilon}, {self.method}"


LASSO = tuple(
    RivalRow(epsilon, method, paper)
    for epsilon, errors in (("1/128", (0.18, None, 0.072)), ("1/256", (1.77, None, 0.08)))
    for method, paper in zip(("lasso", "stridge", "dcrnn"), errors, strict=True)
)
RAISSI = (
    RivalRow("1/64", "pinn", 100.0 * (4057.11 + 30.64 + 30.91 + 4057.01) / (2 * 64.0**2 + 2 * 64.0)),
    RivalRow("1/64", "pinn-expansion", 100.0 * (0.75 + 0.0 + 0.0 + 0.87) / (2 * 64.0**2 + 2 * 64.0)),
    RivalRow("1/64", "dcrnn", None),
)
HIERARCHICAL = (
    RivalRow("1/64", "ms-hdl", 0.094), RivalRow("1/64", "dcrnn", 0.066),
    RivalRow("1/128", "ms-hdl", 0.07), RivalRow("1/128", "dcrnn", 0.01),
)


def rival_rows() -> Callable[[RivalRow], Computed]:
    """The function that computes rows of a table of rivals; rows of the same data that follow each other share it."""
    data = lru_cache(maxsize=1)(snapshots)

    def of_row(row: RivalRow) -> Computed:
        trajectory = data("paper", row.epsilon)
        (one,) = compare(trajectory, TARGET, (row.method,), FitSettings(layers=2))
        floor = floor_percent(trajectory, sharpest_scheme(trajectory.frames).name)
        error = one.error
        assert error is not None
        return Computed({
            "label": row.label, "paper": row.paper, "ours": error, "with_spurious": one.error_with_spurious,
            "floor": floor, "verdict": None if row.paper is None else verdict(error, row.paper, floor),
            "words": len(one.coefficients), "seconds": one.seconds, "memory": one.memory, "settings": one.settings,
        })

    return of_row
