"""What a training kernel does with the columns of a block once they are there: reduce them.

A column that depends on v as v^k enters the sums through moments over v, so it costs one
operation per x instead of one per (v, x).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.program import Program
from symdcrnn.kernels.rows import ROW, ROWS, ROWS_PER_V, KernelFunction


class Tail(Protocol):
    """The part of a kernel after its columns: constants, functions, scratch, and what is done per block."""

    def tables(self) -> Iterator[str]: ...

    def functions(self) -> dict[str, KernelFunction]: ...

    def setup(self) -> Iterator[str]: ...

    def body(self, target: str) -> Iterator[str]: ...


def _table(numbers: Iterable[int]) -> str:
    return f"np.array({list(numbers)!r}, dtype=np.int64)"


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
    """

    program: Program
    full: tuple[tuple[int, int], ...]
    powers: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, program: Program, full: Mapping[str, int], profiles: Mapping[str, int]) -> Columns:
        wide = tuple((c, full[name]) for c, name in enumerate(program.columns) if name in full)
        thin = tuple(
            (c, profiles[name], program.layout(name).power or 0)
            for c, name in enumerate(program.columns)
            if name in profiles
        )
        return cls(program, wide, thin)

    @property
    def highest_power(self) -> int:
        return max((power for _, _, power in self.powers), default=0)

    def tables(self) -> Iterator[str]:
        """Which columns are stored how, as constant arrays the kernel loops over."""
        yield f"FULL_COLUMNS = {_table(c for c, _ in self.full)}"
        yield f"FULL_ROWS = {_table(row for _, row in self.full)}"
        yield f"COLUMNS = {_table(c for c, _, _ in self.powers)}  # v^k times a profile"
        yield f"ROWS = {_table(row for _, row, _ in self.powers)}"
        yield f"POWERS = {_table(power for _, _, power in self.powers)}"


ADD = KernelFunction(
    f"void({ROW}, {ROW}, float64, int64, int64)",
    """def add(target, source, factor, begin, size):
    t, s = target[:size], source[begin:begin + size]
    for j in range(size):
        t[j] += factor * s[j]""",
)

DOT = KernelFunction(
    f"float64({ROW}, {ROW}, int64, int64)",
    """def dot(a, b, begin, size):
    x, y = a[:size], b[begin:begin + size]
    total = 0.0
    for j in range(size):
        total += x[j] * y[j]
    return total""",
)

DOT3 = KernelFunction(
    f"float64({ROW}, {ROW}, {ROW}, int64, int64)",
    """def dot3(weight, a, b, begin, size):
    w, x, y = weight[:size], a[begin:begin + size], b[begin:begin + size]
    total = 0.0
    for j in range(size):
        total += w[j] * x[j] * y[j]
    return total""",
)

COLLECT = KernelFunction(
    f"void({ROWS_PER_V}, {ROWS}, {ROWS}, {ROW}, int64)",
    """def collect(sums, right, left, coefficients, size):
    sums.fill(0.0)
    for c in range(COLUMNS.size):
        for side in range(2):
            profile = left[ROWS[c]] if side == 1 and POWERS[c] > 0 else right[ROWS[c]]
            add(sums[side, POWERS[c]], profile, coefficients[COLUMNS[c]], HALO, size)""",
)

ADD_COLUMNS = KernelFunction(
    f"void({ROW}, float64, {ROWS_PER_V}, {ROWS_PER_V}, {ROW}, int64, float64, int64, int64)",
    """def add_columns(target, sign, full, sums, coefficients, i, velocity, side, size):
    for c in range(FULL_COLUMNS.size):
        add(target, full[FULL_ROWS[c], i], sign * coefficients[FULL_COLUMNS[c]], HALO, size)
    power = sign
    for k in range(sums.shape[1]):
        add(target, sums[side, k], power, 0, size)
        power *= velocity""",
)

ADD_MOMENTS = KernelFunction(
    f"void({ROWS}, {ROW}, float64, int64)",
    """def add_moments(moments, source, velocity, size):
    power = 1.0
    for k in range(moments.shape[0]):
        add(moments[k], source, power, 0, size)
        power *= velocity""",
)

