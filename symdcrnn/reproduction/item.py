"""One item that is reproduced: a table or a figure, its columns, and how its rows are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    key : str
        Of the rows.
    heading : str
    format : str
        Of numbers; what is not a number is printed as it is, None as a dash.
    """

    key: str
    heading: str
    format: str = ".4g"

    def cell(self, row: dict[str, Any]) -> str:
        value = row.get(self.key)
        if value is None:
            return "-"
        return format(value, self.format) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Computed:
    """One row, and what a picture shows of it.

    Parameters
    ----------
    cells : dict of str to object
        Numbers and texts by the keys of columns, ``label``, ``paper``, ``ours`` and ``seconds`` among them.
    curves : dict of str to ndarray
        Empty where there is no picture.
    """

    cells: dict[str, Any]
    curves: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A table, or a figure with the numbers that it shows.

    Parameters
    ----------
    name : str
        Such as ``table-3``.
    title : str
        What is in it.
    columns : tuple of Column
    asked : tuple
        What each row is of: values that have a `digest`, no two alike.
    begin : callable
        Gives the function from one of these to its row, which computes only once what rows have in common.
    picture : str or None
        The file that a figure is drawn in.
    draw : callable or None
        Draws all rows to a path.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    asked: tuple[Any, ...]
    begin: Callable[[], Callable[[Any], Computed]]
    picture: str | None = None
    draw: Callable[[Path, Sequence[Computed]], None] | None = None


def as_dict(item: Item, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The content of an item's JSON file."""
    import symdcrnn

    return {"item": item.name, "title": item.title, "symdcrnn": symdcrnn.__version__, "rows": list(rows)}


def as_markdown(item: Item, content: dict[str, Any]) -> str:
    """An item as Markdown.

    Parameters
    ----------
    item : Item
    content : dict
        As `as_dict` gives it.
    """
    lines = [f"## {item.name.replace('-', ' ').capitalize()}: {item.title}", ""]
    if item.picture is not None:
        lines += [f"![{item.title}]({item.picture})", ""]
    lines += ["| " + " | ".join(column.heading for column in item.columns) + " |", "|" + " --- |" * len(item.columns)]
    lines += ["| " + " | ".join(column.cell(row) for column in item.columns) + " |" for row in content["rows"]]
    return "\n".join(lines) + "\n"
