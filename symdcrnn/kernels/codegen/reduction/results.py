"""From coefficients to sums and from sums to results, as functions that all kernels share.

Full columns have coefficients and sums by point of the whole axes where their factors differ, separable ones do not.
"""

from __future__ import annotations

from symdcrnn.kernels.codegen.functions import INDICES, ROW, ROWS
from symdcrnn.kernels.codegen.reduction.whole_numbers import read
from symdcrnn.kernels.source import KernelFunction


def full_numbers() -> KernelFunction:
    """The coefficients of full rows, by point of the whole axes where they have factors; with a minus."""
    return KernelFunction(
        f"void({ROWS}, {ROW}, {INDICES}, {ROWS})",
        f"""def full_numbers(full_coefficients, coefficients, tables, factors):
{read("full_row", "full_column")}
    for flat in range(full_coefficients.shape[0]):
        for k in range(full_row.size):
            full_coefficients[flat, full_row[k]] -= coefficients[full_column[k]] * factors[k, flat]""")


def profile_numbers() -> KernelFunction:
    """The coefficients of the profiles of separable columns, with a sign."""
    return KernelFunction(
        f"void({ROW}, {ROW}, {INDICES}, float64)",
        f"""def profile_numbers(profile_coefficients, coefficients, tables, sign):
{read("profile_column")}
    for k in range(profile_column.size):
        if profile_column[k] >= 0:
            profile_coefficients[k] = sign * coefficients[profile_column[k]]""")


def sum_profiles() -> KernelFunction:
    """The sum of the profiles of each factor, each times its coefficient."""
    return KernelFunction(
        f"void({ROW}, int64, {INDICES}, {ROW}, int64)",
        f"""def sum_profiles(shared, base, tables, profile_coefficients, size):
{read("profile", "begin", "sums")}
    for a in range(begin.size - 1):
        t = shared[sums[a] + base:sums[a] + base + size]
        for j in range(size):
            t[j] = 0.0
        add(shared, sums[a] + base, shared, base, profile, begin[a], begin[a + 1], profile_coefficients, size)""")


def start_slope_sums() -> KernelFunction:
    """The sums of slopes by each factor = 0."""
    return KernelFunction(
        f"void({ROW}, int64, {INDICES}, int64)",
        f"""def start_slope_sums(shared, base, tables, size):
{read("slope_sums")}
    for a in range(slope_sums.size):
        t = shared[slope_sums[a] + base:slope_sums[a] + base + size]
        for j in range(size):
            t[j] = 0.0""")


def profile_slopes() -> KernelFunction:
    """The products of the profiles of each factor with the slopes summed by it."""
    return KernelFunction(
        f"void({ROWS}, {ROW}, int64, {INDICES}, int64)",
        f"""def profile_slopes(profile_dots, shared, base, tables, size):
{read("profile", "begin", "slope_sums")}
    for a in range(begin.size - 1):
        dot(profile_dots[0], shared, slope_sums[a] + base, shared, base, profile, begin[a], begin[a + 1], size)""")


def find_rows() -> KernelFunction:
    """Where the rows of the full columns are in a row of a tile."""
    return KernelFunction(
        f"void({INDICES}, {INDICES}, int64)",
        f"""def find_rows(full, tables, base):
{read("full_at", "full_step")}
    for k in range(full.size):
        full[k] = full_at[k] + full_step[k] * base""")


def find_sums() -> KernelFunction:
    """Where the sums of the profiles of those factors are that are not zero at a point of the whole axes."""
    return KernelFunction(
        f"void({INDICES}, {INDICES}, int64[:, ::1], int64, int64)",
        f"""def find_sums(places, tables, active, flat, base):
{read("sums")}
    for k in range(places.size):
        places[k] = sums[active[flat, k]] + base""")


