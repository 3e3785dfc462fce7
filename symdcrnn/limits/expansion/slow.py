"""Slow variables: fields that say where on the equilibria of the fastest terms the solution is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.reading.formulas import maxwellian_order
from symdcrnn.algebra.relations.calculus import Named
from symdcrnn.algebra.words import Field, Function
from symdcrnn.errors import InputError
from symdcrnn.limits.expansion.conserved import Combination, conserved, is_linear
from symdcrnn.limits.expansion.jets import fields_of, symbol
from symdcrnn.limits.expansion.system import Rows

NAMES = ("rho", "m", "e")
"""Of the averages of 1, v and v^2 times a field."""


@dataclass(frozen=True)
class Slow:
    """The slow variables of a system.

    Parameters
    ----------
    fields : tuple of Field
        One per conserved quantity.
    conserved : tuple of dict
        Combinations of variables, each with a closed equation.
    values : dict of Field to sympy.Expr
        Variables that the slow ones determine by themselves.
    constraints : tuple of sympy.Expr
        What else is zero: a combination of variables less its slow field.
    definitions : dict of Field to sympy.Expr
        What slow fields with new names are, in variables.
    """

    fields: tuple[Field, ...]
    conserved: tuple[Combination, ...]
    values: dict[Field, sympy.Expr]
    constraints: tuple[sympy.Expr, ...]
    definitions: dict[Field, sympy.Expr]


def slow_variables(rows: Rows, fastest: Mapping[Field, sympy.Expr]) -> Slow:
    """The slow variables that the fastest terms leave.

    Parameters
    ----------
    rows : Rows
    fastest : mapping of Field to sympy.Expr
        Terms of the highest power of 1/epsilon, by variable.

    Raises
    ------
    InputError
        If there is none.
    """
    calculus = rows.system.calculus
    names = ", ".join(field.name for field in rows.system.rates)
    local = [term for row in fastest.values() for term in sympy.Add.make_args(row)
             if any(not orders for _, orders in fields_of(calculus, term).values())]
    if not local:
        raise InputError(f"the equation of {names} has no limit: no collisions, there is no slow variable")
    kept = conserved(fastest, calculus)
    if not kept:
        given = sorted({field.name for row in fastest.values() for field, _ in fields_of(calculus, row).values()
                        if field not in fastest and rows.moment_of(field).field not in rows.system.rates})
        hint = f"; {', '.join(given)} has no equation of its own here" if given else ""
        raise InputError(f"the equation of {names} has no limit: its fastest terms conserve nothing, there is no slow "
                         f"variable{hint}")
    gas = _gas(rows, kept)
    if gas is not None:
        return gas
    return _by_combination(rows, kept, fastest)


def _gas(rows: Rows, kept: Sequence[Combination]) -> Slow | None:
    """Density, velocity and temperature, where the fastest terms hold a Maxwellian of three conserved moments."""
    calculus = rows.system.calculus
    for atom in list(calculus.atoms.values()):
        base = atom.word.base if isinstance(atom, Named) else None
        order = maxwellian_order(base.expression) if isinstance(base, Function) else None
        if not isinstance(base, Function) or order is None:
            continue
        moments = [rows.hierarchy.in_variables(calculus.value(base.named[one])) for one in order[:3]]
        variables = [pair[0] for moment in moments if (pair := fields_of(calculus, moment).get(moment)) is not None]
        if [list(one) for one in kept] != [[variable] for variable in variables]:
            continue
        fields = tuple(Field(_free(rows, name), variables[0].axes) for name in ("rho", "u", "T"))
        rho, u, heat = (symbol(calculus, field) for field in fields)
        values = dict(zip(variables, (rho, rho * u, rho * (u**2 + heat)), strict=True))
        n, m, e = moments
        definitions = dict(zip(fields, (n, m / n, e / n - (m / n) ** 2), strict=True))
        return Slow(fields, tuple(kept), values, (), definitions)
    return None


def _by_combination(rows: Rows, kept: Sequence[Combination], fastest: Mapping[Field, sympy.Expr]) -> Slow:
    calculus = rows.system.calculus
    linear = is_linear(list(fastest.values()), calculus)
    fields: list[Field] = []
    values: dict[Field, sympy.Expr] = {}
    constraints: list[sympy.Expr] = []
    definitions: dict[Field, sympy.Expr] = {}
    for combination in kept:
        [*variables] = combination
        if len(variables) == 1 or not linear:
            chosen = variables[0] if len(variables) == 1 else _most_nonlinear(rows, variables, fastest, values)
            field = _named(rows, chosen, fields)
            values[chosen] = symbol(calculus, field)
            if field != chosen:
                definitions[field] = symbol(calculus, chosen)
        else:
            field = Field(_free(rows, "rho", fields), variables[0].axes)
            definitions[field] = sympy.Add(*(factor * symbol(calculus, one) for one, factor in combination.items()))
            constraints.append(definitions[field] - symbol(calculus, field))
        fields.append(field)
    return Slow(tuple(fields), tuple(kept), values, tuple(constraints), definitions)


def _most_nonlinear(
    rows: Rows, variables: Sequence[Field], fastest: Mapping[Field, sympy.Expr], taken: Mapping[Field, object]
) -> Field:
    """The variable that could hardly be solved for: those without velocity first."""
    calculus = rows.system.calculus

    def nonlinear(one: Field) -> bool:
        own = symbol(calculus, one)
        return any(row.diff(own).has(own) for row in fastest.values())
    left = [one for one in variables if one not in taken]
    return min(left, key=lambda one: (not nonlinear(one), rows.moment_of(one).field != one, one.name))


def _named(rows: Rows, variable: Field, fields: Sequence[Field]) -> Field:
    """A moment under a name of its own; a field without velocity keeps its name."""
    moment = rows.moment_of(variable)
    if moment.field == variable:
        return variable
    degree = moment.degree
    name = NAMES[degree] if degree < len(NAMES) else f"m_{degree}"
    return Field(_free(rows, name, fields), variable.axes)


def _free(rows: Rows, name: str, fields: Sequence[Field] = ()) -> str:
    """A name that nothing has yet."""
    calculus = rows.system.calculus
    used = {field.name for rate in rows.system.rates.values() for field, _ in fields_of(calculus, rate).values()}
    taken = {*calculus.space.operators, *calculus.space.profiles, *used, *(field.name for field in rows.system.rates),
             *(field.name for field in fields)}
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
