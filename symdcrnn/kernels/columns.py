"""How the columns of a program are stored, and the tables by which a generated kernel walks through them.

A column that depends on v as v^k enters sums over v through moments, so it costs one operation per x instead of
one per (v, x).  Columns are taken four at a time; what is missing to four is a row of zeros whose results go to a
column after the last one, which nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symdcrnn.kernels.program import Program
from symdcrnn.kernels.rows import ROWS, KernelFunction

GROUP = 4
"""Columns that one loop works on, their sums held in registers."""

Group = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Columns:
    """The columns of a program, sorted by how they are stored.

    Parameters
    ----------
    program : Program
    full : tuple of (column, row)
        Columns with one value per (v, x) and their row in `full`.
    powers : tuple of (column, row, k)
        Columns v^k times a profile, and the row of the profile in `right` and `left`.
    frames : tuple of (column, frame, weight)
        Columns that are a frame of the target times a number, read in place.
    full_rows, profile_rows : int
        How many rows the values of the program take.
    """

    program: Program
    full: tuple[tuple[int, int], ...]
    powers: tuple[tuple[int, int, int], ...]
    frames: tuple[tuple[int, int, float], ...]
    full_rows: int
    profile_rows: int

    @classmethod
    def of(cls, program: Program, full: Mapping[str, int], profiles: Mapping[str, int]) -> Columns:
        wide = tuple((c, full[name]) for c, name in enumerate(program.columns) if name in full)
        thin = tuple(
            (c, profiles[name], program.layout(name).power or 0)
            for c, name in enumerate(program.columns)
            if name in profiles
        )
        weights = {load.name: load.time_weights for load in program.loads if load.name in program.in_place}
        single = tuple(
            (c, *next((k, weight) for k, weight in enumerate(weights[name]) if weight))
            for c, name in enumerate(program.columns)
            if name in weights
        )
        return cls(program, wide, thin, single, len(full), len(profiles))

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.program.columns)

    @property
    def orders(self) -> int:
        """One more than the highest power of v."""
        return 1 + max((power for _, _, power in self.powers), default=0)

    @property
    def full_groups(self) -> tuple[Group, ...]:
        """The full columns in fours, (column, row) each."""
        return _groups(self.full, (self.count, self.full_rows))

    @property
    def power_groups(self) -> tuple[tuple[int, Group], ...]:
        """The others in fours of the same power, (k, four of (column, row))."""
        found: list[tuple[int, Group]] = []
        for k in range(self.orders):
            same = [(column, row) for column, row, power in self.powers if power == k]
            found.extend((k, group) for group in _groups(same, (self.count, self.profile_rows)))
        return tuple(found)

    def tables(self) -> Iterator[str]:
        """The groups, those of profiles first, as constant arrays the kernel loops over.

        Rows are offsets of the first point of the block.
        """
        groups = [*(group for _, group in self.power_groups), *self.full_groups]
        yield f"ORDERS = {self.orders}"
        yield f"COLUMNS = {_table([[column for column, _ in group] for group in groups])}"
        yield f"ROWS = {_table([[row for _, row in group] for group in groups])} * ROW + HALO"
        yield f"POWERS = np.array({[k for k, _ in self.power_groups]!r}, dtype=np.int64)  # of v, times a profile"
        yield f"FULL_COUNT = {len(self.full)}"


def _groups(pairs: Sequence[tuple[int, int]], nothing: tuple[int, int]) -> tuple[Group, ...]:
    cut = [tuple(pairs[begin:begin + GROUP]) for begin in range(0, len(pairs), GROUP)]
    return tuple((*group, *(nothing,) * (GROUP - len(group))) for group in cut)


def _table(rows: Iterable[Iterable[int]]) -> str:
    return f"np.array({[list(row) for row in rows]!r}, dtype=np.int64).reshape(-1, {GROUP})"


ADD4 = KernelFunction(
    f"void({ROWS}, int64, {ROWS}, int64, {ROWS}, int64)",
    """def add4(target, at, source, g, coefficients, size):
    t = target[at:at + size]
    a, b = source[ROWS[g, 0]:ROWS[g, 0] + size], source[ROWS[g, 1]:ROWS[g, 1] + size]
    c, d = source[ROWS[g, 2]:ROWS[g, 2] + size], source[ROWS[g, 3]:ROWS[g, 3] + size]
    p, q = coefficients[COLUMNS[g, 0]], coefficients[COLUMNS[g, 1]]
    r, s = coefficients[COLUMNS[g, 2]], coefficients[COLUMNS[g, 3]]
    for j in range(size):
        t[j] += p * a[j] + q * b[j] + r * c[j] + s * d[j]""",
)

DOT4 = KernelFunction(
    f"void(float64[:, ::1], int64, float64, {ROWS}, int64, {ROWS}, int64, int64)",
    """def dot4(result, other, sign, weight, at, source, g, size):
    w = weight[at:at + size]
    a, b = source[ROWS[g, 0]:ROWS[g, 0] + size], source[ROWS[g, 1]:ROWS[g, 1] + size]
    c, d = source[ROWS[g, 2]:ROWS[g, 2] + size], source[ROWS[g, 3]:ROWS[g, 3] + size]
    p, q, r, s = 0.0, 0.0, 0.0, 0.0
    for j in range(size):
        p += w[j] * a[j]
        q += w[j] * b[j]
        r += w[j] * c[j]
        s += w[j] * d[j]
    result[COLUMNS[g, 0], other] += sign * p
    result[COLUMNS[g, 1], other] += sign * q
    result[COLUMNS[g, 2], other] += sign * r
    result[COLUMNS[g, 3], other] += sign * s""",
)

COLLECT = KernelFunction(
    f"void({ROWS}, {ROWS}, {ROWS}, {ROWS}, int64)",
    """def collect(sums, right, left, coefficients, size):
    sums.fill(0.0)
    for g in range(POWERS.size):
        k = POWERS[g]
        add4(sums, k * ROW, right, g, coefficients, size)
        if k > 0:
            add4(sums, (ORDERS + k) * ROW, left, g, coefficients, size)
    for j in range(size):
        sums[ORDERS * ROW + j] = sums[j]""",
)
"""sums[side, k] = sum over the columns v^k times a profile of coefficient * profile, for v > 0 and v < 0."""


def horner(columns: Columns, sign: str) -> str:
    """The part of the right-hand side that the profiles make at one v, as a continued expression of ``j``."""
    terms = [f" {sign} sums[side + j]"]
    terms += [f" {sign} v{k} * sums[side + {k} * ROW + j]" for k in range(1, columns.orders)]
    return "".join(terms) if columns.powers else ""


def powers_of_v(columns: Columns) -> list[str]:
    """Lines that set v1, v2, ... and where the sums of its side begin."""
    lines = ["side = 0 if velocity > 0.0 else ORDERS * ROW"] if columns.powers else []
    return lines + [f"v{k} = {'velocity' if k == 1 else f'v{k - 1} * velocity'}" for k in range(1, columns.orders)]


def one_more(count: int) -> Iterator[str]:
    """Lines that set ``known`` to the coefficients, with a zero for the column that nobody reads."""
    yield f"known = np.zeros({count + 1})"
    yield f"for c in range({count}):"  # numba compiles the assignment of a slice for two seconds
    yield "    known[c] = coefficients[c]"
