"""The small functions that generated kernels consist of; each is compiled once, whatever it is called with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symdcrnn.kernels.source import KernelFunction

ROW = "float64[::1]"
ROWS = "float64[:, ::1]"
INDICES = "int64[::1]"

LANES = 4
"""Rows that one loop adds: with many more it is not vectorised."""

TAPS = 8
"""Points of a stencil that one loop adds."""

GROUP = 4
"""Columns are counted in groups: one loop adds or multiplies with a row one or two of them."""

SUMS = 4
"""Sums over the same rows that one loop makes."""

TILE = 4
"""The Gram matrix is made in tiles of so many columns squared."""

FEW = 5
"""Columns whose sums all stay in registers, so that their Gram matrix is made at once."""


def gather() -> KernelFunction:
    """t = (t +) sum_k weights[k] source[first + indices[k] stride], rows of which a part is taken."""
    letters = "abcd"
    lines = [
        "def gather(target, at, source, column, first, stride, indices, weights, size, adds):",
        "    t = target[at:at + size]",
        "    begin = 0",
        "    if not adds:",
        f"        begin = (indices.size - 1) % {LANES} + 1",
        "        if indices.size == 0:",
        "            for j in range(size):",
        "                t[j] = 0.0",
        "            begin = 0",
    ]
    for count in range(1, LANES + 1):
        lines.append(f"        {'elif' if count > 1 else 'if'} begin == {count}:")
        lines += _lane_lines(range(count), letters, "            ", "=")
    lines.append(f"    whole = begin + (indices.size - begin) // {LANES} * {LANES}")
    lines.append(f"    for k in range(begin, whole, {LANES}):")
    lines += _lane_lines(range(LANES), letters, "        ", "+=", "k + ")
    lines.append("    for k in range(whole, indices.size):")
    lines += _lane_lines(range(1), letters, "        ", "+=", "k + ")
    arguments = [ROW, "int64", ROWS, "int64", "int64", "int64", INDICES, ROW, "int64", "boolean"]
    return KernelFunction(f"void({', '.join(arguments)})", "\n".join(lines))


def _lane_lines(lanes: Iterable[int], letters: str, pad: str, sign: str, offset: str = "") -> list[str]:
    lines = []
    for lane in lanes:
        lines.append(f"{pad}p{letters[lane]} = weights[{offset}{lane}]")
        lines.append(f"{pad}{letters[lane]} = source[first + indices[{offset}{lane}] * stride, column:column + size]")
    total = " + ".join(f"p{letters[lane]} * {letters[lane]}[j]" for lane in lanes)
    return [*lines, f"{pad}for j in range(size):", f"{pad}    t[j] {sign} {total}"]


def load() -> KernelFunction:
    """t = a combination of rows of the data on [begin, end), wrapping around."""
    return KernelFunction(
        f"void({ROW}, int64, {ROWS}, int64, int64, {INDICES}, {ROW}, int64, int64)",
        """def load(target, at, data, first, stride, indices, weights, begin, end):
    n = data.shape[1]
    if begin >= 0 and end <= n:
        gather(target, at, data, begin, first, stride, indices, weights, end - begin, False)
        return
    for part in range(-1, 2):
        low, high = max(begin, part * n), min(end, part * n + n)
        if low < high:
            place, column = at + low - begin, low - part * n
            gather(target, place, data, column, first, stride, indices, weights, high - low, False)""")


def row_difference(name: str, offsets: Sequence[int]) -> KernelFunction:
    """t[j] = sum_k weights[k] s[j + offset_k]."""
    lines = [
        f"def {name}(target, at, source, centre, weights, size):",
        "    t = target[at:at + size]",
        f"    s = source[centre + {min(offsets)}:centre + {max(offsets)} + size]",
    ]
    lines += [f"    w{number} = weights[{number}]" for number in range(len(offsets))]
    # Offsets from the lowest point are never negative, which the compiler must see to vectorise the loop.
    for first, part in enumerate(_parts(offsets)):
        sum_ = " + ".join(f"w{number} * s[j + {offsets[number] - min(offsets)}]" for number in part)
        lines += ["    for j in range(size):", f"        t[j] {'+=' if first else '='} {sum_}"]
    return KernelFunction(f"void({ROW}, int64, {ROW}, int64, {ROW}, int64)", "\n".join(lines))


def line_difference(name: str, offsets: Sequence[int]) -> KernelFunction:
    """t[j] = sum_k weights[k] s[j + offset_k stride]: along another axis than that of the rows."""
    lines = [f"def {name}(target, at, source, centre, stride, weights, size):", "    t = target[at:at + size]"]
    for first in range(0, len(offsets), LANES):
        part = range(first, min(first + LANES, len(offsets)))
        for number in part:
            start = f"centre + {offsets[number]} * stride"
            lines.append(f"    w{number}, s{number} = weights[{number}], source[{start}:{start} + size]")
        sum_ = " + ".join(f"w{number} * s{number}[j]" for number in part)
        lines += ["    for j in range(size):", f"        t[j] {'+=' if first else '='} {sum_}"]
    return KernelFunction(f"void({ROW}, int64, {ROW}, int64, int64, {ROW}, int64)", "\n".join(lines))


def point_difference(name: str, offsets: Sequence[int]) -> KernelFunction:
    """t[j] = sum_k weights[k, first + j] s[j + offset_k]: every point has weights of its own."""
    lines = [
        f"def {name}(target, at, source, centre, weights, first, size):",
        "    t = target[at:at + size]",
        f"    lowest = centre + {min(offsets)}",
        f"    s = source[lowest:lowest + {max(offsets) - min(offsets)} + size]",
    ]
    lines += [f"    w{number} = weights[{number}, first:first + size]" for number in range(len(offsets))]
    for first, part in enumerate(_parts(offsets)):
        sum_ = " + ".join(f"w{number}[j] * s[j + {offsets[number] - min(offsets)}]" for number in part)
        lines += ["    for j in range(size):", f"        t[j] {'+=' if first else '='} {sum_}"]
    return KernelFunction(f"void({ROW}, int64, {ROW}, int64, {ROWS}, int64, int64)", "\n".join(lines))


def _parts(offsets: Sequence[int]) -> list[list[int]]:
    """Points of a stencil by the loop that adds them: those far out, which cancel, together."""
    ordered = sorted(range(len(offsets)), key=lambda number: (-abs(offsets[number]), offsets[number]))
    return [sorted(ordered[begin:begin + TAPS]) for begin in range(0, len(ordered), TAPS)]


def pointwise(name: str, expression: str, rows: Sequence[bool], numbers: int) -> KernelFunction:
    """t[j] = an expression in rows, in numbers that are the same along the row, and in factors.

    Parameters
    ----------
    name : str
    expression : str
        With ``{0}``, ``{1}``, ... for the rows and ``f0``, ``f1``, ... for the factors.
    rows : sequence of bool
        Whether each source is a row, or a number.
    numbers : int
        How many factors there are.
    """
    names = [f"s{number}[j]" if row else f"s{number}" for number, row in enumerate(rows)]
    arguments = "".join(f", source{number}, at{number}" for number in range(len(rows)))
    factors = "".join(f", f{number}" for number in range(numbers))
    lines = [f"def {name}(target, at{arguments}{factors}, size):", "    t = target[at:at + size]"]
    for number, row in enumerate(rows):
        end = f":at{number} + size" if row else ""
        lines.append(f"    s{number} = source{number}[at{number}{end}]")
    lines += ["    for j in range(size):", f"        t[j] = {expression.format(*names)}"]
    types = [ROW, "int64", *[ROW, "int64"] * len(rows), *["float64"] * numbers, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def add() -> KernelFunction:
    """t = t + sum_k coefficients[k] source[slots[k] + base], columns in groups."""
    lines = ["def add(target, at, source, base, slots, coefficients, size):", "    t = target[at:at + size]"]
    for names, rows in _groups():
        lines += [
            *rows,
            *(f"        c{number} = coefficients[g + {number}]" for number in range(len(names))),
            "        for j in range(size):",
            f"            t[j] += {' + '.join(f'c{number} * {name}[j]' for number, name in enumerate(names))}",
        ]
    return KernelFunction(f"void({ROW}, int64, {ROW}, int64, {INDICES}, {ROW}, int64)", "\n".join(lines))


def dot() -> KernelFunction:
    """result[k] += sum_j weight[j] source[slots[k] + base + j], columns in groups."""
    lines = ["def dot(result, weight, at, source, base, slots, size):", "    w = weight[at:at + size]"]
    for names, rows in _groups():
        lines += [
            *rows,
            *(f"        d{number} = 0.0" for number in range(len(names))),
            "        for j in range(size):",
            *(f"            d{number} += w[j] * {name}[j]" for number, name in enumerate(names)),
            *(f"        result[g + {number}] += d{number}" for number in range(len(names))),
        ]
    return KernelFunction(f"void({ROW}, {ROW}, int64, {ROW}, int64, {INDICES}, int64)", "\n".join(lines))


def _groups() -> Iterator[tuple[list[str], list[str]]]:
    """Names of rows and the loop that begins with them: two groups at a time, the last one alone if they are odd."""
    whole = f"slots.size // {2 * GROUP} * {2 * GROUP}"
    for count, loop in ((2 * GROUP, f"    for g in range(0, {whole}, {2 * GROUP}):"),
                        (GROUP, f"    for g in range({whole}, slots.size, {GROUP}):")):
        names = [f"s{number}" for number in range(count)]
        yield names, [loop, *(f"        {name} = source[slots[g + {number}] + base:slots[g + {number}] + base + size]"
                              for number, name in enumerate(names))]


_GRAM = ("float64[:, :]", ROW, "int64", ROW, ROW, "int64", INDICES, INDICES, "boolean", "int64")


def gram(name: str, weighted: bool) -> KernelFunction:
    """result[p, q] += sum_j weight[j] first[p, j] second[q, j], columns in tiles."""
    pairs = [(a, b) for a in range(TILE) for b in range(TILE)]
    product = [f"            x{k} = w[j] * a{k}[j]" if weighted else f"            x{k} = a{k}[j]" for k in range(TILE)]
    cut = "{name}{k} = {source}[{slots}[{p} + {k}] + base:{slots}[{p} + {k}] + base + size]"
    lines = [
        f"def {name}(result, weight, at, first, second, base, slots, others, triangle, size):",
        *(["    w = weight[at:at + size]"] if weighted else []),
        f"    for p in range(0, slots.size, {TILE}):",
        *("        " + cut.format(name="a", k=k, source="first", slots="slots", p="p") for k in range(TILE)),
        f"        for q in range(0, min(others.size, p + {TILE}) if triangle else others.size, {TILE}):",
        *("            " + cut.format(name="b", k=k, source="second", slots="others", p="q") for k in range(TILE)),
        *(f"            s{a}{b} = 0.0" for a, b in pairs),
        "            for j in range(size):",
        *("    " + line for line in product),
        *(f"                s{a}{b} += x{a} * b{b}[j]" for a, b in pairs),
        *(f"            result[p + {a}, q + {b}] += s{a}{b}" for a, b in pairs),
    ]
    return KernelFunction(f"void({', '.join(_GRAM)})", "\n".join(lines))


def small_gram(name: str, weighted: bool, rows: int) -> KernelFunction:
    """As `gram` of few columns with themselves, of which one loop makes the lower triangle."""
    pairs = [(a, b) for a in range(rows) for b in range(a + 1)]
    lines = [
        f"def {name}(result, weight, at, first, second, base, slots, others, triangle, size):",
        *(["    w = weight[at:at + size]"] if weighted else []),
        *(f"    a{k} = first[slots[{k}] + base:slots[{k}] + base + size]" for k in range(rows)),
        *(f"    s{a}{b} = 0.0" for a, b in pairs),
        "    for j in range(size):",
        *(f"        x{k} = {'w[j] * ' if weighted else ''}a{k}[j]" for k in range(rows)),
        *(f"        s{a}{b} += x{a} * a{b}[j]" for a, b in pairs),
        *(f"    result[{a}, {b}] += s{a}{b}" for a, b in pairs),
    ]
    return KernelFunction(f"void({', '.join(_GRAM)})", "\n".join(lines))


def add_to_each() -> KernelFunction:
    """t_k = t_k + weights[k] s for several rows t_k."""
    return KernelFunction(
        f"void({ROW}, int64, {INDICES}, {ROW}, {ROW}, int64, int64)",
        """def add_to_each(target, base, slots, weights, source, at, size):
    s = source[at:at + size]
    for k in range(slots.size):
        p = weights[k]
        if p != 0.0:
            t = target[slots[k] + base:slots[k] + base + size]
            for j in range(size):
                t[j] += p * s[j]""")


def copy_row() -> KernelFunction:
    """t = s."""
    return KernelFunction(
        f"void({ROW}, int64, {ROW}, int64, int64)",
        """def copy_row(target, at, source, start, size):
    t = target[at:at + size]
    s = source[start:start + size]
    for j in range(size):
        t[j] = s[j]""")


def fill_row() -> KernelFunction:
    """t = a number."""
    return KernelFunction(
        f"void({ROW}, int64, float64, int64)",
        """def fill_row(target, at, number, size):
    t = target[at:at + size]
    for j in range(size):
        t[j] = number""")


def clear() -> KernelFunction:
    """An array = 0."""
    return KernelFunction(
        f"void({ROWS})",
        """def clear(array):
    for p in range(array.shape[0]):
        for q in range(array.shape[1]):
            array[p, q] = 0.0""")


def write_row() -> KernelFunction:
    """A row of the result = (itself +) factor s."""
    return KernelFunction(
        f"void({ROWS}, int64, int64, {ROW}, int64, float64, boolean, int64)",
        """def write_row(out, row, start, source, at, factor, adds, size):
    t, s = out[row, start:start + size], source[at:at + size]
    if adds:
        for j in range(size):
            t[j] += factor * s[j]
    else:
        for j in range(size):
            t[j] = factor * s[j]""")


def write_rows(count: int) -> KernelFunction:
    """A row of the result = (itself +) the sum of rows with factors."""
    sources = "".join(f", source{k}, at{k}, c{k}" for k in range(count))
    total = " + ".join(f"c{k} * s{k}[j]" for k in range(count))
    lines = [f"def write_rows(out, row, start{sources}, adds, size):", "    t = out[row, start:start + size]",
             *(f"    s{k} = source{k}[at{k}:at{k} + size]" for k in range(count)),
             "    if adds:", "        for j in range(size):", f"            t[j] += {total}",
             "    else:", "        for j in range(size):", f"            t[j] = {total}"]
    types = [ROWS, "int64", "int64", *[ROW, "int64", "float64"] * count, "boolean", "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))
