"""``python tests/kernels/phase_space/golden.py`` writes anew what sources and programs are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from several_axes import CASES, SMALL, problem_of

from symdcrnn.kernels.codegen.emit import Kind, emit
from symdcrnn.kernels.ir.printed import printed
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import spec_of

FOLDER = Path(__file__).parent / "golden"
KERNELS: tuple[tuple[str, Kind], ...] = (
    ("scaled", "normal_equations"), ("kinetic q", "apply"), ("u", "value_and_gradient"), ("m", "columns"))
PROGRAMS = ("f", "h")


def sources() -> Iterator[tuple[Path, str]]:
    """Where the source of a kernel is kept, and what it is now."""
    for name, kind in KERNELS:
        one = problem_of(name)
        text = emit(spec_of(kind, one.form, one.grid, SMALL, NORMS[CASES[name][3]])).text
        yield FOLDER / f"{name.replace(' ', '_')}_{kind}.txt", text
    for name in PROGRAMS:
        one = problem_of(name)
        program = spec_of("apply", one.form, one.grid, SMALL, NORMS["l2"]).program
        yield FOLDER / f"{name.replace(' ', '_')}_program.txt", f"{printed(program)}\n"
    one = problem_of("kinetic q")
    single = spec_of("apply", replace(one.form, time_weights=(1.0,), columns=tuple(
        replace(column, time_weights=(1.0,)) for column in one.form.columns)), one.grid, SMALL, NORMS["l2"])
    yield FOLDER / "one_frame.txt", emit(single.on_one_frame).text


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in sources():
        path.write_text(text, encoding="utf-8")
