"""A reproduction that is ended goes on with the next row, to the same files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdcrnn import __version__
from symdcrnn.checkpoint.journal import opened_journal
from symdcrnn.cli.main import commands
from symdcrnn.cli.reproduce import reproduce_command
from symdcrnn.errors import InputError
from symdcrnn.reproduction.in_folder import computed_in, earlier_in
from symdcrnn.reproduction.item import Column, Computed, Item

ROWS = 4
COLUMNS = tuple(Column(name, name, ".17g") for name in ("label", "paper", "ours", "seconds"))


def item_that_ends(at: int | None, error: BaseException, done: list[int]) -> Item:
    """An item of four rows whose numbers have all bits; ended in one of them; it lists those that it computes."""
    def row(number: int) -> Computed:
        if number == at:
            raise error
        done.append(number)
        seconds = float(len(done) + 100 * (at or 0))
        cells = {"label": f"row {number}", "paper": None, "ours": np.float64(number + 1) / 3.0, "seconds": seconds}
        return Computed(cells, {"curve": np.exp(-np.arange(3.0) * number)})

    def draw(path: Path, rows: Any) -> None:
        path.write_bytes(b"".join(one.curves["curve"].tobytes() for one in rows))

    return Item("table-3", "Of a test", COLUMNS, tuple(range(ROWS)), lambda: row, "table-3.png", draw)


def run(folder: Path, at: int | None = None, force: bool = False, error: BaseException | None = None) -> list[int]:
    """Compute the item; which rows were computed."""
    done: list[int] = []
    item = item_that_ends(at, error or KeyboardInterrupt(), done)
    if force or earlier_in(folder, item) is None:
        computed_in(folder, item, force, lambda stage, done, total: None)
    return done


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def without_seconds(folder: Path) -> list[dict[str, Any]]:
    rows = json.loads((folder / "table-3.json").read_text())["rows"]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.parametrize("at", range(1, ROWS))
def test_finished_rows_are_not_computed_again(tmp_path: Path, at: int) -> None:
    (tmp_path / "whole").mkdir()
    assert run(tmp_path / "whole") == list(range(ROWS))
    (tmp_path / "ended").mkdir()
    with pytest.raises(InputError, match=rf"interrupted: {at} of {ROWS} rows are in .*table-3\.ckpt, the same command"):
        run(tmp_path / "ended", at)
    assert set(files(tmp_path / "ended")) == {"table-3.ckpt"}
    assert run(tmp_path / "ended") == list(range(at, ROWS))
    assert set(files(tmp_path / "ended")) == {"table-3.md", "table-3.json", "table-3.png"}
    assert without_seconds(tmp_path / "ended") == without_seconds(tmp_path / "whole")
    assert files(tmp_path / "ended")["table-3.png"] == files(tmp_path / "whole")["table-3.png"]
    rows = json.loads((tmp_path / "ended" / "table-3.json").read_text())["rows"]
    assert [row["seconds"] for row in rows[:at]] == [100.0 * at + number + 1 for number in range(at)]
    assert run(tmp_path / "ended") == []


def test_an_error_keeps_the_rows_before_it(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="of a row"):
        run(tmp_path, 2, error=RuntimeError("of a row"))
    assert run(tmp_path) == [2, 3]


def test_an_interrupt_in_the_first_row_is_one_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 0)
    assert run(tmp_path) == list(range(ROWS))


def test_force_starts_anew_and_leaves_the_old_files_until_it_is_done(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="interrupted"):
        run(tmp_path, 3)
    assert run(tmp_path, force=True) == list(range(ROWS))
    before = files(tmp_path)
    with pytest.raises(InputError, match="interrupted: 2 of 4 rows"):
        run(tmp_path, 2, force=True)
    after = files(tmp_path)
    assert after.pop("table-3.ckpt")
    assert after == before
    assert run(tmp_path) == [2, 3]


def test_what_is_written_before_the_checkpoint_is_removed_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = Path.unlink

    def ended(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".ckpt":
            raise KeyboardInterrupt
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", ended)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    monkeypatch.undo()
    before = files(tmp_path)
    assert set(before) == {"table-3.ckpt", "table-3.md", "table-3.json", "table-3.png"}
    assert run(tmp_path) == []
    after = files(tmp_path)
    before.pop("table-3.ckpt")
    assert after == before


@pytest.mark.parametrize(("content", "said"), [
    ({"version": "0.0", "item": "table-3"}, r"version 0\.0, and this is .*, or remove it, or add --force"),
    ({"version": __version__, "item": "table-4"}, "of item table-4, and this is table-3"),
    (b"a text\n", "damaged at its beginning: remove it, or add --force"),
])
def test_checkpoints_of_something_else_are_refused(
    tmp_path: Path, content: dict[str, str] | bytes, said: str
) -> None:
    path = tmp_path / "table-3.ckpt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with opened_journal(path, False, content, {}):
            pass
    with pytest.raises(InputError, match=said) as error:
        run(tmp_path)
    assert "table-3.ckpt" in str(error.value)
    assert run(tmp_path, force=True) == list(range(ROWS))


def test_a_damaged_row_is_computed_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="interrupted"):
        run(tmp_path, 3)
    path = tmp_path / "table-3.ckpt"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"label", b"labex")
    path.write_bytes(b"".join(lines)[:-10])
    assert run(tmp_path) == [1, 2, 3]


def test_the_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[int] = []

    def ending(at: int | None) -> Callable[[str], Item]:
        return lambda name: item_that_ends(at, KeyboardInterrupt(), done)

    arguments = ["reproduce", "table-3", "-o", str(tmp_path / "results"), "--json"]
    reproduced = reproduce_command.callback.__globals__  # type: ignore[union-attr]
    monkeypatch.setitem(reproduced, "find_item", ending(2))
    with pytest.raises(InputError, match="interrupted: 2 of 4"):
        commands.main(arguments, standalone_mode=False)
    monkeypatch.setitem(reproduced, "find_item", ending(None))
    capsys.readouterr()
    commands.main(arguments, standalone_mode=False)
    assert done == [0, 1, 2, 3]
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"table-3": json.loads((tmp_path / "results" / "table-3.json").read_text())}
