"""The functions a generated kernel is made of: loads, stencils and quadratures on blocks of x.

Values live in scratch: `full[row, i, :]` holds one value per (v, x), `right[row, :]` and
`left[row, :]` the profile of v^k times a profile for v > 0 and v < 0.  `begin` and `end` count
from the start of a row, whose element HALO is the first point of the block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symdcrnn.kernels.program import Difference
from symdcrnn.kernels.stencils import Stencil

ROW = "float64[::1]"
ROWS = "float64[:, ::1]"
ROWS_PER_V = "float64[:, :, ::1]"


@dataclass(frozen=True)
class KernelFunction:
    """One function of a generated module.

    Parameters
    ----------
    signature : str
        Its numba signature.  It is given so that the function is compiled once: without it numba
        compiles it anew for every literal that it is called with.
    source : str
        Its definition.
    """

    signature: str
    source: str

    @property
    def lines(self) -> list[str]:
        """The decorated definition."""
        return [f'@numba.njit("{self.signature}", **OPTIONS)', *self.source.splitlines()]


def indent(lines: Iterable[str], level: int = 1) -> Iterator[str]:
    """The lines, further to the right."""
    for line in lines:
        yield "    " * level + line if line else ""


def load_function(name: str, weights: tuple[float, ...], full: bool) -> KernelFunction:
    """scratch[row] = sum_k weights[k] u^(n+k) on [low, high), wrapping around x."""
    terms = [(frame, weight) for frame, weight in enumerate(weights) if weight]
    combination = " + ".join(f"{weight!r} * u{frame}[j]" for frame, weight in terms) or "0.0"
    velocity = ", i" if full else ""
    body = [
        f"t = scratch[row{velocity}, begin + shift:end + shift]",
        *(f"u{k} = data[n + {k}{velocity}, begin - wrap:end - wrap]" for k, _ in terms),
        "for j in range(end - begin):",
        f"    t[j] = {combination}",
    ]
    if full:
        body = ["for i in range(data.shape[1]):", *indent(body)]
    data = ROWS_PER_V if full else ROWS
    return KernelFunction(f"void({data}, int64, {data}, int64, int64, int64, int64)", "\n".join([
        f"def {name}(scratch, row, data, n, low, high, shift):",
        f"    nx = data.shape[{2 if full else 1}]",
        "    for part in range(-1, 2):",
        "        wrap = part * nx",
        "        begin, end = max(low, wrap), min(high, wrap + nx)",
        "        if begin < end:",
        *indent(body, 3),
    ]))


def difference_function(name: str, operation: Difference, full: bool) -> KernelFunction:
    """scratch[row] = the stencil of scratch[source]: every v, or the profiles of both directions."""
    lowest = min(*operation.right.offsets, *operation.left.offsets)
    order = operation.right.derivative
    sign = "-" if operation.sign < 0 else ""
    scale = f"{sign}{' * '.join(['inverse_dx'] * order)}"
    one_side = operation.right == operation.left
    if full:
        loops = {
            side: _stencil_loop(getattr(operation, side), lowest) for side in ("right", "left")
        }
        choose = loops["right"] if one_side else [
            "if v[i] > 0.0:", *indent(loops["right"]), "else:", *indent(loops["left"])
        ]
        arguments = f"{ROWS_PER_V}, int64, int64, {ROW}, float64, int64, int64"
        return KernelFunction(f"void({arguments})", "\n".join([
            f"def {name}(full, row, source, v, inverse_dx, begin, end):",
            "    for i in range(v.size):",
            "        t = full[row, i, begin:end]",
            f"        s = full[source, i, begin {_signed(lowest)}:]",
            f"        scale = {scale}{' * v[i]' if operation.times_v else ''}",
            *indent(choose, 2),
        ]))
    arguments = f"{ROWS}, {ROWS}, int64, {ROWS}, int64, float64, int64, int64"
    return KernelFunction(f"void({arguments})", "\n".join([
        f"def {name}(right, left, row, origin_left, source, inverse_dx, begin, end):",
        f"    scale = {scale}",
        f"    t, s = right[row, begin:end], right[source, begin {_signed(lowest)}:]",
        *indent(_stencil_loop(operation.right, lowest)),
        f"    t, s = left[row, begin:end], origin_left[source, begin {_signed(lowest)}:]",
        *indent(_stencil_loop(operation.left, lowest)),
    ]))


def _stencil_loop(formula: Stencil, lowest: int) -> list[str]:
    terms = []
    for offset, numerator in zip(formula.offsets, formula.numerators, strict=True):
        place = f"j + {offset - lowest}" if offset > lowest else "j"
        terms.append(f"{float(numerator)!r} * s[{place}]")
    return [
        f"factor = scale / {float(formula.denominator)!r}",
        "for j in range(end - begin):",
        f"    t[j] = factor * ({' + '.join(terms)})".replace("+ -", "- "),
    ]


AVERAGE_FULL = KernelFunction(
    f"void({ROWS}, int64, {ROWS_PER_V}, int64, {ROW}, int64, int64)",
    """def average_full(right, row, full, source, quadrature, begin, end):
    t = right[row, begin:end]
    t.fill(0.0)
    for i in range(quadrature.size):
        s = full[source, i, begin:end]
        for j in range(end - begin):
            t[j] += quadrature[i] * s[j]""",
)
"""Eq. (3.3) of a value with any dependence on v."""

AVERAGE_POWER = KernelFunction(
    f"void({ROWS}, {ROWS}, int64, int64, int64, {ROW}, {ROW}, int64, int64)",
    """def average_power(right, left, row, source, power, v, quadrature, begin, end):
    from_right, from_left = 0.0, 0.0
    for i in range(v.size):
        if v[i] > 0.0:
            from_right += quadrature[i] * v[i] ** power
        else:
            from_left += quadrature[i] * v[i] ** power
    t, r, s = right[row, begin:end], right[source, begin:end], left[source, begin:end]
    for j in range(end - begin):
        t[j] = from_right * r[j] + from_left * s[j]""",
)
"""Eq. (3.3) of v^power times a profile."""

MULTIPLY_FULL = KernelFunction(
    f"void({ROWS_PER_V}, int64, int64, {ROW}, int64, int64, int64)",
    """def multiply_full(full, row, source, profile, origin, begin, end):
    for i in range(full.shape[1]):
        for j in range(begin, end):
            full[row, i, j] = profile[(origin + j) % profile.size] * full[source, i, j]""",
)

MULTIPLY_PROFILES = KernelFunction(
    f"void({ROWS}, {ROWS}, int64, int64, {ROW}, int64, int64, int64)",
    """def multiply_profiles(right, left, row, source, profile, origin, begin, end):
    for j in range(begin, end):
        value = profile[(origin + j) % profile.size]
        right[row, j] = value * right[source, j]
        left[row, j] = value * left[source, j]""",
)


def _signed(number: int) -> str:
    return f"- {-number}" if number < 0 else f"+ {number}"
