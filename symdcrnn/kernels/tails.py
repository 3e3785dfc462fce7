"""What a training kernel does with the columns of a block once they are there: reduce them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from symdcrnn.kernels.columns import ADD4, COLLECT, DOT4, Columns, horner, one_more, powers_of_v
from symdcrnn.kernels.gram import GRAM_FULL, GRAM_PROFILES, TILE
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.rows import (
    DATA,
    DATA_PER_V,
    LANES,
    ROWS,
    ROWS_PER_V,
    Combination,
    KernelFunction,
)
from symdcrnn.kernels.source import indent

CHUNK = 8
"""Full columns that one loop works on, their sums held in registers."""


class Tail(Protocol):
    """The part of a kernel after its columns: constants, functions, scratch, and what is done when."""

    @property
    def own_rows(self) -> tuple[str, ...]:
        """Names of the rows of `full` that it works with beside those of the program."""

    def tables(self) -> Iterator[str]:
        """Constants."""

    def functions(self) -> dict[str, KernelFunction]:
        """The functions that it calls, each after those that it calls itself."""

    def setup(self) -> Iterator[str]:
        """Once: scratch."""

    def begin(self) -> Iterator[str]:
        """At the start of a share."""

    def body(self, target: str) -> Iterator[str]:
        """For every block of x of every residual."""

    def end(self) -> Iterator[str]:
        """At the end of a share."""


SORT_VELOCITIES = KernelFunction(
    f"int64({ROWS}, int64[::1], {ROWS_PER_V})",
    """def sort_velocities(v, order, powers):
    positive = 0
    for i in range(v.size):
        if v[i] > 0.0:
            order[positive] = i
            positive += 1
    others = positive
    for i in range(v.size):
        if not v[i] > 0.0:
            order[others] = i
            others += 1
    for i in range(v.size):
        power = 1.0
        for k in range(powers.shape[0]):
            powers[k, i] = power
            power *= v[i]
    return positive""",
)


def moments_function(name: str, orders: int, weighted: bool) -> KernelFunction:
    """target[at + k] = sum over one side of v of v^k [weight] value, a few velocities at a time."""
    letters = "abcdefgh"[:LANES]
    lines = [
        f"def {name}(target, at, full, {'weight, ' if weighted else ''}row, order, powers, size):",
        f"    t = target[at:at + {orders} * ROW]",
        "    t.fill(0.0)",
        f"    whole = order.size // {LANES} * {LANES}",
    ]
    for begin, loop in ((0, f"range(0, whole, {LANES})"), (1, "range(whole, order.size)")):
        lanes = letters[:1] if begin else letters
        lines.append(f"    for lane in {loop}:")
        body = []
        for number, letter in enumerate(lanes):
            body.append(f"i = order[lane + {number}]")
            body.append(f"{letter} = full[i, row:row + size]")
            if weighted:
                body.append(f"w{letter} = full[i, weight:weight + size]")
            body += [f"{letter}{k} = powers[{k}, i]" for k in range(1, orders)]
        body.append("for j in range(size):")
        body += [f"    x{a} = w{a}[j] * {a}[j]" if weighted else f"    x{a} = {a}[j]" for a in lanes]
        for k in range(orders):
            sum_ = " + ".join(f"{a}{k} * x{a}" if k else f"x{a}" for a in lanes)
            body.append(f"    t[{k} * ROW + j] += {sum_}")
        lines += indent(body, 2)
    rows = ["int64"] * (2 if weighted else 1)
    arguments = [ROWS, "int64", ROWS_PER_V, *rows, "int64[::1]", ROWS_PER_V, "int64"]
    return KernelFunction(f"void({', '.join(arguments)})", "\n".join(lines))


JOIN = KernelFunction(
    f"void({ROWS}, int64, int64, int64, int64)",
    """def join(rows, target, first, second, size):
    for j in range(size):
        rows[target + j] = rows[first + j] + rows[second + j]""",
)
"""A moment of order zero over both sides: a profile without v is the same on both."""

GRADIENT_PROFILES = KernelFunction(
    f"void({ROWS_PER_V}, {ROWS}, {ROWS}, {ROWS}, int64)",
    """def gradient_profiles(gradient, moments, right, left, size):
    join(moments, 2 * ORDERS * ROW, 0, ORDERS * ROW, size)
    for g in range(POWERS.size):
        k = POWERS[g]
        if k == 0:
            dot4(gradient, 0, -1.0, moments, 2 * ORDERS * ROW, right, g, size)
        else:
            dot4(gradient, 0, -1.0, moments, k * ROW, right, g, size)
            dot4(gradient, 0, -1.0, moments, (ORDERS + k) * ROW, left, g, size)""",
)


@dataclass(frozen=True)
class ReductionTail:
    """Loss, gradient and, if asked for, the reweighted Gram matrix of the columns.

    A row of `out` holds the loss, the C components of sum psi(r) dr/dcoefficient, and the C x C matrix
    sum omega(r) column_p column_q of which one triangle is filled; all are sums over the points of a share.
    With the Gram matrix psi is omega(r) r, so that both belong to one reweighted least-squares step.
    """

    columns: Columns
    norm: Norm
    gram: bool

    @property
    def own_rows(self) -> tuple[str, ...]:
        return ("RESIDUAL", "SLOPE", "OMEGA") if self.gram else ("RESIDUAL", "SLOPE")

    def tables(self) -> Iterator[str]:
        yield from self.columns.tables()

    def functions(self) -> dict[str, KernelFunction]:
        orders = self.columns.orders
        used = {
            "add4": ADD4,
            "dot4": DOT4,
            "collect": COLLECT,
            "join": JOIN,
            "sort_velocities": SORT_VELOCITIES,
            "reduce": self._reduce(),
            "moments_of": moments_function("moments_of", orders, False),
            "gradient_profiles": GRADIENT_PROFILES,
        }
        if self.gram:
            used |= {
                "tile": TILE,
                "weight_moments_of": moments_function("weight_moments_of", 2 * orders - 1, False),
                "weighted_moments_of": moments_function("weighted_moments_of", orders, True),
                "gram_full": GRAM_FULL,
                "gram_profiles": GRAM_PROFILES,
            }
        return used

    def _reduce(self) -> KernelFunction:
        """Residual, loss, slope and the gradient by the full columns, one v after the other."""
        columns, target = self.columns, self.columns.program.target
        chunks = [columns.full[begin:begin + CHUNK] for begin in range(0, len(columns.full), CHUNK)] or [()]
        where = "i, " if target.layout.full else ""
        cut = f"data[n + {{k}}, {where}start:start + size]"
        frames = Combination(target.time_weights, cut, "TARGET")
        body = [
            "f = full[i]",
            f"velocity = {'v[i]' if target.layout.full else '1.0'}",
            *powers_of_v(columns),
        ]
        body += [frames.cut(k) for k in sorted({*frames.first, *(k for _, k, _ in columns.frames)})]
        left = frames.sum
        if frames.constants:
            body += ["for j in range(size):", f"    f[RESIDUAL + j] = {left}", *frames.others("f[RESIDUAL + j]")]
            left = "f[RESIDUAL + j]"
        for number, chunk in enumerate(chunks):
            sum_ = left if number == 0 else "f[RESIDUAL + j]"
            sum_ += horner(columns, "-") if number == 0 else ""
            sum_ += "".join(f" - c{c} * {weight!r} * u{k}[j]" for c, k, weight in columns.frames if number == 0)
            sum_ += "".join(f" - c{c} * f[{row} * ROW + HALO + j]" for c, row in chunk)
            body.append("for j in range(size):")
            if number < len(chunks) - 1:
                body.append(f"    f[RESIDUAL + j] = {sum_}")
                continue
            body += [f"    r = {sum_}", f"    loss += {self.norm.value}", f"    slope = {self._slope}",
                     "    f[SLOPE + j] = slope"]
            if self.gram and not self.norm.quadratic:
                body.append(f"    f[OMEGA + j] = {self.norm.weight}")
            body += [f"    d{c} += slope * f[{row} * ROW + HALO + j]" for c, row in chunk]
            body += [f"    d{c} += slope * u{k}[j]" for c, k, _ in columns.frames]
        for chunk in chunks[:-1]:
            body.append("for j in range(size):")
            body += [f"    d{c} += f[SLOPE + j] * f[{row} * ROW + HALO + j]" for c, row in chunk]
        data = DATA_PER_V if target.layout.full else DATA
        own = [*(c for c, _ in columns.full), *(c for c, _, _ in columns.frames)]
        arguments = [ROWS_PER_V, ROWS, ROWS, ROWS_PER_V, data, "int64", "int64", "int64", ROWS, "float64"]
        return KernelFunction(f"float64({', '.join(arguments)})", "\n".join([
            "def reduce(full, sums, coefficients, gradient, data, n, start, size, v, width):",
            *(f"    c{c}, d{c} = coefficients[{c}], 0.0" for c in own),
            "    loss = 0.0",
            f"    for i in range({'v.size' if target.layout.full else '1'}):",
            *indent(body, 2),
            *(f"    gradient[{c}, 0] -= d{c}" for c, _ in columns.full),
            *(f"    gradient[{c}, 0] -= {weight!r} * d{c}" for c, _, weight in columns.frames),
            "    return loss",
        ]), frames.constants)

    @property
    def _slope(self) -> str:
        """psi, or omega r where the Gram matrix comes with it: the gradient of what it majorises."""
        return f"{self.norm.weight} * r" if self.gram else self.norm.slope

    def setup(self) -> Iterator[str]:
        count, orders, full = self.columns.count, self.columns.orders, len(self.columns.full)
        highest = 2 * orders - 1 if self.gram else orders
        speeds = "v" if self.columns.program.target.layout.full else "np.ones(1)"
        yield f"speeds = {speeds}"
        yield f"order, powers = np.empty(speeds.size, np.int64), np.empty(({highest}, speeds.size))"
        yield "positive = sort_velocities(speeds, order, powers)"
        yield from one_more(count)
        yield f"sums = np.empty({2 * orders} * ROW)  # factors of v^k, for v > 0 and v < 0"
        yield f"moments = np.empty({2 * orders + 1} * ROW)  # sums over v of v^k psi(r)"
        yield f"gradient = np.empty(({count + 1}, 1))"
        if self.gram:
            yield f"weight_moments = np.empty({2 * highest + 1} * ROW)  # of v^k omega(r)"
            yield f"column_moments = np.empty({max(full, 1) * (2 * orders + 1)} * ROW)"
            yield f"gram = np.empty(({count + 1}, {count + 1}))"
            if self.norm.quadratic:
                yield "for i in range(v.size):"
                yield "    for j in range(ROW):"
                yield f"        full[i, OMEGA + j] = {self.norm.weight}"
                yield from self._weights("ROW")

    def begin(self) -> Iterator[str]:
        yield "loss = 0.0"
        yield "gradient.fill(0.0)"
        if self.gram:
            yield "gram.fill(0.0)"

    def body(self, target: str) -> Iterator[str]:
        orders = self.columns.orders
        if self.columns.powers:
            yield "collect(sums, right, left, known, size)"
        yield f"loss += reduce(full, sums, known, gradient, {target}, n, start, size, v, width)"
        if self.columns.powers:
            yield "moments_of(moments, 0, full, SLOPE, order[:positive], powers, size)"
            yield f"moments_of(moments, {orders} * ROW, full, SLOPE, order[positive:], powers, size)"
            yield "gradient_profiles(gradient, moments, right, left, size)"
        if self.gram:
            if not self.norm.quadratic:
                yield from self._weights("size")
            yield "gram_full(gram, column_moments, full, order, positive, powers, size)"
            yield "gram_profiles(gram, weight_moments, column_moments, right, left, size)"

    def _weights(self, size: str) -> Iterator[str]:
        highest = 2 * self.columns.orders - 1
        yield f"weight_moments_of(weight_moments, 0, full, OMEGA, order[:positive], powers, {size})"
        yield (f"weight_moments_of(weight_moments, {highest} * ROW, full, OMEGA, order[positive:], powers, {size})")
        yield f"join(weight_moments, {2 * highest} * ROW, 0, {highest} * ROW, {size})"

    def end(self) -> Iterator[str]:
        count = self.columns.count
        yield "out[share, 0] = loss"
        yield f"for p in range({count}):"
        yield "    out[share, 1 + p] = gradient[p, 0]"
        if self.gram:
            yield f"    for q in range({count}):"
            yield f"        out[share, 1 + {count} * (p + 1) + q] = gram[p, q]"
