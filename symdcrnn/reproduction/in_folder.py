"""An item in a folder: its files, and before they are there a checkpoint of the rows that are done."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from symdcrnn.checkpoint import Journal, opened_journal
from symdcrnn.data.files.atomic import replacing
from symdcrnn.errors import InputError
from symdcrnn.reproduction.item import Computed, Item, Progress, as_dict, as_markdown


def earlier_in(folder: Path, item: Item) -> dict[str, Any] | None:
    """What an earlier run has written of an item; None if there is nothing, or a later run was not done.

    Parameters
    ----------
    folder : Path
    item : Item

    Raises
    ------
    InputError
        If the file is of another version or none of ours.
    """
    from symdcrnn import __version__

    path = _file(folder, item, "json")
    if not path.exists() or _file(folder, item, "ckpt").exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path} is not an item of an earlier run: remove it, or add --force to replace it") from None
    if not isinstance(content, dict) or content.get("symdcrnn") != __version__:
        raise InputError(f"{path} is not an item of this version: remove it, or add --force to replace it")
    return content


def computed_in(folder: Path, item: Item, force: bool, progress: Progress) -> dict[str, Any]:
    """The content of an item's JSON file, which is written with the others.

    Rows are kept in a checkpoint as they are done, and a run that was ended goes on with it: to the same bits, with the
    seconds that were measured before.  It is removed when the files are there.

    Parameters
    ----------
    folder : Path
    item : Item
    force : bool
        Whether the rows of an earlier run are not used.
    progress : callable
        Called with the name of the item, the rows done and the rows there are.

    Raises
    ------
    InputError
        If the checkpoint is of another version or none of ours, is in use, or cannot be written, or the run is
        interrupted after some rows.
    """
    from symdcrnn import __version__

    checkpoint = _file(folder, item, "ckpt")
    if force:
        checkpoint.unlink(missing_ok=True)
    of = {"version": __version__, "item": item.name}
    with opened_journal(checkpoint, checkpoint.exists(), of, {Computed.__name__: Computed},
                        "give the same command again", "remove it, or add --force") as journal:
        try:
            rows = computed(item, journal, progress)
        except KeyboardInterrupt:
            if not journal.lines:
                raise
            raise InputError(f"interrupted: {len(journal.lines)} of {len(item.asked)} rows are in {checkpoint}, the "
                             "same command without --force goes on with the others") from None
    content = as_dict(item, [row.cells for row in rows])
    if item.draw is not None and item.picture is not None:
        item.draw(folder / item.picture, rows)
    for kind, text in (("md", as_markdown(item, content)), ("json", json.dumps(content, indent=1) + "\n")):
        with replacing(_file(folder, item, kind)) as temporary:
            temporary.write_text(text, encoding="utf-8")
    checkpoint.unlink(missing_ok=True)
    return content


def computed(item: Item, journal: Journal, progress: Progress) -> list[Computed]:
    """The rows of an item, those of an earlier run among them.

    Parameters
    ----------
    item : Item
    journal : Journal
    progress : callable
        As for `computed_in`.
    """
    rows = []
    # Threads of BLAS would add in an order of their own, as in `fit`.
    with threadpool_limits(1, "blas"):
        row_of = item.begin()
        for number, asked in enumerate(item.asked):
            progress(item.name, number, len(item.asked))
            rows.append(journal.kept(("row", item.name, asked), partial(row_of, asked), 0.0))
    progress(item.name, len(item.asked), len(item.asked))
    return rows


def _file(folder: Path, item: Item, kind: str) -> Path:
    return folder / f"{item.name}.{kind}"
