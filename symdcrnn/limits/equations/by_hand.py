"""Equations as a person writes them, such as ``eps d_t f = -v_dx f + (1/eps)(<f> - f)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.normal_form import axes_of
from symdcrnn.algebra.operators import multiplication
from symdcrnn.algebra.phase_space import RESERVED, PhaseSpace
from symdcrnn.algebra.reading.formulas import CONSTANTS
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.reading.word_parser import parse_terms
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.rules import Axes
from symdcrnn.algebra.word_rules import words_in
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError, named
from symdcrnn.limits.equations.setting import Setting, setting_of_space, setting_of_texts
from symdcrnn.limits.expansion.measures import Measure
from symdcrnn.limits.expansion.system import System

SMALL = ("epsilon", "eps")
"""Names of the small parameter, where none is given."""

EQUATION = re.compile(r"(?P<factor>.*?)\bd_t\s+(?P<field>[A-Za-z_]\w*)\s*\Z")

SIGNATURE = re.compile(r"\b(?P<name>[A-Za-z_]\w*)\((?P<axes>[txyz](?:\s*,\s*[txyz])*)\)")
"""A known function such as ``sigma(x)``, or ``E(t, x)``."""


@dataclass(frozen=True)
class Written:
    """One equation as text: factor d_t field = rate."""

    factor: str
    field: str
    rate: str


def read_equations(
    texts: Sequence[str], velocities: Mapping[str, str] | None, small: str | None, large: str | None,
    fields: Mapping[str, Sequence[str]] | None = None, space: PhaseSpace | None = None,
) -> System:
    """The system that equations as text mean.

    Parameters
    ----------
    texts : sequence of str
        Names that are neither fields nor operators are parameters; ``sigma(x)`` is a known function.
    velocities : mapping of str to str or None
        Velocity axes and their measures.
    small, large : str or None
        The small parameter, or one that is large.
    fields : mapping of str to sequence of str, optional
        The axes of fields without t; found from the equations where they are not given.
    space : PhaseSpace, optional
        Whose axes, fields and operators the equations are written in.

    Raises
    ------
    InputError
        If an equation cannot be read, or the parameter is not in it.
    """
    known, plain = _signatures(texts)
    equations = [_split(text) for text in plain]
    targets = [one.field for one in equations]
    if len(set(targets)) != len(targets):
        raise InputError("a field has two equations: give one of each field")
    if space is not None:
        setting = setting_of_space(space, targets, known, velocities or {})
    else:
        setting = setting_of_texts(plain, targets, known, velocities or {"v": "legendre"})
        setting = setting.with_axes(fields if fields is not None else _found_axes(setting, equations, plain))
    reader = _Reader(setting, plain)
    return _system(reader, {one.field: reader.terms(one) for one in equations}, setting.measures, small, large)


def _found_axes(setting: Setting, equations: Sequence[Written], plain: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The axes of fields whose equations do not depend on velocities, nor they themselves then."""
    reader = _Reader(setting, plain)
    kinetic = _kinetic({one.field: [word for _, word in reader.terms(one)] for one in equations}, setting.moving)
    still = tuple(axis.name for axis in setting.axes if axis.name not in setting.moving)
    return {one.field: still for one in equations if one.field not in kinetic}


def _kinetic(words: Mapping[str, Sequence[Word]], moving: Axes) -> set[str]:
    """The fields that depend on velocities because their equations do, or are differentiated by them."""
    found = {field.name for own in words.values() for whole in own for word in words_in(whole)
             if any(letter.stencil_axes & moving for letter in word.letters) for field in word.fields}
    while True:
        more = {name for name, own in words.items() if any(moving & _axes_of(word, moving, found) for word in own)}
        if more <= found:
            return found
        found |= more


def _axes_of(word: Word, moving: Axes, kinetic: Collection[str]) -> Axes:
    """What a word depends on where only some fields depend on velocities."""
    if isinstance(word.base, Field):
        axes = frozenset(word.base.axes)
        axes = axes if word.base.name in kinetic else axes - moving
    else:
        axes = frozenset().union(*(_axes_of(one, moving, kinetic) for one in word.inner))
    return axes_of(word.letters, axes)


def _signatures(texts: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Known functions with their axes, and the texts with their names alone."""
    known: dict[str, tuple[str, ...]] = {}

    def entered(match: re.Match[str]) -> str:
        if match["name"] in RESERVED:
            return match[0]
        known[match["name"]] = tuple(axis.strip() for axis in match["axes"].split(","))
        return match["name"]
    return known, [SIGNATURE.sub(entered, text) for text in texts]


def _split(text: str) -> Written:
    left, sign, right = text.partition("=")
    found = EQUATION.match(left.strip())
    if not sign or found is None or not right.strip():
        raise InputError(f"{text!r} is no equation: write 'd_t f = ...', with a factor in front of d_t if there is one")
    return Written(found["factor"].strip().rstrip("*") or "1", found["field"], right.strip())


class _Reader:
    """Reads right-hand sides in one setting."""

    def __init__(self, setting: Setting, texts: Sequence[str]) -> None:
        first = setting.space()
        names = dict.fromkeys(name for text in texts for name in names_in(text))
        self.parameters = [name for name in names if not _means(name, first)]
        self.space = setting.space(self.parameters)
        self._meanings = {name: Word((multiplication(name, ()),), UNIT) for name in self.parameters}

    def terms(self, equation: Written) -> list[tuple[sympy.Expr, Word]]:
        """The terms of a right-hand side, with the factor of d_t as a divisor."""
        operators = {name: letter for name, letter in self.space.operators.items() if name not in self._meanings}
        for name in names_in(equation.rate):
            if not (name in operators or name in self._meanings or name in self.space.variables or name in RESERVED
                    or name in CONSTANTS):
                operators[name] = self.space.operator(name)
        with named(f"the equation of {equation.field}"):
            return parse_terms(f"({equation.rate})/({equation.factor})", self.space.variables, operators,
                               self._meanings)


def _means(name: str, space: PhaseSpace) -> bool:
    """Whether a name has a meaning of its own: an operator, a field, a function, d_t."""
    if name in space.operators or name in space.variables or name in RESERVED or name in CONSTANTS or name == "d_t":
        return True
    try:
        space.operator(name)
    except InputError:
        return name.startswith("d_")
    return True


def _system(
    reader: _Reader, rates: Mapping[str, Sequence[tuple[sympy.Expr, Word]]], measures: tuple[Measure, ...],
    small: str | None, large: str | None,
) -> System:
    calculus = Calculus(reader.space)
    if small is not None and large is not None:
        raise InputError("a small and a large parameter are given: name one of both")
    name = large or small or next((one for one in SMALL if one in reader.parameters), None)
    if name is None or name not in reader.parameters:
        there = ", ".join(reader.parameters) or "none"
        raise InputError(f"there is no parameter {name or ' or '.join(SMALL)} in the equations: name the small one by "
                         f"small=, or a large one by large= (there are {there})")
    formulas = {reader.space.variables[field]: sympy.Add(*(number * calculus.value(word) for number, word in terms))
                for field, terms in rates.items()}
    epsilon = calculus.symbol(Jet(name, (), frozenset()))
    if large is not None:
        epsilon = calculus.symbol(Jet("<small>", (), frozenset()))
        own = calculus.symbol(Jet(large, (), frozenset()))
        formulas = {field: value.xreplace({own: 1 / epsilon}) for field, value in formulas.items()}
    others = tuple(one for one in reader.parameters if one != name)
    return System(calculus, measures, {field: sympy.expand(value) for field, value in formulas.items()}, epsilon,
                  large, others)
