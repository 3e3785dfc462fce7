"""The functions a generated kernel is made of: loads, stencils, quadratures and products on rows of x.

A row is a block of x with its halo, `ROW` numbers apart from the next one; its element `HALO` is the first point of
the block.  `full[i]` holds the rows of one v, `right` and `left` those of the profiles that multiply powers of v > 0
and of v < 0.  Rows are found by literal offsets into one array, so that the compiler sees that they do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.kernels.source import indent, stencil_loops
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
    constants : tuple of str
        Lines before it.
    """

    signature: str
    source: str
    constants: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The decorated definition, after its constants."""
        between = ["", ""] if self.constants else []
        return [*self.constants, *between, f'@numba.njit("{self.signature}", **INNER)', *self.source.splitlines()]


@dataclass(frozen=True)
class Combination:
    """sum_k weights[k] u^(n+k), a few frames at a time: the first by name, all others from two tables.

    Parameters
    ----------
    weights : tuple of float
        One per frame.
    data : str
        How a frame is cut, an expression in ``{k}``.
    table : str
        How the names of the tables begin.
    """

    weights: tuple[float, ...]
    data: str
    table: str

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames that are read."""
        return tuple(frame for frame, weight in enumerate(self.weights) if weight)

    @property
    def first(self) -> tuple[int, ...]:
        """Those that have a name ``u{k}`` in `sum`, a rest of the number that a loop takes."""
        return self.frames[:(len(self.frames) - 1) % FRAMES_AT_ONCE + 1] if self.frames else ()

    @property
    def constants(self) -> tuple[str, ...]:
        """The tables, lines of the module."""
        others = self.frames[len(self.first):]
        if not others:
            return ()
        weights = [self.weights[frame] for frame in others]
        return (f"{self.table}_FRAMES = np.array({list(others)!r})", f"{self.table}_WEIGHTS = np.array({weights!r})")

    @property
    def names(self) -> list[str]:
        """Lines that cut the first frames."""
        return [self.cut(frame) for frame in self.first]

    @property
    def sum(self) -> str:
        """The sum over the first frames, an expression in ``j``."""
        return " + ".join(f"{self.weights[frame]!r} * u{frame}[j]" for frame in self.first) or "0.0"

    def cut(self, frame: int) -> str:
        """The line that gives a frame its name."""
        return f"u{frame} = {self.data.replace('{k}', str(frame))}"

    def others(self, target: str) -> list[str]:
        """Lines that add the other frames to ``target``, an expression in ``j``."""
        if not self.constants:
            return []
        letters = "abcd"
        lines = [f"for k in range(0, {self.table}_FRAMES.size, {FRAMES_AT_ONCE}):"]
        for number, letter in enumerate(letters):
            lines.append(f"    k{letter}, p{letter} = {self.table}_FRAMES[k + {number}], "
                         f"{self.table}_WEIGHTS[k + {number}]")
            lines.append(f"    {letter} = {self.data.replace('{k}', f'k{letter}')}")
        sum_ = " + ".join(f"p{letter} * {letter}[j]" for letter in letters)
        return [*lines, "    for j in range(size):", f"        {target} += {sum_}"]


def load_function(name: str, weights: tuple[float, ...], full: bool) -> KernelFunction:
    """rows[row] = sum_k weights[k] u^(n+k) on [low, high), wrapping around x."""
    velocity = "i, " if full else ""
    frames = Combination(weights, f"data[n + {{k}}, {velocity}begin - wrap:end - wrap]", name.upper())
    body = [
        "size = end - begin",
        "t = rows[row + begin + shift:row + end + shift]",
        *frames.names,
        "for j in range(size):",
        f"    t[j] = {frames.sum}",
        *frames.others("t[j]"),
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
    ]), frames.constants)


def stencil_function(name: str, formula: Stencil) -> KernelFunction:
    """target[row] = the difference formula of origin[source], times a factor that holds 1/dx."""
    return KernelFunction(f"void({ROWS}, int64, {ROWS}, int64, float64, int64, int64)", "\n".join([
        f"def {name}(target, row, origin, source, scale, begin, end):",
        "    t = target[row + begin:row + end]",
        f"    s = origin[source + begin {_signed(min(formula.offsets))}:]",
        f"    factor = scale / {float(formula.denominator)!r}",
        *indent(stencil_loops(formula)),
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
