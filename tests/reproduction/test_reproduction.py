"""The paper's tables: their smallest rows, their files, and what can go wrong with those."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.words import kinetic_field
from symdcrnn.checkpoint import NO_JOURNAL
from symdcrnn.checkpoint.digests import digest
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.reproduction.convergence import loss_curve
from symdcrnn.reproduction.diffusion import PAPER, diffusive_data, sparse_pair
from symdcrnn.reproduction.in_folder import computed
from symdcrnn.reproduction.item import as_dict, as_markdown
from symdcrnn.reproduction.items import NAMES, find_item
from symdcrnn.reproduction.paper import TABLES
from symdcrnn.reproduction.rivals import HIERARCHICAL, LASSO, RAISSI, rival_rows
from symdcrnn.reproduction.rows import Outcome, outcomes
from symdcrnn.schemes.table import find_scheme
from symdcrnn.settings import FitSettings

Command = Callable[..., subprocess.CompletedProcess[str]]
OUTCOME = Outcome("1/16", 0.11, 0.1119, 0.1119, 3.2e-07, "newton-cotes8", 4, 1.5)


@pytest.mark.soak
def test_a_row_reaches_the_floor_of_its_scheme() -> None:
    found = outcomes()(TABLES["table-3"].rows[-1])
    assert found.floor == pytest.approx(38.03, abs=0.01)
    assert found.ours == pytest.approx(found.floor, rel=1e-6)
    assert (found.words, found.verdict) == (4, "at most the paper's")
    assert found.best < 0.15


@pytest.mark.parametrize("name", TABLES)
def test_rows_can_be_fitted(name: str) -> None:
    fields = (kinetic_field("g", True), kinetic_field("rho", False))
    space = phase_space((Axis("v", "velocity"), Axis("x", "space", True)), fields, {name: (name,) for name in "tvx"})
    for row in TABLES[name].rows:
        settings = FitSettings(**row.settings)
        assert find_scheme(settings.scheme).name == settings.scheme
        words = {str(word) for word in ansatz_of(settings, fields, "g", space).words}
        assert {"g", "v_dx g", "<v_dx g>", "v_dx rho"} <= words
        assert 0.0 < row.paper < 100.0


@pytest.mark.parametrize(("ours", "floor", "verdict"), [
    (0.10, 0.05, "at most the paper's"), (0.1119, 0.1119, "the scheme's own floor"),
    (0.1139, 0.1119, "the scheme's own floor"), (0.13, 0.1119, "above the paper's"),
])
def test_verdicts(ours: float, floor: float, verdict: str) -> None:
    assert dataclasses.replace(OUTCOME, ours=ours, floor=floor).verdict == verdict


def test_markdown_has_one_line_per_row() -> None:
    item = find_item("table-1")
    lines = as_markdown(item, as_dict(item, [OUTCOME.to_dict(), OUTCOME.to_dict()])).splitlines()
    assert lines[0] == "## Table 1: Forward Euler, one layer, one scale"
    assert lines[4] == ("| 1/16 | 0.11 | 0.1119 | 0.1119 | the scheme's own floor | 4 | 1.5 | "
                        "3.2e-07 | newton-cotes8 |")
    assert len(lines) == 6


def test_tables_of_an_earlier_run_are_kept(tmp_path: Path, command: Command) -> None:
    item = find_item("table-1")
    content = as_dict(item, [OUTCOME.to_dict()])
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "table-1.json").write_text(json.dumps(content))
    done = command(tmp_path, "reproduce", "table-1", "-o", "results", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"table-1": content}
    printed = command(tmp_path, "reproduce", "table-1", "-o", "results")
    assert as_markdown(item, content) in printed.stdout


@pytest.mark.parametrize(("arguments", "code", "expected"), [
    (("table-99",), 2, "table-99"),
    ((), 2, "ITEM"),
    (("table-1", "-o", "file"), 1, "file"),
    (("table-2",), 1, "not an item"),
    (("table-3",), 1, "not an item of this version"),
])
def test_bad_calls_are_one_line(
    tmp_path: Path, command: Command, arguments: tuple[str, ...], code: int, expected: str
) -> None:
    (tmp_path / "reproduction").mkdir()
    (tmp_path / "reproduction" / "table-2.json").write_text("{")
    (tmp_path / "reproduction" / "table-3.json").write_text('{"symdcrnn": "0.0"}')
    (tmp_path / "file").write_text("")
    done = command(tmp_path, "reproduce", *arguments)
    assert done.returncode == code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_every_table_and_figure_of_the_paper_is_an_item() -> None:
    assert (*(f"table-{number}" for number in range(1, 16)), "figure-4", "figure-5") == NAMES
    for name in NAMES:
        item = find_item(name)
        assert item.name == name
        assert {"label", "paper", "ours", "seconds"} <= {column.key for column in item.columns}
        assert item.picture == (f"{name}.png" if name.startswith("figure") else None)
        assert (item.draw is None) is (item.picture is None)
        assert len({digest(one) for one in item.asked}) == len(item.asked) > 1


@pytest.mark.soak
def test_rows_of_the_rivals() -> None:
    assert [row.paper for row in RAISSI][:2] == [pytest.approx(98.26, abs=0.01), pytest.approx(0.0195, abs=1e-4)]
    found = rival_rows()(HIERARCHICAL[0]).cells
    assert found["ours"] <= HIERARCHICAL[0].paper
    assert found["verdict"] == "at most the paper's"
    assert {row.method for row in LASSO} == {"lasso", "stridge", "dcrnn"}


@pytest.mark.parametrize("epsilon", ["1/16", "1/2048"])
def test_the_rho_equation_switches_as_epsilon_falls(epsilon: str) -> None:
    pair, condition = sparse_pair(diffusive_data(epsilon))
    kinetic = epsilon == "1/16"
    assert pair == pytest.approx([0.0, -1.0] if kinetic else [1.0, 0.0], abs=0.01)
    assert pair == pytest.approx(PAPER[epsilon], abs=0.05)
    assert (condition < 100.0) is kinetic


def drawn(name: str, folder: Path) -> list[dict[str, Any]]:
    """The rows of a figure, which is drawn into a folder."""
    item = find_item(name)
    rows = computed(item, NO_JOURNAL, lambda stage, done, total: None)
    assert item.draw is not None
    item.draw(folder / f"{name}.png", rows)
    return [row.cells for row in rows]


@pytest.mark.soak
def test_figure_4_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = partial(loss_curve, iterations=20)
    monkeypatch.setattr("symdcrnn.reproduction.convergence.loss_curve", short)
    rows = drawn("figure-4", tmp_path)
    assert [row["label"] for row in rows] == ["M = 0", "M = 2"]
    assert all(row["ours"] >= row["floor"] for row in rows)
    assert (tmp_path / "figure-4.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.soak
def test_figure_5_beats_the_paper(tmp_path: Path) -> None:
    rows = drawn("figure-5", tmp_path)
    for row in rows[:2]:
        assert row["ours"] < row["paper"]
    assert all(row["words"] == 4 for row in rows)
    assert all(row["worst"] < 1.0 for row in rows[1:])
    assert (tmp_path / "figure-5.png").read_bytes().startswith(b"\x89PNG")
