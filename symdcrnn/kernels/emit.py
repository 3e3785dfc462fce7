"""Program to numba source that a person can read.

A kernel is a few small functions (one per stencil and reduction, so that the compiler meets each
once) and one function that walks through a range of shares of the tasks, each one block of x of one
residual, with all scratch allocated once.  It releases the GIL: threads work on ranges that were cut without
regard to how many threads there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symdcrnn.kernels.arrays import ApplyTail, ColumnsTail, PenaltyTail
from symdcrnn.kernels.columns import Columns
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.passes import rewritten
from symdcrnn.kernels.program import Load, Multiply, Node, Program, Quadrature
from symdcrnn.kernels.rows import (
    AVERAGE_FULL,
    AVERAGE_POWER,
    DATA,
    DATA_PER_V,
    MULTIPLY,
    ROWS,
    KernelFunction,
    load_function,
    stencil_function,
)
from symdcrnn.kernels.source import check_name, head, indent
from symdcrnn.kernels.stencils import Stencil
from symdcrnn.kernels.tails import ReductionTail, Tail

Kind = Literal["value_and_gradient", "normal_equations", "apply", "columns", "penalties"]

RESULT_AXES: dict[Kind, int] = {
    "value_and_gradient": 2, "normal_equations": 2, "apply": 2, "columns": 3, "penalties": 3,
}
"""Axes of what a kernel writes, v not among them; sums have one row per share."""

SUMS: tuple[Kind, ...] = ("value_and_gradient", "normal_equations")
"""Kernels that reduce; the others write arrays."""

BLOCK = 256
"""Points of x that are worked on at a time, so that all columns of a block stay in cache."""

STEP = 32
"""Blocks but the last are a multiple of so many points: loops take them at a time, and what is left one by one."""

ALIGNMENT = 8
"""Rows begin a multiple of so many numbers apart."""


@dataclass(frozen=True)
class KernelSpec:
    """What a kernel is made from; nothing here is a number of the data.

    Parameters
    ----------
    kind : str
        ``value_and_gradient`` (loss and gradient), ``normal_equations`` (and the reweighted Gram
        matrix of the columns), ``apply`` (the right-hand side itself), ``columns`` (each column of
        it) or ``penalties`` (rho, psi and omega of the norm where the target is the residual itself).
    program : Program
        What is computed.
    norm : Norm
        Of the residual.
    title : tuple of str
        Lines for the head of the source: the expression it computes.
    """

    kind: Kind
    program: Program
    norm: Norm
    title: tuple[str, ...] = ()


@dataclass(frozen=True)
class Storage:
    """Where each value of a program lives: a row of `full`, or of `right` and `left`."""

    full: dict[str, int]
    profiles: dict[str, int]

    @classmethod
    def of(cls, program: Program) -> Storage:
        full = [value.name for value in program.stored if value.layout.full]
        profiles = [value.name for value in program.stored if not value.layout.full]
        return cls({name: row for row, name in enumerate(full)}, {name: row for row, name in enumerate(profiles)})


def argument_names(spec: KernelSpec) -> tuple[str, ...]:
    """The arguments of the compiled function, in order."""
    fields = tuple(f"{name}_data" for name, _ in spec.program.fields)
    profiles = tuple(f"{name}_profile" for name in spec.program.profiles)
    return ("first_share", "last_share", "shares", *fields, *profiles, "coefficients", "v", "quadrature", "inverse_dx",
            "first", "last", "blocks", "residuals", "width", "out")


def signature(spec: KernelSpec) -> str:
    """The numba signature of the compiled function."""
    fields = [DATA_PER_V if full else DATA for _, full in spec.program.fields]
    profiles = [ROWS] * len(spec.program.profiles)
    axes = RESULT_AXES[spec.kind]
    if spec.kind not in SUMS and spec.program.target.layout.full:
        axes += 1
    result = f"float64[{':, ' * (axes - 1)}::1]"
    common = [ROWS, ROWS, ROWS, "float64", "int64", "int64", "int64", "int64", "float64"]
    return f"void({', '.join(['int64', 'int64', 'int64', *fields, *profiles, *common, result])})"


def emit(spec: KernelSpec) -> str:
    """The source of a kernel: a module with the one public function ``kernel``.

    Raises
    ------
    InputError
        If the name of a field or profile is not an identifier: names become part of the source.
    """
    program = rewritten(spec.program, spec.kind)
    for name in (*(field for field, _ in program.fields), *program.profiles):
        if name:
            check_name(name)
    storage = Storage.of(program)
    columns = Columns.of(program, storage.full, storage.profiles)
    tail = _tail(spec, columns)
    functions: dict[str, KernelFunction] = {}
    for_each_v, once = _steps(program, storage, functions)
    functions.update(tail.functions())
    stride = -(-(BLOCK + 2 * program.halo) // ALIGNMENT) * ALIGNMENT
    own = {name: columns.full_rows + 1 + number for number, name in enumerate(tail.own_rows)}
    constants = (
        f"HALO = {program.halo}",
        f"FRAMES = {program.frames}",
        f"ROW = {stride}  # from one row to the next",
        *(f"{name} = {row} * ROW" for name, row in own.items()),
        *tail.tables(),
    )
    lines = [
        *head(spec.title, constants),
        *(line for function in functions.values() for line in ("", "", *function.lines)),
        "",
        "",
        f'@numba.njit("{signature(spec)}", **OPTIONS)',
        f"def kernel({', '.join(argument_names(spec))}):",
        f"    full = np.zeros((v.size, {columns.full_rows + 1 + len(own)} * ROW))  # one value per (v, x)",
        f"    right = np.zeros({columns.profile_rows + 1} * ROW)  # profiles for v > 0",
        f"    left = np.zeros({columns.profile_rows + 1} * ROW)  # and for v < 0",
        *indent(tail.setup()),
        "    tasks = residuals * blocks",
        f"    step = ((last - first + blocks - 1) // blocks + {STEP - 1}) // {STEP} * {STEP}",
        "    for share in range(first_share, last_share):",
        *indent(tail.begin(), 2),
        "        for task in range(tasks * share // shares, tasks * (share + 1) // shares):",
        "            n, block = task // blocks, task % blocks",
        "            start = first + step * block",
        "            stop = min(start + step, last)",
        "            size = stop - start",
        *(["            for i in range(v.size):", "                f = full[i]"] if for_each_v else []),
        *indent(for_each_v, 4),
        *indent(once, 3),
        *indent(tail.body(f"{program.target.field}_data"), 3),
        *indent(tail.end(), 2),
        "",
    ]
    return "\n".join(lines)


def _steps(program: Program, storage: Storage, functions: dict[str, KernelFunction]) -> tuple[list[str], list[str]]:
    """What is done for each v by itself, and after that once for all: no full value is made from a profile."""
    for_each_v: list[str] = []
    once: list[str] = []
    halos = program.halos
    for load in program.loads:
        if load.name in program.in_place:
            continue
        (for_each_v if load.layout.full else once).append(_load(load, storage, halos[load.name], functions))
    for node in program.nodes:
        (for_each_v if node.layout.full else once).extend(_node(node, program, storage, halos[node.name], functions))
    return for_each_v, once


def _load(load: Load, storage: Storage, reach: int, functions: dict[str, KernelFunction]) -> str:
    name = f"load_{load.name}"
    full = load.layout.full
    functions[name] = load_function(name, load.time_weights, full)
    rows, row = ("f", storage.full[load.name]) if full else ("right", storage.profiles[load.name])
    return (f"{name}({rows}, {row} * ROW, {load.field}_data, n, {'i' if full else '0'}, "
            f"start - {reach}, stop + {reach}, HALO - start)")


def _node(
    node: Node, program: Program, storage: Storage, reach: int, functions: dict[str, KernelFunction]
) -> list[str]:
    operation = node.operation
    layout = program.layout(node.source)
    span = f"HALO - {reach}, size + HALO + {reach})  # {node.name}"
    place = storage.full if node.layout.full else storage.profiles
    row = f"{place[node.name]} * ROW"
    source = f"{(storage.full if layout.full else storage.profiles)[node.source]} * ROW"
    if isinstance(operation, Quadrature):
        if layout.full:
            functions["average_full"] = AVERAGE_FULL
            return [f"average_full(right, {row}, full, {source}, quadrature, {span}"]
        functions["average_power"] = AVERAGE_POWER
        return [f"average_power(right, left, {row}, {source}, {layout.power}, v, quadrature, {span}"]
    sides = ("f",) if layout.full else ("right",) if node.layout.averaged else ("right", "left")
    if isinstance(operation, Multiply):
        functions["multiply"] = MULTIPLY
        profile = f"{operation.profile}_profile"
        return [f"multiply({side}, {row}, {source}, {profile}, start - HALO, {span}" for side in sides]
    scale = f"{'-' if operation.sign < 0 else ''}{' * '.join(['inverse_dx'] * operation.right.derivative)}"
    right, left = (_stencil_name(formula, functions) for formula in (operation.right, operation.left))
    if not layout.full:
        origins = {"right": "right", "left": "right" if layout.averaged else "left"}
        return [f"{right if side == 'right' else left}({side}, {row}, {origins[side]}, {source}, {scale}, {span}"
                for side in sides]
    rest = f"(f, {row}, f, {source}, {scale}{' * v[i]' if operation.times_v else ''}, {span}"
    if right == left:
        return [right + rest]
    return ["if v[i] > 0.0:", f"    {right}{rest}", "else:", f"    {left}{rest}"]


def _stencil_name(formula: Stencil, functions: dict[str, KernelFunction]) -> str:
    number = 1
    while True:
        name = f"d{formula.derivative}_{number}"
        function = stencil_function(name, formula)
        if functions.setdefault(name, function) == function:
            return name
        number += 1


def _tail(spec: KernelSpec, columns: Columns) -> Tail:
    if spec.kind == "apply":
        return ApplyTail(columns)
    if spec.kind == "columns":
        return ColumnsTail(columns)
    if spec.kind == "penalties":
        return PenaltyTail(spec.program, spec.norm)
    return ReductionTail(columns, spec.norm, spec.kind == "normal_equations")
