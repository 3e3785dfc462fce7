"""Program to numba source that a person can read: a few small functions, and one that walks over tiles and residuals.

The source depends on structure alone: words, axes, stencils' points and the norm. Sizes, weights of schemes, stencils,
quadratures and factors are arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.arguments import Scratch, Table
from symdcrnn.kernels.codegen.assignments import Assignment
from symdcrnn.kernels.codegen.reduction.columns import Columns
from symdcrnn.kernels.codegen.reduction.layout import Layout
from symdcrnn.kernels.codegen.reduction.reductions import Reduction
from symdcrnn.kernels.codegen.schedule import Schedule, scheduled
from symdcrnn.kernels.codegen.single_frame import VIEWS
from symdcrnn.kernels.codegen.statements import Writer
from symdcrnn.kernels.codegen.storage import Storage, Tile
from symdcrnn.kernels.ir.one_frame import on_one_frame
from symdcrnn.kernels.ir.values import Program
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.source import KernelFunction, head, indent

Kind = Literal["value_and_gradient", "normal_equations", "products", "apply", "columns"]

Scalar = Literal["float64", "float32"]

SUMS: tuple[Kind, ...] = ("value_and_gradient", "normal_equations", "products")
"""Kernels that reduce; the others write arrays."""

STEP = 32
"""Tiles but the last are a multiple of so many points long: loops take them at a time."""


@dataclass(frozen=True)
class KernelSpec:
    """What a kernel is made from; nothing here is a number of the data.

    Parameters
    ----------
    kind : str
        ``value_and_gradient`` (loss and gradient), ``normal_equations`` (and the reweighted Gram matrix of the
        columns), ``products`` (of the left-hand side with the columns, as loss and gradient where all coefficients are
        zero), ``apply`` (the right-hand side itself) or ``columns`` (each column of it).
    program : Program
    norm : Norm
        Of the residual.
    tile : tuple of (str, int)
        Points of a tile by tiled axis, the contiguous one last.
    title : tuple of str
        Lines for the head of the source.
    single : bool
        Whether a single frame of weight one is read, so that nothing is combined.
    scalar : str
        The type of the numbers in arrays, ``float64`` or ``float32``; sums inside a row are made in float64.
    """

    kind: Kind
    program: Program
    norm: Norm
    tile: tuple[tuple[str, int], ...]
    title: tuple[str, ...] = ()
    single: bool = False
    scalar: Scalar = "float64"

    @property
    def on_one_frame(self) -> KernelSpec:
        """The same of a residual that reads one frame, with a weight of one."""
        return replace(self, program=on_one_frame(self.program), single=True)


@dataclass(frozen=True)
class Source:
    """An emitted kernel.

    Parameters
    ----------
    text : str
        A module with the one public function ``kernel``.
    signature : str
    schedule : Schedule
        Of the program that was emitted.
    tables : tuple of Table
        Its arguments that hold numbers of the grid, in order.
    scratch : tuple of Scratch
        Its arguments that it works in, in order.
    """

    text: str
    signature: str
    schedule: Schedule
    tables: tuple[Table, ...]
    scratch: tuple[Scratch, ...]


@dataclass(frozen=True)
class Body:
    """A kernel without the module that it stands in.

    Parameters
    ----------
    arguments : tuple of str
    lines : tuple of str
        What it does, indented once.
    constants : tuple of str
        Lines that stand before all functions.
    source : Source
        What its caller needs to know, without a text.
    """

    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    constants: tuple[str, ...]
    source: Source

    def definition(self, name: str) -> Iterator[str]:
        """The kernel as a function, without the decorator."""
        yield f"def {name}({', '.join(self.arguments)}):"
        yield from self.lines


def emit(spec: KernelSpec) -> Source:
    """The source of a kernel."""
    functions: dict[str, KernelFunction] = {}
    made = body(spec, functions)
    lines = [
        *head(spec.title, (*([VIEWS, ""] if spec.single else []), *made.constants), allocates=False),
        *definitions(functions),
        "", "",
        f'@numba.njit("{made.source.signature}", no_cfunc_wrapper=True, **OPTIONS)',
        *made.definition("kernel"),
        "",
    ]
    parts = ("\n".join(lines), made.source.signature)
    text, signature = (part.replace("float64[", f"{spec.scalar}[") for part in parts)
    return replace(made.source, text=text, signature=signature)


def body(spec: KernelSpec, functions: dict[str, KernelFunction]) -> Body:
    """A kernel by itself.

    Parameters
    ----------
    spec : KernelSpec
    functions : dict of str to KernelFunction
        Those of its module, which what it calls joins.
    """
    schedule = _schedule(spec)
    program = schedule.program
    storage = _storage(spec, schedule)
    writer = Writer(program, storage, functions, single=spec.single)
    columns = Columns(schedule)
    tail: Reduction | Assignment
    if spec.kind in SUMS:
        layout = Layout(columns, writer, spec.kind == "normal_equations", spec.norm.quadratic)
        tail = Reduction(layout, spec.norm, spec.kind != "products")
    else:
        tail = Assignment(columns, writer, spec.kind == "columns")
    _ = tail.names
    setup, begin, inside, end = (list(part) for part in (tail.setup(), tail.begin(), tail.body(), tail.end()))
    walk = list(_walk(schedule, writer, inside))
    _make_room(writer)
    scratch = tuple(writer.scratch.values())
    tables = tuple(writer.tables.values())
    fields = [f"data_{number}" for number in range(len(program.field_axes))]
    names = [*_HEAD, *fields, *(table.name for table in tables), *(one.name for one in scratch), *_TAIL]
    rooms = [*(table.type for table in tables), *(one.type for one in scratch)]
    types = ["int64"] * 3 + [make.ROWS] * len(fields) + rooms + list(_TAIL.values())
    lines = (
        *indent(_sizes(program)),
        *indent(setup),
        "    for share in range(first_share, last_share):",
        *indent(begin, 2),
        *indent(walk, 2),
        *indent(end, 2),
    )
    source = Source("", f"void({', '.join(types)})", schedule, tables, scratch)
    return Body(tuple(names), lines, (f"FRAMES = {program.frames}", *tail.constants()), source)


def definitions(functions: Mapping[str, KernelFunction]) -> list[str]:
    """The lines of functions, each after those that it calls."""
    return [line for function in _ordered(functions) for line in ("", "", *function.lines)]


def storage_of(spec: KernelSpec) -> Storage:
    """Where the values of a kernel live; what its reduction needs beside them is not counted."""
    return _storage(spec, _schedule(spec))


def _schedule(spec: KernelSpec) -> Schedule:
    program = spec.program
    keep = _separable(program) and (spec.kind == "normal_equations" or len(program.axes.tiled) == 1)
    # Kernels that write arrays do not read the left-hand side at all.
    return scheduled(program, keep, "target" if spec.kind == "normal_equations" or spec.kind not in SUMS else "columns")


def _storage(spec: KernelSpec, schedule: Schedule) -> Storage:
    return Storage.of(schedule, Tile(spec.tile, tuple(schedule.program.halo.items())))


_HEAD = ("first_share", "last_share", "shares")

_TAIL = {
    "sizes": make.INDICES,
    "level_frames": "int64[:, ::1]",
    "level_counts": make.INDICES,
    "level_weights": "float64[:, :, ::1]",
    "level_sums": make.ROWS,
    "fitted": make.INDICES,
    "coefficients": make.ROW,
    "width": "float64",
    "out": make.ROWS,
}


def size_names(program: Program) -> list[str]:
    """What the array ``sizes`` holds, in order."""
    axes = program.axes
    names = [f"n_{axis}" for axis in axes.order]
    for axis in axes.tiled:
        names += [f"first_{axis}", f"last_{axis}", f"tiles_{axis}"]
    return [*names, "residuals", "first_residual", "last_residual", "varying"]


def _sizes(program: Program) -> Iterator[str]:
    for number, name in enumerate(size_names(program)):
        yield f"{name} = sizes[{number}]"


def _make_room(writer: Writer) -> None:
    """Have arguments for all values."""
    writer.works_in("shared", max(writer.storage.widths["shared"], 1))
    for array, (whole, ring) in writer.storage.arrays.items():
        writer.works_in(array, (*whole, writer.program.frames if ring else 1), writer.storage.widths[array])
    writer.packed.pop(("end",), None)
    if writer.packed:
        writer.tables["weights",] = Table("weights", make.ROW, ("numbers", *writer.packed))


def _walk(schedule: Schedule, writer: Writer, body: list[str]) -> Iterator[str]:
    program = schedule.program
    axes = program.axes
    tiles = " * ".join(f"tiles_{axis}" for axis in axes.tiled)
    yield "count = last_residual - first_residual"
    yield f"tasks = {tiles} * count"
    yield "position, stop = tasks * share // shares, tasks * (share + 1) // shares"
    yield "while position < stop:"
    lines = ["tile, begin = position // count, first_residual + position % count",
             "end = min(last_residual, begin + stop - position)", "position += end - begin"]
    for axis in reversed(axes.tiled):
        multiple = STEP if axis == axes.row else 1
        lines += [
            f"step_{axis} = (last_{axis} - first_{axis} + tiles_{axis} - 1) // tiles_{axis}",
            f"step_{axis} = (step_{axis} + {multiple - 1}) // {multiple} * {multiple}" if multiple > 1 else "",
            f"start_{axis} = first_{axis} + step_{axis} * (tile % tiles_{axis})",
            f"size_{axis} = max(0, min(step_{axis}, last_{axis} - start_{axis}))",
            f"tile = tile // tiles_{axis}",
        ]
    lines.append(f"if {' * '.join(f'size_{axis}' for axis in axes.tiled)} == 0:")
    lines.append("    continue")
    early = [line for loop in schedule.early for line in writer.loop(loop)]
    if program.framewise:
        writer.works_in("slots", program.levels, program.frames, integers=True)
        lines.append("for m in range(begin, end + FRAMES - 1):")
        lines.append("    slot = m % FRAMES")
        lines += indent(line for loop in schedule.frame for line in writer.loop(loop))
        lines += ["    if m < begin + FRAMES - 1:", "        continue", "    n = m - FRAMES + 1",
                  f"    for level in range({program.levels}):", "        for k in range(level_counts[level]):",
                  "            slots[level, k] = (n + level_frames[level, k]) % FRAMES"]
    else:
        lines.append("for n in range(begin, end):")
    lines += indent([*early, *body])
    yield from indent(line for line in lines if line)


def _separable(program: Program) -> bool:
    """Whether a column of a left-hand side with whole axes has none itself."""
    return bool(program.target_whole) and any(
        not program.whole(program.by_name[item.value]) for item in program.items)


def _ordered(functions: Mapping[str, KernelFunction]) -> list[KernelFunction]:
    """Functions after those that they call."""
    first = [functions[name] for name in ("gather",) if name in functions]
    return [*first, *(function for name, function in functions.items() if name != "gather")]
