"""Every code block of the README, run."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from symdcrnn.reproduction.items import NAMES, find_item
from symdcrnn.reproduction.paper import TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
Command = Callable[..., subprocess.CompletedProcess[str]]
Shell = Callable[[str, Path], str]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def processes(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user does, with `symdcrnn` meaning the checkout under test."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    tool = tools / "symdcrnn"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m symdcrnn "$@"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=600)


@pytest.fixture(scope="session")
def shell(command: Command) -> Callable[[str, Path], str]:
    """Run a script line by line, `symdcrnn` in this process; what it prints comes back."""

    def run(script: str, folder: Path) -> str:
        printed, statement = "", ""
        for line in script.replace("\\\n", " ").splitlines():
            statement += f"{line}\n"
            try:
                words = shlex.split(statement)
            except ValueError:  # a quotation that goes on
                continue
            if words[0] == "symdcrnn":
                done = command(folder, *words[1:])
            else:
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", statement], cwd=folder, capture_output=True,
                                      text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            printed, statement = printed + done.stdout, ""
        assert statement == ""
        return printed

    return run


def test_main_job_prints_the_equation_at_the_top(tmp_path: Path) -> None:
    first = next(block for block in blocks("bash") if "fit" in block)
    steps = [step.strip() for step in first.split("&&")]
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1] == ".venv/bin/pip install --quiet ."
    done = processes(" && ".join(step.replace(".venv/bin/", "") for step in steps[2:]), tmp_path)
    assert done.returncode == 0, done.stderr
    assert blocks("text")[0] in done.stdout


def test_test_command_is_the_one_that_ci_runs() -> None:
    command = next(line for line in README.splitlines() if "-m pytest -q" in line)
    assert "'.[test]'" in command
    assert 'grep -m1 -- "-m pytest -q" README.md' in (ROOT / ".ci" / "run").read_text()


def test_shell_examples(tmp_path: Path, shell: Shell) -> None:
    script = next(block for block in blocks("bash") if block.startswith("symdcrnn"))
    criterion = blocks("text")[1].strip()
    assert criterion in shell(script, tmp_path)


def test_noisy_example(tmp_path: Path, shell: Shell) -> None:
    script = next(block for block in blocks("bash") if "burgers-noisy.nc" in block)
    assert blocks("text")[2] in shell(script, tmp_path)


def test_noisy_kinetic_example(tmp_path: Path, shell: Shell) -> None:
    script = next(block for block in blocks("bash") if "paper --noise" in block)
    printed = shell(script.replace("fit ", "fit --json --starts 1 ", 1), tmp_path)
    report = json.loads(printed[printed.index("{"):])
    assert set(report["equations"]["g"]) == {"g", "v_dx g", "<v_dx g>", "v_dx rho"}
    assert report["error_with_spurious_percent"]["g"] < 1.0


def test_reproduction_example(tmp_path: Path, shell: Shell) -> None:
    script = next(block for block in blocks("bash") if "reproduce" in block)
    assert "38.03" in shell(script, tmp_path)
    assert {path.name for path in (tmp_path / "reproduction").iterdir()} == {"table-3.md", "table-3.json"}


@pytest.mark.parametrize(("mark", "outputs"), [
    ("pair.json", ["pair.json ("]),
    ("coarse.nc", [blocks("text")[3].strip(), "[1 <v_dx g> - 1 v_dx g],  eps = 0.015625"]),
    ("--function", [blocks("text")[4].strip()]),
    ("sweep data.nc", [blocks("text")[5].strip(), "d_t g = -65503.9 g"]),
    ("symdcrnn limit", [blocks("text")[6], "off the data in L2"]),
    ("report.html", ["report.html"]),
    ("long.zarr", ["v_dx rho"]),
    ("compare", ["stridge"]),
    ('nonlinear "u^2"', ["d_t u = 0.1 d_xx u - 0.5 d_x(u^2)"]),
])
def test_examples_on_given_data(
    tmp_path: Path, workplace: Path, shell: Shell, mark: str, outputs: list[str]
) -> None:
    (tmp_path / "data.nc").write_bytes((workplace / "data.nc").read_bytes())
    printed = shell(next(block for block in blocks("bash") if mark in block), tmp_path)
    for output in outputs:
        assert output in printed


def test_results_hold_every_item() -> None:
    """Table 3 is made by an example above; the whole takes minutes."""
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert "symdcrnn reproduce all -o reproduction" in text
    for name in NAMES:
        item = find_item(name)
        section = text.split(f"## {name.replace('-', ' ').capitalize()}: {item.title}\n")[1].split("\n## ")[0]
        head, _, *rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
        assert head == [column.heading for column in item.columns]
        assert len(rows) >= 2
        if item.picture is not None:
            assert (ROOT / "docs" / item.picture).read_bytes().startswith(b"\x89PNG")
            assert f"]({item.picture})" in section
        if name in TABLES:
            paper = TABLES[name].rows
            assert [row[0] for row in rows] == [row.label for row in paper]
            assert [float(row[1]) for row in rows] == [pytest.approx(row.paper, rel=1e-3) for row in paper]
            assert all(row[4] in ("at most the paper's", "the scheme's own floor") for row in rows)


def test_config_example(tmp_path: Path, workplace: Path, command: Command) -> None:
    (tmp_path / "fit.toml").write_text(blocks("toml")[0])
    done = command(tmp_path, "fit", str(workplace / "data.nc"), "--config", "fit.toml", "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_examples(tmp_path: Path, block: Callable[[Path, str], str], number: int) -> None:
    printed = block(tmp_path, blocks("python")[number])
    assert "d_t" in printed
    if "words=" in blocks("python")[number]:
        assert printed == blocks("text")[-1]


def test_imports_warn_of_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-W", "error", "-c", blocks("python")[-1]], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout == blocks("text")[-1]


def test_contributing_names_what_ci_runs() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[0].splitlines()[2:]:
        assert line in script
