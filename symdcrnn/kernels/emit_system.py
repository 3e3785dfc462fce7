"""System to numba source: one function on one state, by blocks of x, and the same function for C.

It allocates nothing: every value lives in rows of a scratch array that the caller gives.  A value with any dependence
on v takes one row per v, a value v^k p(x) one row for v > 0 and one for v < 0, a value without v one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap

from symdcrnn.kernels.c_function import c_function
from symdcrnn.kernels.program import Layout, Multiply, Node, Quadrature
from symdcrnn.kernels.source import check_name, head, indent
from symdcrnn.kernels.stencils import Stencil
from symdcrnn.kernels.system import Output, Pointwise, Profile, Read, Sum, System, Term, Value, profile_name
from symdcrnn.kernels.system_arguments import BLOCK, Rows, argument, argument_types, system_signature
from symdcrnn.kernels.system_functions import ROW, shared_functions, shifted, stencil_function


def emit_system(system: System) -> str:
    """The source of a system: a module with the functions ``kernel`` and ``c_kernel``.

    Raises
    ------
    InputError
        If the name of a field or profile is not an identifier: names become part of the source.
    """
    for name in (*(array.name for array in system.arrays), *system.profiles):
        check_name(name)
    rows, halos = Rows.of(system), system.halos
    functions: dict[str, str] = {}
    steps = [step for value in system.values for step in _value(value, system, rows, halos[value.name], functions)]
    results = [step for output in system.outputs for step in _output(output, system, rows)]
    types = argument_types(system)
    states = [array for array in system.arrays if array.role == "state"]
    width = f"{argument(states[0])}.shape[{states[0].full + (states[0].frames is not None)}]"
    ends = "0, nx" if system.adjoint else "(0, nx) if periodic else (MARGIN, nx - MARGIN)"
    lines = [
        *head(system.title, (f"BLOCK = {BLOCK}", f"HALO = {system.halo}", f"MARGIN = {system.margin}")),
        *(line for text in (*shared_functions([*steps, *results]), *functions.values())
          for line in ("", "", *text.strip("\n").splitlines())),
        "",
        "",
        "@numba.njit(",
        *_wrapped(system_signature(system), '    "', '"'),
        "    **OPTIONS,",
        ")",
        *_wrapped(f"def kernel({', '.join(types)}):", "", "", "        "),
        f"    nv, nx = v.size, {width}",
        f"    first, last = {ends}",
        *indent(_fixed_ends(system)),
        "    for start in range(first, last, BLOCK):",
        "        size = min(BLOCK, last - start)",
        "        end = HALO + size",
        *indent(steps, 2),
        *indent(results, 2),
        "",
        "",
        *c_function(system),
        "",
    ]
    return "\n".join(lines)


def _wrapped(text: str, before: str, after: str, later: str | None = None) -> list[str]:
    """The text in lines that fit a screen; pieces of a string are joined by the interpreter."""
    lines = wrap(text, 100, break_long_words=False)
    if later is None:
        last = len(lines) - 1
        return [f"{before}{line}{'' if number == last else ' '}{after}{',' if number == last else ''}"
                for number, line in enumerate(lines)]
    return [f"{later if number else before}{line}{after}" for number, line in enumerate(lines)]


def _fixed_ends(system: System) -> Iterator[str]:
    if system.adjoint:
        return
    yield "if not periodic:  # the ends stay as they are"
    for array in system.written:
        yield f"    out_{array.name}[..., :MARGIN] = 0.0"
        yield f"    out_{array.name}[..., nx - MARGIN:] = 0.0"


def _row(first: str, reach: str, end: str, index: str = "") -> str:
    """A stretch of a row of scratch."""
    place = " + ".join(part for part in (first, index) if part and part != "0") or "0"
    return f"scratch[{place}, {reach}:{end}]"


def _span(reach: int) -> tuple[str, str]:
    return (f"HALO - {reach}", f"end + {reach}") if reach else ("HALO", "end")


def _value(value: Value, system: System, rows: Rows, reach: int, functions: dict[str, str]) -> Iterator[str]:
    yield f"# {value.name}"
    begin, end = _span(reach)
    first = rows[value.name]
    if isinstance(value, Read):
        yield from _read(value, first, begin, end, reach)
    elif isinstance(value, Profile):
        row = _row(first, begin, end)
        if value.profile:
            index = system.profiles.index(value.profile)
            yield f"{row} = 0.0"
            yield f"add_extended({row}, profiles[{index}], 1.0, start - {reach}, periodic)"
        else:
            yield f"{row} = 1.0"
    elif isinstance(value, Sum):
        yield from _sum(value.terms, value.layout, system, rows, lambda i: _row(first, begin, end, i), begin, end)
    elif isinstance(value, Pointwise):
        yield from _pointwise(value, system, rows, begin, end, functions)
    else:
        yield from _node(value, system, rows, reach, functions)


def _read(value: Read, first: str, begin: str, end: str, reach: int) -> Iterator[str]:
    data, full = argument(value.array), value.array.full
    cotangent = value.array.role == "cotangent"
    extend = "add_cotangent" if cotangent else "add_extended"
    index = "i" if full else ""
    row = _row(first, begin, end, index)
    body = [f"{row} = 0.0"]
    for frame, weight in enumerate(value.time_weights):
        if weight:
            at = ", ".join(part for part in ("" if value.array.frames is None else str(frame), index) if part)
            scale = f"{weight!r} / quadrature[i]" if cotangent and full else repr(weight)
            body.append(f"{extend}({row}, {data}{f'[{at}]' if at else ''}, {scale}, start - {reach}, periodic)")
    yield from _for_each_v(body, full)


def _for_each_v(body: list[str], full: bool) -> Iterator[str]:
    if full:
        yield "for i in range(nv):"
        yield from indent(body)
    else:
        yield from body


def _sum(terms: tuple[Term, ...], layout: Layout, system: System, rows: Rows, target: Callable[[str], str], begin: str,
         end: str) -> Iterator[str]:
    """Lines that write a sum to the row that `target` names for an index of v."""
    layouts = {value.name: value.layout for value in system.values}
    index = "i" if layout.full else ""
    body = [f"{target(index)} = 0.0"]
    if any((layouts[term.value].power or 0) > 0 for term in terms):
        body.append("left = 0 if v[i] > 0.0 else 1")
    for term in terms:
        kind = layouts[term.value]
        factors = [] if term.factor == 1.0 else [repr(term.factor)]
        if term.coefficient is not None:
            factors.append(f"coefficients[{term.coefficient}]")
        if kind.power:
            factors.append("v[i]" if kind.power == 1 else f"v[i] ** {kind.power}")
        offset = "i" if kind.full else "left" if kind.power else ""
        body.append(f"add({target(index)}, {' * '.join(factors) or '1.0'}, "
                    f"{_row(rows[term.value], begin, end, offset)})")
    yield from _for_each_v(body, layout.full)


def _output(output: Output, system: System, rows: Rows) -> Iterator[str]:
    array = output.array
    layout = Layout(None) if array.full else Layout(0)

    def target(index: str) -> str:
        place = [part for part in ("" if output.frame is None else str(output.frame), index) if part]
        return f"out_{array.name}[{', '.join((*place, 'start:start + size'))}]"

    yield f"# out_{array.name}" + ("" if output.frame is None else f", frame {output.frame}")
    yield from _sum(output.terms, layout, system, rows, target, "HALO", "end")
    if system.adjoint and array.full:
        yield "for i in range(nv):"
        yield f"    scale({target('i')}, quadrature[i])"


def _pointwise(value: Pointwise, system: System, rows: Rows, begin: str, end: str,
               functions: dict[str, str]) -> Iterator[str]:
    layouts = {other.name: other.layout for other in system.values}
    name = f"of_{value.name}"
    variables = [variable for variable, _ in value.arguments]
    functions[name] = "\n".join([
        "",
        f'@numba.njit("void({", ".join([ROW] * (1 + len(variables)))})", **INNER)',
        f"def {name}({', '.join(['t', *variables])}):",
        "    for j in range(t.size):",
        f"        t[j] = {value.expression}",
    ])
    full = value.layout.full
    arguments = [_row(rows[source], begin, end, "i" if layouts[source].full else "") for _, source in value.arguments]
    target = _row(rows[value.name], begin, end, "i" if full else "")
    yield from _for_each_v([f"{name}({', '.join([target, *arguments])})"], full)


def _node(node: Node, system: System, rows: Rows, reach: int, functions: dict[str, str]) -> Iterator[str]:
    layouts = {value.name: value.layout for value in system.values}
    source = layouts[node.source]
    operation = node.operation
    begin, end = _span(reach)
    to, origin = rows[node.name], rows[node.source]
    if isinstance(operation, Quadrature):
        target = _row(to, begin, end)
        yield f"{target} = 0.0"
        if source.full:
            yield from _for_each_v([f"add({target}, quadrature[i], {_row(origin, begin, end, 'i')})"], True)
        else:
            for side, right in (("0", "True"), ("1", "False")):
                yield (f"add({target}, moment(v, quadrature, {source.power}, {right}), "
                       f"{_row(origin, begin, end, side)})")
        return
    sides = [("i", "i")] if source.full else [("", "")] if node.layout.averaged else [
        ("0", "0"), ("1", "" if source.averaged else "1")]
    if isinstance(operation, Multiply):
        profile = _row(rows[profile_name(operation.profile)], begin, end)
        calls = [f"multiply({_row(to, begin, end, a)}, {_row(origin, begin, end, b)}, {profile})" for a, b in sides]
        yield from _for_each_v(calls, source.full)
        return
    order = operation.right.derivative
    scale = f"{'-' if operation.sign < 0 else ''}1.0 / dx{f' ** {order}' if order > 1 else ''}"

    def call(side: tuple[str, str], formula: Stencil, factor: str) -> str:
        name = stencil_function(formula, functions)
        lowest, highest = formula.offsets[0], formula.offsets[-1]
        stretch = _row(origin, shifted("HALO", lowest - reach), shifted("end", highest + reach), side[1])
        return f"{name}({_row(to, begin, end, side[0])}, {stretch}, {factor})"

    if not source.full:
        formulas = (operation.right, operation.left)
        yield from (call(side, formula, scale) for side, formula in zip(sides, formulas, strict=False))
        return
    factor = f"v[i] * ({scale})" if operation.times_v else scale
    if operation.right == operation.left:
        yield from _for_each_v([call(sides[0], operation.right, factor)], True)
        return
    yield from _for_each_v([
        "if v[i] > 0.0:", f"    {call(sides[0], operation.right, factor)}",
        "else:", f"    {call(sides[0], operation.left, factor)}",
    ], True)
