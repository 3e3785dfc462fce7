"""The README: its commands, and that what it shows is what the guide runs."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def guide(language: str) -> list[str]:
    """Blocks that are run by the tests of the guide."""
    pages = sorted((ROOT / "docs" / "guide").glob("*.md"))
    return [block for page in pages for block in blocks(language, page.read_text(encoding="utf-8"))]


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


def test_main_job_prints_the_equation_at_the_top(tmp_path: Path, shell: Callable[[str, Path], str]) -> None:
    first = next(block for block in blocks("bash") if "fit" in block)
    steps = [step.strip() for step in first.split("&&")]
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1] == ".venv/bin/pip install --quiet ."
    limit = next(block for block in blocks("bash") if "limit" in block)
    done = processes(" && ".join(step.replace(".venv/bin/", "") for step in steps[2:]), tmp_path)
    assert done.returncode == 0, done.stderr
    assert blocks("text")[0] in done.stdout
    assert blocks("text")[1] in shell(limit.replace(".venv/bin/", ""), tmp_path)


def test_test_command_is_the_one_that_ci_runs() -> None:
    command = next(line for line in README.splitlines() if "-m pytest -q" in line)
    assert "'.[test]'" in command
    assert 'grep -m1 -- "-m pytest -q" README.md' in (ROOT / ".ci" / "run").read_text()


def test_examples_are_beginnings_of_those_in_the_guide() -> None:
    (shell,), (python,) = [block for block in blocks("bash") if block.startswith("symdcrnn")], blocks("python")
    assert [block for block in guide("bash") if block.startswith(shell)] != []
    assert [block for block in guide("python") if block.startswith(python)] != []
    assert blocks("text")[2] in guide("text")
    assert len(blocks("bash")) == 4


def test_it_is_one_page_and_leads_to_all_of_the_guide() -> None:
    assert len(README.splitlines()) <= 100
    linked = set(re.findall(r"\]\((?!\w+:)([^)#]+)", README))
    assert [link for link in linked if not (ROOT / link).is_file()] == []
    pages = {f"docs/guide/{page.name}" for page in (ROOT / "docs" / "guide").glob("*.md")}
    assert pages - linked == set()


def test_imports_warn_of_nothing(tmp_path: Path) -> None:
    (code,) = (block for block in guide("python") if "words=" in block)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout in guide("text")


def test_contributing_names_what_ci_runs() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[0].splitlines()[2:]:
        assert line in script
