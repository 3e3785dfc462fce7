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
    """The module with ``combine``, ``penalise`` and ``add_products``.

    Parameters
    ----------
    norm : Norm
        Of the residual.
    """
    source = "\n".join(head(("Between the stages of a step.",))) + FUNCTIONS
    return load(source.replace("VALUE", norm.value).replace("SLOPE", norm.slope), cache_directory())
