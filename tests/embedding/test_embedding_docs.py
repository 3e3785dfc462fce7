"""The examples of docs/embedding.md, run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from small_models import KINETIC, data, model

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", TEXT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_python_blocks(tmp_path: Path, block: Callable[[Path, str], str], number: int) -> None:
    code, expected = BLOCKS[number]
    printed = block(tmp_path, code)
    assert printed.strip() == expected.strip() or not expected


@pytest.mark.usefixtures("interpreted")
def test_the_declaration_in_c_and_the_table_are_true() -> None:
    fields = {"g": True, "rho": False}
    compiled = model(KINETIC, fields).rhs(data(fields)).compiled
    declared = re.findall(r"```c\n(.*?)```", TEXT, re.DOTALL)[0]
    assert declared in compiled.prototype
    table = [line.split("|")[1] for line in TEXT.split("## The function")[1].splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(table)) == list(compiled.arguments)
