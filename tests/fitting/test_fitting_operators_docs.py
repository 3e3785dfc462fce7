"""The blocks of docs/operators.md run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.usefixtures("interpreted")
def test_examples(tmp_path: Path, block: Callable[[Path, str], str], command: Command) -> None:
    """In their order, in one folder: the shell reads what Python has written there."""
    found = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
    assert [kind for kind, _ in found].count("python") == 7
    printed = ""
    for kind, text in found:
        if kind == "python":
            printed = block(tmp_path, text)
        elif kind == "text":
            assert text in (printed, printed[:printed.index("\n") + 1])
        elif kind == "toml":
            (tmp_path / "ops.toml").write_text(text, encoding="utf-8")
        else:
            assert kind == "bash"
            name, *arguments = shlex.split(text)
            assert name == "symdcrnn"
            done = command(tmp_path, *arguments)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