GRADIENT_FULL = KernelFunction(
    f"void({ROW}, {ROW}, {ROWS_PER_V}, int64, int64)",
    """def gradient_full(gradient, slope, full, i, size):
    for c in range(FULL_COLUMNS.size):
        gradient[FULL_COLUMNS[c]] -= dot(slope, full[FULL_ROWS[c], i], HALO, size)""",
)

GRADIENT_PROFILES = KernelFunction(
    f"void({ROW}, {ROWS_PER_V}, {ROWS}, {ROWS}, int64)",
    """def gradient_profiles(gradient, moments, right, left, size):
    for c in range(COLUMNS.size):
        for side in range(2):
            profile = left[ROWS[c]] if side == 1 and POWERS[c] > 0 else right[ROWS[c]]
            gradient[COLUMNS[c]] -= dot(moments[side, POWERS[c]], profile, HALO, size)""",
)

GRAM_FULL = KernelFunction(
    f"void({ROWS}, {ROW}, {ROW}, {ROWS_PER_V}, {ROWS_PER_V}, int64, float64, int64)",
    """def gram_full(gram, omega, weighted, moments, full, i, velocity, size):
    w, product = omega[:size], weighted[:size]
    for c in range(FULL_COLUMNS.size):
        column = full[FULL_ROWS[c], i, HALO:HALO + size]
        for j in range(size):
            product[j] = w[j] * column[j]
        for d in range(c + 1):
            gram[FULL_COLUMNS[c], FULL_COLUMNS[d]] += dot(weighted, full[FULL_ROWS[d], i], HALO, size)
        add_moments(moments[c], weighted, velocity, size)""",
)

GRAM_PROFILES = KernelFunction(
    f"void({ROWS}, {ROWS_PER_V}, float64[:, :, :, ::1], {ROWS}, {ROWS}, int64)",
    """def gram_profiles(gram, omega_moments, column_moments, right, left, size):
    for c in range(COLUMNS.size):
        for side in range(2):
            profile = left[ROWS[c]] if side == 1 and POWERS[c] > 0 else right[ROWS[c]]
            for d in range(FULL_COLUMNS.size):
                gram[COLUMNS[c], FULL_COLUMNS[d]] += dot(column_moments[side, d, POWERS[c]], profile, HALO, size)
            for d in range(c + 1):
                other = left[ROWS[d]] if side == 1 and POWERS[d] > 0 else right[ROWS[d]]
                moment = omega_moments[side, POWERS[c] + POWERS[d]]
                gram[COLUMNS[c], COLUMNS[d]] += dot3(moment, profile, other, HALO, size)""",
)


