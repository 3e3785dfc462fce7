"""Conservation forms: what is the derivative of something, such as u d_x u = 1/2 d_x(u^2).

A formula is a total derivative along an axis only if its highest derivative of each field stands in it linearly.  What
that term is the derivative of is found by integrating by the derivative one lower; the rest is of lower order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy
from sympy.integrals.manualintegrate import manualintegrate

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.relations.calculus import (
    NOTHING,
    Average,
    Calculus,
    Declared,
    Integral,
    Jet,
    Named,
)
from symdcrnn.algebra.relations.continuum import Form, combined, form_of
from symdcrnn.algebra.relations.expansion import TooManyTermsError, expanded
from symdcrnn.algebra.words import Field, Word

INTEGRABLE = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh)
"""Functions of a linear argument that are integrated."""

MOST_STEPS = 100
"""Terms that are integrated before a formula is given up."""


@dataclass(frozen=True)
class ConservationForm:
    """d^order/d axis^order of a linear combination of words."""

    axis: str
    order: int
    inner: Form


def conservation_form(
    terms: Mapping[Word, Fraction], axis: str, space: PhaseSpace, declared: Declared = NOTHING
) -> ConservationForm | None:
    """The highest derivative along an axis that a linear combination of words is; None where it is none.

    Parameters
    ----------
    terms : mapping of Word to Fraction
        ``{word: Fraction(1)}`` for one word.
    axis : str
        An axis with derivatives.
    space : PhaseSpace
    declared : Declared
        What is known beside the relations that always hold.

    Returns
    -------
    ConservationForm or None
        ``d_x`` of ``{u^2: 1/2}`` for u d_x u.
    """
    calculus = Calculus(space, declared)
    try:
        value, order = combined(terms, calculus), 0
        while value != 0:
            inner = _integrated(value, axis, calculus)
            if inner is None:
                break
            value, order = inner, order + 1
        return ConservationForm(axis, order, form_of(value, calculus)) if value != 0 and order else None
    except TooManyTermsError:
        return None


def _integrated(value: sympy.Expr, axis: str, calculus: Calculus) -> sympy.Expr | None:
    """What a formula is the derivative of along an axis, without constants; None where there is none."""
    found: sympy.Expr = sympy.Integer(0)
    for _ in range(MOST_STEPS):
        if value == 0:
            return found if axis in calculus.axes(found) else None
        levels = {symbol: level(symbol, axis, calculus) for symbol in value.free_symbols}
        highest = min(levels, key=lambda symbol: (-levels[symbol], str(symbol)), default=None)
        if highest is None or not levels[highest]:
            return None
        slope = value.diff(highest)
        if any(slope.has(symbol) for symbol, level in levels.items() if level == levels[highest]):
            return None
        factor, lower = lowered(highest, axis, calculus) or (sympy.Integer(1), highest)
        part = antiderivative(slope, lower)
        if part is None:
            return None
        found += factor * part
        value = expanded(value - factor * calculus.derivative(part, axis))
    return None


def level(symbol: sympy.Symbol, axis: str, calculus: Calculus) -> int:
    """How many times an atom is a derivative of another one."""
    level = 0
    lower = lowered(symbol, axis, calculus)
    while lower is not None:
        level, lower = level + 1, lowered(lower[1], axis, calculus)
    return level


def lowered(symbol: sympy.Symbol, axis: str, calculus: Calculus) -> tuple[sympy.Expr, sympy.Symbol] | None:
    """A number and the atom that an atom is the derivative of, times that number; None where it is no derivative."""
    atom = calculus.atoms[symbol]
    if isinstance(atom, Jet):
        orders = dict(atom.orders)
        if not isinstance(atom.of, Field) or axis not in orders:
            return None
        orders[axis] -= 1
        less = tuple((one, order) for one, order in sorted(orders.items()) if order)
        return sympy.Integer(1), calculus.symbol(Jet(atom.of, less, atom.axes))
    if isinstance(atom, Named):
        return None
    inner = _integrated(atom.inner, axis, calculus) if axis in calculus.axes(atom.inner) else None
    if inner is None or (isinstance(atom, Integral) and atom.axis == axis):
        return None
    if isinstance(atom, Average):
        for one in atom.over:
            inner = calculus.average(inner, one)
    else:
        inner = calculus.integral(inner, atom.letter, atom.axis, atom.order)
    number, rest = inner.as_coeff_Mul()
    return (number, rest) if rest.is_Symbol else None


def antiderivative(value: sympy.Expr, by: sympy.Symbol) -> sympy.Expr | None:
    """The integral of a polynomial, or of polynomials times exponentials and waves; None of all else."""
    if value.is_polynomial(by):
        return expanded(sympy.integrate(value, by))
    simple = all(isinstance(part, INTEGRABLE) and part.args[0].is_polynomial(by) and sympy.degree(part.args[0], by) < 2
                 for part in value.atoms(sympy.Function) if part.has(by))
    waves = {part: sympy.Dummy() for part in value.atoms(*INTEGRABLE)}
    if not simple or not value.xreplace(waves).is_polynomial(by, *waves.values()):
        return None
    found = manualintegrate(value, by)
    return None if found.has(sympy.Integral) else expanded(found)
