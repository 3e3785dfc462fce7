"""Tails that write arrays: the right-hand side, its columns one by one, or what a norm makes of a residual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symdcrnn.kernels.columns import ADD4, COLLECT, Columns, horner, one_more, powers_of_v
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.program import Program
from symdcrnn.kernels.rows import ROWS, KernelFunction
from symdcrnn.kernels.source import indent
from symdcrnn.kernels.tails import CHUNK


def _over_v(full: bool) -> str:
    return "for i in range(v.size):" if full else "for i in range(1):  # the target does not depend on v"


@dataclass(frozen=True)
class ApplyTail:
    """out[n, (i,) x] = sum_c coefficient_c column_c: the right-hand side as an array."""

    columns: Columns

    own_rows: tuple[str, ...] = ()

    def tables(self) -> Iterator[str]:
        yield from self.columns.tables()

    def functions(self) -> dict[str, KernelFunction]:
        return {"add4": ADD4, "collect": COLLECT, "combine": self._combine()}

    def _combine(self) -> KernelFunction:
        """target = the sum at one v."""
        columns = self.columns
        lines = powers_of_v(columns)
        for begin in range(0, max(len(columns.full), 1), CHUNK):
            sum_ = "t[j]" if begin else f"0.0{horner(columns, '+')}"
            sum_ += "".join(f" + c[{c}] * f[{row} * ROW + HALO + j]" for c, row in columns.full[begin:begin + CHUNK])
            lines += ["for j in range(size):", f"    t[j] = {sum_}"]
        return KernelFunction(f"void({ROWS}, {ROWS}, {ROWS}, {ROWS}, float64, int64)", "\n".join([
            "def combine(t, f, sums, c, velocity, size):",
            *indent(lines),
        ]))

    def setup(self) -> Iterator[str]:
        yield from one_more(self.columns.count)
        yield f"sums = np.empty({2 * self.columns.orders} * ROW)  # factors of v^k"

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self, target: str) -> Iterator[str]:
        full = self.columns.program.target.layout.full
        yield "collect(sums, right, left, known, size)"
        yield _over_v(full)
        yield f"    row = out[n{', i' if full else ''}, start:stop]"
        yield f"    combine(row, full[i], sums, known, {'v[i]' if full else '1.0'}, size)"

    def end(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class ColumnsTail:
    """out[c, n, (i,) x] = column_c, whatever the coefficients."""

    columns: Columns

    own_rows: tuple[str, ...] = ()

    def tables(self) -> Iterator[str]:
        yield from ()

    def functions(self) -> dict[str, KernelFunction]:
        return {"scale": KernelFunction(f"void({ROWS}, {ROWS}, int64, float64, int64)", """\
def scale(target, source, row, factor, size):
    s = source[row:row + size]
    for j in range(size):
        target[j] = factor * s[j]""")}

    def setup(self) -> Iterator[str]:
        yield from ()

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self, target: str) -> Iterator[str]:
        full = self.columns.program.target.layout.full
        row = "n, i, start:stop" if full else "n, start:stop"
        yield _over_v(full)
        yield f"    velocity = {'v[i]' if full else '1.0'}"
        for column, place in self.columns.full:
            yield f"    scale(out[{column}, {row}], full[i], {place} * ROW + HALO, 1.0, size)"
        for column, place, power in self.columns.powers:
            profile = "left if velocity < 0.0 else right" if power else "right"
            yield f"    scale(out[{column}, {row}], {profile}, {place} * ROW + HALO, velocity ** {power}, size)"

    def end(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class PenaltyTail:
    """out[0, 1, 2; n, (i,) x] = rho(r), psi(r), omega(r) of a residual r that is given as the target."""

    program: Program
    norm: Norm

    own_rows: tuple[str, ...] = ()

    def tables(self) -> Iterator[str]:
        yield from ()

    def functions(self) -> dict[str, KernelFunction]:
        return {}

    def setup(self) -> Iterator[str]:
        yield from ()

    def begin(self) -> Iterator[str]:
        yield from ()

    def body(self, target: str) -> Iterator[str]:
        full = self.program.target.layout.full
        at = "n, i, j" if full else "n, j"
        yield _over_v(full)
        yield "    for j in range(start, stop):"
        yield f"        r = {target}[{at}]"
        yield f"        out[0, {at}] = {self.norm.value}"
        yield f"        out[1, {at}] = {self.norm.slope}"
        yield f"        out[2, {at}] = {self.norm.weight}"

    def end(self) -> Iterator[str]:
        yield from ()
