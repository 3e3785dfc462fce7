"""The functions a generated kernel is made of: loads, stencils, quadratures and products on rows of x.

A row is a block of x with its halo, `ROW` numbers apart from the next one; its element `HALO` is the first point of
the block.  `full[i]` holds the rows of one v, `right` and `left` those of the profiles that multiply powers of v > 0
and of v < 0.  Rows are found by literal offsets into one array, so that the compiler sees that they do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symdcrnn.kernels.source import indent
from symdcrnn.kernels.stencils import Stencil

ROWS = "float64[::1]"
ROWS_PER_V = "float64[:, ::1]"
DATA = "float64[:, ::1]"
DATA_PER_V = "float64[:, :, ::1]"

FRAMES_AT_ONCE = 4
"""Frames that one loop adds: a loop over many arrays is not vectorised."""

LANES = 4
"""Velocities that a sum over v takes at a time, so that its result is read and written once for all of them."""


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


def combination(target: str, weights: Sequence[float], data: str) -> list[str]:
    """Lines that set ``target`` on [0, size) to sum_k weights[k] data[n + k], a few frames at a time.

    Parameters
    ----------
    target : str
        An expression in ``j``.
    weights : sequence of float
        One per frame.
    data : str
        How a frame is cut, an expression in ``k``.
    """
    terms = [(frame, weight) for frame, weight in enumerate(weights) if weight]
    lines = [f"u{k} = {data.replace('{k}', str(k))}" for k, _ in terms]
    for begin in range(0, max(len(terms), 1), FRAMES_AT_ONCE):
        part = terms[begin:begin + FRAMES_AT_ONCE]
        sum_ = " + ".join(f"{weight!r} * u{k}[j]" for k, weight in part) or "0.0"
        lines += ["for j in range(size):", f"    {target} {'+=' if begin else '='} {sum_}"]
    return lines


def load_function(name: str, weights: tuple[float, ...], full: bool) -> KernelFunction:
    """rows[row] = sum_k weights[k] u^(n+k) on [low, high), wrapping around x."""
    velocity = "i, " if full else ""
    body = [
        "size = end - begin",
        "t = rows[row + begin + shift:row + end + shift]",
        *combination("t[j]", weights, f"data[n + {{k}}, {velocity}begin - wrap:end - wrap]"),
    ]
    data = DATA_PER_V if full else DATA
    return KernelFunction(f"void({ROWS}, int64, {data}, int64, int64, int64, int64, int64)", "\n".join([
        f"def {name}(rows, row, data, n, i, low, high, shift):",
        f"    nx = data.shape[{2 if full else 1}]",
        "    for part in range(-1, 2):",
        "        wrap = part * nx",
        "        begin, end = max(low, wrap), min(high, wrap + nx)",
        "        if begin < end:",
        *indent(body, 3),
    ]))


def stencil_function(name: str, formula: Stencil) -> KernelFunction:
    """target[row] = the difference formula of origin[source], times a factor that holds 1/dx."""
    lowest = min(formula.offsets)
    terms = []
    for offset, numerator in zip(formula.offsets, formula.numerators, strict=True):
        place = f"j + {offset - lowest}" if offset > lowest else "j"
        terms.append(f"{float(numerator)!r} * s[{place}]")
    return KernelFunction(f"void({ROWS}, int64, {ROWS}, int64, float64, int64, int64)", "\n".join([
        f"def {name}(target, row, origin, source, scale, begin, end):",
        "    t = target[row + begin:row + end]",
        f"    s = origin[source + begin {_signed(lowest)}:]",
        f"    factor = scale / {float(formula.denominator)!r}",
        "    for j in range(end - begin):",
        f"        t[j] = factor * ({' + '.join(terms)})".replace("+ -", "- "),
    ]))


AVERAGE_FULL = KernelFunction(
    f"void({ROWS}, int64, {ROWS_PER_V}, int64, {ROWS}, int64, int64)",
    f"""def average_full(right, row, full, source, quadrature, begin, end):
    t = right[row + begin:row + end]
    t.fill(0.0)
    whole = quadrature.size // {LANES} * {LANES}
    for i in range(0, whole, {LANES}):
        a, b = full[i, source + begin:source + end], full[i + 1, source + begin:source + end]
        c, d = full[i + 2, source + begin:source + end], full[i + 3, source + begin:source + end]
        p, q, r, s = quadrature[i], quadrature[i + 1], quadrature[i + 2], quadrature[i + 3]
        for j in range(end - begin):
            t[j] += p * a[j] + q * b[j] + r * c[j] + s * d[j]
    for i in range(whole, quadrature.size):
        a, p = full[i, source + begin:source + end], quadrature[i]
        for j in range(end - begin):
            t[j] += p * a[j]""",
)
"""Eq. (3.3) of a value with any dependence on v."""

AVERAGE_POWER = KernelFunction(
    f"void({ROWS}, {ROWS}, int64, int64, int64, {ROWS}, {ROWS}, int64, int64)",
    """def average_power(right, left, row, source, power, v, quadrature, begin, end):
    from_right, from_left = 0.0, 0.0
    for i in range(v.size):
        if v[i] > 0.0:
            from_right += quadrature[i] * v[i] ** power
        else:
            from_left += quadrature[i] * v[i] ** power
    t = right[row + begin:row + end]
    r, s = right[source + begin:source + end], left[source + begin:source + end]
    for j in range(end - begin):
        t[j] = from_right * r[j] + from_left * s[j]""",
)
"""Eq. (3.3) of v^power times a profile."""

MULTIPLY = KernelFunction(
    f"void({ROWS}, int64, int64, {ROWS}, int64, int64, int64)",
    """def multiply(rows, row, source, profile, origin, begin, end):
    for part in range(-1, 2):
        wrap = origin - part * profile.size
        low, high = max(begin, -wrap), min(end, profile.size - wrap)
        if low < high:
            t, s, p = rows[row + low:row + high], rows[source + low:source + high], profile[wrap + low:wrap + high]
            for j in range(high - low):
                t[j] = p[j] * s[j]""",
)


def _signed(number: int) -> str:
    return f"- {-number}" if number < 0 else f"+ {number}"
