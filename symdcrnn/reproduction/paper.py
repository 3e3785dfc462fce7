"""The tables of the paper: what was fitted, and the error that is printed there.

A new table is one new entry in `TABLES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    label : str
        What tells it from the other rows.
    epsilon : str
        A fraction such as ``1/256``.
    settings : mapping of str to object
        Of the fit, see `FitSettings`, its scheme among them.
    paper : float
        The paper's error in percent, eq. (6.2).
    preset : str
        A key of `PRESETS`.
    """

    label: str
    epsilon: str
    settings: Mapping[str, Any]
    paper: float
    preset: str = "paper"


@dataclass(frozen=True)
class Table:
    """One table.

    Parameters
    ----------
    name : str
        Such as ``table-3``.
    title : str
        What is in it.
    rows : tuple of Row
    """

    name: str
    title: str
    rows: tuple[Row, ...]


EPSILONS = ("1/16", "1/32", "1/64", "1/128", "1/256", "1/512")


def _by_epsilon(name: str, scheme: str, scales: int, layers: int, title: str, errors: Sequence[float]) -> Table:
    settings = {"scheme": scheme, "scales": scales, "layers": layers}
    return Table(name, title, tuple(
        Row(epsilon, epsilon, settings, error) for epsilon, error in zip(EPSILONS, errors, strict=True)
    ))


def _percent(differences: Sequence[float], exact: Sequence[float]) -> float:
    """Eq. (6.2) of differences that are printed instead of it."""
    return 100.0 * sum(differences) / sum(exact)


SQUARED, PLAIN = 256.0**2, 256.0
OF_TABLE_9 = (SQUARED, PLAIN, PLAIN, SQUARED)
BDF2 = {"scheme": "imex-bdf2", "layers": 2}

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _by_epsilon("table-1", "forward-euler", 0, 1, "Forward Euler, one layer, one scale",
                    (0.11, 0.21, 0.79, 3.19, 12.03, 89.59)),
        _by_epsilon("table-2", "imex1", 0, 1, "IMEX1, one layer, one scale", (0.17, 0.16, 0.56, 2.9, 4.46, 98.25)),
        _by_epsilon("table-3", "forward-euler", 2, 1, "Forward Euler, one layer, scales up to 1/epsilon^2",
                    (0.10, 0.22, 0.81, 3.19, 12.01, 38.03)),
        _by_epsilon("table-4", "imex1", 2, 1, "IMEX1, one layer, scales up to 1/epsilon^2",
                    (0.10, 0.20, 0.65, 1.52, 8.94, 13.24)),
        _by_epsilon("table-5", "imex-bdf2", 0, 2, "IMEX-BDF2, two layers, one scale",
                    (0.06, 0.01, 0.01, 0.15, 32.22, 99.99)),
        _by_epsilon("table-6", "imex-ars222", 0, 2, "IMEX-RK ARS(2,2,2), two layers, one scale",
                    (0.03, 0.01, 59.76, 93.243, 99.96, 99.98)),
        _by_epsilon("table-7", "imex-bdf2", 2, 2, "IMEX-BDF2, two layers, scales up to 1/epsilon^2",
                    (0.16, 0.08, 0.04, 0.29, 0.72, 99.27)),
        _by_epsilon("table-8", "imex-ars222", 2, 2, "IMEX-RK ARS(2,2,2), two layers, scales up to 1/epsilon^2",
                    (0.41, 0.08, 0.01, 0.06, 0.86, 9.70)),
        Table("table-9", "IMEX-BDF2 on the data of the authors' notebook, with and without scales and sparsity", (
            Row("one scale", "1/256", {**BDF2, "scales": 0},
                _percent((65457.219, 253.605, 218.651, 65417.618), OF_TABLE_9), "notebook"),
            Row("scales", "1/256", {**BDF2, "scales": 2},
                _percent((3151.269, 2.398, 20.289, 3089.949), OF_TABLE_9), "notebook"),
            Row("scales, sparse", "1/256", {**BDF2, "scales": 2, "coefficient_sparsity": 1e-6},
                _percent((1613.457, 4.126, 6.598, 1600.326), OF_TABLE_9), "notebook"),
        )),
        Table("table-10", "IMEX-BDF2 with and without the penalty on <F_1>, eq. (4.15)", (
            Row("1/4", "1/4", BDF2, 0.98),
            Row("1/4, penalty", "1/4", {**BDF2, "zero_mean": 1.0}, 0.89),
            Row("1/8", "1/8", BDF2, 2.57),
            Row("1/8, penalty", "1/8", {**BDF2, "zero_mean": 1.0}, 1.48),
        )),
        Table("table-11", "IMEX-BDF of order 2 and 4", (
            Row("order 2", "1/64", BDF2, 0.043),
            Row("order 4", "1/64", {**BDF2, "scheme": "imex-bdf4"}, 0.018),
        )),
    )
}
