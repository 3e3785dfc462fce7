"""The small functions that generated kernels consist of; each is compiled once, whatever it is called with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdcrnn.kernels.source import KernelFunction

ROW = "float64[::1]"
ROWS = "float64[:, ::1]"
INDICES = "int64[::1]"

LANES = 4
"""Rows that one loop adds: with many more it is not vectorised."""

LEVELS = "int64[:, ::1], float64[:, :, ::1]"
"""The frames of combinations, and their weights."""

GATHER = (ROW, "int64", ROWS, "int64", "int64", "int64", INDICES, ROW, "int64")
"""The arguments of `gather`."""


def gather() -> KernelFunction:
    """t = sum_k weights[k] source[first + indices[k] stride], rows of which a part is taken."""
    letters = "abcd"
    lines = [
        "def gather(target, at, source, column, first, stride, indices, weights, size):",
        "    t = target[at:at + size]",
        f"    begin = (indices.size - 1) % {LANES} + 1",
        "    if indices.size == 0:",
        "        for j in range(size):",
        "            t[j] = 0.0",
        "        begin = 0",
    ]
    for count in range(1, LANES + 1):
        lines.append(f"    {'elif' if count > 1 else 'if'} begin == {count}:")
        lines += _lane_lines(range(count), letters, "        ", "=")
    lines.append(f"    for k in range(begin, indices.size, {LANES}):")
    lines += _lane_lines(range(LANES), letters, "        ", "+=", "k + ")
    return KernelFunction(f"void({', '.join(GATHER)})", "\n".join(lines))


def _lane_lines(lanes: Iterable[int], letters: str, pad: str, sign: str, offset: str = "") -> list[str]:
    lines = []
    for lane in lanes:
        lines.append(f"{pad}p{letters[lane]} = weights[{offset}{lane}]")
        lines.append(f"{pad}{letters[lane]} = source[first + indices[{offset}{lane}] * stride, column:column + size]")
    total = " + ".join(f"p{letters[lane]} * {letters[lane]}[j]" for lane in lanes)
    return [*lines, f"{pad}for j in range(size):", f"{pad}    t[j] {sign} {total}"]


def load() -> KernelFunction:
    """t = the combination of frames of a level, rows of the data on [begin, end), wrapping around."""
    return KernelFunction(
        f"void({ROW}, int64, {ROWS}, int64, int64, {LEVELS}, {'int64, ' * 4}int64)",
        """def load(target, at, data, first, stride, level_frames, level_weights, level, n, count, begin, end):
    indices, weights = level_frames[level, :count], level_weights[n, level, :count]
    points = data.shape[1]
    for part in range(-1, 2):
        low, high = max(begin, part * points), min(end, part * points + points)
        if low < high:
            gather(target, at + low - begin, data, low - part * points, first, stride, indices, weights, high - low)""")


def load_row() -> KernelFunction:
    """t = weight s, a row of the data on [begin, end), wrapping around."""
    return KernelFunction(
        f"void({ROW}, int64, {ROWS}, int64, float64, int64, int64)",
        """def load_row(target, at, data, row, weight, begin, end):
    points = data.shape[1]
    for part in range(-1, 2):
        low, high = max(begin, part * points), min(end, part * points + points)
        if low < high:
            t = target[at + low - begin:at + high - begin]
            s = data[row, low - part * points:high - part * points]
            for j in range(high - low):
                t[j] = weight * s[j]""")


def combine() -> KernelFunction:
    """t = the combination of a level of the last frames of a row, which are in slots."""
    return KernelFunction(
        f"void({ROW}, int64, {ROWS}, int64, int64, int64, {LEVELS}, {'int64, ' * 3}int64)",
        """def combine(target, at, source, column, first, stride, slots, level_weights, level, n, count, size):
    gather(target, at, source, column, first, stride, slots[level, :count], level_weights[n, level, :count], size)""")


def pointwise(stem: str, expression: str, sources: Sequence[tuple[bool, int]], numbers: int) -> KernelFunction:
    """t[j] = an expression in rows, in numbers that are the same along the row, and in factors.

    Parameters
    ----------
    stem : str
        What its name begins with.
    expression : str
        With ``{0}``, ``{1}``, ... for the sources and ``f0``, ``f1``, ... for the factors.
    sources : sequence of (bool, int)
        Whether each source is a row, or a number; and which of the distinct arrays it is in, of which the first one
        is that of the target.
    numbers : int
        How many factors there are.
    """
    arrays = ["target", *(f"array{number}" for number in range(1, 1 + max((array for _, array in sources), default=0)))]
    names = [f"s{number}[j]" if row else f"s{number}" for number, (row, _) in enumerate(sources)]
    places = ["at", *(f"at{number}" for number in range(len(sources)))]
    factors = [f"f{number}" for number in range(numbers)]
    lines = [f"def {stem}({', '.join((*arrays, *places, *factors, 'size'))}):", "    t = target[at:at + size]"]
    for number, (row, array) in enumerate(sources):
        end = f":at{number} + size" if row else ""
        lines.append(f"    s{number} = {arrays[array]}[at{number}{end}]")
    lines += ["    for j in range(size):", f"        t[j] = {expression.format(*names)}"]
    types = [*[ROW] * len(arrays), *["int64"] * len(places), *["float64"] * numbers, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def pointwise_name(stem: str, rows: Sequence[bool], arrays: Sequence[int]) -> str:
    """A name that tells apart such functions of the same stem, the same in all modules; see `pointwise`."""
    kinds = "" if all(rows) else "".join("r" if row else "n" for row in rows)
    apart = "".join(map(str, arrays)) if any(arrays) else ""
    return "_".join(part for part in (stem, str(len(rows)) if len(rows) > 1 else "", kinds, apart) if part)


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
