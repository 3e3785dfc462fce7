"""What words do to the integral of f log f: nothing, if they carry f along space, or something linear that mixes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.relations.invariants import Invariants
from symdcrnn.algebra.relations.terms import Form, Relation
from symdcrnn.algebra.words import Field, Word


@dataclass(frozen=True)
class Mixing:
    """How words act on a field, but for transport.

    Parameters
    ----------
    forms : tuple of dict of Form to float
        By word, the linear operator that it is.
    others : tuple of Relation
        That remove what is neither linear nor transport.
    """

    forms: tuple[dict[Form, float], ...]
    others: tuple[Relation, ...]


def mixing(invariants: Invariants, words: Sequence[Word], target: Field) -> Mixing:
    """The words of an equation as operators that may change the integral of f log f.

    Parameters
    ----------
    invariants : Invariants
    words : sequence of Word
    target : Field
        f.
    """
    forms: list[dict[Form, float]] = []
    others = []
    for word in words:
        forms.append({})
        others.append(sympy.Integer(0))
        for monomial, factor in invariants.terms(word).items():
            if carries(invariants.calculus, monomial, target):
                continue
            form = invariants.linear(monomial, target)
            if form is None:
                others[-1] += factor * monomial
            else:
                forms[-1][form] = forms[-1].get(form, 0.0) + factor
    return Mixing(tuple(forms), tuple(invariants.cancelling(others)))


def carries(calculus: Calculus, monomial: sympy.Expr, target: Field) -> bool:
    """Whether a term is a(f) d_x f with a factor that space and time do not change: of any function of f a divergence.

    Parameters
    ----------
    calculus : Calculus
    monomial : sympy.Expr
    target : Field
    """
    space = {axis.name for axis in calculus.space.axes if axis.role == "space"}
    derived = 0
    for factor in sympy.Mul.make_args(monomial):
        base, power = factor.as_base_exp()
        atom = calculus.atoms.get(base)
        if atom is None and not factor.free_symbols:
            continue
        if not isinstance(atom, Jet) or not power.is_number:
            return False
        if atom.of == target and atom.orders:
            [(axis, order), *more] = atom.orders
            if more or order != 1 or axis not in space or power != 1:
                return False
            derived += 1
        elif atom.of != target and (atom.orders or atom.axes & (space | {TIME})):
            return False
    return derived == 1
