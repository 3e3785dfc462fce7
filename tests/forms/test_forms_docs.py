"""The blocks of docs/forms.md run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "forms.md").read_text(encoding="utf-8")
Command = Callable[..., subprocess.CompletedProcess[str]]


def test_examples(tmp_path: Path, block: Callable[[Path, str], str], command: Command) -> None:
    """In their order, in one folder: the shell reads what Python has written there."""
    printed = ""
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL):
        if kind == "python":
            printed = block(tmp_path, text)
        elif kind == "text":
            assert printed == text
        else:
            assert kind == "bash"
            name, *arguments = shlex.split(text)
            assert name == "symdcrnn"
            done = command(tmp_path, *arguments)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
