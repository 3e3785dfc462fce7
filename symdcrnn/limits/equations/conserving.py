"""What learned coefficients conserve within their errors, made exact.

The fastest terms of a row may cancel only as far as coefficients are known: with the terms ``-a h`` and
``c (v^2 - 1) <(v^2 - 1) h>`` the row of <v^2 h> has the factor 2 c - a.  Where all such sums of a row agree with zero,
or the rows of several fields are dependent within errors, the least certain coefficient is what the others make it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import sympy

from symdcrnn.algebra.words import Field
from symdcrnn.limits.coefficients import STANDARD_ERRORS, Known
from symdcrnn.limits.expansion.conserved import conserved, monomials
from symdcrnn.limits.expansion.hierarchy import by_power
from symdcrnn.limits.expansion.system import Rows, System

HIGHEST_DEGREE = 2
"""Of moments that collisions may conserve."""

AGREE = 1e-7
"""How near to zero a sum is that is none but for coefficients without error bars, relative to its parts."""

Row = dict[sympy.Expr, sympy.Expr]
KnownSymbols = Mapping[sympy.Symbol, Known]


def conserving(system: System, known: KnownSymbols) -> System:
    """The system with coefficients that conserve what they conserve within their errors.

    Parameters
    ----------
    system : System
    known : mapping of sympy.Symbol to Known
        Learned coefficients.
    """
    fastest = _fastest(system)
    if fastest < 1:
        return system
    while True:
        rows = Rows.of(system)
        made = {variable: found for variable, parts in rows.up_to(HIGHEST_DEGREE).items()
                if (found := monomials(parts.get(fastest, sympy.Integer(0)), system.calculus))}
        sums = _cancelling(made, rows, known)
        if not sums:
            return system
        system = _imposed(system, sums[0], known)


def conserves(system: System) -> bool:
    """Whether the fastest terms of a system conserve anything."""
    fastest, calculus = _fastest(system), system.calculus
    rows = Rows.of(system).up_to(HIGHEST_DEGREE)
    return bool(conserved({one: parts.get(fastest, sympy.Integer(0)) for one, parts in rows.items()}, calculus))


def _fastest(system: System) -> int:
    return max((power for rate in system.rates.values() for power in by_power(rate, system.epsilon)), default=0)


def _cancelling(made: Mapping[Field, Row], rows: Rows, known: KnownSymbols) -> list[sympy.Expr]:
    """Sums of coefficients that are zero within errors, where something is conserved if they are."""
    for row in made.values():
        sums = [value for value in row.values() if value.free_symbols & known.keys()]
        if len(sums) == len(row) and all(_is_zero(value, known) for value in sums):
            return sums
    lowest = {variable: row for variable, row in made.items() if rows.degrees[variable] == 0}
    columns = list(dict.fromkeys(one for row in lowest.values() for one in row))
    if len(lowest) < 2 or len(columns) != len(lowest):
        return []
    matrix = sympy.Matrix([[row.get(one, sympy.Integer(0)) for one in columns] for row in lowest.values()])
    determinant = sympy.expand(matrix.det())
    return [determinant] if determinant != 0 and _is_zero(determinant, known) else []


def _is_zero(value: sympy.Expr, known: KnownSymbols) -> bool:
    """Whether a sum agrees with zero, and is not only as small as its parts."""
    if not value.free_symbols <= known.keys():
        return False
    values = {one: sympy.Float(known[one].value) for one in value.free_symbols}
    size = sum(abs(float(term.xreplace(values))) for term in sympy.Add.make_args(sympy.expand(value)))
    errors = [None if (error := known[one].error) is None else error * float(value.diff(one).xreplace(values))
              for one in values]
    reach = AGREE * size if any(error is None for error in errors) else \
        STANDARD_ERRORS * math.hypot(*(error for error in errors if error is not None))
    return abs(float(value.xreplace(values))) <= max(min(reach, 0.1 * size), 1e-12 * size)


def _imposed(system: System, value: sympy.Expr, known: KnownSymbols) -> System:
    """The system in which a sum is zero, its least certain coefficient being what the others make it."""
    linear = [one for one in sorted(value.free_symbols, key=str) if not value.diff(one).has(one)]
    chosen = max(linear, key=lambda one: (known[one].error or 0.0) / abs(known[one].value))
    solution = sympy.cancel(-value.xreplace({chosen: sympy.Integer(0)}) / value.diff(chosen))
    return replace(system, rates={field: sympy.expand(rate.xreplace({chosen: solution}))
                                  for field, rate in system.rates.items()})
