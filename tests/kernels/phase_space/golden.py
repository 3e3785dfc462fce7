"""``python tests/kernels/phase_space/golden.py`` writes anew what sources and programs are compared with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from several_axes import CASES, SMALL, problem_of

from symdcrnn.kernels.codegen.emit import Kind, Source, emit
from symdcrnn.kernels.ir.printed import printed
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import spec_of

FOLDER = Path(__file__).parent / "golden"
KERNELS: tuple[tuple[str, Kind], ...] = (
    ("scaled", "normal_equations"), ("kinetic q", "apply"), ("u", "value_and_gradient"), ("m", "columns"))
PROGRAMS = ("f", "h")
FEWER = {"f": (16, 17), "moments": (7, 10)}
"""By case, of how many of its columns there are sources as well: about as many as are written out, or summed."""


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


def digests() -> Iterator[str]:
    """A line for the source and the arguments of every kind of kernel of every case: what it is made of, and a digest.

    Arguments are numbers of the grid, by what they stand for, and the room that a kernel works in.
    """
    for name, (*_, norm) in CASES.items():
        one = problem_of(name)
        for columns in (len(one.form.columns), *FEWER.get(name, ())):
            form = replace(one.form, columns=one.form.columns[:columns])
            for kind in get_args(Kind):
                made = emit(spec_of(kind, form, one.grid, SMALL, NORMS[norm]))
                yield f"{name}, {columns} columns, {kind}: {_digest(made)}"


def _digest(made: Source) -> str:
    content = "\n".join((made.text, made.signature, *map(repr, (*made.tables, *made.scratch))))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in sources():
        path.write_text(text, encoding="utf-8")
    (FOLDER / "digests.txt").write_text("".join(f"{line}\n" for line in digests()), encoding="utf-8")