@dataclass(frozen=True)
class ReductionTail:
    """Loss, gradient and, if asked for, the reweighted Gram matrix of the columns.

    `out` holds the loss, the C components of sum psi(r) dr/dcoefficient, and the C x C matrix
    sum omega(r) column_p column_q of which one triangle is filled; all are sums over the points.
    With the Gram matrix psi is omega(r) r, so that both belong to one reweighted least-squares step.
    """

    columns: Columns
    norm: Norm
    gram: bool

    def tables(self) -> Iterator[str]:
        return self.columns.tables()

    def functions(self) -> dict[str, KernelFunction]:
        used = {
            "left_hand_side": self._left_hand_side(),
            "penalise": KernelFunction(f"float64({ROW}, {ROW}, float64, int64)", "\n".join([
                "def penalise(residual, slope, width, size):",
                "    loss = 0.0",
                "    for j in range(size):",
                "        r = residual[j]",
                f"        loss += {self.norm.value}",
                f"        slope[j] = {self._slope}",
                "    return loss",
            ])),
            "add": ADD,
            "dot": DOT,
            "collect": COLLECT,
            "add_columns": ADD_COLUMNS,
            "add_moments": ADD_MOMENTS,
            "gradient_full": GRADIENT_FULL,
            "gradient_profiles": GRADIENT_PROFILES,
        }
        if self.gram:
            used["reweight"] = KernelFunction(f"void({ROW}, {ROW}, float64, int64)", "\n".join([
                "def reweight(residual, omega, width, size):",
                "    for j in range(size):",
                "        r = residual[j]",
                f"        omega[j] = {self.norm.weight}",
            ]))
            used |= {"dot3": DOT3, "gram_full": GRAM_FULL, "gram_profiles": GRAM_PROFILES}
        return used

    @property
    def _slope(self) -> str:
        """psi, or omega r where the Gram matrix comes with it: the gradient of what it majorises."""
        return f"{self.norm.weight} * r" if self.gram else self.norm.slope

    def _left_hand_side(self) -> KernelFunction:
        target = self.columns.program.target
        terms = [(frame, weight) for frame, weight in enumerate(target.time_weights) if weight]
        where = ", i" if target.layout.full else ""
        data = ROWS_PER_V if target.layout.full else ROWS
        return KernelFunction(f"void({ROW}, {data}, int64, int64, int64, int64)", "\n".join([
            "def left_hand_side(residual, data, n, i, start, size):",
            *(f"    u{k} = data[n + {k}{where}, start:start + size]" for k, _ in terms),
            "    for j in range(size):",
            "        residual[j] = " + (" + ".join(f"{weight!r} * u{k}[j]" for k, weight in terms) or "0.0"),
        ]))

    def setup(self) -> Iterator[str]:
        columns = len(self.columns.program.columns)
        powers = self.columns.highest_power + 1
        yield f"sums = np.empty((2, {powers}, longest))  # factors of v^k, for v > 0 and v < 0"
        yield "residual, slope = np.empty(longest), np.empty(longest)"
        yield f"slope_moments = np.empty((2, {powers}, longest))  # sums over v of v^k psi(r)"
        if self.gram:
            yield "omega, weighted = np.empty(longest), np.empty(longest)"
            yield f"omega_moments = np.empty((2, {2 * powers - 1}, longest))  # of v^k omega(r)"
            yield f"column_moments = np.empty((2, {max(len(self.columns.full), 1)}, {powers}, longest))"
            yield f"gram = np.zeros(({columns}, {columns}))"
        yield f"gradient = np.zeros({columns})"
        yield "loss = 0.0"

    def body(self, target: str) -> Iterator[str]:
        columns = len(self.columns.program.columns)
        full = self.columns.program.target.layout.full
        yield "collect(sums, right, left, coefficients, size)"
        yield "slope_moments.fill(0.0)"
        if self.gram:
            yield "omega_moments.fill(0.0)"
            yield "column_moments.fill(0.0)"
        yield "for i in range(v.size):" if full else "for i in range(1):  # the target does not depend on v"
        yield f"    velocity = {'v[i]' if full else '1.0'}"
        yield "    side = 0 if velocity > 0.0 else 1"
        yield f"    left_hand_side(residual, {target}, n, i, start, size)"
        yield "    add_columns(residual, -1.0, full, sums, coefficients, i, velocity, side, size)"
        yield "    loss += penalise(residual, slope, width, size)"
        yield "    add_moments(slope_moments[side], slope, velocity, size)"
        yield "    gradient_full(gradient, slope, full, i, size)"
        if self.gram:
            yield "    reweight(residual, omega, width, size)"
            yield "    add_moments(omega_moments[side], omega, velocity, size)"
            yield "    gram_full(gram, omega, weighted, column_moments[side], full, i, velocity, size)"
        yield "gradient_profiles(gradient, slope_moments, right, left, size)"
        if self.gram:
            yield "gram_profiles(gram, omega_moments, column_moments, right, left, size)"
        yield "out[0] = loss"
        yield f"for p in range({columns}):"
        yield "    out[1 + p] = gradient[p]"
        if self.gram:
            yield f"    for q in range({columns}):"
            yield f"        out[1 + {columns} * (p + 1) + q] = gram[p, q]"
