"""The blocks of docs/kinetic run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from symdcrnn.problems.kinetic import KINETIC

FOLDER = Path(__file__).parents[2] / "docs" / "kinetic"
NUMBER = r"(?<=[=+-] )[0-9.]+|(?<== )-[0-9.]+"
NOISE = 5e-3
"""Digits of coefficients of noisy data beyond their error bars say nothing."""

LONG = ("slab", "bgk", "groups", "pn", "opacity", "ordinates-2d", "vlasov-poisson", "linear-bgk")
"""Whose pages take longest; those of the others are run every time."""

Command = Callable[..., subprocess.CompletedProcess[str]]


def words(line: str) -> str:
    return re.sub(NUMBER, "", line)


def numbers(line: str) -> list[float]:
    return [float(number) for number in re.findall(NUMBER, line)]


def test_every_problem_has_a_page_with_a_picture() -> None:
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    for entry in KINETIC:
        assert f"]({entry.name}.md)" in table
        assert f"]({entry.name}.png)" in (FOLDER / f"{entry.name}.md").read_text(encoding="utf-8")
        assert (FOLDER / f"{entry.name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", [
    pytest.param(entry.name, marks=pytest.mark.soak if entry.name in LONG else ()) for entry in KINETIC])
def test_examples(tmp_path: Path, block: Callable[[Path, str], str], command: Command, name: str) -> None:
    """In their order, in one folder: one line of the shell after another reads what the last one has written."""
    printed, shown = "", 0
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", (FOLDER / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL):
        if kind == "python":
            printed = block(tmp_path, text)
        elif kind == "text":
            found = [line for line in printed.splitlines() if line.startswith("d_t ")]
            for line, own in zip(text.splitlines(), found, strict=True):
                assert (words(line), numbers(line)) == (words(own), pytest.approx(numbers(own), rel=NOISE))
            shown += 1
        else:
            assert kind == "bash"
            for line in text.replace("\\\n", " ").splitlines():
                program, *arguments = shlex.split(line)
                assert program == "symdcrnn"
                done = command(tmp_path, *arguments)
                assert done.returncode == 0, done.stderr
                printed = done.stdout
    assert shown >= 1
