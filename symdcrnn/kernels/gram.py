"""The reweighted Gram matrix of the columns of a block, in tiles of four by four."""

from __future__ import annotations

from symdcrnn.kernels.columns import GROUP
from symdcrnn.kernels.rows import ROWS, ROWS_PER_V, KernelFunction

_PAIRS = [(a, b) for a in range(GROUP) for b in range(GROUP)]

TILE = KernelFunction(
    f"void({ROWS_PER_V}, {ROWS}, int64, {ROWS}, {ROWS}, int64, int64, int64)",
    "\n".join([
        "def tile(gram, weight, at, first, second, p, q, size):",
        "    w = weight[at:at + size]",
        *(f"    a{k} = first[ROWS[p, {k}]:ROWS[p, {k}] + size]" for k in range(GROUP)),
        *(f"    b{k} = second[ROWS[q, {k}]:ROWS[q, {k}] + size]" for k in range(GROUP)),
        *(f"    s{a}{b} = 0.0" for a, b in _PAIRS),
        "    for j in range(size):",
        *(f"        x{k} = w[j] * a{k}[j]" for k in range(GROUP)),
        *(f"        s{a}{b} += x{a} * b{b}[j]" for a, b in _PAIRS),
        *(f"    gram[COLUMNS[p, {a}], COLUMNS[q, {b}]] += s{a}{b}" for a, b in _PAIRS if a >= b),
        "    if p != q:",
        *(f"        gram[COLUMNS[p, {a}], COLUMNS[q, {b}]] += s{a}{b}" for a, b in _PAIRS if a < b),
    ]),
)
"""The products, summed over x with a weight, of the columns of two groups of four.

Of a group with itself only one triangle is added.
"""

GRAM_FULL = KernelFunction(
    f"void({ROWS_PER_V}, {ROWS}, {ROWS_PER_V}, int64[::1], int64, {ROWS_PER_V}, int64)",
    """def gram_full(gram, column_moments, full, order, positive, powers, size):
    for i in range(order.size):
        f = full[i]
        for p in range(POWERS.size, ROWS.shape[0]):
            for q in range(POWERS.size, p + 1):
                tile(gram, f, OMEGA, f, f, p, q, size)
    if POWERS.size > 0:
        for d in range(FULL_COUNT):
            at, row = d * (2 * ORDERS + 1) * ROW, ROWS[POWERS.size + d // 4, d % 4]
            weighted_moments_of(column_moments, at, full, OMEGA, row, order[:positive], powers, size)
            weighted_moments_of(column_moments, at + ORDERS * ROW, full, OMEGA, row, order[positive:], powers, size)
            join(column_moments, at + 2 * ORDERS * ROW, at, at + ORDERS * ROW, size)""",
)
"""Products of full columns, and their moments over v for the products with profiles."""

GRAM_PROFILES = KernelFunction(
    f"void({ROWS_PER_V}, {ROWS}, {ROWS}, {ROWS}, {ROWS}, int64)",
    """def gram_profiles(gram, weight_moments, column_moments, right, left, size):
    left_side = (2 * ORDERS - 1) * ROW
    for p in range(POWERS.size):
        k = POWERS[p]
        for d in range(FULL_COUNT):
            at, column = d * (2 * ORDERS + 1) * ROW, COLUMNS[POWERS.size + d // 4, d % 4]
            if k == 0:
                dot4(gram, column, 1.0, column_moments, at + 2 * ORDERS * ROW, right, p, size)
            else:
                dot4(gram, column, 1.0, column_moments, at + k * ROW, right, p, size)
                dot4(gram, column, 1.0, column_moments, at + (ORDERS + k) * ROW, left, p, size)
        for q in range(p + 1):
            order = k + POWERS[q]
            if order == 0:
                tile(gram, weight_moments, 2 * left_side, right, right, p, q, size)
            else:
                tile(gram, weight_moments, order * ROW, right, right, p, q, size)
                other = left if POWERS[q] > 0 else right
                tile(gram, weight_moments, left_side + order * ROW, left, other, p, q, size)""",
)
"""Products of profiles with each other and with full columns; one without v is kept on the right only."""
