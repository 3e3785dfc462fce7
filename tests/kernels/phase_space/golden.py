"""``python tests/kernels/phase_space/golden.py`` writes the sources that generated ones are compared with anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from several_axes import CASES, SMALL, problem_of

from symdcrnn.kernels.codegen.emit import Kind, emit
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import spec_of

FOLDER = Path(__file__).parent / "golden"
KERNELS: tuple[tuple[str, Kind], ...] = (
    ("scaled", "normal_equations"), ("kinetic q", "apply"), ("u", "value_and_gradient"), ("m", "columns"))


def sources() -> Iterator[tuple[Path, str]]:
    """Where the source of a kernel is kept, and what it is now."""
    for name, kind in KERNELS:
        one = problem_of(name)
        text = emit(spec_of(kind, one.form, one.grid, SMALL, NORMS[CASES[name][3]])).text
        yield FOLDER / f"{name.replace(' ', '_')}_{kind}.txt", text


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in sources():
        path.write_text(text, encoding="utf-8")
