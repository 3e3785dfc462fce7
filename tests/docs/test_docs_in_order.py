"""Pages whose blocks go on with what those before them have written: they run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("page", ["forms.md", "limits.md"])
def test_examples(page: str, tmp_path: Path, block: Callable[[Path, str], str], command: Command) -> None:
    """In their order, in one folder: the shell reads what Python has written there.

    What they print is what is claimed of them, such as errors of a closure beside P_N, and that no wave grows.
    """
    printed, whole = "", (DOCS / page).read_text(encoding="utf-8")
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", whole, re.DOTALL):
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
