"""Every code block of the guide and of what stands beside it, run, and what it prints."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.shell_completion import get_completion_class

import symdcrnn
from symdcrnn.cli.main import commands
from symdcrnn.reproduction.items import NAMES, find_item
from symdcrnn.reproduction.paper import TABLES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (*sorted(DOCS.glob("guide/*.md")), *sorted(DOCS.glob("background/*.md")), DOCS / "scaling.md")
Command = Callable[..., subprocess.CompletedProcess[str]]
Shell = Callable[[str, Path], str]
Block = Callable[[Path, str], str]

ALSO = {
    "imex-bdf2 --path": ["d_t g = "],
    "coarse.nc": ["[1 <v_dx g> - 1 v_dx g],  eps = 0.015625"],
    "sweep data.nc": ["d_t g = -65503.9 g"],
    "symdcrnn limit": ["relative L2 error"],
    "pair.json": ["(pair.json, l2 norm"],
    "report.html": ["report.html"],
    "long.zarr": ["v_dx rho"],
    "--methods dcrnn": ["method", "error %", "stridge         d_t g = "],
    "reproduce": ["38.03"],
    'nonlinear "u^2"': ["d_t u = 0.1 d_xx u - 0.5 d_x(u^2)"],
}
"""What blocks that are too long to show it print besides, by what is in them."""

BY_ITSELF = "paper --noise"
"""The block of a test of its own."""

LONG = ("compare data.nc", "reproduce table-3", "sweep data.nc", "pair.json", "long.zarr", "run.ckpt")
"""What takes long and has shorter tests of its own is marked `soak`."""

SKETCH = "big.nc"
"""Commands on files that nobody has."""


VARIABLE = "_SYMDCRNN_COMPLETE"
"""Where a shell says what it wants."""


class Example(NamedTuple):
    """A code block, and the text that stands right below it."""

    kind: str
    code: str
    printed: str


def examples(page: Path) -> list[Example]:
    found = re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    below = [text if kind == "text" else "" for kind, text in found[1:]]
    return [Example(kind, code, printed) for (kind, code), printed in zip(found, [*below, ""], strict=False)]


RUN = [pytest.param(example, id=f"{page.stem}-{number}",
                    marks=pytest.mark.soak if any(mark in example.code for mark in LONG) else ()) for page in PAGES
       for number, example in enumerate(examples(page)) if example.kind in ("bash", "python")
       and BY_ITSELF not in example.code and SKETCH not in example.code and "pytest bench" not in example.code]


@pytest.mark.parametrize("example", RUN)
def test_examples(
    example: Example, tmp_path: Path, workplace: Path, shell: Shell, block: Block, request: pytest.FixtureRequest
) -> None:
    if "report.html" in example.code:
        request.getfixturevalue("undrawn")
    if "generate transport --preset notebook --epsilon 1/256 -o data.nc" not in example.code:
        (tmp_path / "data.nc").write_bytes((workplace / "data.nc").read_bytes())
    printed = (shell if example.kind == "bash" else lambda code, folder: block(folder, code))(example.code, tmp_path)
    assert example.printed.strip() in printed
    for mark, texts in ALSO.items():
        if mark in example.code:
            assert [text for text in texts if text not in printed] == []
    if example.kind == "python":
        assert "d_t" in printed
    if "-o pictures" in example.code:
        assert {path.stem for path in (tmp_path / "pictures").iterdir()} == {
            "data", "coefficients", "path", "network", "rates", "residual", "spectrum", "collinearity", "forecast"}
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "pictures").iterdir())
    if "reproduce" in example.code:
        assert {path.name for path in (tmp_path / "reproduction").iterdir()} == {"table-3.md", "table-3.json"}


def test_every_mark_is_that_of_a_block() -> None:
    codes = [example.code for page in PAGES for example in examples(page)]
    for mark in (*ALSO, *LONG, BY_ITSELF, SKETCH):
        assert any(mark in code for code in codes)


def test_every_block_is_of_a_kind_that_is_run_or_shown() -> None:
    kinds = {example.kind for page in PAGES for example in examples(page)}
    assert kinds <= {"bash", "python", "text", "toml", "bibtex"}


@pytest.mark.soak
def test_noisy_kinetic_example(tmp_path: Path, shell: Shell) -> None:
    (code,) = (example.code for example in examples(DOCS / "guide" / "noise.md") if BY_ITSELF in example.code)
    printed = shell(code.replace("fit ", "fit --json --starts 1 ", 1), tmp_path)
    report = json.loads(printed[printed.index("{"):])
    assert set(report["equations"]["g"]) == {"g", "v_dx g", "<v_dx g>", "v_dx rho"}
    assert report["error_with_spurious_percent"]["g"] < 1.0


def test_config_example(tmp_path: Path, workplace: Path, command: Command) -> None:
    (settings,) = (example.code for example in examples(DOCS / "guide" / "shell.md") if example.kind == "toml")
    (tmp_path / "fit.toml").write_text(settings)
    done = command(tmp_path, "fit", str(workplace / "data.nc"), "--config", "fit.toml", "--json")
    assert done.returncode == 0, done.stderr


def test_lines_of_completion_are_what_shells_read() -> None:
    shells = re.findall(r"_SYMDCRNN_COMPLETE=(\w+)_source symdcrnn", (DOCS / "guide" / "shell.md").read_text("utf-8"))
    assert shells == ["bash", "zsh", "fish"]
    for shell in shells:
        kind = get_completion_class(shell)
        assert kind is not None
        assert "_SYMDCRNN_COMPLETE" in kind.source_template % kind(commands, {}, "symdcrnn", VARIABLE).source_vars()


def test_results_hold_every_item() -> None:
    """Table 3 is made by an example above; the whole takes minutes."""
    text = (DOCS / "results.md").read_text(encoding="utf-8")
    assert "symdcrnn reproduce all -o reproduction" in text
    for name in NAMES:
        item = find_item(name)
        section = text.split(f"## {name.replace('-', ' ').capitalize()}: {item.title}\n")[1].split("\n## ")[0]
        head, _, *rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
        assert head == [column.heading for column in item.columns]
        assert len(rows) >= 2
        if item.picture is not None:
            assert (DOCS / item.picture).read_bytes().startswith(b"\x89PNG")
            assert f"]({item.picture})" in section
        if name in TABLES:
            paper = TABLES[name].rows
            assert [row[0] for row in rows] == [row.label for row in paper]
            assert [float(row[1]) for row in rows] == [pytest.approx(row.paper, rel=1e-3) for row in paper]
            assert all(row[4] in ("at most the paper's", "the scheme's own floor") for row in rows)


def test_the_reference_has_every_public_name() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    documented = set(re.findall(r"^\.\. (?:auto\w+|data):: (\w+)$", pages, re.MULTILINE))
    assert set(symdcrnn.__all__) - documented == set()
