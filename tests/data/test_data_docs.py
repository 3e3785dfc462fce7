"""The blocks of docs/data.md run, and print what stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_example(tmp_path: Path, block: Callable[[Path, str], str]) -> None:
    (code,), (printed,) = (re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL) for kind in ("python", "text"))
    assert block(tmp_path, code) == printed
    assert (tmp_path / "plane.nc").is_file()
