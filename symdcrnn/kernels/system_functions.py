"""The small functions that a function on one state is made of."""

from __future__ import annotations

from symdcrnn.kernels.source import indent, stencil_loops
from symdcrnn.kernels.stencils import Stencil

ROW = "float64[::1]"

EXTEND = '''
@numba.njit("void(float64[::1], float64[::1], float64, int64, boolean)", **INNER)
def add_extended(t, u, weight, start, periodic):
    """t[j] += weight u[start + j], where x wraps around, or u is held at its ends."""
    nx = u.size
    begin, end = min(max(-start, 0), t.size), max(min(nx - start, t.size), 0)
    for j in range(begin):
        t[j] += weight * (u[start + j + nx] if periodic else u[0])
    for j in range(begin, end):
        t[j] += weight * u[start + j]
    for j in range(end, t.size):
        t[j] += weight * (u[start + j - nx] if periodic else u[nx - 1])
'''

EXTEND_COTANGENT = '''
@numba.njit("void(float64[::1], float64[::1], float64, int64, boolean)", **INNER)
def add_cotangent(t, z, weight, start, periodic):
    """t[j] += weight z[start + j], where x wraps around, or z counts as zero where the residual is not defined."""
    nx = z.size
    if periodic:
        add_extended(t, z, weight, start, True)
    else:
        for j in range(max(MARGIN - start, 0), min(nx - MARGIN - start, t.size)):
            t[j] += weight * z[start + j]
'''

ADD = '''
@numba.njit("void(float64[::1], float64, float64[::1])", **INNER)
def add(t, factor, s):
    """t += factor s."""
    for j in range(t.size):
        t[j] += factor * s[j]
'''

SCALE = '''
@numba.njit("void(float64[::1], float64)", **INNER)
def scale(t, factor):
    """t *= factor; numba copies t where that is written so."""
    for j in range(t.size):
        t[j] *= factor
'''

MULTIPLY = '''
@numba.njit("void(float64[::1], float64[::1], float64[::1])", **INNER)
def multiply(t, s, profile):
    """t = profile s."""
    for j in range(t.size):
        t[j] = profile[j] * s[j]
'''

MOMENT = '''
@numba.njit("float64(float64[::1], float64[::1], int64, boolean)", **INNER)
def moment(v, quadrature, power, right):
    """<v^power> over one direction."""
    total = 0.0
    for i in range(v.size):
        if (v[i] > 0.0) == right:
            total += quadrature[i] * v[i] ** power
    return total
'''

SHARED = {"add_extended": EXTEND, "add_cotangent": EXTEND_COTANGENT, "add": ADD, "scale": SCALE,
          "multiply": MULTIPLY, "moment": MOMENT}


def shared_functions(lines: list[str]) -> list[str]:
    """The definitions of the functions that lines call."""
    called = {name for name in SHARED for line in lines if line.lstrip().startswith(f"{name}(") or f" {name}(" in line}
    if "add_cotangent" in called:
        called.add("add_extended")
    return [text for name, text in SHARED.items() if name in called]


def shifted(place: str, by: int) -> str:
    """The source text of a place some points further."""
    return place if by == 0 else f"{place} {'+' if by > 0 else '-'} {abs(by)}"


def stencil_function(formula: Stencil, functions: dict[str, str]) -> str:
    """The name of the function of a stencil, which joins the others if it is new."""
    number = 1
    while True:
        name = f"d{formula.derivative}_{number}"
        source = "\n".join([
            "",
            f'@numba.njit("void({ROW}, {ROW}, float64)", **INNER)',
            f"def {name}(t, s, factor):",
            f'    """The stencil at {", ".join(map(str, formula.offsets))}."""',
            f"    factor /= {float(formula.denominator)!r}",
            *indent(stencil_loops(formula)),
        ])
        if functions.setdefault(name, source) == source:
            return name
        number += 1
