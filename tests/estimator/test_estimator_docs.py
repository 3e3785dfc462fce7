"""The blocks of docs/python.md run, and print what stands there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("code", "printed"), PYTHON)
def test_python_blocks(tmp_path: Path, block: Callable[[Path, str], str], code: str, printed: str) -> None:
    assert block(tmp_path, code) == printed


def test_every_python_block_is_followed_by_what_it_prints() -> None:
    assert len(PYTHON) == TEXT.count("```python") == 4


def test_shell_block(tmp_path: Path, command: Command) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    for line in script.splitlines():
        words = re.findall(r'"[^"]*"|\S+', line.partition(" > ")[0])
        done = command(tmp_path, *(word.strip('"') for word in words[1:]))
        assert done.returncode == 0, done.stderr
        if "latex" in line:
            assert done.stdout == "\\partial_t u = - 1\\, u \\, \\partial_x u + 0.1\\, \\partial_{xx} u\n"
        if "c99" in line:
            assert "void symdcrnn_rhs(" in done.stdout
