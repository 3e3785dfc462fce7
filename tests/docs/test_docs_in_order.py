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


LONG = "fit_moments"
"""What is in blocks that take long and are marked `soak`; `tests/forms` has shorter ones."""


@pytest.mark.parametrize(("page", "whole"), [("forms.md", False), ("limits.md", True), pytest.param(
    "forms.md", True, marks=pytest.mark.soak)])
def test_examples(
    page: str, whole: bool, tmp_path: Path, block: Callable[[Path, str], str], command: Command
) -> None:
    """In their order, in one folder: the shell reads what Python has written there.

    What they print is what is claimed of them, such as errors of a closure beside P_N, and that no wave grows.
    """
    printed, left_out = "", False
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL):
        if kind == "python":
            left_out = LONG in text and not whole
            printed = "" if left_out else block(tmp_path, text)
        elif kind == "text":
            assert left_out or printed == text
        else:
            assert kind == "bash"
            name, *arguments = shlex.split(text)
            assert name == "symdcrnn"
            done = command(tmp_path, *arguments)
            assert done.returncode == 0, done.stderr
            printed, left_out = done.stdout, False
