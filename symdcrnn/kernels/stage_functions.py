"""The work at each point between the stages of a step: sums of rows, the slope of the norm, and products."""

from __future__ import annotations

from types import ModuleType

from symdcrnn.kernels.cache import cache_directory, load
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.source import head

FUNCTIONS = '''


@numba.njit("void(float64[:, :, ::1], int64, int64[::1], float64[:, ::1], float64[::1])", **OPTIONS)
def combine(rows, out, chosen, weights, by_v):
    """rows[out, i, x] = by_v[i] sum_k weights[k, x] rows[chosen[k], i, x], where v repeats in i."""
    terms = chosen.size
    for i in range(rows.shape[1]):
        t = rows[out, i]
        factor = by_v[i % by_v.size]
        if terms % 2 == 1:
            a, p = rows[chosen[0], i], weights[0]
            for j in range(t.size):
                t[j] = factor * p[j] * a[j]
        else:
            t.fill(0.0)
        for k in range(terms % 2, terms, 2):
            a, b, p, q = rows[chosen[k], i], rows[chosen[k + 1], i], weights[k], weights[k + 1]
            for j in range(t.size):
                t[j] += factor * (p[j] * a[j] + q[j] * b[j])


@numba.njit("void(float64[:, :, ::1], int64, int64[::1], float64[::1], float64[::1])", **OPTIONS)
def combine_evenly(rows, out, chosen, weights, by_v):
    """`combine` with weights that are the same at all x, four rows at a time after a rest of one to four."""
    rest = (chosen.size - 1) % 4 + 1
    for i in range(rows.shape[1]):
        t = rows[out, i]
        factor = by_v[i % by_v.size]
        a, p = rows[chosen[0], i], factor * weights[0]
        b, q = rows[chosen[min(1, rest - 1)], i], factor * weights[min(1, rest - 1)]
        c, r = rows[chosen[min(2, rest - 1)], i], factor * weights[min(2, rest - 1)]
        d, s = rows[chosen[rest - 1], i], factor * weights[rest - 1]
        if rest == 1:
            for j in range(t.size):
                t[j] = p * a[j]
        elif rest == 2:
            for j in range(t.size):
                t[j] = p * a[j] + q * b[j]
        elif rest == 3:
            for j in range(t.size):
                t[j] = p * a[j] + q * b[j] + r * c[j]
        else:
            for j in range(t.size):
                t[j] = p * a[j] + q * b[j] + r * c[j] + s * d[j]
        for k in range(rest, chosen.size, 4):
            a, p = rows[chosen[k], i], factor * weights[k]
            b, q = rows[chosen[k + 1], i], factor * weights[k + 1]
            c, r = rows[chosen[k + 2], i], factor * weights[k + 2]
            d, s = rows[chosen[k + 3], i], factor * weights[k + 3]
            for j in range(t.size):
                t[j] += p * a[j] + q * b[j] + r * c[j] + s * d[j]


@numba.njit("float64(float64[:, ::1], float64[::1], int64, int64, float64)", **OPTIONS)
def penalise(residual, by_v, first, last, width):
    """The sum of the norm on [first, last); the residual becomes by_v times its slope, and zero elsewhere."""
    loss = 0.0
    for i in range(residual.shape[0]):
        factor = by_v[i % by_v.size]
        residual[i, :first] = 0.0
        residual[i, last:] = 0.0
        t = residual[i, first:last]
        for j in range(t.size):
            r = t[j]
            loss += VALUE
            t[j] = factor * (SLOPE)
    return loss


@numba.njit("void(float64[::1], float64[:, ::1], float64[:, ::1])", **OPTIONS)
def add_products(out, left, right):
    """out[x] += sum_i left[i, x] right[i, x]."""
    for i in range(left.shape[0]):
        a, b = left[i], right[i]
        for j in range(out.size):
            out[j] += a[j] * b[j]
'''


def stage_functions(norm: Norm) -> ModuleType:
    """The module with ``combine``, ``combine_evenly``, ``penalise`` and ``add_products``.

    Parameters
    ----------
    norm : Norm
        Of the residual.
    """
    source = "\n".join(head(("Between the stages of a step.",))) + FUNCTIONS
    return load(source.replace("VALUE", norm.value).replace("SLOPE", norm.slope), cache_directory())