def start_share() -> KernelFunction:
    """Loss and gradient = 0."""
    return KernelFunction(
        f"void({ROWS}, {ROWS}, {ROW})",
        """def start_share(full_dots, profile_dots, gradient):
    clear(full_dots)
    clear(profile_dots)
    for p in range(gradient.size):
        gradient[p] = 0.0""")


def start_gram() -> KernelFunction:
    """The Gram matrix = 0."""
    return KernelFunction(
        f"void({ROWS}, {ROWS}, {ROWS})",
        """def start_gram(matrix, full_gram, profile_gram):
    clear(matrix)
    clear(full_gram)
    clear(profile_gram)""")


def spread_gram() -> KernelFunction:
    """The products of full rows, times factors at a point of the whole axes, to those of columns; then they are 0."""
    return KernelFunction(
        f"void({ROWS}, {ROWS}, {INDICES}, {ROWS}, int64)",
        f"""def spread_gram(matrix, full_gram, tables, factors, flat):
{read("full_row", "full_column")}
    for k in range(full_row.size):
        for l in range(full_row.size):
            a, b = max(full_row[k], full_row[l]), min(full_row[k], full_row[l])
            matrix[full_column[k], full_column[l]] += full_gram[a, b] * factors[k, flat] * factors[l, flat]
    clear(full_gram)""")


def place_gram() -> KernelFunction:
    """The products of full rows, which are those of columns but in another order."""
    return KernelFunction(
        f"void({ROWS}, {ROWS}, {INDICES})",
        f"""def place_gram(matrix, full_gram, tables):
{read("full_row", "full_column")}
    for k in range(full_row.size):
        for l in range(full_row.size):
            matrix[full_column[k], full_column[l]] += full_gram[full_row[k], full_row[l]]""")


def finish_share() -> KernelFunction:
    """Loss and gradient of a share to its row of the results."""
    return KernelFunction(
        f"void({ROWS}, int64, float64, {ROW}, {ROWS}, {ROWS}, {INDICES}, {ROWS})",
        f"""def finish_share(out, share, loss, gradient, full_dots, profile_dots, tables, factors):
{read("full_row", "full_column", "profile_column")}
    for flat in range(full_dots.shape[0]):
        for k in range(full_row.size):
            gradient[full_column[k]] -= full_dots[flat, full_row[k]] * factors[k, flat]
    for k in range(profile_column.size):
        if profile_column[k] >= 0:
            gradient[profile_column[k]] -= profile_dots[0, k]
    out[share, 0] = loss
    for p in range(gradient.size):
        out[share, 1 + p] = gradient[p]""")


def finish_gram() -> KernelFunction:
    """The Gram matrix of a share, times a number, to its row of the results.

    Products of profiles are multiplied by the sum of their factors over the whole axes where there are such numbers.
    """
    return KernelFunction(
        f"void({ROWS}, int64, float64, {ROWS}, {ROWS}, {ROWS}, {INDICES}, {ROW})",
        f"""def finish_gram(out, share, weight, matrix, profile_dots, profile_gram, tables, total):
{read("full_column", "profile_column", "profile_factor", "begin", "factor_product")}
    for l in range(profile_column.size):
        if profile_column[l] >= 0:
            for k in range(full_column.size):
                matrix[full_column[k], profile_column[l]] += profile_dots[1 + k, l]
                matrix[profile_column[l], full_column[k]] += profile_dots[1 + k, l]
            for k in range(profile_column.size):
                if profile_column[k] >= 0:
                    product = profile_gram[k, l]
                    if total.size > 0:
                        product *= total[factor_product[profile_factor[k] * (begin.size - 1) + profile_factor[l]]]
                    matrix[profile_column[k], profile_column[l]] += product
                    if profile_factor[k] != profile_factor[l]:
                        matrix[profile_column[l], profile_column[k]] += product
    count = matrix.shape[0]
    for p in range(count):
        for q in range(count):
            out[share, 1 + count * (p + 1) + q] = weight * matrix[p, q]""")
