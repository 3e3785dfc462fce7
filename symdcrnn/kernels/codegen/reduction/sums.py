"""Sums of rows, and of products of rows: what kernels that reduce spend their time in."""

from __future__ import annotations

from collections.abc import Iterator

from symdcrnn.kernels.codegen.functions import INDICES, ROW, ROWS
from symdcrnn.kernels.codegen.reduction.whole_numbers import read
from symdcrnn.kernels.source import KernelFunction

GROUP = 4
"""Columns are counted in groups: one loop adds or multiplies with a row one or two of them."""

TILE = 4
"""The Gram matrix is made in tiles of so many columns squared."""

FEW = 5
"""Columns whose sums all stay in registers, so that their Gram matrix is made at once."""


def add() -> KernelFunction:
    """t = t + sum_k coefficients[k] source[slots[k] + base], columns [begin, end) in groups."""
    lines = ["def add(target, at, source, base, slots, begin, end, coefficients, size):",
             "    t = target[at:at + size]"]
    for names, rows in _groups():
        lines += [
            *rows,
            *(f"        c{number} = coefficients[g + {number}]" for number in range(len(names))),
            "        for j in range(size):",
            f"            t[j] += {' + '.join(f'c{number} * {name}[j]' for number, name in enumerate(names))}",
        ]
    types = (ROW, "int64", ROW, "int64", INDICES, "int64", "int64", ROW, "int64")
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def dot() -> KernelFunction:
    """result[k] += sum_j weight[j] source[slots[k] + base + j], columns [begin, end) in groups."""
    lines = ["def dot(result, weight, at, source, base, slots, begin, end, size):", "    w = weight[at:at + size]"]
    for names, rows in _groups():
        lines += [
            *rows,
            *(f"        d{number} = 0.0" for number in range(len(names))),
            "        for j in range(size):",
            *(f"            d{number} += w[j] * {name}[j]" for number, name in enumerate(names)),
            *(f"        result[g + {number}] += d{number}" for number in range(len(names))),
        ]
    types = (ROW, ROW, "int64", ROW, "int64", INDICES, "int64", "int64", "int64")
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def _groups() -> Iterator[tuple[list[str], list[str]]]:
    """Names of rows and the loop that begins with them: two groups at a time, the last one alone if they are odd."""
    yield _group(2 * GROUP, [f"    whole = begin + (end - begin) // {2 * GROUP} * {2 * GROUP}",
                             f"    for g in range(begin, whole, {2 * GROUP}):"])
    yield _group(GROUP, [f"    for g in range(whole, end, {GROUP}):"])


def _group(count: int, loop: list[str]) -> tuple[list[str], list[str]]:
    names = [f"s{number}" for number in range(count)]
    return names, [*loop, *(f"        {name} = source[slots[g + {number}] + base:slots[g + {number}] + base + size]"
                            for number, name in enumerate(names))]


def gram(weighted: bool) -> KernelFunction:
    """result[p, q] += sum_j (weight[j]) source[slots[p], j] source[others[q], j], columns in tiles."""
    pairs = [(a, b) for a in range(TILE) for b in range(TILE)]
    cut = "{name}{k} = source[{slots}[{p} + {k}] + base:{slots}[{p} + {k}] + base + size]"
    lines = [
        f"def {gram_name(weighted)}(result, {'weight, at, ' if weighted else ''}source, base, slots, others, triangle, "
        "size):",
        *(["    w = weight[at:at + size]"] if weighted else []),
        f"    for p in range(0, slots.size, {TILE}):",
        *("        " + cut.format(name="a", k=k, slots="slots", p="p") for k in range(TILE)),
        f"        for q in range(0, min(others.size, p + {TILE}) if triangle else others.size, {TILE}):",
        *("            " + cut.format(name="b", k=k, slots="others", p="q") for k in range(TILE)),
        *(f"            s{a}{b} = 0.0" for a, b in pairs),
        "            for j in range(size):",
        *(f"                x{k} = {'w[j] * ' if weighted else ''}a{k}[j]" for k in range(TILE)),
        *(f"                s{a}{b} += x{a} * b{b}[j]" for a, b in pairs),
        *(f"            result[p + {a}, q + {b}] += s{a}{b}" for a, b in pairs),
    ]
    types = ("float64[:, :]", *((ROW, "int64") if weighted else ()), ROW, "int64", INDICES, INDICES, "boolean", "int64")
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def small_gram(weighted: bool, rows: int, scaled: bool) -> KernelFunction:
    """As `gram` of few columns with themselves; one loop makes the lower triangle.

    Parameters
    ----------
    weighted : bool
    rows : int
    scaled : bool
        Whether the rows have factors at the point of the whole axes; then both triangles are made.
    """
    pairs = [(a, b) for a in range(rows) for b in range(a + 1)]
    weight, factors = "weight, at, " if weighted else "", ", factors, flat" if scaled else ""
    lines = [
        f"def {gram_name(weighted, rows, scaled)}(result, {weight}source, slots{factors}, size):",
        *(["    w = weight[at:at + size]"] if weighted else []),
        *(f"    a{k} = source[slots[{k}]:slots[{k}] + size]" for k in range(rows)),
        *(f"    s{a}{b} = 0.0" for a, b in pairs),
        "    for j in range(size):",
        *(f"        x{k} = {'w[j] * ' if weighted else ''}a{k}[j]" for k in range(rows)),
        *(f"        s{a}{b} += x{a} * a{b}[j]" for a, b in pairs),
    ]
    if scaled:
        lines += [f"    f{k} = factors[{k}, flat]" for k in range(rows)]
        lines += [f"    result[{a}, {b}] += s{max(a, b)}{min(a, b)} * f{a} * f{b}"
                  for a in range(rows) for b in range(rows)]
    else:
        lines += [f"    result[{a}, {b}] += s{a}{b}" for a, b in pairs]
    types = (ROWS, *((ROW, "int64") if weighted else ()), ROW, INDICES, *((ROWS, "int64") if scaled else ()), "int64")
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def gram_name(weighted: bool, rows: int = 0, scaled: bool = False) -> str:
    """The name of `gram`, or of `small_gram` of some rows: the same in all modules, so that it is compiled once."""
    few = f"_of_{rows}{'_scaled' if scaled else ''}" if rows else ""
    return f"{'weighted_' if weighted else ''}gram{few}"


def add_slope() -> KernelFunction:
    """t_k = t_k + factor_k s, for the rows of the moments of all factors that are not zero at a point."""
    return KernelFunction(
        f"void({ROW}, {INDICES}, int64[:, ::1], {ROWS}, int64, {ROW}, int64, int64, int64)",
        f"""def add_slope(target, tables, active, factors, flat, source, at, base, size):
{read("slope_sums")}
    s = source[at:at + size]
    for k in range(active.shape[1]):
        p = factors[flat, k]
        if p != 0.0:
            t = target[slope_sums[active[flat, k]] + base:slope_sums[active[flat, k]] + base + size]
            for j in range(size):
                t[j] += p * s[j]""")
