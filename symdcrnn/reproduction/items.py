"""All that is reproduced, by name.  A new item is one new entry in `ITEMS`."""

from __future__ import annotations

from collections.abc import Callable

from symdcrnn.errors import lookup
from symdcrnn.reproduction.item import Column, Computed, Item
from symdcrnn.reproduction.paper import TABLES, Row, Table

COLUMNS = (
    Column("label", "row"), Column("paper", "paper"), Column("ours", "ours"), Column("floor", "floor of the scheme"),
    Column("verdict", "verdict"), Column("words", "words", "d"), Column("seconds", "seconds", ".1f"),
    Column("best", "best", ".2g"), Column("best_scheme", "its scheme"),
)


def _of_table(table: Table) -> Item:
    def begin() -> Callable[[Row], Computed]:
        from symdcrnn.reproduction.rows import outcomes

        outcome = outcomes()
        return lambda row: Computed(outcome(row).to_dict())

    return Item(table.name, table.title, COLUMNS, table.rows, begin)


def _rivals(name: str, title: str, rows: str) -> Item:
    from symdcrnn.reproduction import rivals

    return Item(name, title, rivals.COLUMNS, getattr(rivals, rows), rivals.rival_rows)


def _items() -> dict[str, Item]:
    from symdcrnn.reproduction import convergence, diffusion, scattering

    found = [
        *(_of_table(table) for table in TABLES.values()),
        _rivals("table-12", "Lasso and STRidge on 18 words", "LASSO"),
        _rivals("table-13", "Physics-informed networks without and with powers of 1/epsilon", "RAISSI"),
        _rivals("table-14", "Multiscale hierarchical learning on split data", "HIERARCHICAL"),
        Item("table-15", "The diffusion limit: d_xx rho or <v_dx g>", diffusion.COLUMNS,
             tuple(diffusion.PAPER), lambda: diffusion.diffusion_row),
        Item("figure-4", "The loss against the iteration, without and with scales", convergence.COLUMNS,
             convergence.SCALES, convergence.convergence_rows, convergence.PICTURE, convergence.draw),
        Item("figure-5", "sigma_S(x) without and with continuity", scattering.COLUMNS,
             tuple(scattering.FITS), scattering.scattering_rows, scattering.PICTURE, scattering.draw),
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
