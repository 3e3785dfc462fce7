"""The examples of docs/embedding.md, run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_models import KINETIC, data, model

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_python_blocks(tmp_path: Path, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-W", "error", "-c", BLOCKS[number]], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_the_declaration_in_c_and_the_table_are_true() -> None:
    fields = {"g": True, "rho": False}
    compiled = model(KINETIC, fields).rhs(data(fields)).compiled
    declared = re.findall(r"```c\n(.*?)```", TEXT, re.DOTALL)[0]
    assert declared in compiled.prototype
    table = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(table)) == list(compiled.arguments)
