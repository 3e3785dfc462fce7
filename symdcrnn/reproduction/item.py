"""One item that is reproduced: a table or a figure, its columns, and how its rows are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int], None]
Rows = list[dict[str, Any]]


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
class Item:
    """A table, or a figure with the numbers that it shows.

    Parameters
    ----------
    name : str
        Such as ``table-3``.
    title : str
        What is in it.
    columns : tuple of Column
    compute : callable
        Gives the rows, each with ``label``, ``paper``, ``ours`` and ``seconds``; it may write pictures to the folder
        it is given.
    picture : str or None
        The file that a figure writes.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    compute: Callable[[Path, Progress], Rows]
    picture: str | None = None


def silent(stage: str, done: int, total: int) -> None:
    """A progress report that says nothing."""


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
