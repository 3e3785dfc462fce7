"""The notebooks run, and print what is stored in them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
SMALL = 200_000
"""Bytes of a notebook with its pictures at most."""


def test_there_are_three_and_they_are_small() -> None:
    assert len(BOOKS) == 3
    assert all(book.stat().st_size < SMALL for book in BOOKS)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_cells(book: Path, tmp_path: Path, block: Callable[[Path, str], str]) -> None:
    cells = [cell for cell in json.loads(book.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    stored = "".join(text for output in outputs if output["output_type"] == "stream" for text in output["text"])
    with matplotlib.rc_context({"backend": "Agg"}):
        assert block(tmp_path, "\n\n".join("".join(cell["source"]) for cell in cells)) == stored


def test_the_picture_of_the_readme_is_that_of_a_notebook() -> None:
    (book,) = (book for book in BOOKS if book.stem == "transport")
    outputs = [output for cell in json.loads(book.read_text("utf-8"))["cells"] for output in cell.get("outputs", [])]
    (stored,) = (output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {}))
    picture = ROOT / "docs" / "images" / "example.png"
    assert base64.b64decode("".join(stored)) == picture.read_bytes()
    assert f"](docs/images/{picture.name})" in (ROOT / "README.md").read_text(encoding="utf-8")
