"""The blocks of docs/kernels.md run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "kernels.md").read_text(encoding="utf-8")
Command = Callable[..., subprocess.CompletedProcess[str]]


def test_examples(tmp_path: Path, block: Callable[[Path, str], str], command: Command) -> None:
    """In their order, in one folder: the second and the shell read what the first has written there."""
    found = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
    assert [kind for kind, _ in found] == [*["python", "text"] * 2, "bash", "text", *["python", "text"] * 2]
    printed = ""
    for kind, text in found:
        if kind == "python":
            printed = block(tmp_path, text)
        elif kind == "text":
            assert text in printed
        else:
            name, *arguments = shlex.split(text)
            assert name == "symdcrnn"
            done = command(tmp_path, *arguments)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
