"""All that is reproduced, by name.  A new item is one new entry in `ITEMS`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from symdcrnn.errors import lookup
from symdcrnn.reproduction.item import Column, Item, Progress, Rows
from symdcrnn.reproduction.paper import TABLES, Table

COLUMNS = (
    Column("label", "row"), Column("paper", "paper"), Column("ours", "ours"), Column("floor", "floor of the scheme"),
    Column("verdict", "verdict"), Column("words", "words", "d"), Column("seconds", "seconds", ".1f"),
    Column("best", "best", ".2g"), Column("best_scheme", "its scheme"),
)


def _of_table(table: Table) -> Item:
    def compute_rows(folder: Path, progress: Progress) -> Rows:
        from symdcrnn.reproduction.rows import compute

        return [outcome.to_dict() for outcome in compute(table, progress)]

    return Item(table.name, table.title, COLUMNS, compute_rows)


def _rivals(name: str, title: str, rows: str) -> Item:
    from symdcrnn.reproduction import rivals

    compute: Callable[[Path, Progress], Rows] = partial(rivals.compute_rivals, getattr(rivals, rows), name)
    return Item(name, title, rivals.COLUMNS, compute)


def _items() -> dict[str, Item]:
    from symdcrnn.reproduction import convergence, diffusion, scattering

    found = [
        *(_of_table(table) for table in TABLES.values()),
        _rivals("table-12", "Lasso and STRidge on 18 words", "LASSO"),
        _rivals("table-13", "Physics-informed networks without and with powers of 1/epsilon", "RAISSI"),
        _rivals("table-14", "Multiscale hierarchical learning on split data", "HIERARCHICAL"),
        Item("table-15", "The diffusion limit: d_xx rho or <v_dx g>", diffusion.COLUMNS, diffusion.compute_diffusion),
        Item("figure-4", "The loss against the iteration, without and with scales", convergence.COLUMNS,
             convergence.compute_convergence, convergence.PICTURE),
        Item("figure-5", "sigma_S(x) without and with continuity", scattering.COLUMNS,
             scattering.compute_scattering, scattering.PICTURE),
    ]
    return {item.name: item for item in found}


NAMES = (*(f"table-{number}" for number in range(1, 16)), "figure-4", "figure-5")
"""Of all items, for those who only ask which there are."""


def find_item(name: str) -> Item:
    """The item of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    lookup(dict.fromkeys(NAMES, True), name, "item")
    return _items()[name]
