"""Functions on one state: kernels that write right-hand sides or products with their Jacobian, called one by one.

The source depends on structure alone. What a function needs beside the fields lies in flat arrays, so that its
signature depends on the fields alone: ``coefficients``, ``functions`` (known functions where it is called), ``numbers``
(of the grid), ``places`` (where each thing is, and whole numbers), and ``scratch`` to work in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from symdcrnn.kernels.codegen.emit import Body, Source, body, definitions
from symdcrnn.kernels.codegen.functions import INDICES, ROW
from symdcrnn.kernels.codegen.single_frame import VIEWS
from symdcrnn.kernels.one_state.layout import LENGTHS, Slot, StateArray, StateFunction, StatePart, arranged
from symdcrnn.kernels.source import KernelFunction, check_name, head, indent

CONSTANTS: dict[str, str] = {
    "coefficients": ROW, "functions": ROW, "numbers": ROW, "places": INDICES, "scratch": ROW,
}
"""The arguments between the fields and the results, the same for every model."""

PLACED = {1: "line", 2: "rows", 3: "block"}
"""Views by their dimensions."""


@dataclass(frozen=True)
class StateSource:
    """An emitted function on one state.

    Parameters
    ----------
    text : str
        A module with the one public function ``kernel``.
    arguments : tuple of (str, str)
        Names and numba types.
    slots : tuple of Slot
        What ``places`` says where it is, in order.
    """

    text: str
    arguments: tuple[tuple[str, str], ...]
    slots: tuple[Slot, ...]

    @property
    def signature(self) -> str:
        """The numba signature; it depends on the fields alone."""
        return f"void({', '.join(kind for _, kind in self.arguments)})"


def emit_state(function: StateFunction) -> StateSource:
    """The source of a function on one state.

    Raises
    ------
    InputError
        If the name of a field is no identifier.
    """
    for array in (*function.arrays, *function.outputs):
        check_name(array.name)
    functions: dict[str, KernelFunction] = {}
    bodies = {spec: body(spec, functions) for spec in dict.fromkeys(part.spec for part in function.parts)}
    # What is needed once stands where it is needed: to compile it by itself as well would take as long again.
    counts = Counter(part.spec for part in function.parts)
    names = {spec: f"part_{number}" for number, spec in enumerate(bodies) if counts[spec] > 1}
    arguments = {array.argument: array.type for array in function.arrays}
    arguments |= CONSTANTS | {array.argument: array.type for array in function.outputs}
    calls = _Calls(function, functions)
    steps = [line for number, part in enumerate(function.parts)
             for line in calls.lines(number, part, names.get(part.spec), bodies[part.spec])]
    constants = dict.fromkeys(line for made in bodies.values() for line in made.constants)
    lines = [
        *head(function.title, (VIEWS, "", *constants), allocates=False),
        *definitions(functions),
        *(line for spec, name in names.items() for line in (
            "", "", f'@numba.njit("{bodies[spec].source.signature}", **INNER)', *bodies[spec].definition(name))),
        "", "",
        f'@numba.njit("void({", ".join(arguments.values())})", **OPTIONS)',
        f"def kernel({', '.join(arguments)}):",
        *indent(line for number, name in enumerate(LENGTHS) for line in (
            f"if {name}.size < places[{number}]:", f'    raise ValueError("{name} is too short")')),
        *indent(line for array in function.outputs for line in (
            f"result = whole_line({array.argument})", "for j in range(result.size):", "    result[j] = 0.0")),
        "    given = coefficients",
        *indent(steps),
        "",
    ]
    return StateSource("\n".join(lines), tuple(arguments.items()), tuple(calls.slots))


@dataclass
class _Calls:
    """Writes the calls of kernels, and remembers what they find in the flat arrays."""

    function: StateFunction
    functions: dict[str, KernelFunction]
    slots: list[Slot] = field(default_factory=list)
    copies: dict[object, str] = field(default_factory=dict)
    part: int = 0

    def place(self, kind: str, where: str, content: object, shared: bool = False) -> int:
        """Where in ``places`` the beginning, the rows and the columns of a thing stand."""
        at = self.function.header + 3 * len(self.slots)
        self.slots.append(Slot(self.part, kind, where, content, shared))
        return at

    def view(self, kind: str, where: str, dimensions: int, content: object = None, shared: bool = False) -> str:
        """A thing as an array."""
        return f"placed_{PLACED[dimensions]}({where}, places, {self.place(kind, where, content, shared)})"

    def field_rows(self, array: StateArray, frame: int | None, wanted: tuple[str, ...]) -> str:
        """A field as rows."""
        return f"placed_rows({_name(array, frame)}, places, {self.place('rows', 'places', (array, wanted, frame))})"

    def lines(self, number: int, part: StatePart, name: str | None, made: Body) -> Iterator[str]:
        """The lines of one kernel, or those that call it by its name."""
        self.part = number
        source, frame, out = made.source, part.frame, part.output
        yield f"# {out.argument}" + ("" if frame is None else f", frame {frame}")
        data = []
        for field_, wanted in part.spec.program.field_axes:
            array = self.function.array(field_)
            if array is None:
                data.append(self.view("function", "functions", 2, (field_, wanted, frame or 0)))
            elif arranged(array, wanted):
                key = (array, wanted, frame, part.spec.program.axes.row)
                if key not in self.copies:
                    room = self.copies[key] = f"read_{len(self.copies)}"
                    yield f"{room} = {self.view('room of a field', 'scratch', 2, (array, wanted, frame), True)}"
                    plan = self.view("reading plan", "places", 2, (array, wanted, frame))
                    yield f"{self.arrange(array, frame)}(whole_line({room}), {_flat(array, frame)}, {plan})"
                data.append(self.copies[key])
            else:
                data.append(self.field_rows(array, frame, wanted))
        yield f"which = {self.view('which', 'places', 1)}"
        yield f"factors = {self.view('factors', 'numbers', 1)}"
        yield f"known = {self.view('coefficients', 'scratch', 1)}"
        yield "for j in range(which.size):"
        yield "    known[j] = factors[j] * given[which[j]] if which[j] >= 0 else factors[j]"
        tables = [self.view("table", "places" if one.type.startswith("int64") else "numbers",
                            1 + one.type.count(":,"), one) for one in source.tables]
        # Whole numbers that kernels work in stay zeros on one state, so that they may be shared.
        rooms = [self.view("room", "places" if one.integers else "scratch", len(one.shape), one)
                 for one in source.scratch]
        tail = [self.view("sizes", "places", 1), self.view("level frames", "places", 2),
                self.view("level counts", "places", 1), self.view("level weights", "numbers", 3),
                self.view("level sums", "numbers", 2), self.view("fitted", "places", 1)]
        wanted = written_axes(source)
        copied = wanted != out.axes
        if copied:
            yield f"written = {self.view('room of a result', 'scratch', 2, (out, wanted))}"
            yield "for p in range(written.shape[0]):"
            yield "    for q in range(written.shape[1]):"
            yield "        written[p, q] = 0.0"
        written = "written" if copied else self.field_rows(out, frame, wanted)
        values = ("0", "1", "1", *data, *tables, *rooms, *tail, "known", "1.0", written)
        if name is None:
            used = set(re.findall(r"\w+", "\n".join(made.lines)))
            yield from (f"{argument} = {value}" for argument, value in zip(made.arguments, values, strict=True)
                        if argument in used)
            yield from (line.removeprefix("    ") for line in made.lines)
        else:
            yield f"{name}("
            yield from (f"    {value}," for value in values)
            yield ")"
        if copied:
            plan = self.view("writing plan", "places", 2, (out, wanted))
            yield f"{self.arrange(out, 0)}({_flat(out, frame)}, whole_line(written), {plan})"

    def arrange(self, array: StateArray, frame: int | None) -> str:
        """The name of the function that copies an array with its axes in another order, zero outside of a box."""
        axes = max(1, len(array.axes) + (array.frames is not None and frame is None))
        last = axes - 1
        lines = [f"def arrange_{axes}(target, source, plan):", f"    size, step = plan[0, {last}], plan[1, {last}]",
                 "    at = 0"]
        for axis in range(last):
            pad = "    " * (axis + 1)
            before = f"s{axis - 1} + " if axis else ""
            inside = f"in{axis - 1} and " if axis else ""
            lines += [f"{pad}for i{axis} in range(plan[0, {axis}]):",
                      f"{pad}    s{axis} = {before}i{axis} * plan[1, {axis}]",
                      f"{pad}    in{axis} = {inside}i{axis} >= plan[2, {axis}] and i{axis} < plan[3, {axis}]"]
        start, within = (f"s{last - 1}", f"in{last - 1}") if last else ("0", "True")
        lines += indent((
            "t = line(target, at, size)",
            f"low, high = (plan[2, {last}], plan[3, {last}]) if {within} else (0, 0)",
            "for j in range(low):",
            "    t[j] = 0.0",
            "if step == 1:",
            f"    s = line(source, {start}, size)",
            "    for j in range(low, high):",
            "        t[j] = s[j]",
            "else:",
            "    for j in range(low, high):",
            f"        t[j] = source[{start} + j * step]",
            "for j in range(high, size):",
            "    t[j] = 0.0",
            "at += size",
        ), axes)
        self.functions[f"arrange_{axes}"] = KernelFunction(f"void({ROW}, {ROW}, int64[:, ::1])", "\n".join(lines))
        return f"arrange_{axes}"


def written_axes(source: Source) -> tuple[str, ...]:
    """The axes of what a kernel writes, in its order."""
    program = source.schedule.program
    target = program.by_name[program.target].axes
    return (*program.target_whole, *(axis for axis in program.axes.tiled if axis in target))


def _name(array: StateArray, frame: int | None) -> str:
    if frame is None or array.frames is None:
        return array.argument
    return f"{array.argument}[{frame}{f':{frame + 1}' if array.dimensions == 1 else ''}]"


def _flat(array: StateArray, frame: int | None) -> str:
    return f"whole_line({_name(array, frame)})"
