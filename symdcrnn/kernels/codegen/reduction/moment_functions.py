"""Sums of rows over the whole axes, times factors of these, and what profiles have in common with them: functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdcrnn.kernels.codegen.functions import INDICES, LANES, ROW, ROWS
from symdcrnn.kernels.codegen.reduction.sums import gram_name
from symdcrnn.kernels.codegen.reduction.whole_numbers import read
from symdcrnn.kernels.source import KernelFunction, indent

SUMS = 4
"""Sums over the same rows that one loop makes."""

_PARTS = ((f"range(0, whole, {LANES})", range(LANES)), ("range(whole, indices.size)", range(1)))

_SUMMED = "shared, at, kept, by, tables, where, there, count, chosen, base, size"
_TYPES = (ROW, "int64", ROWS, "int64", INDICES, "int64[:, ::1]", ROWS, INDICES, INDICES, "int64", "int64")
"""Arguments of functions that sum rows, and their types: where sums go, the rows and the weights of points among them,
then the points where products of factors are not zero, their numbers there, and how many these are."""


def moments(distance: int, weighted: bool) -> KernelFunction:
    """t_m = sum_k weights[chosen[m], k] source[indices[k], column + j], each row read once for all of them.

    Parameters
    ----------
    distance : int
        From one t to the next: a literal, from which the compiler sees that they are apart.
    weighted : bool
        Whether each row is multiplied by the one that begins at ``by`` first.
    """
    last = distance * (SUMS - 1)
    lines = [
        f"def {moments_name(weighted)}(target, at, source, by, column, indices, weights, chosen, size):",
        f"    t = target[at:at + {last} + size]",
        *(f"    r{m} = weights[chosen[{m}]]" for m in range(SUMS)),
        "    for j in range(size):",
        *(f"        t[{m * distance} + j] = 0.0" for m in range(SUMS)),
        f"    whole = indices.size // {LANES} * {LANES}",
    ]
    for loop, lanes in _PARTS:
        lines.append(f"    for k in {loop}:")
        for lane in lanes:
            lines.append(f"        a{lane} = source[indices[k + {lane}], column:column + size]")
            if weighted:
                lines.append(f"        o{lane} = source[indices[k + {lane}], by:by + size]")
            lines += [f"        w{m}{lane} = r{m}[k + {lane}]" for m in range(SUMS)]
        lines.append("        for j in range(size):")
        lines += [f"            x{lane} = {f'o{lane}[j] * ' if weighted else ''}a{lane}[j]" for lane in lanes]
        lines += [f"            t[{m * distance} + j] += {' + '.join(f'w{m}{lane} * x{lane}' for lane in lanes)}"
                  for m in range(SUMS)]
    types = [ROW, "int64", ROWS, "int64", "int64", INDICES, ROWS, INDICES, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def moments_name(weighted: bool) -> str:
    """The name of `moments`."""
    return "moments_weighted" if weighted else "moments"


def gather_weighted() -> KernelFunction:
    """t = sum_k weights[k] source[indices[k], by + j] source[indices[k], column + j], rows in fours and one by one."""
    lines = [
        "def gather_weighted(target, at, source, by, column, indices, weights, size):",
        "    t = target[at:at + size]",
        "    for j in range(size):",
        "        t[j] = 0.0",
        f"    whole = indices.size // {LANES} * {LANES}",
    ]
    for loop, lanes in _PARTS:
        lines.append(f"    for k in {loop}:")
        for lane in lanes:
            lines += [f"        p{lane}, i{lane} = weights[k + {lane}], indices[k + {lane}]",
                      f"        w{lane} = source[i{lane}, by:by + size]",
                      f"        a{lane} = source[i{lane}, column:column + size]"]
        total = " + ".join(f"p{lane} * w{lane}[j] * a{lane}[j]" for lane in lanes)
        lines += ["        for j in range(size):", f"            t[j] += {total}"]
    types = [ROW, "int64", ROWS, "int64", "int64", INDICES, ROW, "int64"]
    return KernelFunction(f"void({', '.join(types)})", "\n".join(lines))


def moment_dots(name: str, distance: int, weighted: bool, groups: bool) -> KernelFunction:
    """result[i, k] += sum_j profile_k[j] sum_v (factor of profile k and row i)[v] row_i[v, j], rows [first, last).

    Parameters
    ----------
    name : str
    distance : int
        See `moments`.
    weighted : bool
        See `moments`.
    groups : bool
        Whether there are factors by which rows are summed together.
    """
    lines = [
        f"def {name}(result, first, last, {_SUMMED}):",
        read("profile", "begin", "place", "product", *_grouping("", groups)),
        "    factors = begin.size - 1",
        "    for i in range(first, last):",
        "        column, products = place[i] + base, product[i * factors:(i + 1) * factors]",
        *indent(_each("", distance, weighted, groups, (
            "dot(result[i], shared, sum_at, shared, base, profile, begin[a], begin[a + 1], size)",)), 2),
    ]
    return KernelFunction(f"void({', '.join((ROWS, 'int64', 'int64', *_TYPES))})", "\n".join(lines))


def pair_products() -> KernelFunction:
    """result[k, l] += sum_j profile_k[j] profile_l[j], for pairs of factors whose product is not zero."""
    lines = [
        "def pair_products(result, shared, tables, base, size):",
        read("profile", "begin", "pair"),
        "    for number in range(pair.size // 2):",
        *indent(_pair("gram", ""), 2),
    ]
    return KernelFunction(f"void({ROWS}, {ROW}, {INDICES}, int64, int64)", "\n".join(lines))


def weighted_pair_products(distance: int, groups: bool) -> KernelFunction:
    """As `pair_products`, times the weights of points summed by the product of both factors; see `moment_dots`."""
    lines = [
        f"def weighted_pair_products(result, {_SUMMED}):",
        read("profile", "begin", "pair", "pair_begin", "pair_product", *_grouping("pair_", groups)),
        "    column, products = by, pair_product",
        *indent(_each("pair_", distance, False, groups, (
            "for number in range(pair_begin[a], pair_begin[a + 1]):",
            *indent(_pair(gram_name(True), "shared, sum_at, ")),
        ))),
    ]
    return KernelFunction(f"void({', '.join((ROWS, *_TYPES))})", "\n".join(lines))


def _pair(gram: str, weight: str) -> Iterator[str]:
    yield "b, c = pair[2 * number], pair[2 * number + 1]"
    yield "b_begin, b_end, c_begin, c_end = begin[b], begin[b + 1], begin[c], begin[c + 1]"
    yield (f"{gram}(result[b_begin:b_end, c_begin:c_end], {weight}shared, base, profile[b_begin:b_end], "
           "profile[c_begin:c_end], False, size)")


def _grouping(prefix: str, groups: bool) -> tuple[str, ...]:
    return (*((f"{prefix}groups", f"{prefix}group_size") if groups else ()), f"{prefix}alone")


def _each(prefix: str, distance: int, weighted: bool, groups: bool, lines: Sequence[str]) -> Iterator[str]:
    """The sum of rows by each product, and lines that read it at ``sum_at``, ``a`` being its number."""
    if groups:
        yield f"for g in range({prefix}group_size.size):"
        yield f"    for m in range({SUMS}):"
        yield f"        chosen[m] = products[{prefix}groups[{SUMS} * g + m]]"
        yield "    one = chosen[0]"
        yield "    if one >= 0:"
        yield (f"        {moments_name(weighted)}(shared, at, kept, by, column, where[one, :count[one]], there, "
               "chosen, size)")
        yield f"        for m in range({prefix}group_size[g]):"
        yield f"            a, sum_at = {prefix}groups[{SUMS} * g + m], at + m * {distance}"
        yield from indent(lines, 3)
    yield f"for k in range({prefix}alone.size):"
    yield f"    a = {prefix}alone[k]"
    yield "    one = products[a]"
    yield "    if one >= 0:"
    yield "        sum_at = at"
    some = "where[one, :count[one]], there[one, :count[one]]"
    yield (f"        gather_weighted(shared, at, kept, by, column, {some}, size)" if weighted else
           f"        gather(shared, at, kept, column, 0, 1, {some}, size)")
    yield from indent(lines, 2)
