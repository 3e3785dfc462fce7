"""Tails that write arrays: the right-hand side, its columns one by one, or what a norm makes of a residual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.program import Program
from symdcrnn.kernels.rows import KernelFunction
from symdcrnn.kernels.tails import ADD, ADD_COLUMNS, COLLECT, Columns


@dataclass(frozen=True)
class ApplyTail:
    """out[n, (i,) x] = sum_c coefficient_c column_c: the right-hand side as an array."""

    columns: Columns

    def tables(self) -> Iterator[str]:
        return self.columns.tables()

    def functions(self) -> dict[str, KernelFunction]:
        return {"add": ADD, "collect": COLLECT, "add_columns": ADD_COLUMNS}

    def setup(self) -> Iterator[str]:
        yield f"sums = np.empty((2, {self.columns.highest_power + 1}, longest))  # factors of v^k"

    def body(self, target: str) -> Iterator[str]:
        full = self.columns.program.target.layout.full
        yield "collect(sums, right, left, coefficients, size)"
        yield "for i in range(v.size):" if full else "for i in range(1):  # the target does not depend on v"
        yield f"    velocity = {'v[i]' if full else '1.0'}"
        yield "    side = 0 if velocity > 0.0 else 1"
        yield f"    row = out[n{', i' if full else ''}, start:stop]"
        yield "    row.fill(0.0)"
        yield "    add_columns(row, 1.0, full, sums, coefficients, i, velocity, side, size)"


@dataclass(frozen=True)
class ColumnsTail:
    """out[c, n, (i,) x] = column_c, whatever the coefficients."""

    columns: Columns

    def tables(self) -> Iterator[str]:
        return self.columns.tables()

    def functions(self) -> dict[str, KernelFunction]:
        return {"add": ADD}

    def setup(self) -> Iterator[str]:
        yield from ()

    def body(self, target: str) -> Iterator[str]:
        full = self.columns.program.target.layout.full
        row = "n, i, start:stop" if full else "n, start:stop"
        yield "for i in range(v.size):" if full else "for i in range(1):  # the target does not depend on v"
        yield f"    velocity = {'v[i]' if full else '1.0'}"
        yield "    for c in range(FULL_COLUMNS.size):"
        yield f"        row = out[FULL_COLUMNS[c], {row}]"
        yield "        row.fill(0.0)"
        yield "        add(row, full[FULL_ROWS[c], i], 1.0, HALO, size)"
        yield "    for c in range(COLUMNS.size):"
        yield f"        row = out[COLUMNS[c], {row}]"
        yield "        row.fill(0.0)"
        yield "        profile = left[ROWS[c]] if velocity < 0.0 and POWERS[c] > 0 else right[ROWS[c]]"
        yield "        add(row, profile, velocity ** POWERS[c], HALO, size)"


@dataclass(frozen=True)
class PenaltyTail:
    """out[0, 1, 2; n, (i,) x] = rho(r), psi(r), omega(r) of a residual r that is given as the target."""

    program: Program
    norm: Norm

    def tables(self) -> Iterator[str]:
        yield from ()

    def functions(self) -> dict[str, KernelFunction]:
        return {}

    def setup(self) -> Iterator[str]:
        yield from ()

    def body(self, target: str) -> Iterator[str]:
        full = self.program.target.layout.full
        at = "n, i, j" if full else "n, j"
        yield "for i in range(v.size):" if full else "for i in range(1):  # the target does not depend on v"
        yield "    for j in range(start, stop):"
        yield f"        r = {target}[{at}]"
        yield f"        out[0, {at}] = {self.norm.value}"
        yield f"        out[1, {at}] = {self.norm.slope}"
        yield f"        out[2, {at}] = {self.norm.weight}"
