"""Computed tables as Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import symdcrnn
from symdcrnn.reproduction.paper import Table
from symdcrnn.reproduction.rows import Outcome

HEAD = ("row", "paper", "ours", "floor of the scheme", "verdict", "words", "seconds", "best, with its scheme")


def as_dict(table: Table, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The content of a table's JSON file."""
    return {"table": table.name, "title": table.title, "symdcrnn": symdcrnn.__version__,
            "rows": [outcome.to_dict() for outcome in outcomes]}


def as_markdown(content: dict[str, Any]) -> str:
    """A table as Markdown; errors in percent, spurious terms counted.

    Parameters
    ----------
    content : dict
        As `as_dict` gives it.
    """
    lines = [f"## {content['table'].replace('-', ' ').capitalize()}: {content['title']}", "",
             "| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    for row in content["rows"]:
        cells = (row["label"], f"{row['paper']:.4g}", f"{row['ours']:.4g}", f"{row['floor']:.4g}", row["verdict"],
                 str(row["words"]), f"{row['seconds']:.1f}", f"{row['best']:.2g}, {row['best_scheme']}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
